//! What everyone was asked for and nobody has sent: asked of others too, until it is here.

use std::time::{Duration, Instant};

use crate::swarm::connections::Connection;
use crate::swarm::partial::Taker;
use crate::swarm::{ConnectionId, Swarm};

/// Blocks that a peer without other work is asked for although others were: at least so many, and
/// more of a fast one, up to this part of what its line holds. Few, because many of them will come
/// twice; when no more than these are missing, everyone who has them is asked for all.
const ENDGAME_MIN: usize = 4;
const ENDGAME_PART: usize = 8;

/// How long a piece may take before those who could finish it sooner are asked too, when memory is
/// short. A peer that works well has sent its blocks by then.
const HELD_UP: Duration = Duration::from_secs(2);

impl Swarm {
    /// The endgame: when everything missing has been asked for, peers with little left to do are asked
    /// too for what others were, and whoever is first wins. So it is when slow peers hold all memory.
    ///
    /// As long as something is missing that nobody was asked for, because those who have it do not
    /// serve us, it is not the end: newcomers of a swarm wait like that most of the time, and would
    /// have every block sent twice. Then only those who have [fallen silent](super::stalling) are
    /// helped out.
    pub(super) fn ask_once_more(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> bool {
        let room = self.endgame_room(id);
        let held_up = self.starved && now >= self.next_rescue && self.assembly.is_held_by_peers();
        let all_asked = self.board.is_empty() && !self.assembly.any_untouched();
        let is_end = all_asked || held_up;
        if taker.on_trial || (is_end && room == 0) {
            return false;
        }
        if room > 0 && self.take_from_the_untried(now, id, taker) {
            return true;
        }
        if !is_end {
            return self.ask_for_the_stalled(now, id, taker, room);
        }
        if all_asked {
            // Those who waited for the end may help now.
            self.refill |= std::mem::take(&mut self.hungry);
        }
        let Some(connection) = self.connections.get_mut(id) else {
            return false;
        };
        let peer = &mut connection.peer;
        let patience = if all_asked { Duration::ZERO } else { HELD_UP };
        let lot = self.rng.u32(..) as usize;
        let old = |began| began + patience <= now;
        let is_news = |block| !peer.requests.contains(block);
        let wishes = (old, is_news);
        let theirs = peer.obtainable();
        let blocks = self.assembly.endgame(&self.layout, taker, theirs, wishes, (room, lot));
        for block in &blocks {
            peer.ask(now, *block, false);
        }
        if !all_asked && blocks.is_empty() {
            self.next_rescue = now + HELD_UP / 4;
            self.wake_by(self.next_rescue);
        }
        !blocks.is_empty()
    }

    /// A piece that is to come from one hand waits for one that has never sent anything: who has sent
    /// before gets it instead. Among many silent peers it would else be held for half a minute by each
    /// of them in turn.
    fn take_from_the_untried(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> bool {
        let has_sent = |c: &Connection| c.peer.download.total() > 0;
        let Some(connection) = self.connections.get(id).filter(|c| has_sent(c)) else {
            return false;
        };
        let theirs = connection.peer.obtainable();
        let is_untried = |owner| self.connections.get(owner).is_some_and(|c| !has_sent(c));
        let held = self
            .assembly
            .owned()
            .find(|(piece, owner, _)| theirs.contains(piece.as_usize()) && is_untried(*owner));
        let Some((piece, owner, began)) = held else {
            return false;
        };
        if now < began + HELD_UP {
            self.wake_by(began + HELD_UP);
            return false;
        }
        if let Some(owner) = self.connections.get_mut(owner) {
            for asked in owner.peer.cancel_piece(piece) {
                self.assembly.release(asked);
            }
        }
        self.assembly.disown(owner);
        self.list(now, owner);
        self.refill = true;
        let Some(block) = self.take(piece, taker) else {
            return false;
        };
        if let Some(connection) = self.connections.get_mut(id) {
            connection.peer.ask(now, block, true);
            connection.current = Some(piece);
        }
        true
    }

    /// How many blocks a peer may be asked for that others were asked for too.
    fn endgame_room(&self, id: ConnectionId) -> usize {
        self.connections.get(id).map_or(0, |connection| {
            let requests = &connection.peer.requests;
            let most = (requests.depth() / ENDGAME_PART).max(ENDGAME_MIN);
            most.saturating_sub(requests.len()).min(connection.peer.request_room())
        })
    }
}
