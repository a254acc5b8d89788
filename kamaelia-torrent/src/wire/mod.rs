//! How a conversation between peers is spelled in bytes (BEP 3).
//!
//! Bytes come in, in whatever split the network made; messages go out, and the other way round.
//! What a message *means*, and who may say it when, is decided in [`peer`](crate::peer).
//!
//! Every length is checked before memory is taken for it. Messages of kinds we do not know are
//! stepped over, which is how BEP 3 leaves room for extensions. The extension protocol (BEP 10,
//! message number 20) has a folder of its own, with a file for each extension. A conversation may
//! be encrypted; [`encryption`] agrees on how, before the handshake.

mod bitfield;
mod block_form;
pub mod encryption;
pub mod extension;
mod framing;
mod handshake;
mod message;

pub use bitfield::{BitfieldError, decode_bitfield, encode_bitfield};
pub use block_form::{BlockForm, MARK_LENGTH};
pub use extension::{
    EXTENDED_BYTES_MAX, Extension, ExtensionError, ExtensionHandshake, ExtensionIds,
    MetadataMessage,
};
pub use framing::{FrameError, MessageReader};
pub use handshake::{HANDSHAKE_LENGTH, Handshake, HandshakeError, HandshakeReader};
pub use message::{BlockName, Message, PIECE_HEADER_LENGTH, piece_header};
use message::{PIECE_BODY_MIN, PIECE_ID};
