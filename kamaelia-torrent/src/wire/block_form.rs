//! Whether blocks travel with their data, or are told by a mark alone.
//!
//! A swarm that exists only in memory moves more bytes than any memory holds, and each of them
//! follows from its place. So there a block may be told by its *mark*: a few bytes that say which
//! data it stands for. Both sides must be of one form; nothing in the conversation says which. All
//! lengths that are spoken of are the true ones in either form. What differs is how many bytes are
//! carried for a block, and this file alone knows how many.

use std::ops::Range;

use crate::metainfo::{BLOCK_LENGTH, Block};
use crate::wire::{PIECE_BODY_MIN, PIECE_ID};

/// Bytes of a mark.
pub const MARK_LENGTH: usize = 8;

/// How the data of blocks is carried in messages and kept in pieces.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BlockForm {
    /// As it is: the only form that other clients speak.
    #[default]
    Whole,
    /// By a mark of [`MARK_LENGTH`] bytes, whatever the block's length. A piece is the marks of its
    /// blocks, one after the other.
    Abridged,
}

impl BlockForm {
    /// Bytes carried for the data of a block of so many.
    pub fn carried(self, length: u32) -> usize {
        match self {
            BlockForm::Whole => length as usize,
            BlockForm::Abridged => MARK_LENGTH,
        }
    }

    /// Bytes of a block's data beyond those carried; none for the few blocks that are shorter than
    /// their mark.
    pub fn omitted(self, length: u32) -> u32 {
        // A mark is far below 4 GiB.
        length.saturating_sub(self.carried(length) as u32)
    }

    /// Bytes that a piece of so many is kept in.
    pub fn piece_bytes(self, size: u32) -> usize {
        match self {
            BlockForm::Whole => size as usize,
            BlockForm::Abridged => size.div_ceil(BLOCK_LENGTH) as usize * MARK_LENGTH,
        }
    }

    /// Where a block that we asked for stands among its piece's bytes.
    pub fn range(self, block: Block) -> Range<usize> {
        match self {
            BlockForm::Whole => block.range(),
            BlockForm::Abridged => {
                let start = (block.offset() / BLOCK_LENGTH) as usize * MARK_LENGTH;
                start..start + MARK_LENGTH
            }
        }
    }

    /// A piece's bytes, block by block.
    pub fn blocks(self, piece: &[u8]) -> impl Iterator<Item = &[u8]> {
        piece.chunks(self.carried(BLOCK_LENGTH))
    }

    /// Bytes that follow the length field of a message, of those it says, or as many as are sure to
    /// while its `id` has not come.
    pub(super) fn body_length(self, said: usize, id: Option<u8>) -> usize {
        match (self, id) {
            (BlockForm::Whole, _) => said,
            _ if said < PIECE_BODY_MIN => said,
            (BlockForm::Abridged, None) => 1,
            (BlockForm::Abridged, Some(PIECE_ID)) => PIECE_BODY_MIN + MARK_LENGTH,
            (BlockForm::Abridged, Some(_)) => said,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};

    #[test]
    fn what_is_carried_and_omitted_makes_the_whole_block() {
        for length in [8, 9, 1_000, BLOCK_LENGTH] {
            for form in [BlockForm::Whole, BlockForm::Abridged] {
                let both = form.carried(length) + form.omitted(length) as usize;
                assert_eq!(both, length as usize, "{form:?}");
            }
        }
        assert_eq!(BlockForm::Abridged.omitted(3), 0);
    }

    #[test]
    fn the_blocks_of_a_piece_stand_one_after_the_other() {
        let size = 3 * BLOCK_LENGTH + 5;
        let file = FileEntry { path: vec!["f".into()], length: size.into(), padding: false };
        let layout = Layout::new(size.into(), vec![file]).expect("sizes of a torrent");
        let piece = layout.piece(0).expect("the only piece");
        for form in [BlockForm::Whole, BlockForm::Abridged] {
            let ranges: Vec<_> = layout.blocks(piece).map(|block| form.range(block)).collect();
            assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start), "{form:?}");
            assert_eq!((ranges[0].start, ranges[3].end), (0, form.piece_bytes(size)));
            let bytes = vec![0; form.piece_bytes(size)];
            let lengths: Vec<_> = form.blocks(&bytes).map(<[u8]>::len).collect();
            let expected: Vec<_> = ranges.iter().map(ExactSizeIterator::len).collect();
            assert_eq!(lengths, expected);
        }
    }
}
