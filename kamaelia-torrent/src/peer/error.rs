//! The ways a peer can break the protocol.

use crate::wire::{BitfieldError, ExtensionError, FrameError, HandshakeError};

/// How a peer broke the rules. Each ends the conversation; none ends the torrent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProtocolError {
    /// It does not speak this protocol.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// Its bytes are not messages.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A message of the extension protocol is not what it says.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// It named a piece the torrent does not have.
    #[error("it named piece {index}, and the torrent has {count}")]
    NoSuchPiece {
        /// The number it sent.
        index: u32,
        /// How many pieces there are.
        count: u32,
    },
    /// It asked for or sent a block that lies outside the torrent, is empty, or is longer than
    /// [`BLOCK_LENGTH`](crate::metainfo::BLOCK_LENGTH).
    #[error("it named {length} bytes at offset {offset} of piece {piece}, which is no block")]
    NoSuchBlock {
        /// The piece's number.
        piece: u32,
        /// Bytes from the start of the piece.
        offset: u32,
        /// Bytes.
        length: u32,
    },
    /// Its bitfield does not fit the torrent.
    #[error(transparent)]
    Bitfield(#[from] BitfieldError),
    /// Far more blocks than were ever asked for.
    #[error("it sent {blocks} blocks that nobody asked for")]
    UnaskedBlocks {
        /// How many, until patience ended.
        blocks: u32,
    },
    /// It keeps asking for pieces we never said we have.
    #[error("it asked {requests} times for pieces we do not have")]
    HopelessRequests {
        /// How many, until patience ended.
        requests: u32,
    },
    /// It keeps asking although we choke it, long after it must have heard so.
    #[error("it asked {requests} times while it was choked")]
    ChokedRequests {
        /// How many, until patience ended.
        requests: u32,
    },
    /// Far more refusals than requests (BEP 6).
    #[error("it refused {rejects} requests that nobody made")]
    UnaskedRejects {
        /// How many, until patience ended.
        rejects: u32,
    },
    /// Far more messages that bring neither side anything than it sends or takes blocks for.
    #[error("it sent {bytes} bytes of messages that bring nothing")]
    Chatter {
        /// How many, beyond what is allowed over time.
        bytes: u64,
    },
    /// A message of an extension that the handshakes did not agree on.
    #[error("it sent {message}, which was not agreed on in the handshake")]
    NotAgreedOn {
        /// Which message.
        message: &'static str,
    },
    /// It said that it has nothing after it had said what it has (BEP 6).
    #[error("it said that it has no piece after it had said which it has")]
    LateHaveNone,
}
