//! Requests that wait for their turn, kept as runs of blocks that follow each other.
//!
//! Some clients keep tens of thousands of requests open on a fast line, whatever they are told. One of
//! them is rtorrent, which knows no refusals (BEP 6) and does not ask again, so that what is dropped is
//! waited for without end. They ask in order: all of that is a few runs, which is little memory, and
//! little to look through for a cancel.

use std::collections::VecDeque;

use crate::metainfo::Block;

/// Runs kept for one peer: so many requests, if none follows the one before it.
pub(super) const RUNS_MAX: usize = 2_048;

/// Blocks kept for one peer: a gibibyte of whole ones. What goes beyond is dropped.
pub(super) const BLOCKS_MAX: usize = 65_536;

/// Requests in the order they came.
#[derive(Debug, Default)]
pub(super) struct RequestQueue {
    runs: VecDeque<Run>,
    blocks: usize,
}

/// Blocks of one length, side by side in one piece.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Run {
    first: Block,
    count: u32,
}

impl RequestQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Whether one more request can be kept.
    pub(super) fn has_room(&self, block: Block) -> bool {
        self.blocks < BLOCKS_MAX && (self.runs.len() < RUNS_MAX || self.continues(block))
    }

    fn continues(&self, block: Block) -> bool {
        self.runs.back().is_some_and(|run| run.is_followed_by(block))
    }

    /// Keeps a request that there is [room](Self::has_room) for.
    pub(super) fn push(&mut self, block: Block) {
        match self.runs.back_mut().filter(|run| run.is_followed_by(block)) {
            Some(run) => run.count += 1,
            None => self.runs.push_back(Run { first: block, count: 1 }),
        }
        self.blocks += 1;
    }

    /// The request that came first.
    pub(super) fn pop(&mut self) -> Option<Block> {
        let run = self.runs.front_mut()?;
        let block = run.first;
        match run.first.skip(1).filter(|_| run.count > 1) {
            Some(next) => *run = Run { first: next, count: run.count - 1 },
            None => drop(self.runs.pop_front()),
        }
        self.blocks -= 1;
        Some(block)
    }

    /// Takes a request out; false if it is not there, or if taking it out would make too many runs.
    pub(super) fn remove(&mut self, block: Block) -> bool {
        let places = self.runs.iter().map(|run| run.place_of(block));
        let Some((index, place)) =
            places.enumerate().find_map(|(index, place)| Some((index, place?)))
        else {
            return false;
        };
        let run = self.runs[index];
        let after = block.skip(1).map(|first| Run { first, count: run.count - place - 1 });
        let after = after.filter(|after| after.count > 0);
        match (place, after) {
            (0, None) => drop(self.runs.remove(index)),
            (0, Some(after)) => self.runs[index] = after,
            (_, None) => self.runs[index].count = place,
            (_, Some(_)) if self.runs.len() >= RUNS_MAX => return false,
            (_, Some(after)) => {
                self.runs[index].count = place;
                self.runs.insert(index + 1, after);
            }
        }
        self.blocks -= 1;
        true
    }

    /// Takes out everything that is not to be kept, and gives it.
    pub(super) fn take_unless(&mut self, mut keeps: impl FnMut(Block) -> bool) -> Vec<Block> {
        let mut taken = Vec::new();
        let mut all = std::mem::take(self);
        while let Some(block) = all.pop() {
            match keeps(block) {
                true => self.push(block),
                false => taken.push(block),
            }
        }
        taken
    }
}

impl Run {
    fn is_followed_by(self, block: Block) -> bool {
        self.first.skip(self.count) == Some(block)
    }

    /// Which of its blocks this is.
    fn place_of(self, block: Block) -> Option<u32> {
        let Run { first, count } = self;
        if (block.piece(), block.length()) != (first.piece(), first.length()) {
            return None;
        }
        let beyond = block.offset().checked_sub(first.offset())?;
        let place = beyond / first.length();
        (beyond % first.length() == 0 && place < count).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{BLOCK_LENGTH, FileEntry, Layout};

    fn layout() -> Layout {
        let path = vec!["f".into()];
        let piece_length = 64 * u64::from(BLOCK_LENGTH);
        let length = 20 * piece_length + 5;
        Layout::new(piece_length, vec![FileEntry { path, length, padding: false }])
            .expect("sizes of a torrent")
    }

    fn all_blocks(layout: &Layout) -> Vec<Block> {
        layout.pieces().flat_map(|piece| layout.blocks(piece)).collect()
    }

    #[test]
    fn requests_in_order_are_a_run_for_each_piece() {
        let blocks = all_blocks(&layout());
        let mut queue = RequestQueue::default();
        for block in &blocks {
            assert!(queue.has_room(*block));
            queue.push(*block);
        }
        assert_eq!(queue.runs.len(), 21);
        let served: Vec<Block> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(served, blocks);
        assert!(queue.is_empty() && queue.blocks == 0);
    }

    #[test]
    fn it_does_what_a_plain_list_does() {
        let blocks = all_blocks(&layout());
        let mut chance = fastrand::Rng::with_seed(1);
        let (mut queue, mut plain) = (RequestQueue::default(), VecDeque::new());
        let mut next = 0;
        for _ in 0..20_000 {
            match chance.u8(..10) {
                // In order, mostly.
                0..5 => {
                    next =
                        if chance.u8(..8) > 0 { next + 1 } else { chance.usize(..) } % blocks.len();
                    queue.push(blocks[next]);
                    plain.push_back(blocks[next]);
                }
                5..7 => assert_eq!(queue.pop(), plain.pop_front()),
                7..9 => {
                    let block = blocks[chance.usize(..blocks.len())];
                    let place = plain.iter().position(|wanted| *wanted == block);
                    assert_eq!(queue.remove(block), place.is_some());
                    place.and_then(|place| plain.remove(place));
                }
                _ if chance.u8(..50) == 0 => {
                    let piece = chance.u32(..21);
                    let taken = queue.take_unless(|block| block.piece().get() != piece);
                    let is_taken = |block: &&Block| block.piece().get() == piece;
                    assert!(taken.iter().eq(plain.iter().filter(is_taken)));
                    plain.retain(|block| block.piece().get() != piece);
                }
                _ => {}
            }
            assert_eq!(queue.blocks, plain.len());
        }
        assert!(std::iter::from_fn(|| queue.pop()).eq(plain));
    }

    #[test]
    fn neither_scattered_requests_nor_cancels_make_more_runs_than_the_bound() {
        let layout = layout();
        let mut queue = RequestQueue::default();
        let one_byte = |offset: u32| layout.block(offset % 20, offset / 20, 1).expect("a byte");
        for offset in 0.. {
            if !queue.has_room(one_byte(offset)) {
                break;
            }
            queue.push(one_byte(offset));
        }
        assert_eq!(queue.runs.len(), RUNS_MAX);
        let bytes = |range: std::ops::Range<u32>| {
            range.map(|offset| layout.block(0, offset, 1).expect("a byte"))
        };
        let mut queue = RequestQueue::default();
        bytes(0..10_000).for_each(|block| queue.push(block));
        // Each cuts a run in two, until there are enough.
        let cancelled = bytes(0..9_000).skip(1).step_by(2).filter(|block| queue.remove(*block));
        assert_eq!(cancelled.count(), RUNS_MAX - 1);
        assert_eq!(queue.runs.len(), RUNS_MAX);
        assert!(
            queue.remove(layout.block(0, 0, 1).expect("a byte")),
            "this one makes no more of them"
        );
    }
}
