//! Requests out of bytes, responses into bytes.
//!
//! What follows a request is the next one, where the connection may stay. Where a body is announced
//! that nobody here takes it may not, so nobody takes that for a request.

mod buffer;
mod header;
mod refusal;
mod request;
mod response;

pub use buffer::{HEADER_LENGTH_MAX, RequestBuffer};
pub use refusal::Refusal;
pub(in crate::http) use request::Next;
pub use request::{Method, Request};
pub use response::Response;
