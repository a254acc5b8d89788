//! Pieces that somebody waits for: begun before all others, and never left to one slow peer.

use std::time::{Duration, Instant};

use crate::metainfo::{Block, PieceIndex};
use crate::swarm::partial::Taker;
use crate::swarm::{ConnectionId, Swarm};

/// Deadlines looked at for one request. Whoever streams sets them for the next few pieces.
const LOOKAHEAD: usize = 64;

/// When a piece is needed so soon, blocks that one peer was asked for are asked of others too.
const HASTE: Duration = Duration::from_secs(4);

/// How many peers one block is asked of in haste.
const HASTE_PEERS_MAX: u16 = 3;

/// Blocks asked of one peer at a time although others were asked for them.
const HASTE_BLOCKS_MAX: usize = 4;

impl Swarm {
    /// This piece is needed by then, or at no particular time. Pieces with deadlines are begun
    /// before all others, the soonest first, whatever the picker would choose and whatever else is
    /// half done; when one is needed within seconds, several peers are asked for what is missing of
    /// it. A deadline does not make a piece wanted, and ends when the piece is stored.
    pub fn set_deadline(&mut self, now: Instant, piece: PieceIndex, by: Option<Instant>) {
        let is_stored = self.tally.have.contains(piece.as_usize());
        self.deadlines.set(piece, by.filter(|_| !is_stored));
        self.refill = true;
        self.settle(now);
    }

    /// Nothing is needed at any particular time.
    pub fn clear_deadlines(&mut self) {
        self.deadlines.clear();
    }

    /// A free block of the piece that is needed first, among those this peer has.
    pub(super) fn urgent_block(
        &mut self,
        now: Instant,
        id: ConnectionId,
        taker: Taker,
    ) -> Option<Block> {
        if self.deadlines.is_empty() {
            return None;
        }
        for (_, piece) in self.first_needed(id) {
            if let Some(block) = self.take(piece, taker) {
                return Some(block);
            }
            if self.board.is_open(piece) && self.begin(now, piece, taker) {
                return self.take(piece, taker);
            }
        }
        None
    }

    /// Asks this peer for blocks that are needed at once and that others were asked for, as many as
    /// it should have in hand. True if there were any.
    pub(super) fn ask_in_haste(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> bool {
        if self.deadlines.is_empty() || taker.on_trial {
            return false;
        }
        let soon = now + HASTE;
        for (by, piece) in self.first_needed(id) {
            if by > soon {
                break;
            }
            let Some(connection) = self.connections.get_mut(id) else {
                return false;
            };
            let requests = &connection.peer.requests;
            let is_news = |block| !requests.contains(block);
            let most = (HASTE_PEERS_MAX, HASTE_BLOCKS_MAX.min(connection.peer.request_room()));
            let blocks = self.assembly.hasten(&self.layout, piece, taker, is_news, most);
            for block in &blocks {
                connection.peer.ask(now, *block, false);
            }
            if !blocks.is_empty() {
                return true;
            }
        }
        false
    }

    /// When the next piece will be needed so soon that several peers are asked for it.
    pub(super) fn next_haste(&self, now: Instant) -> Option<Instant> {
        self.deadlines.iter().filter_map(|(by, _)| by.checked_sub(HASTE)).find(|at| *at > now)
    }

    /// Pieces of this peer with deadlines, the soonest first.
    fn first_needed(&self, id: ConnectionId) -> Vec<(Instant, PieceIndex)> {
        let Some(connection) = self.connections.get(id) else {
            return Vec::new();
        };
        let theirs = connection.peer.obtainable();
        let soonest = self.deadlines.iter().take(LOOKAHEAD);
        soonest.filter(|(_, piece)| theirs.contains(piece.as_usize())).collect()
    }
}
