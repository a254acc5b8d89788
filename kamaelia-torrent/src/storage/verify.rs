//! Which pieces are already there.

use super::hashing::{AfterRead, PieceHasher, Progress, pieces_at_once};
use super::{Storage, StorageError};
use fixedbitset::FixedBitSet;
use std::ops::{ControlFlow, Range};

/// Reads what is stored and tells which pieces match their hashes; `None` if `on_progress` broke it
/// off.
///
/// A piece whose file is missing or ends before it is not there, and is not read; that is no error.
/// Bytes are read in order, with a buffer of at most 4 MiB, and `on_progress` is called after each
/// read. Blocks for as long as the disk takes.
///
/// # Panics
///
/// When there are not as many hashes as the storage's layout has pieces: a torrent file is checked
/// for that when it is loaded.
pub fn verify(
    storage: &dyn Storage,
    hashes: &[[u8; 20]],
    on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<FixedBitSet>, StorageError> {
    let mut all = FixedBitSet::with_capacity(hashes.len());
    all.insert_range(..);
    verify_some(storage, hashes, &all, on_progress)
}

/// The same for these pieces only; the others are not read, and are not among those found.
pub(super) fn verify_some(
    storage: &dyn Storage,
    hashes: &[[u8; 20]],
    among: &FixedBitSet,
    mut on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<FixedBitSet>, StorageError> {
    let layout = storage.layout();
    assert_eq!(hashes.len(), layout.piece_count() as usize, "a hash a piece");
    let mut candidates = candidates(storage)?;
    candidates.intersect_with(among);
    let mut check = Check {
        hashes,
        hasher: PieceHasher::new(storage),
        found: FixedBitSet::with_capacity(hashes.len()),
    };
    let total = layout.total_length();
    let mut next = 0;
    while let Some(pieces) = next_run(&candidates, next, pieces_at_once(layout)) {
        next = pieces.end;
        // What was skipped is done with, too.
        let mut done = u64::from(pieces.start) * u64::from(layout.piece_length());
        let mut after_read = |bytes| {
            done = total.min(done + bytes);
            on_progress(Progress { done, total })
        };
        if check.check(pieces, &mut after_read)?.is_break() {
            return Ok(None);
        }
    }
    Ok(Some(check.found))
}

/// The pieces that can be there, going by the lengths of the files.
fn candidates(storage: &dyn Storage) -> Result<FixedBitSet, StorageError> {
    let layout = storage.layout();
    let mut candidates = FixedBitSet::with_capacity(layout.piece_count() as usize);
    candidates.insert_range(..);
    let mut start = 0;
    for (index, file) in layout.files().iter().enumerate() {
        let end = start + file.length;
        let stored = storage.stamp(index)?.map_or(0, |stamp| stamp.length.min(file.length));
        if stored < file.length && !storage.is_apart(index) {
            let piece_length = u64::from(layout.piece_length());
            // Numbers of pieces, so they fit.
            let first = ((start + stored) / piece_length) as usize;
            let beyond = end.div_ceil(piece_length) as usize;
            candidates.remove_range(first..beyond);
        }
        start = end;
    }
    Ok(candidates)
}

/// The next consecutive candidates from this piece on, at most so many.
fn next_run(candidates: &FixedBitSet, from: u32, pieces_max: u32) -> Option<Range<u32>> {
    let count = candidates.len() as u32;
    let start = (from..count).find(|piece| candidates.contains(*piece as usize))?;
    let limit = count.min(start.saturating_add(pieces_max));
    let end = (start..limit).find(|piece| !candidates.contains(*piece as usize));
    Some(start..end.unwrap_or(limit))
}

struct Check<'a> {
    hashes: &'a [[u8; 20]],
    hasher: PieceHasher<'a>,
    found: FixedBitSet,
}

impl Check<'_> {
    fn check(
        &mut self,
        pieces: Range<u32>,
        after_read: AfterRead<'_>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let mut hashes = Vec::new();
        match self.hasher.hash(pieces.clone(), &mut hashes, after_read) {
            // A file was cut short since we looked. One piece is lost; those beside it may be there.
            Err(error) if error.is_absence() && pieces.len() > 1 => {
                self.check_one_by_one(pieces, after_read)
            }
            Err(error) if error.is_absence() => Ok(ControlFlow::Continue(())),
            Err(error) => Err(error),
            Ok(flow) => {
                self.note(pieces, &hashes);
                Ok(flow)
            }
        }
    }

    fn check_one_by_one(
        &mut self,
        pieces: Range<u32>,
        after_read: AfterRead<'_>,
    ) -> Result<ControlFlow<()>, StorageError> {
        for piece in pieces {
            if self.check(piece..piece + 1, after_read)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn note(&mut self, pieces: Range<u32>, hashes: &[[u8; 20]]) {
        for (piece, hash) in pieces.zip(hashes) {
            let piece = piece as usize;
            self.found.set(piece, self.hashes[piece] == *hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha1;
    use crate::storage::conformance::{layout_of, random_bytes};
    use crate::storage::{MemoryStorage, Stamp};
    use std::sync::Arc;

    const PIECE: u64 = 1_000;

    /// Two files that share the third of six pieces, all stored.
    fn complete() -> (MemoryStorage, Vec<[u8; 20]>) {
        let storage = MemoryStorage::new(Arc::new(layout_of(PIECE, &[2_500, 0, 3_100])));
        let bytes = random_bytes(1, 5_600);
        storage.write_at(0, &bytes).expect("room in memory");
        let hashes = bytes.chunks(PIECE as usize).map(sha1).collect();
        (storage, hashes)
    }

    fn found(storage: &MemoryStorage, hashes: &[[u8; 20]]) -> Vec<usize> {
        verify(storage, hashes, |_| ControlFlow::Continue(()))
            .expect("a readable storage")
            .expect("nobody stopped it")
            .ones()
            .collect()
    }

    #[test]
    fn all_is_found_where_all_is_there() {
        let (storage, hashes) = complete();
        assert_eq!(found(&storage, &hashes), [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_missing_file_costs_the_pieces_it_shares() {
        let (storage, hashes) = complete();
        storage.remove_file(0);
        assert_eq!(found(&storage, &hashes), [3, 4, 5]);
        storage.remove_file(2);
        storage.set_reads_fail(true);
        assert_eq!(found(&storage, &hashes), [0; 0]);
    }

    #[test]
    fn a_short_file_costs_the_pieces_beyond_its_end() {
        let (storage, hashes) = complete();
        storage.truncate_file(2, 1_499);
        assert_eq!(found(&storage, &hashes), [0, 1, 2]);
        storage.truncate_file(0, 2_000);
        assert_eq!(found(&storage, &hashes), [0, 1]);
    }

    #[test]
    fn a_wrong_byte_costs_its_piece_only() {
        let (storage, mut hashes) = complete();
        storage.write_at(3_999, b"!").expect("room in memory");
        hashes[0] = [0; 20];
        assert_eq!(found(&storage, &hashes), [1, 2, 4, 5]);
    }

    #[test]
    fn a_torrent_of_empty_files_has_nothing_to_find() {
        let storage = MemoryStorage::new(Arc::new(layout_of(PIECE, &[0, 0])));
        assert_eq!(found(&storage, &[]), [0; 0]);
    }

    #[test]
    fn a_file_cut_short_behind_our_back_costs_what_was_cut() {
        struct Shrinking(MemoryStorage);
        impl Storage for Shrinking {
            fn layout(&self) -> &crate::metainfo::Layout {
                self.0.layout()
            }
            fn prepare(&self) -> Result<(), StorageError> {
                self.0.prepare()
            }
            fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
                let length = self.layout().files()[file].length;
                Ok(Some(Stamp { length, modified: 0 }))
            }
            fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
                self.0.read_at(offset, buffer)
            }
            fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
                self.0.write_at(offset, bytes)
            }
            fn sync(&self, file: usize) -> Result<(), StorageError> {
                self.0.sync(file)
            }
            fn remove(&self, file: usize) -> Result<(), StorageError> {
                self.0.remove(file)
            }
        }
        let (storage, hashes) = complete();
        storage.truncate_file(2, 1_600);
        let found = verify(&Shrinking(storage), &hashes, |_| ControlFlow::Continue(()))
            .map(|found| found.map(|found| found.ones().collect()));
        assert_eq!(found, Ok(Some(vec![0, 1, 2, 3])));
    }

    #[test]
    fn a_failing_disk_is_an_error_and_not_an_absence() {
        let (storage, hashes) = complete();
        storage.set_reads_fail(true);
        let result = verify(&storage, &hashes, |_| ControlFlow::Continue(()));
        assert!(matches!(result, Err(StorageError::Other { .. })));
    }

    #[test]
    fn progress_rises_to_the_whole_and_can_break_off() {
        let length = 10 << 20;
        let storage = MemoryStorage::new(Arc::new(layout_of(1 << 20, &[length])));
        storage.write_at(0, &vec![0; length as usize]).expect("room in memory");
        let hashes = vec![sha1(&vec![0; 1 << 20]); 10];
        let mut seen = Vec::new();
        let found = verify(&storage, &hashes, |progress| {
            seen.push(progress.done >> 20);
            ControlFlow::Continue(())
        });
        assert_eq!(found.map(|found| found.map(|f| f.count_ones(..))), Ok(Some(10)));
        assert_eq!(seen, [4, 8, 10]);
        let stopped = verify(&storage, &hashes, |_| ControlFlow::Break(()));
        assert_eq!(stopped, Ok(None));
    }
}
