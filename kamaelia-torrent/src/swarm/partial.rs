//! One piece on its way: which blocks are here, which are on request, and from whom.

use std::time::Instant;

use crate::metainfo::{BLOCK_LENGTH, Block, Layout, PieceIndex};
use crate::peer::Asked;
use crate::swarm::blame::Party;
use crate::swarm::{ConnectionId, SparePieces};
use crate::wire::BlockForm;

/// A piece on its way.
pub(super) struct Partial {
    pub(super) piece: PieceIndex,
    pub(super) size: u32,
    pub(super) began: Instant,
    form: BlockForm,
    /// Grows as blocks arrive, so that bytes are rarely cleared before they are written.
    data: Vec<u8>,
    blocks: Vec<BlockState>,
    /// Blocks that have not arrived.
    pub(super) missing: u32,
    /// Blocks that have neither arrived nor are reserved.
    pub(super) free: u32,
    /// No block before this one is free.
    first_free: usize,
    /// Blocks that are reserved.
    pub(super) reserved: u32,
    /// All blocks should come from one party.
    alone: bool,
    /// All blocks are reserved for one who sends the piece whole.
    whole: bool,
    /// Who fetches it alone at present.
    pub(super) owner: Option<ConnectionId>,
    /// Who sent its blocks.
    pub(super) senders: Vec<Party>,
    /// The driver has the data.
    pub(super) storing: bool,
}

#[derive(Clone, Copy, Default)]
struct BlockState {
    arrived: bool,
    /// Who sent it, as a place among the piece's senders.
    sender: u16,
    /// Someone reliable was asked for it, so it is not free.
    reserved: bool,
    /// Open requests for it.
    asked: u16,
}

impl BlockState {
    fn is_free(&self) -> bool {
        !self.arrived && !self.reserved
    }
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

impl Partial {
    /// Nothing of the piece is here yet; `alone` says that all should come from one party.
    pub(super) fn new(
        now: Instant,
        layout: &Layout,
        piece: PieceIndex,
        alone: bool,
        form: BlockForm,
        spare: &SparePieces,
    ) -> Self {
        let blocks = layout.block_count(piece);
        let size = layout.piece_size(piece);
        Partial {
            piece,
            size,
            began: now,
            form,
            data: spare.take(form.piece_bytes(size)),
            blocks: vec![BlockState::default(); blocks as usize],
            missing: blocks,
            free: blocks,
            first_free: 0,
            reserved: 0,
            alone,
            whole: false,
            owner: None,
            senders: Vec::new(),
            storing: false,
        }
    }

    /// Whether the taker may have a free block of it.
    pub(super) fn allows(&self, taker: Taker) -> bool {
        if self.storing {
            return false;
        }
        match self.holder() {
            Some(holder) => holder == taker.connection,
            None => !taker.suspect || self.is_only_from(taker.party),
        }
    }

    /// Who keeps it from others: its owner, as long as that owes something of it.
    pub(super) fn holder(&self) -> Option<ConnectionId> {
        self.owner.filter(|_| self.reserved > 0)
    }

    /// Nobody else had or has a part in it.
    fn is_only_from(&self, party: Party) -> bool {
        self.reserved == 0 && self.senders.iter().all(|sender| *sender == party)
    }

    /// Whether the taker may be asked for what others were asked for.
    pub(super) fn may_be_doubled(&self, taker: Taker) -> bool {
        !self.storing && self.holder().is_none() && !taker.suspect
    }

    /// The next free block goes to the taker, if it is news to it: a peer may owe us a block that is
    /// free, because others were asked first and have failed, and is not asked twice.
    pub(super) fn take(
        &mut self,
        layout: &Layout,
        taker: Taker,
        is_news: impl Fn(Block) -> bool,
    ) -> Option<Block> {
        let blocks = &self.blocks[self.first_free..];
        self.first_free += blocks.iter().position(BlockState::is_free)?;
        let index = (self.first_free..self.blocks.len()).find(|index| {
            let state = &self.blocks[*index];
            let is_news = || block_at(layout, self.piece, *index).is_some_and(&is_news);
            state.is_free() && (state.asked == 0 || is_news())
        })?;
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
        block_at(layout, self.piece, index)
    }

    /// Whether there is a block that nobody owes us and anyone may be asked for.
    pub(super) fn any_untouched(&self) -> bool {
        let untouched = |state: &BlockState| state.is_free() && state.asked == 0;
        self.free > 0 && self.holder().is_none() && self.blocks.iter().any(untouched)
    }

    /// All blocks go to one who sends the piece whole, and did not begin with any of it.
    pub(super) fn reserve_all(&mut self) {
        for state in &mut self.blocks {
            state.reserved = true;
            state.asked += 1;
        }
        self.whole = true;
        self.reserved = self.missing;
        self.free = 0;
        // The piece comes in a buffer of its own.
        self.data = Vec::new();
    }

    /// Whoever was to send the piece whole will not. True if nobody else has a part in it.
    pub(super) fn release_all(&mut self) -> bool {
        if !std::mem::take(&mut self.whole) {
            // It was given up, and begun anew by others.
            return false;
        }
        for state in self.blocks.iter_mut().filter(|state| state.reserved) {
            state.reserved = false;
            state.asked -= 1;
        }
        self.reserved = 0;
        self.free = self.missing;
        self.first_free = 0;
        self.blocks.iter().all(|state| !state.arrived && state.asked == 0)
    }

    /// The whole piece came from one hand, and goes to the driver.
    pub(super) fn set_whole(&mut self, sender: Party) {
        self.data = Vec::new();
        self.storing = true;
        self.owner = None;
        self.senders = vec![sender];
        self.blocks.iter_mut().for_each(|state| state.sender = 0);
    }

    /// Blocks that have not arrived: how many peers were asked for each, and which it is.
    pub(super) fn missing_blocks(&self, layout: &Layout) -> impl Iterator<Item = (u16, Block)> {
        let blocks = self.blocks.iter().zip(layout.blocks(self.piece));
        blocks.filter(|(state, _)| !state.arrived).map(|(state, block)| (state.asked, block))
    }

    /// Whether one peer was asked for this block, and it has not arrived.
    pub(super) fn is_single(&self, block: Block) -> bool {
        let state = self.blocks[index_of(block)];
        !state.arrived && state.asked == 1
    }

    /// One more is asked for this block.
    pub(super) fn double(&mut self, block: Block) {
        self.blocks[index_of(block)].asked += 1;
    }

    /// A block has arrived; `None` if it was here already.
    pub(super) fn put(&mut self, asked: Asked, data: &[u8], sender: Party) -> Option<Arrival> {
        let was_free = self.blocks[index_of(asked.block)].is_free();
        self.end_request(asked);
        self.arrive(asked.block, was_free, data, sender)
    }

    /// A block has arrived that its sender is not asked for any more; `None` if it was here already,
    /// or the piece is kept for another.
    pub(super) fn put_late(&mut self, block: Block, data: &[u8], sender: Taker) -> Option<Arrival> {
        if self.whole || !self.is_asked_for_as(block) || !self.allows(sender) {
            return None;
        }
        let was_free = self.blocks[index_of(block)].is_free();
        self.arrive(block, was_free, data, sender.party)
    }

    /// Whether it is one of the blocks that we ask for, not a part of one or what lies across two.
    fn is_asked_for_as(&self, block: Block) -> bool {
        let rest = self.size - block.offset();
        block.offset().is_multiple_of(BLOCK_LENGTH) && block.length() == BLOCK_LENGTH.min(rest)
    }

    fn arrive(
        &mut self,
        block: Block,
        was_free: bool,
        data: &[u8],
        sender: Party,
    ) -> Option<Arrival> {
        let state = &mut self.blocks[index_of(block)];
        if state.arrived {
            return None;
        }
        self.free -= u32::from(was_free);
        state.arrived = true;
        let asked_elsewhere = state.asked > 0;
        self.missing -= 1;
        self.write(block, data);
        let place = self.senders.iter().position(|known| *known == sender).unwrap_or_else(|| {
            self.senders.push(sender);
            self.senders.len() - 1
        });
        // A piece has fewer blocks than that, and so fewer senders.
        self.blocks[index_of(block)].sender = place as u16;
        Some(Arrival { asked_elsewhere, whole: self.missing == 0 })
    }

    /// Who sent each block of a piece that is whole.
    pub(super) fn block_senders(&self) -> Vec<Party> {
        self.blocks.iter().map(|state| self.senders[usize::from(state.sender)]).collect()
    }

    /// All its bytes, once none is missing and unless they were taken before.
    pub(super) fn hand_over(&mut self) -> Option<Vec<u8>> {
        if self.storing || self.missing > 0 {
            return None;
        }
        self.storing = true;
        self.owner = None;
        Some(std::mem::take(&mut self.data))
    }

    fn write(&mut self, block: Block, data: &[u8]) {
        let range = self.form.range(block);
        if self.data.len() == range.start {
            self.data.extend_from_slice(data);
            return;
        }
        if self.data.len() < range.end {
            self.data.resize(range.end, 0);
        }
        self.data[range].copy_from_slice(data);
    }

    /// A request was withdrawn.
    pub(super) fn release(&mut self, asked: Asked) {
        self.end_request(asked);
        let index = index_of(asked.block);
        if asked.reserved && !self.blocks[index].arrived {
            self.free += 1;
            self.first_free = self.first_free.min(index);
        }
    }

    fn end_request(&mut self, asked: Asked) {
        let state = &mut self.blocks[index_of(asked.block)];
        state.asked -= 1;
        if asked.reserved {
            state.reserved = false;
            self.reserved -= 1;
        }
    }
}

fn block_at(layout: &Layout, piece: PieceIndex, index: usize) -> Option<Block> {
    let offset = index as u32 * BLOCK_LENGTH;
    let length = BLOCK_LENGTH.min(layout.piece_size(piece) - offset);
    layout.block(piece.get(), offset, length)
}

fn index_of(block: Block) -> usize {
    (block.offset() / BLOCK_LENGTH) as usize
}
