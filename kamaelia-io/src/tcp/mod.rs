//! Bytes over TCP: connections of ours to others, and of others to us.
//!
//! In: bytes to send. Out: bytes as they come, in pieces that mean nothing: where a message begins and
//! ends is for the components behind to say. Every connection has a thread of its own, which neither
//! blocks in the socket nor in a box, so that each side can hold back the other and nobody waits in a
//! circle.

mod adapter;
mod client;
mod connecting;
mod conversation;
mod error;
mod server;

pub use adapter::ConnectedSocketAdapter;
pub use client::TCPClient;
pub use error::TcpError;
pub use server::{CONNECTIONS_MAX, ServerCore, TcpBindError};
