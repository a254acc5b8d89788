//! Datagrams, for whoever brings the answers.
//!
//! [`server`] is told what strangers sent and sends our answers, on one thread, a turn at a time.

pub mod server;

pub use server::{BindError, UdpServer};
