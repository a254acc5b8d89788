//! Blocks that more than one peer is asked for, at the end and in haste.

use std::time::Instant;

use fixedbitset::FixedBitSet;

use super::Assembly;
use crate::metainfo::{Block, Layout, PieceIndex};
use crate::swarm::partial::Taker;

impl Assembly {
    /// Up to `max` missing blocks to ask one more peer for, those first that the fewest were asked
    /// for, of pieces that are `old` enough by when they were begun. `is_news` says whether this peer
    /// was not asked for a block yet, and `lot` where to look first, so that not all begin at the
    /// same.
    pub(in crate::swarm) fn endgame(
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
    pub(in crate::swarm) fn hasten(
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

    /// Of these, the blocks that one peer alone was asked for and that another may be asked for.
    pub(in crate::swarm) fn double_single(
        &mut self,
        mut blocks: Vec<Block>,
        taker: Taker,
    ) -> Vec<Block> {
        blocks.retain(|block| {
            let partial = self.get(block.piece());
            partial.is_some_and(|p| p.may_be_doubled(taker) && p.is_single(*block))
        });
        self.double(blocks.into_iter().map(|block| (1, block)).collect())
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
}
