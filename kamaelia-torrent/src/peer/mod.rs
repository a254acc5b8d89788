//! One conversation with one peer.

mod error;

pub use error::ProtocolError;
