//! What is owed by peers that have fallen silent, while others have nothing else for us.
//!
//! That is common, and not the endgame: those who have what we lack may not serve us, or everybody
//! waits for what the only seed gives out next.

use std::time::{Duration, Instant};

use crate::metainfo::Block;
use crate::swarm::connections::Connection;
use crate::swarm::partial::Taker;
use crate::swarm::{ConnectionId, Swarm};

/// When a peer that owes us blocks has sent none for so long, those who have nothing else for us are
/// asked for them too. Most are served in turns of ten seconds.
pub(super) const STALLED: Duration = Duration::from_secs(10);

/// How often to look for such at most.
const LOOK_EVERY: Duration = Duration::from_secs(5);

impl Swarm {
    /// Asks for up to `room` blocks that are owed by peers who have sent nothing for long. A peer that
    /// cannot help is left alone until something changes.
    pub(super) fn ask_for_the_stalled(
        &mut self,
        now: Instant,
        id: ConnectionId,
        taker: Taker,
        room: usize,
    ) -> bool {
        if !std::mem::replace(&mut self.hungry, true)
            && let Some(at) = self.next_look(now)
        {
            self.wake_by(at);
        }
        let owed = self.stalled.iter().copied();
        let Some(connection) = self.connections.get(id) else {
            return false;
        };
        let peer = &connection.peer;
        let theirs = peer.obtainable();
        let is_new = |block: &Block| {
            theirs.contains(block.piece().as_usize()) && !peer.requests.contains(*block)
        };
        let owed: Vec<_> = owed.filter(is_new).take(room).collect();
        let blocks = self.assembly.double_single(owed, taker);
        if let Some(connection) = self.connections.get_mut(id) {
            connection.is_idle = blocks.is_empty();
            for block in &blocks {
                connection.peer.ask(now, *block, false);
            }
        }
        !blocks.is_empty()
    }

    /// Lets those who have nothing else for us help out, if there is anyone to be helped.
    pub(super) fn look_for_the_stalled(&mut self, now: Instant) {
        if !self.hungry {
            return;
        }
        let is_stalled = |c: &&Connection| {
            let waiting = c.peer.requests.waiting_since();
            waiting.is_some_and(|since| since + STALLED <= now)
        };
        let stalled = self.connections.iter().filter(is_stalled);
        self.stalled = stalled.flat_map(|c| c.peer.requests.blocks()).collect();
        if !self.stalled.is_empty() {
            self.hungry = false;
            self.refill = true;
        }
    }

    /// When to look next, if anyone has nothing for us.
    pub(super) fn next_look(&self, now: Instant) -> Option<Instant> {
        if !self.hungry || self.is_finished() {
            return None;
        }
        let owing = self.connections.iter().filter_map(|c| c.peer.requests.waiting_since());
        owing.min().map(|since| (since + STALLED).max(now + LOOK_EVERY))
    }
}
