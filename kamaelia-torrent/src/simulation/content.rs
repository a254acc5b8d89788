//! The bytes of a simulated torrent, which nobody keeps: they follow from where they stand.
//!
//! The content is a row of blocks of 16 KiB. Each has a *mark*, eight bytes mixed from the content's
//! seed and the block's position, and the block's bytes follow from its mark alone. So a block can
//! be told by its mark where bytes would be too many, and be made whole where real bytes are wanted.

use std::sync::Arc;

use fastrand::Rng;

use super::{Torrent, TorrentError};
use crate::hash::sha1;
use crate::metainfo::{
    BLOCK_LENGTH, Block, InfoHash, Layout, MakeError, Metainfo, PieceHasher, PieceIndex,
    TorrentDraft,
};
use crate::wire::{BlockForm, MARK_LENGTH};

/// What a stream of numbers moves on by: 2^64 divided by the golden ratio, made odd (Steele, Lea and
/// Flood, "Fast splittable pseudorandom number generators", 2014).
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bytes of a block, in both kinds of numbers.
const BLOCK: u64 = BLOCK_LENGTH as u64;
const BLOCK_BYTES: usize = BLOCK_LENGTH as usize;

/// Generated data, and the torrent they are.
#[derive(Clone, Debug)]
pub(super) struct Content {
    layout: Arc<Layout>,
    info_hash: InfoHash,
    seed: u64,
}

impl Content {
    pub(super) fn new(torrent: &Torrent) -> Result<Self, TorrentError> {
        let layout = torrent.layout()?;
        let info_hash = described(&layout);
        let [a, b, c, d, e, f, g, h, ..] = info_hash.0;
        let seed = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        Ok(Content { layout: Arc::new(layout), info_hash, seed })
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The identity that follows from the description. A torrent file has another one, which takes
    /// the hashes of all pieces to know: see [`make_whole`](Self::make_whole).
    pub(super) fn info_hash(&self) -> InfoHash {
        self.info_hash
    }

    /// What tells this block from all others.
    pub(super) fn mark(&self, block: Block) -> u64 {
        self.mark_at(self.layout.block_start(block))
    }

    /// All marks of a piece, one after the other.
    fn marks(&self, piece: PieceIndex) -> impl Iterator<Item = u64> {
        let start = self.layout.piece_start(piece);
        let end = start + u64::from(self.layout.piece_size(piece));
        (start..end).step_by(BLOCK_BYTES).map(|at| self.mark_at(at))
    }

    /// The bytes of a block.
    pub(super) fn bytes(&self, block: Block) -> Vec<u8> {
        let mut bytes = vec![0; block.length() as usize];
        self.fill(self.layout.block_start(block), &mut bytes);
        bytes
    }

    /// Fills the buffer with the bytes from `start` on, wherever that is in the torrent.
    pub(super) fn fill(&self, start: u64, buffer: &mut [u8]) {
        let within = (start % BLOCK) as usize;
        let until_next = (BLOCK_BYTES - within) % BLOCK_BYTES;
        let (first, rest) = buffer.split_at_mut(buffer.len().min(until_next));
        if !first.is_empty() {
            let mut block = [0; BLOCK_BYTES];
            write(self.mark_at(start - within as u64), &mut block);
            first.copy_from_slice(&block[within..within + first.len()]);
        }
        let starts = (start + first.len() as u64..).step_by(BLOCK_BYTES);
        for (bytes, at) in rest.chunks_mut(BLOCK_BYTES).zip(starts) {
            write(self.mark_at(at), bytes);
        }
    }

    /// What a message carries for a block.
    pub(super) fn data(&self, form: BlockForm, block: Block) -> Vec<u8> {
        match form {
            BlockForm::Whole => self.bytes(block),
            BlockForm::Abridged => self.mark(block).to_le_bytes().to_vec(),
        }
    }

    /// Whether a piece is what it should be.
    pub(super) fn is_right(&self, form: BlockForm, piece: PieceIndex, data: &[u8]) -> bool {
        match form {
            BlockForm::Whole => {
                let mut blocks = data.chunks(BLOCK_BYTES).zip(self.marks(piece));
                data.len() == self.layout.piece_size(piece) as usize
                    && blocks.all(|(bytes, mark)| is_written(mark, bytes))
            }
            BlockForm::Abridged => {
                let (marks, rest) = data.as_chunks::<MARK_LENGTH>();
                let marks = marks.iter().map(|mark| u64::from_le_bytes(*mark));
                rest.is_empty() && marks.eq(self.marks(piece))
            }
        }
    }

    /// Has the torrent go by the identity that the torrent file gives it, which names this tracker.
    pub(super) fn make_whole(&mut self, tracker: String) -> Result<Metainfo, MakeError> {
        let metainfo = self.metainfo(Some(tracker))?;
        self.info_hash = metainfo.info_hash();
        Ok(metainfo)
    }

    /// The torrent file: the true hashes of all bytes, and this tracker. Makes all bytes once, a GiB
    /// in some seconds.
    fn metainfo(&self, tracker: Option<String>) -> Result<Metainfo, MakeError> {
        let mut hasher = PieceHasher::new(self.layout.piece_length());
        let mut buffer = vec![0; BLOCK_BYTES];
        for block in self.layout.pieces().flat_map(|piece| self.layout.blocks(piece)) {
            let bytes = &mut buffer[..block.length() as usize];
            self.fill(self.layout.block_start(block), bytes);
            hasher.update(bytes);
        }
        let mut draft = TorrentDraft::new((*self.layout).clone(), hasher.finish());
        draft.announce = tracker;
        let bytes = draft.encode()?;
        Ok(Metainfo::parse(&bytes).expect("what the maker makes can be read"))
    }

    fn mark_at(&self, start: u64) -> u64 {
        mixed(self.seed.wrapping_add(start.wrapping_mul(STEP)))
    }
}

/// The words of a block: the mark itself, and what follows from it.
fn words(mark: u64) -> impl Iterator<Item = [u8; 8]> {
    let others = (1..).map(move |number: u64| mixed(mark.wrapping_add(number.wrapping_mul(STEP))));
    std::iter::once(mark).chain(others).map(u64::to_le_bytes)
}

/// Fills the buffer with the first bytes of a block.
fn write(mark: u64, buffer: &mut [u8]) {
    for (place, word) in buffer.chunks_mut(8).zip(words(mark)) {
        place.copy_from_slice(&word[..place.len()]);
    }
}

/// Whether these are the first bytes of a block.
fn is_written(mark: u64, bytes: &[u8]) -> bool {
    bytes.chunks(8).zip(words(mark)).all(|(place, word)| word.starts_with(place))
}

/// Makes data wrong, whichever form they have: they differ in one byte.
///
/// # Panics
///
/// When there are none.
pub(super) fn corrupt(data: &mut [u8], chance: &mut Rng) {
    // Drawn as 64 bits, so that machines of other word sizes draw the same.
    let at = chance.u64(..data.len() as u64) as usize;
    data[at] ^= chance.u8(1..);
}

/// Spreads a number over all 64 bits: the last part of SplitMix64 (Stafford's thirteenth mix).
fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The hash of an `info` dictionary that says all that a torrent file's would, but for the hashes
/// of the pieces.
fn described(layout: &Layout) -> InfoHash {
    let name = layout.files()[0].path.join("/");
    let (length, piece_length) = (layout.total_length(), layout.piece_length());
    let bytes = name.len();
    let keys = format!("d6:lengthi{length}e4:name{bytes}:{name}12:piece lengthi{piece_length}ee");
    InfoHash(sha1(keys.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(size: u64) -> Content {
        Content::new(&Torrent::new(size).piece_length(32 * 1024)).expect("a torrent")
    }

    fn piece(content: &Content, index: u32) -> PieceIndex {
        content.layout().piece(index).expect("a piece of the torrent")
    }

    fn piece_bytes(content: &Content, index: u32) -> Vec<u8> {
        let blocks = content.layout().blocks(piece(content, index));
        blocks.flat_map(|block| content.bytes(block)).collect()
    }

    #[test]
    fn the_same_description_is_the_same_torrent() {
        let film = Torrent::new(100_000).name("film");
        let content = |torrent: &Torrent| {
            let content = Content::new(torrent).expect("a torrent");
            (content.info_hash(), piece_bytes(&content, 0))
        };
        let (hash, bytes) = content(&film);
        assert_eq!((hash, &bytes), (content(&film).0, &content(&film).1));
        let others = [film.clone().name("other"), Torrent::new(100_001), film.piece_length(16_384)];
        for other in &others {
            assert_ne!(content(other).0, hash, "{other:?}");
            assert_ne!(content(other).1, bytes, "{other:?}");
        }
    }

    #[test]
    fn bytes_and_identity_are_these_on_every_machine() {
        let content = content(100_000);
        assert_eq!(content.info_hash().to_string(), "1bb5b93f380ec30ad38d5b141e7634d6c167b0e3");
        let block = content.layout().block(1, 16_384, 12).expect("a block");
        assert_eq!(content.bytes(block), [190, 216, 178, 82, 1, 181, 69, 61, 106, 243, 185, 49]);
    }

    #[test]
    fn a_terabyte_takes_no_longer_than_a_byte() {
        let content = Content::new(&Torrent::new(1 << 40)).expect("a torrent");
        let last = content.layout().pieces().next_back().expect("a piece");
        let block = content.layout().blocks(last).last().expect("a block");
        assert_eq!(content.bytes(block)[..MARK_LENGTH], content.mark(block).to_le_bytes());
    }

    #[test]
    fn every_block_has_a_mark_of_its_own() {
        let content = content(64 << 20);
        let marks: std::collections::BTreeSet<u64> =
            content.layout().pieces().flat_map(|piece| content.marks(piece)).collect();
        assert_eq!(marks.len(), 4096);
    }

    #[test]
    fn bytes_are_the_same_however_they_are_asked_for() {
        let content = content(70_001);
        let mut whole = vec![0; 70_001];
        content.fill(0, &mut whole);
        let pieces: Vec<u8> = (0..3).flat_map(|index| piece_bytes(&content, index)).collect();
        assert_eq!(whole, pieces);
        let mut chance = Rng::with_seed(1);
        for _ in 0..200 {
            let start = chance.usize(..whole.len());
            let mut part = vec![0; chance.usize(..=whole.len() - start)];
            content.fill(start as u64, &mut part);
            assert_eq!(part, whole[start..start + part.len()]);
        }
    }

    #[test]
    fn a_piece_is_right_in_its_own_form_and_wrong_with_one_byte_changed() {
        let content = content(70_001);
        let mut chance = Rng::with_seed(2);
        for index in 0..3 {
            let piece = piece(&content, index);
            for (form, other) in
                [(BlockForm::Whole, BlockForm::Abridged), (BlockForm::Abridged, BlockForm::Whole)]
            {
                let blocks = content.layout().blocks(piece);
                let mut data: Vec<u8> =
                    blocks.flat_map(|block| content.data(form, block)).collect();
                assert!(content.is_right(form, piece, &data));
                assert!(!content.is_right(other, piece, &data));
                assert!(!content.is_right(form, piece, &data[1..]));
                corrupt(&mut data, &mut chance);
                assert!(!content.is_right(form, piece, &data));
            }
        }
    }

    #[test]
    fn the_torrent_file_has_the_hashes_of_the_bytes() {
        let content = content(70_001);
        let tracker = "http://tracker.example/announce";
        let metainfo = content.metainfo(Some(tracker.into())).expect("a torrent file");
        assert_eq!(
            (&**metainfo.layout(), metainfo.announce()),
            (&**content.layout(), Some(tracker))
        );
        let hashes: Vec<_> = (0..3).map(|index| sha1(&piece_bytes(&content, index))).collect();
        assert_eq!(metainfo.piece_hashes(), hashes);
    }
}
