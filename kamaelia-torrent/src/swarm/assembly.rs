//! Pieces in memory: put together from blocks, or handed over to be stored.
//!
//! A piece takes memory from the moment it is begun until the driver's verdict, and all of them
//! together are bounded. Begun pieces are finished before others are begun; one that nobody works on
//! gives way when memory is short.

use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::{BLOCK_LENGTH, Block, Layout, PieceIndex};
use crate::peer::Asked;
use crate::swarm::ConnectionId;
use crate::swarm::blame::Party;

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
    bytes_max: u64,
}

/// A piece on its way.
struct Partial {
    piece: PieceIndex,
    size: u32,
    began: Instant,
    /// Grows as blocks arrive, so that bytes are rarely cleared before they are written.
    data: Vec<u8>,
    blocks: Vec<BlockState>,
    /// Blocks that have not arrived.
    missing: u32,
    /// Blocks that have neither arrived nor are reserved.
    free: u32,
    /// No block before this one is free.
    first_free: usize,
    /// Blocks that are reserved.
    reserved: u32,
    /// All blocks should come from one party.
    alone: bool,
    /// Who fetches it alone at present.
    owner: Option<ConnectionId>,
    /// Who sent its blocks.
    senders: Vec<Party>,
    /// The driver has the data.
    storing: bool,
}

#[derive(Clone, Copy, Default)]
struct BlockState {
    arrived: bool,
    /// Someone reliable was asked for it, so it is not free.
    reserved: bool,
    /// Open requests for it.
    asked: u16,
}

/// Who looks for something to fetch.
#[derive(Clone, Copy)]
pub(super) struct Taker {
    pub(super) connection: ConnectionId,
    pub(super) party: Party,
    /// It works on pieces of its own only.
    pub(super) suspect: bool,
    /// It has not answered lately, so nothing is kept from others for its sake.
    pub(super) on_trial: bool,
}

/// A block that has arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Arrival {
    /// Others were asked for the same block and must be told.
    pub(super) asked_elsewhere: bool,
    /// It was the last one: the piece is whole.
    pub(super) whole: bool,
}

/// A piece whose verdict has come.
pub(super) struct Verdict {
    pub(super) began: Instant,
    pub(super) senders: Vec<Party>,
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
            bytes_max: bytes_max.max(2 * u64::from(layout.piece_length())),
        }
    }

    /// Whether there is memory to begin this piece.
    pub(super) fn has_room(&self, layout: &Layout, piece: PieceIndex) -> bool {
        self.bytes + u64::from(layout.piece_size(piece)) <= self.bytes_max
    }

    /// Begins a piece that is not in memory; `alone` says to fetch it from one party.
    pub(super) fn begin(&mut self, now: Instant, layout: &Layout, piece: PieceIndex, alone: bool) {
        let entry = self.free_entries.pop().unwrap_or_else(|| {
            self.entries.push(None);
            self.entries.len() as u32 - 1
        });
        let blocks = layout.block_count(piece);
        let size = layout.piece_size(piece);
        self.bytes += u64::from(size);
        self.entries[entry as usize] = Some(Box::new(Partial {
            piece,
            size,
            began: now,
            data: Vec::with_capacity(size as usize),
            blocks: vec![BlockState::default(); blocks as usize],
            missing: blocks,
            free: blocks,
            first_free: 0,
            reserved: 0,
            alone,
            owner: None,
            senders: Vec::new(),
            storing: false,
        }));
        self.entry_of[piece.as_usize()] = entry;
        self.unfinished.push(entry);
    }

    /// A begun piece in `theirs` that has something for this taker.
    pub(super) fn find(&self, taker: Taker, theirs: &FixedBitSet) -> Option<PieceIndex> {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .find(|partial| partial.allows(taker) && theirs.contains(partial.piece.as_usize()))
            .map(|partial| partial.piece)
    }

    /// The next free block of a begun piece, if the taker may have it.
    pub(super) fn take(
        &mut self,
        layout: &Layout,
        piece: PieceIndex,
        taker: Taker,
    ) -> Option<Block> {
        let partial = self.get_mut(piece).filter(|partial| partial.allows(taker))?;
        let index = partial.take(taker)?;
        if partial.free == 0 {
            self.set_finished(piece);
        }
        block_at(layout, piece, index)
    }

    /// Whether a block is free that anyone may take who has its piece.
    pub(super) fn any_free(&self) -> bool {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .any(|partial| partial.owner.is_none())
    }

    /// Up to `max` missing blocks to ask a second peer for, those first that only one was asked for.
    /// `lot` says where to begin, so that not all begin at the same.
    pub(super) fn endgame(
        &mut self,
        layout: &Layout,
        taker: Taker,
        theirs: &FixedBitSet,
        max: usize,
        lot: usize,
    ) -> Vec<Block> {
        let count = self.entries.len();
        let mut missing: Vec<(u16, PieceIndex, usize)> = Vec::new();
        for place in 0..count {
            let entry = self.entries[(lot + place) % count].as_deref();
            let Some(partial) = entry.filter(|partial| {
                partial.may_be_doubled(taker) && theirs.contains(partial.piece.as_usize())
            }) else {
                continue;
            };
            let blocks = partial.blocks.iter().enumerate();
            let wanted = blocks.filter(|(_, state)| !state.arrived);
            missing.extend(wanted.map(|(index, state)| (state.asked, partial.piece, index)));
            let single = missing.iter().filter(|(asked, ..)| *asked <= 1);
            if single.count() >= max {
                break;
            }
        }
        missing.sort_by_key(|(asked, ..)| *asked);
        missing.truncate(max);
        missing
            .into_iter()
            .filter_map(|(_, piece, index)| {
                self.get_mut(piece)?.blocks[index].asked += 1;
                block_at(layout, piece, index)
            })
            .collect()
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
            self.unfinished.push(self.entry_of[piece.as_usize()]);
        }
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
        let partial = self.get_mut(piece)?;
        if partial.storing || partial.missing > 0 {
            return None;
        }
        partial.storing = true;
        partial.owner = None;
        Some(std::mem::take(&mut partial.data))
    }

    /// The driver has spoken about a piece, which leaves memory. `None` if it was not asked to.
    pub(super) fn finish(&mut self, piece: PieceIndex) -> Option<Verdict> {
        self.get_mut(piece).filter(|partial| partial.storing)?;
        let partial = self.remove(piece)?;
        Some(Verdict { began: partial.began, senders: partial.senders })
    }

    /// The piece with the least to lose that nobody works on and that is one of `among`.
    pub(super) fn find_abandoned(&self, among: Option<&FixedBitSet>) -> Option<PieceIndex> {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .filter(|partial| partial.reserved == 0 && partial.owner.is_none())
            .filter(|partial| among.is_none_or(|set| set.contains(partial.piece.as_usize())))
            .max_by_key(|partial| partial.missing)
            .map(|partial| partial.piece)
    }

    /// Unstored pieces with a part from this party.
    pub(super) fn pieces_from(&self, party: Party) -> Vec<PieceIndex> {
        let partials = self.entries.iter().flatten();
        partials
            .filter(|partial| !partial.storing && partial.senders.contains(&party))
            .map(|partial| partial.piece)
            .collect()
    }

    /// Throws away what is here of an unstored piece. Requests for it must be withdrawn first.
    pub(super) fn discard(&mut self, piece: PieceIndex) {
        self.remove(piece);
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

impl Partial {
    fn allows(&self, taker: Taker) -> bool {
        if self.storing {
            return false;
        }
        match self.owner {
            Some(owner) => owner == taker.connection,
            None => !taker.suspect || self.is_only_from(taker.party),
        }
    }

    /// Nobody else had or has a part in it.
    fn is_only_from(&self, party: Party) -> bool {
        self.reserved == 0 && self.senders.iter().all(|sender| *sender == party)
    }

    fn may_be_doubled(&self, taker: Taker) -> bool {
        !self.storing && self.owner.is_none() && !taker.suspect
    }

    fn take(&mut self, taker: Taker) -> Option<usize> {
        let free = |state: &BlockState| !state.arrived && !state.reserved;
        let blocks = &self.blocks[self.first_free..];
        let index = self.first_free + blocks.iter().position(free)?;
        self.first_free = index;
        let state = &mut self.blocks[index];
        state.asked += 1;
        if !taker.on_trial {
            state.reserved = true;
            self.reserved += 1;
            self.free -= 1;
            if self.alone || taker.suspect {
                self.owner = Some(taker.connection);
            }
        }
        Some(index)
    }

    fn put(&mut self, asked: Asked, data: &[u8], sender: Party) -> Option<Arrival> {
        let state = &mut self.blocks[index_of(asked.block)];
        state.asked = state.asked.saturating_sub(1);
        let was_free = !state.arrived && !state.reserved;
        if asked.reserved {
            state.reserved = false;
            self.reserved -= 1;
        }
        if state.arrived {
            return None;
        }
        state.arrived = true;
        let asked_elsewhere = state.asked > 0;
        self.free -= u32::from(was_free);
        self.missing -= 1;
        self.write(asked.block, data);
        if self.senders.last() != Some(&sender) && !self.senders.contains(&sender) {
            self.senders.push(sender);
        }
        Some(Arrival { asked_elsewhere, whole: self.missing == 0 })
    }

    fn write(&mut self, block: Block, data: &[u8]) {
        let range = block.range();
        if self.data.len() == range.start {
            self.data.extend_from_slice(data);
            return;
        }
        if self.data.len() < range.end {
            self.data.resize(range.end, 0);
        }
        self.data[range].copy_from_slice(data);
    }

    fn release(&mut self, asked: Asked) {
        let index = index_of(asked.block);
        let state = &mut self.blocks[index];
        state.asked = state.asked.saturating_sub(1);
        if !asked.reserved {
            return;
        }
        state.reserved = false;
        self.reserved -= 1;
        if !state.arrived {
            self.free += 1;
            self.first_free = self.first_free.min(index);
        }
    }
}

fn index_of(block: Block) -> usize {
    (block.offset() / BLOCK_LENGTH) as usize
}

fn block_at(layout: &Layout, piece: PieceIndex, index: usize) -> Option<Block> {
    let offset = index as u32 * BLOCK_LENGTH;
    let length = BLOCK_LENGTH.min(layout.piece_size(piece) - offset);
    layout.block(piece.get(), offset, length)
}
