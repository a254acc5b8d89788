//! The open connections, found by number.

use std::net::SocketAddr;
use std::time::Instant;

use crate::metainfo::{PeerId, PieceIndex};
use crate::peer::Peer;
use crate::swarm::blame::Party;
use crate::swarm::exchange::Exchange;
use crate::swarm::partial::Taker;
use crate::swarm::steering::Advice;
use crate::swarm::super_seeding::Shown;

/// Names one connection of one swarm. Never given to another connection of that swarm.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId {
    slot: u32,
    generation: u32,
}

impl ConnectionId {
    /// A small number, for a table: no two open connections of a swarm share it, and it is used
    /// again after a close.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}

/// What the swarm knows about one connection besides the conversation.
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) address: SocketAddr,
    /// Who answers for what comes from there.
    pub(super) party: Party,
    /// Whether we opened it.
    pub(super) outgoing: bool,
    /// When it came up.
    pub(super) began: Instant,
    /// Known once both handshakes are through.
    pub(super) peer_id: Option<PeerId>,
    pub(super) peer: Peer,
    /// It had a part in a corrupt piece, so it works on pieces of its own from now on.
    pub(super) suspect: bool,
    /// The piece it was last asked for a block of: the first place to look for the next.
    pub(super) current: Option<PieceIndex>,
    /// It has room for requests, and nothing for us that others are not already asked for. It is not
    /// looked at again before something has changed.
    pub(super) is_idle: bool,
    /// It has said something that may call for an answer.
    pub(super) is_stirred: bool,
    /// The picker counts it among those that have everything, not piece by piece.
    pub(super) counted_as_seed: bool,
    /// It stands in the list of those with bytes to send.
    pub(super) listed: bool,
    pub(super) service: Service,
    /// What it was shown, if that is not all we have.
    pub(super) shown: Option<Box<Shown>>,
    /// What it should fetch, as long as we are the only one who has it.
    pub(super) advice: Vec<Advice>,
    /// Where it takes connections, if it called us and said so.
    pub(super) listens_at: Option<SocketAddr>,
    /// What it and we tell each other about other peers.
    pub(super) exchange: Exchange,
}

impl Connection {
    /// The peer as one who sends blocks, or is to be asked for some.
    pub(super) fn as_taker(&self) -> Taker {
        Taker {
            connection: self.id,
            party: self.party,
            suspect: self.suspect,
            on_trial: self.peer.requests.is_snubbed(),
        }
    }

    /// Where the peer can be called, as far as anybody knows.
    pub(super) fn can_be_called_at(&self) -> Option<SocketAddr> {
        if self.outgoing { Some(self.address) } else { self.listens_at }
    }
}

/// Since when we serve someone, or until when we did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Service {
    pub(super) since: Option<Instant>,
    pub(super) until: Option<Instant>,
    /// Bytes it had got before.
    pub(super) before: u64,
}

impl Service {
    /// Whether it is served from now on, to whom so many bytes have gone.
    pub(super) fn set(&mut self, now: Instant, served: bool, uploaded: u64) {
        match (served, self.since) {
            (true, None) => {
                *self = Service { since: Some(now), until: None, before: uploaded };
            }
            (false, Some(_)) => {
                *self = Service { since: None, until: Some(now), before: uploaded };
            }
            _ => {}
        }
    }
}

/// Whether an older connection to the same peer is to be kept, rather than a new one. When both
/// sides called each other at once they must decide alike: the call of the smaller id stays.
pub(super) fn older_stays(
    ours: PeerId,
    theirs: PeerId,
    older_is_outgoing: bool,
    new_is_outgoing: bool,
) -> bool {
    let ours_stays = ours < theirs;
    older_is_outgoing == new_is_outgoing || older_is_outgoing == ours_stays
}

/// A table of connections, and what is known about each.
pub(super) struct Connections<T = Connection> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

struct Slot<T> {
    generation: u32,
    connection: Option<Box<T>>,
}

impl<T> Default for Connections<T> {
    fn default() -> Self {
        Connections { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Connections<T> {
    /// How many are open.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&T> {
        let slot = self.slots.get(id.slot())?;
        let connection = slot.connection.as_deref()?;
        (slot.generation == id.generation).then_some(connection)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut T> {
        let slot = self.slots.get_mut(id.slot())?;
        let connection = slot.connection.as_deref_mut()?;
        (slot.generation == id.generation).then_some(connection)
    }

    /// Adds a connection, which is told its number.
    pub(super) fn insert(&mut self, make: impl FnOnce(ConnectionId) -> T) -> ConnectionId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, connection: None });
            u32::try_from(self.slots.len() - 1).expect("connections are few")
        });
        let entry = &mut self.slots[slot as usize];
        let id = ConnectionId { slot, generation: entry.generation };
        entry.connection = Some(Box::new(make(id)));
        id
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Box<T>> {
        self.get(id)?;
        let slot = &mut self.slots[id.slot()];
        // Four thousand million connections through one slot would take years.
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(id.slot);
        slot.connection.take()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(|slot| slot.connection.as_deref())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.slots.iter_mut().filter_map(|slot| slot.connection.as_deref_mut())
    }

    /// All, each with its number.
    pub(super) fn entries(&self) -> impl Iterator<Item = (ConnectionId, &T)> {
        (0..).zip(&self.slots).filter_map(|(number, slot)| {
            let id = ConnectionId { slot: number, generation: slot.generation };
            Some((id, slot.connection.as_deref()?))
        })
    }

    /// The numbers of all, for loops that change the table on the way.
    pub(super) fn ids(&self) -> Vec<ConnectionId> {
        // Asked for with every piece, so room is made once.
        let mut ids = Vec::with_capacity(self.len());
        ids.extend(self.entries().map(|(id, _)| id));
        ids
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Numbers as a table of so many would give them.
    pub(in crate::swarm) fn connection_ids(count: u32) -> Vec<ConnectionId> {
        (0..count).map(|slot| ConnectionId { slot, generation: 0 }).collect()
    }
}
