//! One line of a custom peer: handshakes, and where messages begin and end.

use std::net::SocketAddr;

use crate::simulation::network::Side;
use crate::wire::{Handshake, HandshakeReader, MessageReader};

/// What a custom peer's line has come to.
pub(super) enum Phase {
    /// We call, and nobody has answered yet.
    Calling,
    /// The other side has yet to say who it is.
    Greeting(HandshakeReader),
    /// Both have. The reader is away while a message that it lends is being heard.
    Talking(Option<MessageReader>),
}

/// One line.
pub(super) struct Conversation {
    pub(super) side: Side,
    /// Where the other side takes calls.
    pub(super) with: SocketAddr,
    pub(super) phase: Phase,
}

/// What the first bytes of the other side are.
pub(super) enum Greeting {
    /// Not all of a handshake yet.
    Unfinished,
    Theirs(Handshake),
    /// Nothing to go on with.
    Wrong,
}

impl Conversation {
    pub(super) fn calling(with: SocketAddr) -> Self {
        Conversation { side: Side::Caller, with, phase: Phase::Calling }
    }

    pub(super) fn called(with: SocketAddr) -> Self {
        let phase = Phase::Greeting(HandshakeReader::default());
        Conversation { side: Side::Called, with, phase }
    }

    /// Whether the other side has called.
    pub(super) fn was_called(&self) -> bool {
        self.side == Side::Called
    }

    pub(super) fn is_talking(&self) -> bool {
        matches!(self.phase, Phase::Talking(_))
    }

    /// Takes the handshake off the front of what came.
    pub(super) fn greet(&mut self, bytes: &mut &[u8], ours: &Handshake) -> Greeting {
        let Phase::Greeting(reader) = &mut self.phase else { return Greeting::Wrong };
        match reader.read(bytes) {
            Ok(None) => Greeting::Unfinished,
            Ok(Some(theirs)) if theirs.info_hash == ours.info_hash => Greeting::Theirs(theirs),
            Ok(Some(_)) | Err(_) => Greeting::Wrong,
        }
    }
}
