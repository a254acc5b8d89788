//! A home for the bytes that nobody asked for.
//!
//! A piece that holds the end of a wanted file and the beginning of a skipped one is fetched whole,
//! or it could not be checked, and is kept whole, or it could not be served. What it holds of the
//! skipped file goes into one extra file beside the torrent's own, so that no file appears that
//! nobody wanted.
//!
//! That file has a place for each piece that more than one file has bytes in, whatever is selected,
//! so it needs no index that could be lost; what is never written takes no room where the file
//! system keeps holes for free.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, TryLockError};

use fixedbitset::FixedBitSet;

use super::{Stamp, Storage, StorageError, bytes_at};
use crate::metainfo::{FileEntry, Layout, PieceIndex, Selection};

/// A torrent's own files, and beside them a part file.
pub struct PartedStorage {
    files: Arc<dyn Storage>,
    /// One file, with a place for each of `shared`.
    parts: Arc<dyn Storage>,
    /// The pieces that more than one file has bytes in, in order.
    shared: Vec<PieceIndex>,
    /// Files whose bytes, as far as they share a piece with others, are in the part file.
    apart: RwLock<FixedBitSet>,
}

/// Where some of a torrent's bytes are.
enum Home {
    /// In its own files, at this place of its address space.
    Files(u64),
    /// In the part file, at this place.
    Parts(u64),
    /// Nowhere: they belong to this file, which is skipped, and share a piece with no other.
    Nowhere(usize),
}

impl PartedStorage {
    /// The layout of a part file of this name; `None` if no piece has bytes of more than one file,
    /// so that none is needed.
    pub fn part_layout(layout: &Layout, name: String) -> Option<Layout> {
        let piece_length = u64::from(layout.piece_length());
        let length = shared_pieces(layout).len() as u64 * piece_length;
        let file = FileEntry { path: vec![name], length, padding: false };
        Layout::new(piece_length, vec![file]).ok().filter(|_| length > 0)
    }

    /// Keeps what is skipped in `parts`, a storage of the
    /// [`part_layout`](Self::part_layout). At first nothing is.
    pub fn new(files: Arc<dyn Storage>, parts: Arc<dyn Storage>) -> Self {
        let layout = files.layout();
        let shared = shared_pieces(layout);
        let apart = RwLock::new(FixedBitSet::with_capacity(layout.files().len()));
        PartedStorage { files, parts, shared, apart }
    }

    /// Where the part file has its stamp.
    fn part_place(&self) -> usize {
        self.files.places()
    }

    fn slot(&self, piece: PieceIndex) -> Option<u64> {
        let slot = self.shared.binary_search(&piece).ok()? as u64;
        Some(slot * u64::from(self.layout().piece_length()))
    }

    /// Calls back for each stretch of these bytes that has a home of its own.
    fn each_home<E>(
        &self,
        bytes: Range<u64>,
        apart: &FixedBitSet,
        mut each: impl FnMut(usize, Home) -> Result<(), E>,
    ) -> Result<(), E> {
        let layout = self.layout();
        for span in layout.spans(bytes) {
            let start = layout.file_bytes(span.file).start + span.offset;
            // Not longer than somebody's buffer, so it fits a usize.
            if !apart.contains(span.file) {
                each(span.length as usize, Home::Files(start))?;
                continue;
            }
            for (piece, within) in pieces_of(layout, start..start + span.length) {
                let length = (within.end - within.start) as usize;
                let home = match self.slot(piece) {
                    Some(slot) => Home::Parts(slot + within.start),
                    None => Home::Nowhere(span.file),
                };
                each(length, home)?;
            }
        }
        Ok(())
    }

    /// Puts the bytes of a file where they belong now that it is wanted.
    fn bring_home(&self, file: usize) -> Result<(), StorageError> {
        let layout = self.layout();
        for (piece, within) in pieces_of(layout, layout.file_bytes(file)) {
            let Some(slot) = self.slot(piece) else { continue };
            let mut bytes = vec![0; (within.end - within.start) as usize];
            match self.parts.read_at(slot + within.start, &mut bytes) {
                Ok(()) => self.files.write_at(layout.piece_start(piece) + within.start, &bytes)?,
                // This piece was never there.
                Err(error) if error.is_absence() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn apart(&self) -> RwLockReadGuard<'_, FixedBitSet> {
        // A bit is set or it is not, whatever the thread that held it was doing.
        self.apart.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for PartedStorage {
    fn layout(&self) -> &Layout {
        self.files.layout()
    }

    fn path(&self, place: usize) -> PathBuf {
        match place == self.part_place() {
            true => self.parts.path(0),
            false => self.files.path(place),
        }
    }

    fn prepare(&self) -> Result<(), StorageError> {
        self.parts.prepare()?;
        self.files.prepare()
    }

    fn places(&self) -> usize {
        self.part_place() + 1
    }

    fn places_of(&self, piece: PieceIndex) -> Vec<(usize, u64)> {
        let apart = self.apart();
        let mut places = self.files.places_of(piece);
        let all = places.len();
        places.retain(|(file, _)| !apart.contains(*file));
        if let Some(slot) = self.slot(piece).filter(|_| places.len() < all) {
            places.push((self.part_place(), slot + u64::from(self.layout().piece_size(piece))));
        }
        places
    }

    fn pieces_in(&self, place: usize) -> Vec<Range<usize>> {
        let apart = self.apart();
        if apart.contains(place) {
            return Vec::new();
        }
        if place != self.part_place() {
            return self.files.pieces_in(place);
        }
        let is_here = |piece: &&PieceIndex| {
            self.files.places_of(**piece).iter().any(|(file, _)| apart.contains(*file))
        };
        let pieces = self.shared.iter().filter(is_here);
        pieces.map(|piece| piece.as_usize()..piece.as_usize() + 1).collect()
    }

    fn stamp(&self, place: usize) -> Result<Option<Stamp>, StorageError> {
        match place == self.part_place() {
            true => self.parts.stamp(0),
            false => self.files.stamp(place),
        }
    }

    fn is_apart(&self, file: usize) -> bool {
        self.apart().contains(file)
    }

    fn read_at(&self, offset: u64, mut buffer: &mut [u8]) -> Result<(), StorageError> {
        let apart = self.apart();
        self.each_home(bytes_at(offset, buffer.len()), &apart, |length, home| {
            let (part, rest) = std::mem::take(&mut buffer).split_at_mut(length);
            buffer = rest;
            match home {
                Home::Files(start) => self.files.read_at(start, part),
                Home::Parts(start) => self.parts.read_at(start, part),
                Home::Nowhere(file) => Err(StorageError::Missing { path: self.path(file) }),
            }
        })
    }

    fn will_read(&self, bytes: Range<u64>) {
        let apart = self.apart();
        let told: Result<(), StorageError> = self.each_home(bytes, &apart, |length, home| {
            // What lies apart is short.
            if let Home::Files(start) = home {
                self.files.will_read(start..start + length as u64);
            }
            Ok(())
        });
        debug_assert_eq!(told, Ok(()), "nothing was asked of the disk");
    }

    fn read_at_once(&self, offset: u64, mut buffer: &mut [u8]) -> bool {
        // Whoever moves bytes keeps others waiting.
        let apart = match self.apart.try_read() {
            Ok(apart) => apart,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        let read = self.each_home(bytes_at(offset, buffer.len()), &apart, |length, home| {
            let (part, rest) = std::mem::take(&mut buffer).split_at_mut(length);
            buffer = rest;
            let is_read = match home {
                Home::Files(start) => self.files.read_at_once(start, part),
                Home::Parts(start) => self.parts.read_at_once(start, part),
                Home::Nowhere(_) => false,
            };
            is_read.then_some(()).ok_or(())
        });
        read.is_ok()
    }

    fn write_at(&self, offset: u64, mut bytes: &[u8]) -> Result<(), StorageError> {
        let apart = self.apart();
        self.each_home(bytes_at(offset, bytes.len()), &apart, |length, home| {
            let (part, rest) = bytes.split_at(length);
            bytes = rest;
            match home {
                Home::Files(start) => self.files.write_at(start, part),
                Home::Parts(start) => self.parts.write_at(start, part),
                Home::Nowhere(file) => Err(StorageError::Skipped { path: self.path(file) }),
            }
        })
    }

    fn sync(&self, place: usize) -> Result<(), StorageError> {
        match place == self.part_place() {
            true => self.parts.sync(0),
            false => self.files.sync(place),
        }
    }

    fn moving(&self, selection: &Selection) -> Vec<PieceIndex> {
        let apart = self.apart();
        let moving = |piece: &&PieceIndex| {
            let places = self.files.places_of(**piece);
            places.iter().any(|(file, _)| apart.contains(*file) && selection.wants(*file))
        };
        self.shared.iter().filter(moving).copied().collect()
    }

    fn select(&self, selection: &Selection) -> Result<(), StorageError> {
        let mut apart = self.apart.write().unwrap_or_else(PoisonError::into_inner);
        let had_any = !apart.is_clear();
        for (file, entry) in self.layout().files().iter().enumerate() {
            if entry.padding || entry.length == 0 {
                continue;
            }
            if selection.wants(file) {
                if apart.contains(file) {
                    self.bring_home(file)?;
                    apart.remove(file);
                }
            } else if !apart.contains(file) && self.files.stamp(file)?.is_none() {
                // What is there already stays where somebody may be looking for it.
                apart.insert(file);
            }
        }
        if had_any && apart.is_clear() {
            self.parts.remove(0)?;
        }
        Ok(())
    }

    fn remove(&self, place: usize) -> Result<(), StorageError> {
        match place == self.part_place() {
            true => self.parts.remove(0),
            false => self.files.remove(place),
        }
    }
}

/// The pieces these bytes lie in, and which of each piece's bytes they are.
fn pieces_of(layout: &Layout, bytes: Range<u64>) -> impl Iterator<Item = (PieceIndex, Range<u64>)> {
    let length = u64::from(layout.piece_length());
    let numbers = bytes.start / length..bytes.end.div_ceil(length);
    numbers.filter_map(move |number| {
        let piece = layout.piece(u32::try_from(number).ok()?)?;
        let start = layout.piece_start(piece);
        let end = start + u64::from(layout.piece_size(piece));
        Some((piece, bytes.start.max(start) - start..bytes.end.min(end) - start))
    })
}

/// The pieces that more than one file has bytes in, padding apart.
fn shared_pieces(layout: &Layout) -> Vec<PieceIndex> {
    let count = layout.piece_count() as usize;
    let mut once = FixedBitSet::with_capacity(count);
    let mut twice = FixedBitSet::with_capacity(count);
    for (file, entry) in layout.files().iter().enumerate() {
        let pieces = layout.file_pieces(file);
        if entry.padding || pieces.is_empty() {
            continue;
        }
        // Only at its ends does a file share a piece with another.
        let (first, last) = (pieces.start, pieces.end - 1);
        for piece in [first, last].into_iter().take(1 + usize::from(first < last)) {
            if once.put(piece) {
                twice.insert(piece);
            }
        }
    }
    twice.ones().filter_map(|piece| layout.piece(u32::try_from(piece).ok()?)).collect()
}

#[cfg(test)]
mod tests;
