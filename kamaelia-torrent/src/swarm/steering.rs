//! A seed has different peers fetch different pieces, as long as there are some that only it has.
//!
//! Left alone, those whom a seed serves choose the same rare pieces, and a crowd that waits for one
//! seed gets many of them from it twice before it has each of them once. So the seed suggests to each
//! what nobody else was given (BEP 6, which calls this super-seeding without its loss of throughput).
//! Unlike super-seeding it hides nothing, so it harms nobody who takes no advice.

use fixedbitset::FixedBitSet;

use crate::metainfo::PieceIndex;
use crate::swarm::{ConnectionId, Swarm};

/// Suggestions that a peer has not begun to follow. It asks for some seconds' worth at once, so one
/// would not be enough to fill its queue with.
const AHEAD: usize = 4;

/// What a seed remembers of what it gave.
#[derive(Default)]
pub(super) struct Steering {
    /// Pieces that were suggested to somebody, or that somebody has begun to fetch or has. No bits
    /// before the first peer is served.
    given: FixedBitSet,
    /// Whether all pieces are among these.
    is_over: bool,
}

impl Swarm {
    /// Suggests pieces to a peer that is served, if there are some that nobody else has.
    pub(super) fn steer(&mut self, id: ConnectionId) {
        if self.steering.is_over || !self.is_complete() || self.is_super_seeding() {
            return;
        }
        if let Some(connection) = self.connections.get_mut(id) {
            let peer = &connection.peer;
            connection.advised.retain(|piece| !peer.uploads.any_of(*piece));
        }
        while self.suggest_one(id) {}
    }

    fn suggest_one(&mut self, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.get_mut(id) else { return false };
        let peer = &mut connection.peer;
        let is_served = peer.choking.we_serve() && peer.choking.they_want();
        if !is_served || !peer.fast.is_agreed() || connection.advised.len() >= AHEAD {
            return false;
        }
        let count = self.layout.piece_count() as usize;
        self.steering.given.grow(count);
        let (given, board) = (&mut self.steering.given, &self.board);
        let start = self.rng.usize(..count.max(1));
        let is_news = |index: &usize| !given.contains(*index) && board.is_rare(*index);
        let from_start = (start..count).chain(0..start).find(is_news);
        let Some(piece) = from_start.and_then(|index| self.layout.piece(index as u32)) else {
            self.steering.is_over = true;
            return false;
        };
        given.insert(piece.as_usize());
        connection.advised.push(piece);
        connection.peer.suggest(piece);
        true
    }

    /// A peer that is served fetches this piece.
    pub(super) fn on_fetched(&mut self, piece: PieceIndex) {
        if piece.as_usize() < self.steering.given.len() {
            self.steering.given.insert(piece.as_usize());
        }
    }
}
