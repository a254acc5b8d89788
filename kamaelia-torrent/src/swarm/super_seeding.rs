//! The only seed of a swarm gives every piece away once (BEP 16).
//!
//! It says it had nothing, and shows each peer a piece or two that others lack. A peer is shown
//! another when somebody else has got what it was shown, so that those who pass on get more, and the
//! seed sends little more than one copy before the others have all of it among them. Then it shows
//! everything to everyone.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use log::debug;

use crate::metainfo::PieceIndex;
use crate::swarm::connections::Connection;
use crate::swarm::{ConnectionId, Swarm};

/// Pieces that a peer is shown and has not passed on: one to fetch, and one to fetch next.
const SHOWN_MAX: usize = 2;

/// A peer that has a piece for so long and finds nobody to give it to is shown another.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the swarm remembers while it super-seeds.
pub(super) struct SuperSeeding {
    /// Pieces that someone else has, or had.
    spread: FixedBitSet,
    /// How often each piece was shown.
    shown: Vec<u16>,
    /// When to look whether somebody waits.
    due: Instant,
}

/// What one peer was shown.
#[derive(Default)]
pub(super) struct Shown {
    /// All it may ask for.
    pub(super) pieces: FixedBitSet,
    /// Those that nobody else has got from it, and since when it has them itself.
    pending: Vec<(PieceIndex, Option<Instant>)>,
}

impl Shown {
    /// This piece has turned up: at the peer itself, or elsewhere.
    fn on_spread(&mut self, now: Instant, index: usize, is_there: bool) {
        for (piece, since) in &mut self.pending {
            if is_there && piece.as_usize() == index {
                since.get_or_insert(now);
            }
        }
        self.pending.retain(|(piece, _)| is_there || piece.as_usize() != index);
    }
}

impl Swarm {
    /// Gives every piece away once, to whomever connects from now on, until others have all of them
    /// among them; or shows everything to everyone. Only a swarm that is complete can.
    pub fn set_super_seeding(&mut self, now: Instant, wanted: bool) {
        let pieces = self.layout.piece_count() as usize;
        if !wanted {
            self.show_everything(now);
        } else if self.is_complete() && self.super_seeding.is_none() {
            self.super_seeding = Some(SuperSeeding {
                spread: FixedBitSet::with_capacity(pieces),
                shown: vec![0; pieces],
                due: now,
            });
        }
        self.settle(now);
    }

    /// Whether it does.
    pub fn is_super_seeding(&self) -> bool {
        self.super_seeding.is_some()
    }

    /// What to tell a new peer we have.
    pub(super) fn tell_what_we_have(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if self.super_seeding.is_none() {
            return connection.peer.tell_bitfield(&self.tally.have);
        }
        let pieces = FixedBitSet::with_capacity(self.tally.have.len());
        connection.peer.tell_bitfield(&pieces);
        connection.shown = Some(Box::new(Shown { pieces, ..Shown::default() }));
    }

    /// These pieces have turned up at a peer.
    pub(super) fn on_spread(
        &mut self,
        now: Instant,
        at: ConnectionId,
        pieces: impl Iterator<Item = usize>,
    ) {
        let Some(mut state) = self.super_seeding.take() else {
            return;
        };
        for index in pieces {
            state.spread.insert(index);
            for connection in self.connections.iter_mut() {
                if let Some(shown) = &mut connection.shown {
                    shown.on_spread(now, index, connection.id == at);
                }
            }
        }
        let is_over = state.spread.is_full();
        self.super_seeding = Some(state);
        match is_over {
            true => self.show_everything(now),
            false => self.show_more(now),
        }
    }

    /// Shows more to those who wait for it.
    pub(super) fn show_more(&mut self, now: Instant) {
        if self.super_seeding.is_none() {
            return;
        }
        for id in self.connections.ids() {
            while self.show_one(now, id) {}
            self.list(now, id);
        }
        if let Some(state) = &mut self.super_seeding {
            state.due = now + PATIENCE / 4;
            let due = state.due;
            self.wake_by(due);
        }
    }

    pub(super) fn next_show(&self) -> Option<Instant> {
        let anyone = self.connections.len() > 0;
        self.super_seeding.as_ref().filter(|_| anyone).map(|state| state.due)
    }

    /// Whether a peer has done what it could with a piece that it was shown.
    fn is_passed(&self, now: Instant, id: ConnectionId, piece: PieceIndex, since: Instant) -> bool {
        let lacks =
            |c: &&Connection| c.id != id && c.peer.is_greeted() && !c.peer.pieces.has(piece);
        since + PATIENCE <= now || !self.connections.iter().any(|c| lacks(&c))
    }

    fn show_one(&mut self, now: Instant, id: ConnectionId) -> bool {
        let shown = self.connections.get(id).and_then(|connection| connection.shown.as_ref());
        let pending = shown.into_iter().flat_map(|shown| &shown.pending);
        let had = pending.filter_map(|(piece, since)| Some((*piece, (*since)?)));
        let passed: Vec<_> =
            had.filter(|(piece, since)| self.is_passed(now, id, *piece, *since)).collect();
        let Some(state) = &mut self.super_seeding else { return false };
        let Some(connection) = self.connections.get_mut(id) else { return false };
        let Some(shown) = &mut connection.shown else { return false };
        shown.pending.retain(|(piece, _)| !passed.iter().any(|(passed, _)| passed == piece));
        if shown.pending.len() >= SHOWN_MAX {
            return false;
        }
        let theirs = connection.peer.pieces.set();
        let news = self.layout.pieces().filter(|piece| {
            let index = piece.as_usize();
            !theirs.contains(index) && !shown.pieces.contains(index)
        });
        let rank = |piece: &PieceIndex| {
            let index = piece.as_usize();
            (state.spread.contains(index), state.shown[index], self.rng.u32(..))
        };
        let Some(piece) = news.min_by_key(rank) else { return false };
        state.shown[piece.as_usize()] = state.shown[piece.as_usize()].saturating_add(1);
        shown.pieces.insert(piece.as_usize());
        shown.pending.push((piece, None));
        connection.peer.tell_have(piece);
        true
    }

    fn show_everything(&mut self, now: Instant) {
        if self.super_seeding.take().is_none() {
            return;
        }
        debug!("{}: others have every piece among them", self.info_hash);
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id)
                && let Some(shown) = connection.shown.take()
            {
                let known = |piece: &PieceIndex| {
                    let index = piece.as_usize();
                    shown.pieces.contains(index) || connection.peer.pieces.set().contains(index)
                };
                let news: Vec<_> = self.layout.pieces().filter(|piece| !known(piece)).collect();
                news.into_iter().for_each(|piece| connection.peer.tell_have(piece));
            }
            self.list(now, id);
        }
    }
}
