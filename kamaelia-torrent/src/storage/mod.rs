//! Where a torrent's bytes lie, and whether they are the right ones.
//!
//! Bytes and positions in a torrent's address space come in; the same bytes, or a [`StorageError`]
//! in words for the person whose disk it is, go out. Everything here blocks, so the engine calls it
//! from its disk threads only, but for [`Storage::read_at_once`].
//!
//! - [`FileStorage`]: real files, a download below a directory or files seeded where they lie.
//! - [`MemoryStorage`]: the same in memory, with faults to order.
//! - [`PartedStorage`]: either, with a home for the edges of files that nobody wants.
//! - [`verify`]: which pieces are already there.
//! - [`Resume`]: the same without reading what is known already.
//! - [`Source`], [`Excludes`] and [`hash_pieces`]: what a torrent is made from.

mod below;
#[cfg(test)]
pub(crate) mod conformance;
mod error;
mod excludes;
mod files;
mod hashing;
mod memory;
mod open_file;
mod open_files;
mod part_file;
pub(crate) mod resume;
mod source;
mod stamp;
mod trouble;
mod verify;

pub use error::{Action, StorageError};
pub use excludes::{Excludes, PatternError};
pub use files::FileStorage;
pub(crate) use hashing::threads as hashing_threads;
pub use hashing::{Progress, hash_pieces, hash_pieces_with};
pub use memory::MemoryStorage;
pub use open_files::{OPEN_FILES_MAX, OpenFiles};
pub use part_file::PartedStorage;
pub use resume::{Recalled, Resume, replace_file, replace_files, save_directory_of, stamps_of};
pub use source::{SOURCE_ENTRIES_MAX, Source, SourceError, SourceFile};
pub use stamp::Stamp;
pub(crate) use trouble::{RETRY_AFTER, Trouble};
pub use verify::verify;

use crate::metainfo::{Layout, PieceIndex, Selection};
use std::ops::Range;
use std::path::PathBuf;

/// The bytes of one torrent, laid end to end as its [`Layout`] says.
///
/// Every call but [`read_at_once`](Self::read_at_once) blocks for as long as the disk takes. Calls may
/// come from several threads at once; what they do to overlapping bytes is not ordered.
///
/// Padding files (BEP 47) are zeros that are not kept anywhere: reading them gives zeros, and what
/// is written to them is dropped.
pub trait Storage: Send + Sync {
    /// The cut of the torrent that is kept here.
    fn layout(&self) -> &Layout;

    /// Where this place is or will be, for people to read.
    ///
    /// # Panics
    ///
    /// When there is no such place.
    fn path(&self, place: usize) -> PathBuf {
        self.layout().files()[place].path.iter().collect()
    }

    /// How many places bytes are kept in: the files, in the order of [`Layout::files`], and behind
    /// them whatever else the storage keeps bytes in.
    fn places(&self) -> usize {
        self.layout().files().len()
    }

    /// The places a piece has bytes in, and how far it reaches into each. Padding is kept nowhere.
    fn places_of(&self, piece: PieceIndex) -> Vec<(usize, u64)> {
        let layout = self.layout();
        let start = layout.piece_start(piece);
        let spans = layout.spans(start..start + u64::from(layout.piece_size(piece)));
        spans
            .filter(|span| !layout.files()[span.file].padding)
            .map(|span| (span.file, span.offset + span.length))
            .collect()
    }

    /// The pieces that have bytes in a place.
    fn pieces_in(&self, place: usize) -> Vec<Range<usize>> {
        let pieces = self.layout().file_pieces(place);
        match self.layout().files()[place].padding || pieces.is_empty() {
            true => Vec::new(),
            false => vec![pieces],
        }
    }

    /// Makes sure the storage can serve the purpose it was made for, before it does.
    ///
    /// A storage that is written to refuses what stands in the way of a file, then makes the files
    /// that have no bytes, since nothing else would. A storage that is only read from refuses files
    /// that are missing or not as long as the torrent says.
    fn prepare(&self) -> Result<(), StorageError>;

    /// How many bytes of this place are there, written or skipped over, and when it was last
    /// written to; `None` when it is not there yet. All bytes of a padding file always are.
    fn stamp(&self, place: usize) -> Result<Option<Stamp>, StorageError>;

    /// Whether bytes of this file may be there although the file is not, since they are kept
    /// elsewhere.
    fn is_apart(&self, _file: usize) -> bool {
        false
    }

    /// Fills the whole buffer with the bytes from `offset` on.
    ///
    /// # Panics
    ///
    /// When the bytes lie outside the torrent: callers hold pieces and blocks of its layout.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError>;

    /// Fills the whole buffer with the bytes from `offset` on if that takes no waiting: they are in
    /// memory, and whatever leads to them is open. Otherwise false, with anything in the buffer, and
    /// [`read_at`](Self::read_at) brings the bytes or says what is wrong.
    ///
    /// Two calls may answer differently whatever the bytes are, so nobody asks who wants a run to go
    /// the same way each time.
    ///
    /// # Panics
    ///
    /// When the bytes lie outside the torrent: callers hold pieces and blocks of its layout.
    fn read_at_once(&self, _offset: u64, _buffer: &mut [u8]) -> bool {
        false
    }

    /// These bytes will be read soon, though not in their order. A storage that reads more easily in
    /// order may have them brought; nothing else comes of it. Does not wait for them.
    ///
    /// # Panics
    ///
    /// When the bytes lie outside the torrent: callers hold pieces and blocks of its layout.
    fn will_read(&self, _bytes: Range<u64>) {}

    /// Writes all the bytes from `offset` on. After an error any part of them may be written.
    ///
    /// # Panics
    ///
    /// When the bytes lie outside the torrent: callers hold pieces and blocks of its layout.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError>;

    /// Returns when what was written to this place before the call, by whomever, would survive a
    /// loss of power. Whether its name would is left to the file system.
    fn sync(&self, place: usize) -> Result<(), StorageError>;

    /// The pieces whose bytes [`select`](Self::select) would move.
    fn moving(&self, _selection: &Selection) -> Vec<PieceIndex> {
        Vec::new()
    }

    /// Only these files are wanted from now on. A storage may keep what belongs to others
    /// elsewhere, and moves what is in the wrong place. After an error some is moved, and the rest
    /// is where it was.
    fn select(&self, _selection: &Selection) -> Result<(), StorageError> {
        Ok(())
    }

    /// Takes a place away with all its bytes, if it is there.
    fn remove(&self, place: usize) -> Result<(), StorageError>;
}

/// Where `length` bytes from `offset` on lie.
fn bytes_at(offset: u64, length: usize) -> Range<u64> {
    let end = offset.checked_add(length as u64);
    offset..end.expect("bytes of a torrent lie inside its address space")
}
