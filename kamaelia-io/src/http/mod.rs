//! HTTP/1.1, as little of it as our doors need.
//!
//! [`wire`] spells requests and responses in bytes and back and touches no socket; [`server`] is
//! told what strangers sent and carries our answers to them, on one thread, without ever waiting
//! for any one of them.

mod connection;
pub mod server;
pub mod wire;

pub use server::{BindError, HttpServer, Limits};
pub use wire::{Method, Request, Response};
