//! Open pieces of one priority, the rarest first.
//!
//! They stand in one list, sorted by how many peers have them and shuffled among equals. A peer that
//! announces a piece moves it one group further, by two swaps, so nothing is ever sorted or searched
//! from end to end. Peers that have everything make no piece rarer than another: they are only
//! counted, elsewhere.

use fastrand::Rng;
use fixedbitset::FixedBitSet;

use super::words;

/// Places of the list to look at before a peer's own pieces are searched instead. A peer that has
/// many pieces is served at one of the first; one that has few would have us walk far.
const WALK_MAX: usize = 256;

/// The place of a piece that is on no shelf.
const NOWHERE: u32 = u32::MAX;

/// What the shelves of one torrent share, for each piece.
pub(super) struct Ranks {
    /// Peers that have it, of those that lack some other.
    pub(super) availability: Vec<u32>,
    /// Where in the list of its shelf it stands.
    place: Vec<u32>,
}

impl Ranks {
    pub(super) fn new(pieces: usize) -> Self {
        Ranks { availability: vec![0; pieces], place: vec![NOWHERE; pieces] }
    }
}

/// Pieces that nobody has begun, of one priority.
pub(super) struct Shelf {
    open: FixedBitSet,
    /// The same, by availability.
    order: Vec<u32>,
    /// `starts[n]` is the first place in `order` of a piece that `n` or more peers have.
    starts: Vec<u32>,
}

impl Shelf {
    pub(super) fn new(pieces: usize) -> Self {
        Shelf { open: FixedBitSet::with_capacity(pieces), order: Vec::new(), starts: vec![0] }
    }

    /// Puts all these on it, which it did not have, in an order by chance among equals.
    pub(super) fn fill(
        &mut self,
        pieces: impl Iterator<Item = usize>,
        ranks: &mut Ranks,
        rng: &mut Rng,
    ) {
        for piece in pieces {
            self.open.insert(piece);
            self.order.push(piece as u32);
        }
        rng.shuffle(&mut self.order);
        let availability = &ranks.availability;
        self.order.sort_by_key(|piece| availability[*piece as usize]);
        for (place, piece) in self.order.iter().enumerate() {
            ranks.place[*piece as usize] = place as u32;
        }
        let most = self.order.last().map_or(0, |piece| availability[*piece as usize]);
        let before = |group| move |piece: &u32| availability[*piece as usize] < group;
        self.starts =
            (0..=most).map(|group| self.order.partition_point(before(group)) as u32).collect();
    }

    /// Takes everything off.
    pub(super) fn clear(&mut self, ranks: &mut Ranks) {
        for piece in self.order.drain(..) {
            ranks.place[piece as usize] = NOWHERE;
        }
        self.open.clear();
        self.starts = vec![0];
    }

    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// One bit for each piece that is on it.
    pub(super) fn open(&self) -> &FixedBitSet {
        &self.open
    }

    /// Those that a peer may have, the rarest first.
    fn reachable(&self, is_seed: bool) -> &[u32] {
        // The first group are pieces that only those have who have everything.
        let first = if is_seed { 0 } else { self.start(1) };
        &self.order[first..]
    }

    /// The rarest that is in `theirs`.
    pub(super) fn rarest(
        &self,
        theirs: &FixedBitSet,
        is_seed: bool,
        ranks: &Ranks,
        rng: &mut Rng,
    ) -> Option<usize> {
        let reachable = self.reachable(is_seed);
        let found = walk(reachable.iter(), theirs);
        if found.is_some() || reachable.len() <= WALK_MAX {
            return found;
        }
        words::common(theirs, &self.open)
            .min_by_key(|piece| (ranks.availability[*piece], rng.u32(..)))
    }

    /// Any that is in `theirs`, by chance.
    pub(super) fn any(&self, theirs: &FixedBitSet, is_seed: bool, rng: &mut Rng) -> Option<usize> {
        let reachable = self.reachable(is_seed);
        if reachable.is_empty() {
            return None;
        }
        let (before, after) = reachable.split_at(rng.usize(..reachable.len()));
        let found = walk(after.iter().chain(before), theirs);
        if found.is_some() || reachable.len() <= WALK_MAX {
            return found;
        }
        words::common(theirs, &self.open).min_by_key(|_| rng.u32(..))
    }

    /// Puts a piece on it.
    pub(super) fn insert(&mut self, index: usize, ranks: &mut Ranks) {
        if self.open.put(index) {
            return;
        }
        let group = ranks.availability[index] as usize;
        self.make_group(group);
        ranks.place[index] = self.order.len() as u32;
        self.order.push(index as u32);
        for behind in (group + 1..self.starts.len()).rev() {
            let first = self.starts[behind] as usize;
            self.swap(ranks, ranks.place[index] as usize, first);
            self.starts[behind] += 1;
        }
    }

    /// Takes a piece off.
    pub(super) fn remove(&mut self, index: usize, ranks: &mut Ranks) {
        if !self.open.contains(index) {
            return;
        }
        self.open.remove(index);
        // Out through the end of its group, and of each group behind it.
        for group in ranks.availability[index] as usize..self.starts.len() {
            let last = self.start(group + 1) - 1;
            self.swap(ranks, ranks.place[index] as usize, last);
            if let Some(next) = self.starts.get_mut(group + 1) {
                *next -= 1;
            }
        }
        self.order.pop();
        ranks.place[index] = NOWHERE;
    }

    /// One peer more has this piece, which is on it. The count itself is the caller's to raise,
    /// afterwards.
    pub(super) fn on_more(&mut self, index: usize, ranks: &mut Ranks, rng: &mut Rng) {
        let group = ranks.availability[index] as usize;
        self.make_group(group + 1);
        let last = self.start(group + 1) - 1;
        self.swap(ranks, ranks.place[index] as usize, last);
        self.starts[group + 1] -= 1;
        self.shuffle_in(ranks, last, group + 1, rng);
    }

    /// One peer less has this piece, which is on it. The count itself is the caller's to lower,
    /// afterwards.
    pub(super) fn on_fewer(&mut self, index: usize, ranks: &mut Ranks, rng: &mut Rng) {
        let group = ranks.availability[index] as usize;
        let first = self.start(group);
        self.swap(ranks, ranks.place[index] as usize, first);
        self.starts[group] += 1;
        self.shuffle_in(ranks, first, group - 1, rng);
    }

    /// Puts a newcomer to a group at a place of its own by chance, so that ties are broken by it.
    fn shuffle_in(&mut self, ranks: &mut Ranks, place: usize, group: usize, rng: &mut Rng) {
        let other = rng.usize(self.start(group)..self.start(group + 1));
        self.swap(ranks, place, other);
    }

    /// The first place of a group, or the end of the list when no piece is that common.
    fn start(&self, group: usize) -> usize {
        self.starts.get(group).map_or(self.order.len(), |start| *start as usize)
    }

    fn make_group(&mut self, group: usize) {
        while self.starts.len() <= group {
            self.starts.push(self.order.len() as u32);
        }
    }

    fn swap(&mut self, ranks: &mut Ranks, a: usize, b: usize) {
        self.order.swap(a, b);
        ranks.place[self.order[a] as usize] = a as u32;
        ranks.place[self.order[b] as usize] = b as u32;
    }
}

/// The first of the list that is in `theirs`, if it is not far.
fn walk<'a>(list: impl Iterator<Item = &'a u32>, theirs: &FixedBitSet) -> Option<usize> {
    list.take(WALK_MAX).map(|piece| *piece as usize).find(|piece| theirs.contains(*piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(shelf: &Shelf, ranks: &Ranks) {
        let availability = |piece: &u32| ranks.availability[*piece as usize];
        assert!(shelf.order.is_sorted_by_key(availability));
        assert_eq!(shelf.order.len(), shelf.open.count_ones(..));
        for (place, piece) in shelf.order.iter().enumerate() {
            assert_eq!(ranks.place[*piece as usize] as usize, place);
        }
        for group in 0..shelf.starts.len() {
            let expected =
                shelf.order.partition_point(|piece| (availability(piece) as usize) < group);
            assert_eq!(shelf.start(group), expected, "group {group}");
        }
    }

    #[test]
    fn the_order_holds_through_any_changes() {
        let mut rng = Rng::with_seed(1);
        let mut ranks = Ranks::new(50);
        let mut shelf = Shelf::new(50);
        shelf.fill(0..50, &mut ranks, &mut rng);
        for round in 0..5_000 {
            let index = rng.usize(..50);
            let availability = ranks.availability[index];
            let open = shelf.open.contains(index);
            match rng.u32(..4) {
                0 if availability < 9 => {
                    if open {
                        shelf.on_more(index, &mut ranks, &mut rng);
                    }
                    ranks.availability[index] += 1;
                }
                1 if availability > 0 => {
                    if open {
                        shelf.on_fewer(index, &mut ranks, &mut rng);
                    }
                    ranks.availability[index] -= 1;
                }
                2 => shelf.remove(index, &mut ranks),
                _ => shelf.insert(index, &mut ranks),
            }
            check(&shelf, &ranks);
            if round % 500 == 0 {
                let open: Vec<usize> = shelf.open.ones().collect();
                shelf.clear(&mut ranks);
                check(&shelf, &ranks);
                shelf.fill(open.into_iter(), &mut ranks, &mut rng);
                check(&shelf, &ranks);
            }
        }
    }
}
