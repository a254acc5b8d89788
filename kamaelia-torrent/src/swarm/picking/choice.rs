//! What a picker sees when it is asked for a piece.

use std::time::Instant;

use fastrand::Rng;
use fixedbitset::FixedBitSet;

use super::Board;
use crate::metainfo::{Layout, PieceIndex, Priority};

/// One peer that has room for requests, and the open pieces: those that are wanted, not stored, and
/// begun with nobody. Those of them that the peer can be asked for now are on offer.
pub struct Choice<'a> {
    pub(in crate::swarm) now: Instant,
    pub(in crate::swarm) layout: &'a Layout,
    pub(in crate::swarm) board: &'a Board,
    pub(in crate::swarm) theirs: &'a FixedBitSet,
    pub(in crate::swarm) is_seed: bool,
    pub(in crate::swarm) download_rate: f64,
    pub(in crate::swarm) stored: usize,
    pub(in crate::swarm) suggested: &'a [PieceIndex],
}

impl Choice<'_> {
    /// The moment of this choice.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// How the torrent is cut.
    pub fn layout(&self) -> &Layout {
        self.layout
    }

    /// Pieces we have.
    pub fn stored(&self) -> usize {
        self.stored
    }

    /// One bit for each piece the peer can be asked for now: all it has, or fewer (BEP 6).
    pub fn theirs(&self) -> &FixedBitSet {
        self.theirs
    }

    /// Whether the peer has every piece.
    pub fn is_seed(&self) -> bool {
        self.is_seed
    }

    /// What the peer has sent us lately, in bytes a second.
    pub fn download_rate(&self) -> f64 {
        self.download_rate
    }

    /// How much a piece is wanted.
    pub fn priority(&self, piece: PieceIndex) -> Priority {
        self.board.priorities().of(piece)
    }

    /// How many connected peers have a piece.
    pub fn availability(&self, piece: PieceIndex) -> usize {
        self.board.availability(piece)
    }

    /// Whether the piece is open and the peer can be asked for it. Costs next to nothing.
    pub fn offers(&self, piece: PieceIndex) -> bool {
        self.theirs.contains(piece.as_usize()) && self.board.is_open(piece)
    }

    /// Everything on offer: the most wanted first, those of one priority from the first to the last.
    /// Sixty-four pieces that are not on offer cost as much as one.
    pub fn offered(&self) -> impl Iterator<Item = PieceIndex> {
        self.board.open(self.theirs).filter_map(|index| self.piece(index))
    }

    /// The first piece of the most wanted on offer.
    pub fn first(&self) -> Option<PieceIndex> {
        self.board.first(self.theirs).and_then(|index| self.piece(index))
    }

    /// The rarest piece of the most wanted on offer, by chance among equals. Costs about as much as
    /// there are rarer ones that the peer lacks.
    pub fn rarest(&self, rng: &mut Rng) -> Option<PieceIndex> {
        self.board.rarest(self.theirs, rng, self.is_seed).and_then(|index| self.piece(index))
    }

    /// Any piece of the most wanted on offer, by chance.
    pub fn any(&self, rng: &mut Rng) -> Option<PieceIndex> {
        self.board.any(self.theirs, rng, self.is_seed).and_then(|index| self.piece(index))
    }

    /// What the peer would like to be asked for (BEP 6) and is on offer, the latest first. It may have
    /// good reasons, such as what its disk has at hand, or bad ones.
    pub fn suggested(&self) -> impl Iterator<Item = PieceIndex> {
        self.suggested.iter().rev().copied().filter(|piece| self.offers(*piece))
    }

    fn piece(&self, index: usize) -> Option<PieceIndex> {
        self.layout.piece(index as u32)
    }
}
