//! A seed has different peers fetch different pieces, as long as there are some that only it has.
//!
//! Left alone, those whom a seed serves choose the same rare pieces, and a crowd that waits for one
//! seed gets many of them from it twice before it has each of them once. So the seed suggests to each
//! what nobody else was given (BEP 6, which calls this super-seeding without its loss of throughput).
//! Unlike super-seeding it hides nothing, so it harms nobody who takes no advice.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::PieceIndex;
use crate::swarm::connections::Connection;
use crate::swarm::{ConnectionId, Swarm};

/// Suggestions that a peer has not begun to follow. It asks for some seconds' worth at once, so one
/// would not be enough to fill its queue with.
const AHEAD: usize = 4;

/// How long a peer may be served at a stretch because it is in the middle of a piece: it may be one
/// that passes nothing on.
const STRETCH_MAX: Duration = Duration::from_secs(5 * 60);

/// What a seed remembers of what it gave.
#[derive(Default)]
pub(super) struct Steering {
    /// Pieces that were suggested to somebody, or that somebody has begun to fetch. No bits before
    /// the first peer is served.
    given: FixedBitSet,
    /// Whether others have all pieces among them.
    is_over: bool,
}

/// A piece that a peer has not got yet and should, or does, fetch from us.
#[derive(Clone, Copy)]
pub(super) struct Advice {
    piece: PieceIndex,
    /// It has asked for blocks of it.
    is_followed: bool,
}

impl Swarm {
    /// Whether there may be pieces that nobody else was given. Then newcomers get none but these:
    /// what a crowd of them may fetch without being served (BEP 6) is many times the torrent.
    pub(super) fn is_steering(&self) -> bool {
        self.is_complete() && !self.steering.is_over
    }

    /// Suggests pieces to a peer that is served, if there are some that nobody else has.
    pub(super) fn steer(&mut self, id: ConnectionId) {
        if !self.is_steering() || self.is_super_seeding() {
            return;
        }
        if let Some(connection) = self.connections.get_mut(id) {
            let peer = &connection.peer;
            connection.advice.retain(|advice| !peer.pieces.has(advice.piece));
            for advice in &mut connection.advice {
                advice.is_followed |= peer.uploads.any_of(advice.piece);
            }
        }
        while self.suggest_one(id) {}
    }

    fn suggest_one(&mut self, id: ConnectionId) -> bool {
        let Some(connection) = self.connections.get_mut(id) else { return false };
        let peer = &mut connection.peer;
        let is_served = peer.choking.we_serve() && peer.choking.they_want();
        let ahead = connection.advice.iter().filter(|advice| !advice.is_followed).count();
        if !is_served || !peer.fast.is_agreed() || ahead >= AHEAD {
            return false;
        }
        let count = self.layout.piece_count() as usize;
        self.steering.given.grow(count);
        let (given, board) = (&mut self.steering.given, &self.board);
        let start = self.rng.usize(..count.max(1));
        let is_news = |index: &usize| !given.contains(*index) && board.is_rare(*index);
        let from_start = (start..count).chain(0..start).find(is_news);
        let Some(piece) = from_start.and_then(|index| self.layout.piece(index as u32)) else {
            self.steering.is_over = !(0..count).any(|index| board.is_rare(index));
            return false;
        };
        given.insert(piece.as_usize());
        connection.advice.push(Advice { piece, is_followed: false });
        connection.peer.suggest(piece);
        true
    }

    /// A peer is served no longer: what it was to fetch and has not begun is for others. What it has
    /// begun it goes on with in its next turn: on a slow line a piece takes several, and would else be
    /// sent again and again to one after the other.
    pub(super) fn take_back_unfollowed(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else { return };
        let unfollowed = connection.advice.extract_if(.., |advice| !advice.is_followed);
        let unfollowed: Vec<_> = unfollowed.collect();
        self.take_back(&unfollowed);
    }

    /// What somebody was to fetch is for others.
    pub(super) fn take_back(&mut self, advice: &[Advice]) {
        for Advice { piece, .. } in advice {
            self.steering.given.set(piece.as_usize(), false);
        }
    }

    /// A peer that is served fetches this piece, advised or not.
    pub(super) fn on_fetched(&mut self, id: ConnectionId, piece: PieceIndex) {
        let index = piece.as_usize();
        let is_news = self.is_steering()
            && self.board.is_rare(index)
            && index < self.steering.given.len()
            && !self.steering.given.put(index);
        if let Some(connection) = self.connections.get_mut(id).filter(|_| is_news) {
            connection.advice.push(Advice { piece, is_followed: true });
        }
    }

    /// Whether a peer is in the middle of a piece that nobody else has, and takes it: to serve another
    /// in its place would be to begin that piece again.
    pub(super) fn is_amidst(&self, now: Instant, connection: &Connection) -> bool {
        self.is_steering()
            && connection.peer.choking.we_serve()
            && connection.service.since.is_some_and(|since| now < since + STRETCH_MAX)
            && connection.advice.iter().any(|advice| advice.is_followed)
            && connection.peer.upload.per_second(now) > 0.0
    }
}
