//! Requests out of bytes, responses into bytes.
//!
//! What follows a request is the next one, where the connection may stay. Where a body is announced
//! that nobody here takes it may not, so nobody takes that for a request.

mod request;
mod response;

pub(in crate::http) use request::Next;
pub use request::{HEADER_LENGTH_MAX, Method, Refusal, Request, RequestBuffer};
pub use response::Response;
