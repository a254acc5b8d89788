//! How a torrent's bytes are cut: into pieces to hash, blocks to ask for, and files to keep.
//!
//! All files of a torrent lie end to end in one address space. Indices of it exist by construction:
//! only a [`Layout`] makes a [`PieceIndex`] or a [`Block`], so holding one is the proof that it lies
//! inside the torrent.

use std::ops::Range;

/// The size of a request, and the largest block anyone asks us for (BEP 3: 2^14).
pub const BLOCK_LENGTH: u32 = 16 * 1024;

/// The largest piece we accept. A piece is held in memory while it is assembled, so this bounds
/// what one torrent file can make us set aside; clients in use make pieces of at most 128 MiB.
pub const PIECE_LENGTH_MAX: u32 = 128 * 1024 * 1024;

/// A piece that exists.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PieceIndex(u32);

impl PieceIndex {
    /// The number used on the wire.
    pub fn get(self) -> u32 {
        self.0
    }

    /// The same, to index a slice with.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// A stretch of one piece, at most [`BLOCK_LENGTH`] long and never empty.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Block {
    piece: PieceIndex,
    offset: u32,
    length: u32,
}

impl Block {
    /// The piece it is part of.
    pub fn piece(self) -> PieceIndex {
        self.piece
    }

    /// Bytes from the start of the piece.
    pub fn offset(self) -> u32 {
        self.offset
    }

    /// Bytes.
    pub fn length(self) -> u32 {
        self.length
    }

    /// The block of the same length so many places further on; `None` beyond what any piece can have.
    /// Whether this one's piece has it is not known here.
    pub(crate) fn skip(self, blocks: u32) -> Option<Block> {
        let offset = self.length.checked_mul(blocks)?.checked_add(self.offset)?;
        Some(Block { offset, ..self })
    }

    /// Where the block lies in its piece's bytes.
    pub fn range(self) -> Range<usize> {
        self.offset as usize..(self.offset + self.length) as usize
    }
}

/// One file of a torrent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileEntry {
    /// The path below the download directory: checked, relative, one name each.
    pub path: Vec<String>,
    /// Bytes.
    pub length: u64,
    /// Whether the bytes are zeros that only move the next file to the start of a piece (BEP 47):
    /// they are hashed like any others, but never written and never read from a disk.
    pub padding: bool,
}

/// A stretch of one file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Index into [`Layout::files`].
    pub file: usize,
    /// Bytes from the start of the file.
    pub offset: u64,
    /// Bytes, at least one.
    pub length: u64,
}

/// Why sizes cannot be a torrent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutError {
    /// Pieces of this length are not possible, or more than we set aside memory for.
    #[error("a piece length of {length} bytes is outside 1 to {PIECE_LENGTH_MAX}")]
    PieceLength {
        /// What the torrent asked for.
        length: u64,
    },
    /// The sizes do not add up to a number of bytes that pieces can be counted in.
    #[error("the files are too large together")]
    TooLarge,
}

/// The cut of one torrent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Layout {
    piece_length: u32,
    piece_count: u32,
    total_length: u64,
    files: Vec<FileEntry>,
    /// Where each file starts in the address space; as many as `files`.
    starts: Vec<u64>,
}

impl Layout {
    /// Checks the sizes and lays the files end to end.
    pub fn new(piece_length: u64, files: Vec<FileEntry>) -> Result<Self, LayoutError> {
        let length = u32::try_from(piece_length)
            .ok()
            .filter(|length| (1..=PIECE_LENGTH_MAX).contains(length))
            .ok_or(LayoutError::PieceLength { length: piece_length })?;
        let mut starts = Vec::with_capacity(files.len());
        let mut total_length = 0u64;
        for file in &files {
            starts.push(total_length);
            total_length = total_length.checked_add(file.length).ok_or(LayoutError::TooLarge)?;
        }
        // Offsets go to system calls that take signed numbers.
        i64::try_from(total_length).map_err(|_| LayoutError::TooLarge)?;
        let piece_count = u32::try_from(total_length.div_ceil(u64::from(length)))
            .map_err(|_| LayoutError::TooLarge)?;
        Ok(Layout { piece_length: length, piece_count, total_length, files, starts })
    }

    /// The cut of nothing: no file, and no piece.
    pub(crate) fn empty() -> Self {
        let (files, starts) = (Vec::new(), Vec::new());
        Layout { piece_length: BLOCK_LENGTH, piece_count: 0, total_length: 0, files, starts }
    }

    /// Bytes in every piece but perhaps the last.
    pub fn piece_length(&self) -> u32 {
        self.piece_length
    }

    /// How many pieces there are; none for a torrent of empty files.
    pub fn piece_count(&self) -> u32 {
        self.piece_count
    }

    /// Bytes in all files together.
    pub fn total_length(&self) -> u64 {
        self.total_length
    }

    /// The files, in the order they lie.
    pub fn files(&self) -> &[FileEntry] {
        &self.files
    }

    /// Where a file (an index into [`files`](Self::files)) lies in the address space.
    ///
    /// # Panics
    ///
    /// When there is no such file.
    pub fn file_bytes(&self, file: usize) -> Range<u64> {
        let start = self.starts[file];
        start..start + self.files[file].length
    }

    /// The pieces that hold bytes of a file; an empty range for a file without any.
    ///
    /// # Panics
    ///
    /// When there is no such file.
    pub fn file_pieces(&self, file: usize) -> Range<usize> {
        let bytes = self.file_bytes(file);
        if bytes.is_empty() {
            return 0..0;
        }
        let length = u64::from(self.piece_length);
        // Numbers of pieces, so they fit.
        (bytes.start / length) as usize..bytes.end.div_ceil(length) as usize
    }

    /// The piece with this number, if there is one.
    pub fn piece(&self, index: u32) -> Option<PieceIndex> {
        (index < self.piece_count).then_some(PieceIndex(index))
    }

    /// Every piece, in order.
    pub fn pieces(
        &self,
    ) -> impl DoubleEndedIterator<Item = PieceIndex> + ExactSizeIterator + use<> {
        (0..self.piece_count).map(PieceIndex)
    }

    /// Where a piece starts in the address space.
    pub fn piece_start(&self, piece: PieceIndex) -> u64 {
        u64::from(piece.0) * u64::from(self.piece_length)
    }

    /// Bytes in this piece: the last one may be short.
    pub fn piece_size(&self, piece: PieceIndex) -> u32 {
        let rest = self.total_length - self.piece_start(piece);
        rest.min(u64::from(self.piece_length)) as u32
    }

    /// How many blocks a piece is asked for in.
    pub fn block_count(&self, piece: PieceIndex) -> u32 {
        self.piece_size(piece).div_ceil(BLOCK_LENGTH)
    }

    /// The block a stranger names, if the torrent has it and it is no larger than we serve.
    pub fn block(&self, piece: u32, offset: u32, length: u32) -> Option<Block> {
        let piece = self.piece(piece)?;
        let end = offset.checked_add(length)?;
        let fits = (1..=BLOCK_LENGTH).contains(&length) && end <= self.piece_size(piece);
        fits.then_some(Block { piece, offset, length })
    }

    /// The blocks of a piece as we ask for them, in order.
    pub fn blocks(&self, piece: PieceIndex) -> impl Iterator<Item = Block> + use<> {
        let size = self.piece_size(piece);
        (0..size).step_by(BLOCK_LENGTH as usize).map(move |offset| Block {
            piece,
            offset,
            length: BLOCK_LENGTH.min(size - offset),
        })
    }

    /// Where a block starts in the address space.
    pub fn block_start(&self, block: Block) -> u64 {
        self.piece_start(block.piece) + u64::from(block.offset)
    }

    /// The stretches of files that hold these bytes, in order. Files without bytes have none.
    ///
    /// # Panics
    ///
    /// When the range ends beyond the torrent: callers hold pieces and blocks of this layout.
    pub fn spans(&self, bytes: Range<u64>) -> impl Iterator<Item = Span> {
        assert!(bytes.end <= self.total_length, "bytes {bytes:?} lie outside the torrent");
        let Range { start: mut at, end } = bytes;
        // The last file that starts at or before the range.
        let first = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        let mut files = self.starts.iter().zip(&self.files).enumerate().skip(first);
        std::iter::from_fn(move || {
            while at < end {
                let (file, (start, entry)) = files.next()?;
                let offset = at - start;
                let length = entry.length.saturating_sub(offset).min(end - at);
                if length > 0 {
                    at += length;
                    return Some(Span { file, offset, length });
                }
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(piece_length: u64, lengths: &[u64]) -> Layout {
        let files = lengths
            .iter()
            .enumerate()
            .map(|(i, length)| FileEntry {
                path: vec![i.to_string()],
                length: *length,
                padding: false,
            })
            .collect();
        Layout::new(piece_length, files).expect("sizes of a torrent")
    }

    #[test]
    fn the_last_piece_holds_what_is_left() {
        let layout = layout(262_144, &[262_145]);
        let sizes: Vec<u32> = layout.pieces().map(|piece| layout.piece_size(piece)).collect();
        assert_eq!(sizes, [262_144, 1]);
    }

    #[test]
    fn a_torrent_of_empty_files_has_no_piece() {
        assert_eq!(layout(16, &[0, 0]).piece_count(), 0);
    }

    #[test]
    fn a_block_outside_its_piece_does_not_exist() {
        let layout = layout(32_768, &[40_000]);
        assert!(layout.block(0, 16_384, 16_384).is_some());
        assert!(layout.block(1, 7_000, 232).is_some());
        for (piece, offset, length) in
            [(2, 0, 1), (1, 7_000, 233), (0, 0, 0), (0, 0, 16_385), (0, u32::MAX, 2)]
        {
            assert_eq!(layout.block(piece, offset, length), None, "{piece} {offset} {length}");
        }
    }

    #[test]
    fn the_blocks_of_a_piece_cover_it_once() {
        let layout = layout(40_000, &[50_000]);
        let piece = layout.piece(0).expect("the first piece");
        let ranges: Vec<_> = layout.blocks(piece).map(Block::range).collect();
        assert_eq!(ranges, [0..16_384, 16_384..32_768, 32_768..40_000]);
    }

    #[test]
    fn spans_cross_files_and_step_over_empty_ones() {
        let layout = layout(16, &[0, 10, 0, 5, 0]);
        let expected =
            [Span { file: 1, offset: 8, length: 2 }, Span { file: 3, offset: 0, length: 5 }];
        assert_eq!(layout.spans(8..15).collect::<Vec<_>>(), expected);
        assert_eq!(layout.spans(15..15).count(), 0);
    }

    #[test]
    fn a_file_knows_its_bytes_and_the_pieces_that_hold_them() {
        let layout = layout(16, &[0, 20, 12, 1]);
        assert_eq!(
            (0..4).map(|file| layout.file_bytes(file)).collect::<Vec<_>>(),
            [0..0, 0..20, 20..32, 32..33]
        );
        let pieces: Vec<_> = (0..4).map(|file| layout.file_pieces(file)).collect();
        assert_eq!(pieces, [0..0, 0..2, 1..2, 2..3]);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let file = |length| vec![FileEntry { path: vec!["f".into()], length, padding: false }];
        assert_eq!(Layout::new(0, file(1)), Err(LayoutError::PieceLength { length: 0 }));
        assert_eq!(Layout::new(1, file(u64::from(u32::MAX) + 1)), Err(LayoutError::TooLarge));
        let pair = [file(u64::MAX), file(1)].concat();
        assert_eq!(Layout::new(16_384, pair), Err(LayoutError::TooLarge));
    }
}
