//! The web, for graphs: a client that fetches, and a server for whoever brings the answers.
//!
//! [`wire`] spells requests and responses in bytes and back and touches no socket; [`server`] is
//! told what strangers sent and carries our answers to them, on one thread, without ever waiting
//! for any one of them. The client is a component; the server is driven by one.

mod client;
mod client_error;
mod connection;
mod fetch;
mod request;
pub mod server;
pub mod wire;

pub use client::SimpleHTTPClient;
pub use client_error::{HttpError, HttpProblem};
pub use fetch::HttpLimits;
pub use request::{HttpAnswer, HttpRequest, HttpResponse};
pub use server::{BindError, HttpServer, Limits};
pub use wire::{Method, Request, Response};
