//! What is known about the pieces nobody has begun: how much each is wanted, and how many have it.

use fastrand::Rng;
use fixedbitset::FixedBitSet;

use super::shelf::{Ranks, Shelf};
use super::words;
use crate::metainfo::{PieceIndex, PiecePriorities, Priority};

/// The pieces that are neither stored nor begun. Those that are wanted are "open", and stand on one
/// shelf for each priority.
pub(in crate::swarm) struct Board {
    priorities: PiecePriorities,
    /// Neither stored nor begun, wanted or not.
    idle: FixedBitSet,
    /// Open pieces, the most wanted first.
    shelves: [Shelf; 3],
    ranks: Ranks,
    /// Peers that have every piece.
    seeds: usize,
}

impl Board {
    /// All pieces that are not in `have` are idle.
    pub(in crate::swarm) fn new(
        have: &FixedBitSet,
        priorities: PiecePriorities,
        rng: &mut Rng,
    ) -> Self {
        let mut idle = have.clone();
        idle.toggle_range(..);
        let mut board = Board {
            priorities,
            idle,
            shelves: [(); 3].map(|()| Shelf::new(have.len())),
            ranks: Ranks::new(have.len()),
            seeds: 0,
        };
        board.fill(rng);
        board
    }

    /// How much each piece is wanted, from now on.
    pub(in crate::swarm) fn set_priorities(&mut self, priorities: PiecePriorities, rng: &mut Rng) {
        self.priorities = priorities;
        for shelf in &mut self.shelves {
            shelf.clear(&mut self.ranks);
        }
        self.fill(rng);
    }

    fn fill(&mut self, rng: &mut Rng) {
        let priorities = self.priorities.as_slice();
        for (number, shelf) in self.shelves.iter_mut().enumerate() {
            let here = |piece: &usize| shelf_of(priorities[*piece]) == Some(number);
            shelf.fill(self.idle.ones().filter(here), &mut self.ranks, rng);
        }
    }

    /// How much each piece is wanted.
    pub(in crate::swarm) fn priorities(&self) -> &PiecePriorities {
        &self.priorities
    }

    /// Connected peers that have this piece.
    pub(in crate::swarm) fn availability(&self, piece: PieceIndex) -> usize {
        self.seeds + self.ranks.availability[piece.as_usize()] as usize
    }

    /// Whether no connected peer has this piece, but perhaps those who have everything.
    pub(in crate::swarm) fn is_rare(&self, index: usize) -> bool {
        self.ranks.availability[index] == 0
    }

    /// How many connected peers have the rarest piece, and the part of all pieces that more have.
    pub(in crate::swarm) fn copies(&self) -> f64 {
        let least = self.ranks.availability.iter().min().copied().unwrap_or_default();
        let more = self.ranks.availability.iter().filter(|count| **count > least).count();
        let part = more as f64 / self.ranks.availability.len().max(1) as f64;
        self.seeds as f64 + f64::from(least) + part
    }

    /// Whether it is wanted, and neither stored nor begun.
    pub(in crate::swarm) fn is_open(&self, piece: PieceIndex) -> bool {
        self.idle.contains(piece.as_usize()) && self.priorities.of(piece).is_wanted()
    }

    /// Whether every piece that is wanted is stored or begun.
    pub(in crate::swarm) fn is_empty(&self) -> bool {
        self.shelves.iter().all(Shelf::is_empty)
    }

    /// The rarest of the most wanted open pieces in `theirs`.
    pub(super) fn rarest(&self, theirs: &FixedBitSet, rng: &mut Rng, seed: bool) -> Option<usize> {
        self.shelves.iter().find_map(|shelf| shelf.rarest(theirs, seed, &self.ranks, rng))
    }

    /// Any of the most wanted open pieces in `theirs`.
    pub(super) fn any(&self, theirs: &FixedBitSet, rng: &mut Rng, seed: bool) -> Option<usize> {
        self.shelves.iter().find_map(|shelf| shelf.any(theirs, seed, rng))
    }

    /// The first of the most wanted open pieces in `theirs`.
    pub(super) fn first(&self, theirs: &FixedBitSet) -> Option<usize> {
        let mut shelves = self.shelves.iter().filter(|shelf| !shelf.is_empty());
        shelves.find_map(|shelf| words::common(shelf.open(), theirs).next())
    }

    /// Every open piece in `theirs`, the most wanted first and each kind in order.
    pub(super) fn open<'a>(&'a self, theirs: &'a FixedBitSet) -> impl Iterator<Item = usize> + 'a {
        self.shelves.iter().flat_map(|shelf| words::common(shelf.open(), theirs))
    }

    /// The piece is being fetched.
    pub(in crate::swarm) fn begin(&mut self, piece: PieceIndex) {
        let index = piece.as_usize();
        self.idle.remove(index);
        if let Some(number) = shelf_of(self.priorities.of(piece)) {
            self.shelves[number].remove(index, &mut self.ranks);
        }
    }

    /// The piece must be fetched once more.
    pub(in crate::swarm) fn reopen(&mut self, piece: PieceIndex) {
        let index = piece.as_usize();
        self.idle.insert(index);
        if let Some(number) = shelf_of(self.priorities.of(piece)) {
            self.shelves[number].insert(index, &mut self.ranks);
        }
    }

    /// One more peer has everything.
    pub(in crate::swarm) fn add_seed(&mut self) {
        self.seeds += 1;
    }

    /// One peer less has everything.
    pub(in crate::swarm) fn remove_seed(&mut self) {
        self.seeds -= 1;
    }

    /// One more peer has this piece.
    pub(in crate::swarm) fn add(&mut self, index: usize, rng: &mut Rng) {
        if let Some(shelf) = self.shelf(index) {
            self.shelves[shelf].on_more(index, &mut self.ranks, rng);
        }
        self.ranks.availability[index] += 1;
    }

    /// One peer less has this piece.
    pub(in crate::swarm) fn remove(&mut self, index: usize, rng: &mut Rng) {
        if let Some(shelf) = self.shelf(index) {
            self.shelves[shelf].on_fewer(index, &mut self.ranks, rng);
        }
        self.ranks.availability[index] -= 1;
    }

    /// The shelf an open piece stands on.
    fn shelf(&self, index: usize) -> Option<usize> {
        let open = self.idle.contains(index);
        open.then(|| shelf_of(self.priorities.as_slice()[index])).flatten()
    }
}

/// The number of the shelf for a priority; none for what is not wanted.
fn shelf_of(priority: Priority) -> Option<usize> {
    match priority {
        Priority::High => Some(0),
        Priority::Normal => Some(1),
        Priority::Low => Some(2),
        Priority::Skip => None,
    }
}
