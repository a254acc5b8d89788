//! Which piece to begin next: the rarest among those a peer has.
//!
//! Pieces that nobody has begun stand in one list, sorted by how many peers have them and shuffled
//! among equals. A peer that announces a piece moves it one group further, by two swaps, so nothing
//! is ever sorted or searched from end to end. Peers that have everything make no piece rarer than
//! another: they are only counted.

use fastrand::Rng;
use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};
use crate::peer::Peer;

/// Places of the list to look at before a peer's own pieces are searched instead. A peer that has
/// many pieces is served at one of the first; one that has few would have us walk far.
const WALK_MAX: usize = 256;

/// The place of a piece that is not in the list.
const NOWHERE: u32 = u32::MAX;

/// Pieces that nobody has begun ("open"), the rarest first.
pub(super) struct Picker {
    open: FixedBitSet,
    /// Peers that have the piece, of those that lack some other.
    availability: Vec<u32>,
    /// The open pieces, by availability.
    order: Vec<u32>,
    /// Where in `order` a piece stands.
    place: Vec<u32>,
    /// `starts[n]` is the first place in `order` of a piece that `n` or more peers have.
    starts: Vec<u32>,
    /// Peers that have every piece.
    seeds: usize,
}

/// How to choose among the open pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Taste {
    /// Those that the fewest have: what the swarm could lose first.
    Rarest,
    /// Any: a newcomer needs something to trade with soon, and rare pieces come slowly.
    Random,
}

impl Picker {
    /// All pieces that are not in `have` are open.
    pub(super) fn new(have: &FixedBitSet, rng: &mut Rng) -> Self {
        let mut open = have.clone();
        open.toggle_range(..);
        let mut order: Vec<u32> = open.ones().map(|piece| piece as u32).collect();
        rng.shuffle(&mut order);
        let mut place = vec![NOWHERE; have.len()];
        for (position, piece) in order.iter().enumerate() {
            place[*piece as usize] = position as u32;
        }
        Picker { open, availability: vec![0; have.len()], order, place, starts: vec![0], seeds: 0 }
    }

    /// The piece to begin with this peer, which stays open until [`begin`](Self::begin).
    pub(super) fn pick(
        &self,
        layout: &Layout,
        peer: &Peer,
        taste: Taste,
        rng: &mut Rng,
    ) -> Option<PieceIndex> {
        let theirs = peer.obtainable();
        // The first group are pieces that only those have who have everything.
        let first = match peer.pieces.is_complete() {
            true => 0,
            false => self.start(1),
        };
        let reachable = &self.order[first..];
        if reachable.is_empty() {
            return None;
        }
        let skip = match taste {
            Taste::Rarest => 0,
            Taste::Random => rng.usize(..reachable.len()),
        };
        let (before, after) = reachable.split_at(skip);
        after
            .iter()
            .chain(before)
            .take(WALK_MAX)
            .copied()
            .find(|piece| theirs.contains(*piece as usize))
            .or_else(|| self.search(theirs, taste, rng))
            .and_then(|piece| layout.piece(piece))
    }

    /// The best of the open pieces in `theirs`, looked at one by one.
    fn search(&self, theirs: &FixedBitSet, taste: Taste, rng: &mut Rng) -> Option<u32> {
        theirs
            .intersection(&self.open)
            .min_by_key(|piece| match taste {
                Taste::Rarest => (self.availability[*piece], rng.u32(..)),
                Taste::Random => (0, rng.u32(..)),
            })
            .map(|piece| piece as u32)
    }

    /// Whether nobody has begun this piece.
    pub(super) fn is_open(&self, piece: PieceIndex) -> bool {
        self.open.contains(piece.as_usize())
    }

    /// Whether a connected peer has an open piece.
    pub(super) fn any_reachable(&self) -> bool {
        let unreachable = match self.seeds {
            0 => self.start(1),
            _ => 0,
        };
        unreachable < self.order.len()
    }

    /// The piece is being fetched: it is open no longer.
    pub(super) fn begin(&mut self, piece: PieceIndex) {
        let index = piece.as_usize();
        if !self.open.contains(index) {
            return;
        }
        self.open.remove(index);
        // Out through the end of its group, and of each group behind it.
        for group in self.availability[index] as usize..self.starts.len() {
            let last = self.start(group + 1) - 1;
            self.swap(self.place[index] as usize, last);
            if let Some(next) = self.starts.get_mut(group + 1) {
                *next -= 1;
            }
        }
        self.order.pop();
        self.place[index] = NOWHERE;
    }

    /// The piece must be fetched once more.
    pub(super) fn reopen(&mut self, piece: PieceIndex) {
        let index = piece.as_usize();
        if self.open.put(index) {
            return;
        }
        let group = self.availability[index] as usize;
        self.make_group(group);
        self.place[index] = self.order.len() as u32;
        self.order.push(piece.get());
        for behind in (group + 1..self.starts.len()).rev() {
            let first = self.starts[behind] as usize;
            self.swap(self.place[index] as usize, first);
            self.starts[behind] += 1;
        }
    }

    /// One more peer has everything.
    pub(super) fn add_seed(&mut self) {
        self.seeds += 1;
    }

    /// One peer less has everything.
    pub(super) fn remove_seed(&mut self) {
        self.seeds -= 1;
    }

    /// One more peer has this piece.
    pub(super) fn add(&mut self, index: usize, rng: &mut Rng) {
        let group = self.availability[index] as usize;
        self.availability[index] += 1;
        if !self.open.contains(index) {
            return;
        }
        self.make_group(group + 1);
        let last = self.start(group + 1) - 1;
        self.swap(self.place[index] as usize, last);
        self.starts[group + 1] -= 1;
        self.shuffle_in(last, group + 1, rng);
    }

    /// One peer less has this piece.
    pub(super) fn remove(&mut self, index: usize, rng: &mut Rng) {
        let group = self.availability[index] as usize;
        self.availability[index] -= 1;
        if !self.open.contains(index) {
            return;
        }
        let first = self.start(group);
        self.swap(self.place[index] as usize, first);
        self.starts[group] += 1;
        self.shuffle_in(first, group - 1, rng);
    }

    /// Puts a newcomer to a group at a place of its own by chance, so that ties are broken by it.
    fn shuffle_in(&mut self, place: usize, group: usize, rng: &mut Rng) {
        let other = rng.usize(self.start(group)..self.start(group + 1));
        self.swap(place, other);
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

    fn swap(&mut self, a: usize, b: usize) {
        self.order.swap(a, b);
        self.place[self.order[a] as usize] = a as u32;
        self.place[self.order[b] as usize] = b as u32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, InfoHash, PeerId};
    use crate::peer::{Event, Received};
    use crate::wire::{Handshake, Message, encode_bitfield};
    use std::time::Instant;

    fn layout(pieces: u64) -> Layout {
        let path = vec!["f".into()];
        let length = pieces * 16;
        Layout::new(16, vec![FileEntry { path, length, padding: false }])
            .expect("sizes of a torrent")
    }

    /// A peer that has announced these pieces, and serves us.
    fn peer(layout: &Layout, pieces: impl IntoIterator<Item = usize>) -> Peer {
        let now = Instant::now();
        let ours = Handshake::new(InfoHash([0; 20]), PeerId([0; 20]));
        let mut peer = Peer::answering(now, ours, layout);
        let mut set = FixedBitSet::with_capacity(layout.piece_count() as usize);
        set.extend(pieces);
        let mut bytes = Vec::new();
        Message::Bitfield(&encode_bitfield(&set)).encode(&mut bytes);
        Message::Unchoke.encode(&mut bytes);
        let mut input = &bytes[..];
        for event in [Event::Bitfield(set), Event::Unchoked] {
            let received = peer.receive(now, layout, &FixedBitSet::new(), &mut input);
            assert!(matches!(received, Ok(Some(Received::Event(said))) if said == event));
        }
        peer
    }

    fn check(picker: &Picker) {
        let availability = |place: &u32| picker.availability[*place as usize];
        assert!(picker.order.is_sorted_by_key(availability));
        assert_eq!(picker.order.len(), picker.open.count_ones(..));
        for (place, piece) in picker.order.iter().enumerate() {
            assert_eq!(picker.place[*piece as usize] as usize, place);
        }
        for group in 0..picker.starts.len() {
            let expected = picker
                .order
                .partition_point(|piece| (picker.availability[*piece as usize] as usize) < group);
            assert_eq!(picker.start(group), expected, "group {group}");
        }
    }

    #[test]
    fn the_order_holds_through_any_changes() {
        let layout = layout(50);
        let mut rng = Rng::with_seed(1);
        let mut picker = Picker::new(&FixedBitSet::with_capacity(50), &mut rng);
        for _ in 0..5_000 {
            let index = rng.usize(..50);
            let piece = layout.piece(index as u32).expect("one of fifty");
            match rng.u32(..4) {
                0 if picker.availability[index] < 9 => picker.add(index, &mut rng),
                1 if picker.availability[index] > 0 => picker.remove(index, &mut rng),
                2 => picker.begin(piece),
                _ => picker.reopen(piece),
            }
            check(&picker);
        }
    }

    #[test]
    fn the_rarest_piece_comes_first_and_ties_fall_by_chance() {
        let layout = layout(10);
        let everything = peer(&layout, 0..10);
        let mut first = FixedBitSet::with_capacity(10);
        for seed in 0..200 {
            let mut rng = Rng::with_seed(seed);
            let mut picker = Picker::new(&FixedBitSet::with_capacity(10), &mut rng);
            for index in 0..10 {
                for _ in 0..if index < 3 { 1 } else { 2 } {
                    picker.add(index, &mut rng);
                }
            }
            let picked = picker.pick(&layout, &everything, Taste::Rarest, &mut rng);
            first.insert(picked.expect("a piece").as_usize());
        }
        assert_eq!(first.ones().collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn a_peer_with_one_piece_of_very_many_is_found_its_piece() {
        let layout = layout(20_000);
        let mut rng = Rng::with_seed(2);
        let mut picker = Picker::new(&FixedBitSet::with_capacity(20_000), &mut rng);
        for index in 0..20_000 {
            picker.add(index, &mut rng);
        }
        picker.add(12_345, &mut rng);
        let poor = peer(&layout, [12_345]);
        let piece = layout.piece(12_345);
        assert_eq!(picker.pick(&layout, &poor, Taste::Rarest, &mut rng), piece);
        assert_eq!(picker.pick(&layout, &poor, Taste::Random, &mut rng), piece);
        picker.begin(piece.expect("it exists"));
        assert_eq!(picker.pick(&layout, &poor, Taste::Rarest, &mut rng), None);
    }

    #[test]
    fn pieces_that_nobody_has_are_out_of_reach() {
        let mut rng = Rng::with_seed(3);
        let mut picker = Picker::new(&FixedBitSet::with_capacity(10), &mut rng);
        assert!(!picker.any_reachable());
        picker.add_seed();
        assert!(picker.any_reachable());
        picker.remove_seed();
        picker.add(4, &mut rng);
        assert!(picker.any_reachable());
    }
}
