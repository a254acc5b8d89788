//! Which pieces are already there.

use super::hashing::{Crew, Progress, bytes_of, threads};
use super::{Storage, StorageError};
use fixedbitset::FixedBitSet;
use std::ops::ControlFlow;

/// Reads what is stored and tells which pieces match their hashes; `None` if `on_progress` broke it
/// off.
///
/// A piece whose file is missing or ends before it is not there, and is not read; that is no error.
/// All cores share the work, each thread with about 1 MiB. `on_progress` is called on the thread of the
/// caller after each of its reads, and at the end; the others wait until it returns. Blocks for as
/// long as the disk takes.
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
    verify_some(storage, hashes, &all, threads(), on_progress)
}

/// The same for these pieces only, on at most so many threads; the others are not read, and are not
/// among those found. Where nothing is read, nothing is heard of progress.
pub(super) fn verify_some(
    storage: &dyn Storage,
    hashes: &[[u8; 20]],
    among: &FixedBitSet,
    threads: usize,
    mut on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<FixedBitSet>, StorageError> {
    let layout = storage.layout();
    assert_eq!(hashes.len(), layout.piece_count() as usize, "a hash a piece");
    let mut candidates = candidates(storage)?;
    candidates.intersect_with(among);
    // Numbers of pieces fit in 32 bits.
    let pieces: Vec<u32> = candidates.ones().map(|piece| piece as u32).collect();
    let length_of = |piece: &u32| bytes_of(layout, *piece).end - bytes_of(layout, *piece).start;
    let total = layout.total_length();
    // What is not read is done with, too.
    let skipped = total - pieces.iter().map(length_of).sum::<u64>();
    let mut told = skipped;
    let judge = |piece: u32, hash| {
        // A file may be cut short after we looked.
        Ok::<_, StorageError>(hash == Ok(hashes[piece as usize]))
    };
    let crew = Crew { storage, pieces: &pieces, judge };
    let right = crew.hash(threads, &mut |done| {
        told = skipped + done;
        on_progress(Progress { done: told, total })
    })?;
    let Some(right) = right else { return Ok(None) };
    // Others may have read the last bytes.
    if told < total && on_progress(Progress { done: total, total }).is_break() {
        return Ok(None);
    }
    let found = pieces.iter().zip(right).filter(|(_, right)| *right);
    let mut have = FixedBitSet::with_capacity(hashes.len());
    have.extend(found.map(|(piece, _)| *piece as usize));
    Ok(Some(have))
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
    fn holes_are_not_read_and_neither_miss_nor_move_what_lies_behind_them() {
        let (storage, hashes) = complete();
        let mut some = FixedBitSet::with_capacity(6);
        some.extend([0, 2, 3, 5]);
        let mut seen = Vec::new();
        let found = verify_some(&storage, &hashes, &some, 2, |progress| {
            seen.push((progress.done, progress.total));
            ControlFlow::Continue(())
        });
        assert_eq!(found, Ok(Some(some)));
        assert_eq!(seen, [(5_600, 5_600)]);
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
        assert!(seen.is_sorted(), "{seen:?}");
        assert_eq!(seen.last(), Some(&10));
        let stopped = verify(&storage, &hashes, |_| ControlFlow::Break(()));
        assert_eq!(stopped, Ok(None));
    }
}
