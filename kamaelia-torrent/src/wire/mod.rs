//! How a conversation between peers is spelled in bytes (BEP 3).
//!
//! Bytes come in, in whatever split the network made; messages go out, and the other way round.
//! What a message *means*, and who may say it when, is decided in [`peer`](crate::peer).

mod framing;
mod handshake;

pub use framing::FrameError;
pub use handshake::{HANDSHAKE_LENGTH, Handshake, HandshakeError, HandshakeReader};
