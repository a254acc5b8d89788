//! Who lives at an address of the simulated network.

use super::client::Client;
use crate::simulation::behaviour::Stranger;
use crate::simulation::joining::Guest;

/// One node, present or not.
pub(super) struct Node {
    /// Its group, by number.
    pub(super) group: usize,
    /// Its number within the group.
    pub(super) number: u32,
    pub(super) presence: Presence,
    pub(super) inhabitant: Inhabitant,
}

/// Whether a node takes part.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Presence {
    /// It has not joined yet.
    Expected,
    Here,
    /// It vanished, and may come back.
    Away,
    /// It left for good.
    Gone,
}

/// What a node is.
pub(super) enum Inhabitant {
    /// Nobody yet, or nobody any more.
    Nobody,
    /// The engine's own.
    Client(Box<Client>),
    /// Somebody else's idea of a peer.
    Stranger(Box<Stranger>),
    /// A whole engine, which somebody else drives.
    Guest(Box<Guest>),
}

impl Node {
    pub(super) fn new(group: usize, number: u32) -> Self {
        Node { group, number, presence: Presence::Expected, inhabitant: Inhabitant::Nobody }
    }

    pub(super) fn is_here(&self) -> bool {
        self.presence == Presence::Here
    }

    pub(super) fn client_mut(&mut self) -> Option<&mut Client> {
        match &mut self.inhabitant {
            Inhabitant::Client(client) => Some(client),
            _ => None,
        }
    }

    pub(super) fn client(&self) -> Option<&Client> {
        match &self.inhabitant {
            Inhabitant::Client(client) => Some(client),
            _ => None,
        }
    }

    /// Whether it is here and lacks something it wants.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_here() && self.client().is_some_and(|client| !client.swarm().is_complete())
    }
}
