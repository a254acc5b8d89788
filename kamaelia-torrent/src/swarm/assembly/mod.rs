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
use crate::swarm::blame::Party;
use crate::swarm::partial::{Arrival, Partial, Taker};
use crate::swarm::{ConnectionId, SparePieces};
use crate::wire::BlockForm;

mod doubling;
mod giving_way;
mod whole;

/// No entry in `entries`: the piece is not in memory.
const NONE: u32 = u32::MAX;

/// Bytes that the driver may have before no more pieces are begun for the time being. A fast peer
/// owes us as much again, which comes all the same.
const STORING_MAX: u64 = 8 * 1024 * 1024;

/// All pieces in memory.
pub(super) struct Assembly {
    form: BlockForm,
    /// Memory for pieces that are begun.
    spare: SparePieces,
    entries: Vec<Option<Box<Partial>>>,
    free_entries: Vec<u32>,
    /// Where in `entries` a piece is.
    entry_of: Vec<u32>,
    /// Entries with free blocks, the oldest first.
    unfinished: Vec<u32>,
    /// Of all pieces here, as long as they are when whole.
    bytes: u64,
    /// Pieces that gave way although they were worked on, and how long each may take next.
    allowances: BTreeMap<PieceIndex, Duration>,
    /// Those of `bytes` that the driver has.
    bytes_storing: u64,
    storing_max: u64,
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
    pub(super) fn new(layout: &Layout, bytes_max: u64, form: BlockForm) -> Self {
        Assembly {
            form,
            spare: SparePieces::default(),
            entries: Vec::new(),
            free_entries: Vec::new(),
            entry_of: vec![NONE; layout.piece_count() as usize],
            unfinished: Vec::new(),
            bytes: 0,
            allowances: BTreeMap::new(),
            bytes_storing: 0,
            // However large a piece is, the next one is begun meanwhile.
            storing_max: STORING_MAX.max(layout.piece_length().into()),
            bytes_max: bytes_max.max(2 * u64::from(layout.piece_length())),
        }
    }

    /// Where memory for pieces comes from first.
    pub(super) fn set_spare(&mut self, spare: SparePieces) {
        self.spare = spare;
    }

    /// Whether there is memory to begin this piece.
    pub(super) fn has_room(&self, layout: &Layout, piece: PieceIndex) -> bool {
        self.bytes + u64::from(layout.piece_size(piece)) <= self.bytes_max
    }

    /// Whether the driver has so much that more would only wait for its disk.
    pub(super) fn is_driver_behind(&self) -> bool {
        self.bytes_storing > self.storing_max
    }

    /// Whether memory, if it is short, is held by peers rather than by the disk.
    pub(super) fn is_held_by_peers(&self) -> bool {
        !self.is_driver_behind() && 2 * self.bytes_storing < self.bytes_max
    }

    /// Begins a piece that is not in memory; `alone` says to fetch it from one party.
    pub(super) fn begin(&mut self, now: Instant, layout: &Layout, piece: PieceIndex, alone: bool) {
        let entry = self.free_entries.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        let partial = Partial::new(now, layout, piece, alone, self.form, &self.spare);
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

    /// Whether there is a block that nobody was asked for and anyone may be.
    pub(super) fn any_untouched(&self) -> bool {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .any(Partial::any_untouched)
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
        self.put_with(asked.block.piece(), |partial| partial.put(asked, data, sender))
    }

    /// A block has arrived that its sender is not asked for any more. `None` if it is of no use: its
    /// piece is no longer here, or the block was, or the piece is kept for another.
    pub(super) fn put_late(&mut self, block: Block, data: &[u8], sender: Taker) -> Option<Arrival> {
        self.put_with(block.piece(), |partial| partial.put_late(block, data, sender))
    }

    fn put_with(
        &mut self,
        piece: PieceIndex,
        put: impl FnOnce(&mut Partial) -> Option<Arrival>,
    ) -> Option<Arrival> {
        let partial = self.get_mut(piece).filter(|partial| !partial.storing)?;
        let had_free = partial.free > 0;
        let arrival = put(partial)?;
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

    /// This connection fetches nothing for a while: pieces it had for itself are open to others. True
    /// if there were any.
    pub(super) fn disown(&mut self, connection: ConnectionId) -> bool {
        let mut any = false;
        for partial in self.entries.iter_mut().flatten() {
            any |= partial.owner.take_if(|owner| *owner == connection).is_some();
        }
        any
    }

    /// The whole piece, for the driver to store.
    pub(super) fn hand_over(&mut self, piece: PieceIndex) -> Option<Vec<u8>> {
        let partial = self.get_mut(piece)?;
        let (data, size) = (partial.hand_over()?, partial.size);
        self.bytes_storing += u64::from(size);
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
mod tests;
