//! One line of a custom peer: handshakes, and where messages begin and end.

use std::net::SocketAddr;

use crate::simulation::NodeId;
use crate::simulation::address::address;
use crate::simulation::messages::MessageCounter;
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
    /// Who that is; nobody at an address that is nobody's.
    pub(super) node: Option<NodeId>,
    pub(super) phase: Phase,
    /// What we have said.
    pub(super) said: MessageCounter,
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
    pub(super) fn calling(with: SocketAddr, node: Option<NodeId>) -> Self {
        Conversation::new(Side::Caller, with, node, Phase::Calling)
    }

    pub(super) fn called(from: NodeId) -> Self {
        let phase = Phase::Greeting(HandshakeReader::default());
        Conversation::new(Side::Called, address(from), Some(from), phase)
    }

    fn new(side: Side, with: SocketAddr, node: Option<NodeId>, phase: Phase) -> Self {
        Conversation { side, with, node, phase, said: MessageCounter::default() }
    }

    /// Whether the other side has called.
    pub(super) fn was_called(&self) -> bool {
        self.side == Side::Called
    }

    /// Whether nobody has answered yet.
    pub(super) fn is_calling(&self) -> bool {
        matches!(self.phase, Phase::Calling)
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
