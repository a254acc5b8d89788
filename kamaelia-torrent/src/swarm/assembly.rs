//! Pieces in memory: put together from blocks, or handed over to be stored.
//!
//! A piece takes memory from the moment it is begun until the driver's verdict, and all of them
//! together are bounded. Begun pieces are finished before others are begun; when memory is short, one
//! that nobody works on gives way, or one that takes too long.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, Layout, PieceIndex};
use crate::peer::Asked;
use crate::swarm::ConnectionId;
use crate::swarm::blame::Party;
use crate::swarm::partial::{Arrival, Partial, Taker};

/// How long a piece may take while others wait for memory, the first time.
const ALLOWANCE: Duration = Duration::from_secs(60);

/// No entry in `entries`: the piece is not in memory.
const NONE: u32 = u32::MAX;

/// All pieces in memory.
pub(super) struct Assembly {
    entries: Vec<Option<Box<Partial>>>,
    free_entries: Vec<u32>,
    /// Where in `entries` a piece is.
    entry_of: Vec<u32>,
    /// Entries with free blocks, the oldest first.
    unfinished: Vec<u32>,
    bytes: u64,
    /// Pieces that gave way although they were worked on, and how long each may take next.
    allowances: BTreeMap<PieceIndex, Duration>,
    /// Those of `bytes` that the driver has.
    bytes_storing: u64,
    bytes_max: u64,
}

/// A piece whose verdict has come.
pub(super) struct Verdict {
    pub(super) began: Instant,
    pub(super) senders: Vec<Party>,
    /// Who sent each block.
    pub(super) block_senders: Vec<Party>,
}

impl Assembly {
    /// Nothing is in memory, and at most `bytes_max` bytes will be, or two pieces if these are more.
    pub(super) fn new(layout: &Layout, bytes_max: u64) -> Self {
        Assembly {
            entries: Vec::new(),
            free_entries: Vec::new(),
            entry_of: vec![NONE; layout.piece_count() as usize],
            unfinished: Vec::new(),
            bytes: 0,
            allowances: BTreeMap::new(),
            bytes_storing: 0,
            bytes_max: bytes_max.max(2 * u64::from(layout.piece_length())),
        }
    }

    /// Whether there is memory to begin this piece.
    pub(super) fn has_room(&self, layout: &Layout, piece: PieceIndex) -> bool {
        self.bytes + u64::from(layout.piece_size(piece)) <= self.bytes_max
    }

    /// Whether memory, if it is short, is held by peers rather than by the disk.
    pub(super) fn is_held_by_peers(&self) -> bool {
        2 * self.bytes_storing < self.bytes_max
    }

    /// Begins a piece that is not in memory; `alone` says to fetch it from one party.
    pub(super) fn begin(&mut self, now: Instant, layout: &Layout, piece: PieceIndex, alone: bool) {
        let entry = self.free_entries.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        let partial = Partial::new(now, layout, piece, alone);
        self.bytes += u64::from(partial.size);
        self.entries[entry as usize] = Some(Box::new(partial));
        self.entry_of[piece.as_usize()] = entry;
        self.unfinished.push(entry);
    }

    /// A free block of the oldest begun piece in `theirs` that has one for this taker. `is_news` says
    /// whether this taker was not asked for a block yet.
    pub(super) fn take_any(
        &mut self,
        layout: &Layout,
        theirs: &FixedBitSet,
        taker: Taker,
        is_news: impl Fn(Block) -> bool,
    ) -> Option<Block> {
        let mut place = 0;
        while let Some(entry) = self.unfinished.get(place).copied() {
            place += 1;
            let partial = self.entries[entry as usize].as_deref();
            let piece = partial.map(|partial| partial.piece);
            if let Some(piece) = piece.filter(|piece| theirs.contains(piece.as_usize()))
                && let Some(block) = self.take(layout, piece, taker, &is_news)
            {
                return Some(block);
            }
        }
        None
    }

    /// The next free block of a begun piece, if the taker may have it and it is news.
    pub(super) fn take(
        &mut self,
        layout: &Layout,
        piece: PieceIndex,
        taker: Taker,
        is_news: impl Fn(Block) -> bool,
    ) -> Option<Block> {
        let partial = self.get_mut(piece).filter(|partial| partial.allows(taker))?;
        let block = partial.take(layout, taker, is_news);
        if partial.free == 0 {
            self.set_finished(piece);
        }
        block
    }

    /// Whether nobody was asked for a block that someone with these pieces may be asked for.
    pub(super) fn any_untouched(&self, theirs: &FixedBitSet) -> bool {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .filter(|partial| theirs.contains(partial.piece.as_usize()))
            .any(Partial::any_untouched)
    }

    /// Up to `max` missing blocks to ask one more peer for, those first that the fewest were asked
    /// for, of pieces that are `old` enough by when they were begun. `is_news` says whether this peer
    /// was not asked for a block yet, and `lot` where to look first, so that not all begin at the
    /// same.
    pub(super) fn endgame(
        &mut self,
        layout: &Layout,
        taker: Taker,
        theirs: &FixedBitSet,
        (old, is_news): (impl Fn(Instant) -> bool, impl Fn(Block) -> bool),
        (max, lot): (usize, usize),
    ) -> Vec<Block> {
        let count = self.entries.len();
        let mut missing: Vec<(u16, Block)> = Vec::new();
        for place in 0..count {
            let entry = self.entries[(lot + place) % count].as_deref();
            let Some(partial) = entry.filter(|partial| {
                partial.may_be_doubled(taker)
                    && theirs.contains(partial.piece.as_usize())
                    && old(partial.began)
            }) else {
                continue;
            };
            missing.extend(partial.missing_blocks(layout).filter(|(_, block)| is_news(*block)));
            let single = missing.iter().filter(|(asked, _)| *asked <= 1);
            if single.count() >= max {
                break;
            }
        }
        missing.sort_by_key(|(asked, _)| *asked);
        missing.truncate(max);
        self.double(missing)
    }

    /// Up to `max` missing blocks of this piece that fewer than `peers_max` were asked for.
    pub(super) fn hasten(
        &mut self,
        layout: &Layout,
        piece: PieceIndex,
        taker: Taker,
        is_news: impl Fn(Block) -> bool,
        (peers_max, max): (u16, usize),
    ) -> Vec<Block> {
        let partial = self.get_mut(piece).filter(|partial| partial.may_be_doubled(taker));
        let missing = partial.into_iter().flat_map(|partial| partial.missing_blocks(layout));
        let may = |(asked, block): &(u16, Block)| *asked < peers_max && is_news(*block);
        let missing: Vec<_> = missing.filter(may).take(max).collect();
        self.double(missing)
    }

    /// One more peer is asked for each of these.
    fn double(&mut self, blocks: Vec<(u16, Block)>) -> Vec<Block> {
        for (_, block) in &blocks {
            if let Some(partial) = self.get_mut(block.piece()) {
                partial.double(*block);
            }
        }
        blocks.into_iter().map(|(_, block)| block).collect()
    }

    /// Begins a piece that one party will send whole, if it does.
    pub(super) fn begin_whole(&mut self, now: Instant, layout: &Layout, piece: PieceIndex) {
        self.begin(now, layout, piece, false);
        if let Some(partial) = self.get_mut(piece) {
            partial.reserve_all();
        }
        self.set_finished(piece);
    }

    /// A whole piece has come from one party, whatever of it came from others. False if it is of no
    /// use any more; otherwise it is the driver's now, until [`finish`](Self::finish).
    pub(super) fn take_whole(&mut self, piece: PieceIndex, sender: Party) -> bool {
        let Some(partial) = self.get_mut(piece).filter(|partial| !partial.storing) else {
            return false;
        };
        partial.set_whole(sender);
        self.bytes_storing += u64::from(partial.size);
        self.set_finished(piece);
        true
    }

    /// A piece that was begun whole will not come so. True if it is given up altogether; otherwise
    /// others have a part in it, and go on.
    pub(super) fn release_whole(&mut self, piece: PieceIndex) -> bool {
        let Some(partial) = self.get_mut(piece).filter(|partial| !partial.storing) else {
            return false;
        };
        if partial.release_all() {
            self.remove(piece);
            return true;
        }
        let has_free = partial.free > 0;
        let entry = self.entry_of[piece.as_usize()];
        if has_free && !self.unfinished.contains(&entry) {
            self.unfinished.push(entry);
        }
        false
    }

    /// Whether a piece is begun and not yet whole.
    pub(super) fn is_underway(&self, piece: PieceIndex) -> bool {
        let entry = self.entries.get(self.entry_of[piece.as_usize()] as usize);
        entry.and_then(|entry| entry.as_deref()).is_some_and(|partial| !partial.storing)
    }

    /// The piece that has been underway longest, of those that are `eligible`.
    pub(super) fn oldest(
        &self,
        eligible: impl Fn(PieceIndex) -> bool,
    ) -> Option<(Instant, PieceIndex)> {
        let partials = self.entries.iter().flatten().filter(|partial| !partial.storing);
        partials
            .map(|partial| (partial.began, partial.piece))
            .filter(|(_, piece)| eligible(*piece))
            .min()
    }

    /// A block has arrived. `None` if it is of no use: its piece is no longer here, or it is.
    pub(super) fn put(&mut self, asked: Asked, data: &[u8], sender: Party) -> Option<Arrival> {
        let piece = asked.block.piece();
        let partial = self.get_mut(piece).filter(|partial| !partial.storing)?;
        let had_free = partial.free > 0;
        let arrival = partial.put(asked, data, sender)?;
        if had_free && partial.free == 0 {
            self.set_finished(piece);
        }
        Some(arrival)
    }

    /// A request was withdrawn: unless the block has come from elsewhere, it is free again.
    pub(super) fn release(&mut self, asked: Asked) {
        let piece = asked.block.piece();
        let Some(partial) = self.get_mut(piece).filter(|partial| !partial.storing) else {
            return;
        };
        let had_free = partial.free > 0;
        partial.release(asked);
        if !had_free && partial.free > 0 {
            let began = partial.began;
            let entry = self.entry_of[piece.as_usize()];
            let is_older = |other: &u32| {
                self.entries[*other as usize].as_ref().is_some_and(|other| other.began <= began)
            };
            let place = self.unfinished.partition_point(is_older);
            self.unfinished.insert(place, entry);
        }
    }

    /// Pieces that are to come from one hand, whose, and since when.
    pub(super) fn owned(&self) -> impl Iterator<Item = (PieceIndex, ConnectionId, Instant)> {
        let partials = self.entries.iter().flatten().filter(|partial| !partial.storing);
        partials.filter_map(|partial| Some((partial.piece, partial.holder()?, partial.began)))
    }

    /// This connection fetches nothing for a while: pieces it had for itself are open to others.
    pub(super) fn disown(&mut self, connection: ConnectionId) {
        for partial in self.entries.iter_mut().flatten() {
            if partial.owner == Some(connection) {
                partial.owner = None;
            }
        }
    }

    /// The whole piece, for the driver to store.
    pub(super) fn hand_over(&mut self, piece: PieceIndex) -> Option<Vec<u8>> {
        let data = self.get_mut(piece)?.hand_over()?;
        self.bytes_storing += data.len() as u64;
        Some(data)
    }

    /// The driver has spoken about a piece, which leaves memory. `None` if it was not asked to.
    pub(super) fn finish(&mut self, piece: PieceIndex) -> Option<Verdict> {
        self.get_mut(piece).filter(|partial| partial.storing)?;
        let partial = self.remove(piece)?;
        self.allowances.remove(&piece);
        let block_senders = partial.block_senders();
        Some(Verdict { began: partial.began, senders: partial.senders, block_senders })
    }

    /// The piece with the least to lose that nobody works on and that is one of `among`.
    pub(super) fn find_abandoned(&self, among: Option<&FixedBitSet>) -> Option<PieceIndex> {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .filter(|partial| partial.reserved == 0)
            .filter(|partial| among.is_none_or(|set| set.contains(partial.piece.as_usize())))
            .max_by_key(|partial| partial.missing)
            .map(|partial| partial.piece)
    }

    /// A piece that takes too long, when others wait for memory: the one that lacks most. It is given
    /// twice the time when it is begun again, so that it cannot give way for ever.
    pub(super) fn find_overlong(&mut self, now: Instant) -> Option<PieceIndex> {
        let allowance = |piece| self.allowances.get(&piece).copied().unwrap_or(ALLOWANCE);
        let partials = self.entries.iter().flatten().filter(|partial| !partial.storing);
        let overlong = partials
            .filter(|partial| partial.began + allowance(partial.piece) <= now)
            .max_by_key(|partial| partial.missing)
            .map(|partial| partial.piece)?;
        let next = 2 * allowance(overlong);
        self.allowances.insert(overlong, next);
        Some(overlong)
    }

    /// Unstored pieces with a part from this party.
    pub(super) fn pieces_from(&self, party: Party) -> Vec<PieceIndex> {
        let partials = self.entries.iter().flatten();
        partials
            .filter(|partial| !partial.storing && partial.senders.contains(&party))
            .map(|partial| partial.piece)
            .collect()
    }

    /// How many pieces are in memory.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.free_entries.len()
    }

    /// Pieces that are being put together.
    pub(super) fn unstored_pieces(&self) -> Vec<PieceIndex> {
        let partials = self.entries.iter().flatten();
        partials.filter(|partial| !partial.storing).map(|partial| partial.piece).collect()
    }

    /// Throws away what is here of an unstored piece. Requests for it must be withdrawn first.
    pub(super) fn discard(&mut self, piece: PieceIndex) {
        self.remove(piece);
    }

    /// The piece, if it is in memory.
    pub(super) fn get(&self, piece: PieceIndex) -> Option<&Partial> {
        let entry = self.entry_of[piece.as_usize()];
        self.entries.get(entry as usize)?.as_deref()
    }

    /// Whether all of it is here and the driver has it.
    pub(super) fn is_whole(&self, piece: PieceIndex) -> bool {
        self.get(piece).is_some_and(|partial| partial.storing)
    }

    /// How many pieces the driver has.
    pub(super) fn storing(&self) -> usize {
        self.entries.iter().flatten().filter(|partial| partial.storing).count()
    }

    fn get_mut(&mut self, piece: PieceIndex) -> Option<&mut Partial> {
        let entry = self.entry_of[piece.as_usize()];
        self.entries.get_mut(entry as usize)?.as_deref_mut()
    }

    fn remove(&mut self, piece: PieceIndex) -> Option<Box<Partial>> {
        self.set_finished(piece);
        let entry = std::mem::replace(&mut self.entry_of[piece.as_usize()], NONE);
        let partial = self.entries.get_mut(entry as usize)?.take()?;
        self.bytes -= u64::from(partial.size);
        if partial.storing {
            self.bytes_storing -= u64::from(partial.size);
        }
        self.free_entries.push(entry);
        Some(partial)
    }

    fn set_finished(&mut self, piece: PieceIndex) {
        let entry = self.entry_of[piece.as_usize()];
        // Kept in order rather than swapped out: the oldest are to be finished first, and few are
        // unfinished at any time.
        if let Some(place) = self.unfinished.iter().position(|other| *other == entry) {
            self.unfinished.remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{BLOCK_LENGTH, FileEntry, InfoHash, PeerId};
    use crate::peer::Peer;
    use crate::swarm::connections::tests::connection_ids;
    use crate::wire::Handshake;

    const BLOCK: u64 = BLOCK_LENGTH as u64;

    /// Pieces of two blocks, and memory for three of them.
    fn two_blocks_each(pieces: u64) -> (Layout, Assembly, Instant) {
        let path = vec!["f".into()];
        let length = pieces * 2 * BLOCK;
        let layout = Layout::new(2 * BLOCK, vec![FileEntry { path, length, padding: false }]);
        let layout = layout.expect("sizes of a torrent");
        let assembly = Assembly::new(&layout, 6 * BLOCK);
        (layout, assembly, Instant::now())
    }

    fn taker(number: usize) -> Taker {
        Taker {
            connection: connection_ids(10)[number],
            party: party(number),
            suspect: false,
            on_trial: false,
        }
    }

    /// The taker was asked for nothing yet.
    fn is_news(_: Block) -> bool {
        true
    }

    fn party(number: usize) -> Party {
        Party::of(([10, 0, 0, number as u8], 1).into())
    }

    /// The request as a conversation would note it.
    fn asked(layout: &Layout, block: Block, reserved: bool) -> Asked {
        let now = Instant::now();
        let ours = Handshake::new(InfoHash([0; 20]), PeerId([0; 20]));
        let mut peer = Peer::answering(now, ours, layout);
        peer.ask(now, block, reserved);
        peer.cancel(block).expect("it was just asked for")
    }

    #[test]
    fn blocks_in_any_order_make_the_piece() {
        let (layout, mut assembly, now) = two_blocks_each(1);
        let piece = layout.piece(0).expect("the only piece");
        assembly.begin(now, &layout, piece, false);
        let first = assembly.take(&layout, piece, taker(1), is_news).expect("a block");
        let second = assembly.take(&layout, piece, taker(2), is_news).expect("a block");
        assert_eq!(assembly.take(&layout, piece, taker(3), is_news), None);

        let half = BLOCK_LENGTH as usize;
        let put = assembly.put(asked(&layout, second, true), &vec![2; half], party(2));
        assert_eq!(put.map(|arrival| arrival.whole), Some(false));
        let put = assembly.put(asked(&layout, first, true), &vec![1; half], party(1));
        assert_eq!(put.map(|arrival| arrival.whole), Some(true));
        let data = assembly.hand_over(piece).expect("a whole piece");
        assert_eq!(data, [vec![1; half], vec![2; half]].concat());
        assert_eq!(assembly.hand_over(piece), None);
        let verdict = assembly.finish(piece).expect("it was handed over");
        assert_eq!(verdict.senders, [party(2), party(1)]);
        assert_eq!((assembly.bytes, assembly.bytes_storing), (0, 0));
    }

    #[test]
    fn a_withdrawn_block_is_free_again_and_the_oldest_piece_goes_first() {
        let (layout, mut assembly, now) = two_blocks_each(2);
        let pieces: Vec<_> = layout.pieces().collect();
        let mut theirs = FixedBitSet::with_capacity(2);
        theirs.insert_range(..);
        for (number, piece) in pieces.iter().enumerate() {
            assembly.begin(now + Duration::from_millis(number as u64), &layout, *piece, false);
        }
        let block = assembly.take(&layout, pieces[0], taker(1), is_news).expect("a block");
        assert!(assembly.take(&layout, pieces[0], taker(1), is_news).is_some());
        let first = layout.blocks(pieces[1]).next();
        assert_eq!(assembly.take_any(&layout, &theirs, taker(2), is_news), first);
        assembly.release(asked(&layout, block, true));
        assert_eq!(assembly.take_any(&layout, &theirs, taker(2), is_news), Some(block));
    }

    #[test]
    fn a_trial_keeps_nothing_from_others() {
        let (layout, mut assembly, now) = two_blocks_each(1);
        let piece = layout.piece(0).expect("the only piece");
        assembly.begin(now, &layout, piece, false);
        let on_trial = Taker { on_trial: true, ..taker(1) };
        let block = assembly.take(&layout, piece, on_trial, is_news).expect("a block");
        assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(block));
        let arrival = assembly.put(asked(&layout, block, true), &[0; 1 << 14], party(2));
        let expected = Arrival { asked_elsewhere: true, whole: false };
        assert_eq!(arrival, Some(expected));
    }

    #[test]
    fn a_suspect_shares_with_nobody() {
        let (layout, mut assembly, now) = two_blocks_each(2);
        let suspect = Taker { suspect: true, ..taker(1) };
        let pieces: Vec<_> = layout.pieces().collect();
        assembly.begin(now, &layout, pieces[0], false);
        assert!(assembly.take(&layout, pieces[0], taker(2), is_news).is_some());
        assert_eq!(assembly.take(&layout, pieces[0], suspect, is_news), None);

        assembly.begin(now, &layout, pieces[1], true);
        assert!(assembly.take(&layout, pieces[1], suspect, is_news).is_some());
        assert_eq!(assembly.take(&layout, pieces[1], taker(2), is_news), None);
        assembly.disown(suspect.connection);
        assert!(assembly.take(&layout, pieces[1], taker(2), is_news).is_some());
    }

    #[test]
    fn memory_is_bounded_and_abandoned_pieces_are_found() {
        let (layout, mut assembly, now) = two_blocks_each(4);
        let pieces: Vec<_> = layout.pieces().collect();
        for piece in &pieces[..3] {
            assert!(assembly.has_room(&layout, *piece));
            assembly.begin(now, &layout, *piece, false);
            assert!(assembly.take(&layout, *piece, taker(1), is_news).is_some());
        }
        assert!(!assembly.has_room(&layout, pieces[3]));
        assert_eq!(assembly.find_abandoned(None), None);
        let block = layout.blocks(pieces[1]).next().expect("its first block");
        assembly.release(asked(&layout, block, true));
        assert_eq!(assembly.find_abandoned(None), Some(pieces[1]));
        assembly.discard(pieces[1]);
        assert!(assembly.has_room(&layout, pieces[3]));
    }

    #[test]
    fn nobody_is_asked_twice_for_the_same_block() {
        let (layout, mut assembly, now) = two_blocks_each(1);
        let piece = layout.piece(0).expect("the only piece");
        let blocks: Vec<_> = layout.blocks(piece).collect();
        assembly.begin(now, &layout, piece, false);
        let on_trial = Taker { on_trial: true, ..taker(1) };
        assert_eq!(assembly.take(&layout, piece, on_trial, is_news), Some(blocks[0]));
        let other = |block| block != blocks[0];
        assert_eq!(assembly.take(&layout, piece, taker(1), other), Some(blocks[1]));
        assert_eq!(assembly.take(&layout, piece, taker(1), other), None);
        assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(blocks[0]));
    }

    #[test]
    fn a_piece_that_takes_too_long_gives_way_and_has_twice_the_time_next() {
        let (layout, mut assembly, start) = two_blocks_each(2);
        let pieces: Vec<_> = layout.pieces().collect();
        assembly.begin(start, &layout, pieces[0], false);
        assert_eq!(assembly.find_overlong(start + ALLOWANCE / 2), None);
        assembly.begin(start + ALLOWANCE / 2, &layout, pieces[1], false);
        let now = start + ALLOWANCE;
        assert_eq!(assembly.find_overlong(now), Some(pieces[0]));
        assembly.discard(pieces[0]);
        assembly.begin(now, &layout, pieces[0], false);
        assert_eq!(assembly.find_overlong(now + ALLOWANCE / 2), Some(pieces[1]));
        assembly.discard(pieces[1]);
        assert_eq!(assembly.find_overlong(now + ALLOWANCE), None);
        assert_eq!(assembly.find_overlong(now + 2 * ALLOWANCE), Some(pieces[0]));
    }

    #[test]
    fn who_owes_nothing_of_a_piece_keeps_it_from_nobody() {
        let (layout, mut assembly, now) = two_blocks_each(1);
        let piece = layout.piece(0).expect("the only piece");
        assembly.begin(now, &layout, piece, true);
        let block = assembly.take(&layout, piece, taker(1), is_news).expect("a block");
        assert_eq!(assembly.take(&layout, piece, taker(2), is_news), None);
        assert_eq!(assembly.owned().count(), 1);
        assembly.release(asked(&layout, block, true));
        assert_eq!(assembly.owned().count(), 0);
        assert_eq!(assembly.take(&layout, piece, taker(2), is_news), Some(block));
    }
}
