//! The hashes of pieces as they are stored, with bounded memory and on all cores.
//!
//! - `window`: some pieces side by side, as far as a core hashes them at once.
//! - `crew`: several threads, each with a window, until all pieces are done.

mod crew;
mod window;

use super::{Storage, StorageError};
pub(super) use crew::Crew;
pub(crate) use crew::threads;
use std::ops::ControlFlow;
pub(super) use window::bytes_of;

/// How far a long job has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Bytes dealt with.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// The hashes of all pieces, for a new torrent; `None` if `on_progress` broke it off.
///
/// All cores share the work, and one thread more than there are cores: while it waits for the disk
/// the others hash. Each byte is read once, and each thread holds about 1 MiB. `on_progress` is called on
/// the thread of the caller: every MiB or so of its own, and at the end. Blocks for as long as it
/// takes. Fails when the storage is not complete ([`Storage::prepare`]), before the work or after
/// it: a file that changed its length meanwhile has no hash worth telling.
pub fn hash_pieces(
    storage: &dyn Storage,
    on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Vec<[u8; 20]>>, StorageError> {
    hash_pieces_with(storage, threads(), on_progress)
}

/// The same with this many threads at most, the caller's own being one of them. With one, what
/// `on_progress` hears is the same each time.
pub fn hash_pieces_with(
    storage: &dyn Storage,
    threads: usize,
    mut on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Vec<[u8; 20]>>, StorageError> {
    storage.prepare()?;
    let total = storage.layout().total_length();
    let pieces: Vec<u32> = (0..storage.layout().piece_count()).collect();
    let crew = Crew { storage, pieces: &pieces, judge: |_, hash| hash };
    let hashes = crew.hash(threads, &mut |done| on_progress(Progress { done, total }))?;
    if hashes.is_none() || on_progress(Progress { done: total, total }).is_break() {
        return Ok(None);
    }
    storage.prepare()?;
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{lanes, sha1};
    use crate::metainfo::Layout;
    use crate::storage::conformance::{layout_of, random_bytes};
    use crate::storage::{FileStorage, MemoryStorage, Stamp};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use window::BUFFER_LENGTH;

    fn filled(piece_length: u64, lengths: &[u64]) -> (MemoryStorage, Vec<u8>) {
        let storage = MemoryStorage::new(Arc::new(layout_of(piece_length, lengths)));
        let bytes = random_bytes(7, lengths.iter().sum::<u64>() as usize);
        storage.write_at(0, &bytes).expect("room in memory");
        (storage, bytes)
    }

    /// Counts the bytes that are read.
    struct Counting<'a> {
        storage: &'a MemoryStorage,
        read: AtomicU64,
    }

    impl Storage for Counting<'_> {
        fn layout(&self) -> &Layout {
            self.storage.layout()
        }

        fn prepare(&self) -> Result<(), StorageError> {
            self.storage.prepare()
        }

        fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
            self.storage.stamp(file)
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
            self.read.fetch_add(buffer.len() as u64, Ordering::Relaxed);
            self.storage.read_at(offset, buffer)
        }

        fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
            self.storage.write_at(offset, bytes)
        }

        fn sync(&self, file: usize) -> Result<(), StorageError> {
            self.storage.sync(file)
        }
        fn remove(&self, file: usize) -> Result<(), StorageError> {
            self.storage.remove(file)
        }
    }

    fn go_on(_: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn expected(bytes: &[u8], piece_length: usize) -> Vec<[u8; 20]> {
        bytes.chunks(piece_length).map(sha1).collect()
    }

    #[test]
    fn sizes_around_one_piece_hash_as_an_independent_computation_does() {
        for length in [0, 1, 262_143, 262_144, 262_145] {
            let (storage, bytes) = filled(262_144, &[length]);
            let hashes = hash_pieces(&storage, go_on);
            assert_eq!(hashes, Ok(Some(expected(&bytes, 262_144))), "{length}");
        }
    }

    #[test]
    fn many_small_pieces_come_out_in_order_across_files() {
        let (storage, bytes) = filled(1_000, &[9_000_123, 0, 1, 77]);
        let hashes = hash_pieces(&storage, go_on);
        assert_eq!(hashes, Ok(Some(expected(&bytes, 1_000))));
    }

    #[test]
    fn any_number_of_threads_gives_the_same_hashes_and_reads_each_byte_once() {
        let (storage, bytes) = filled(1 << 18, &[(33 << 20) + 5, 3]);
        for threads in [1, 2, 3, 16] {
            let storage = Counting { storage: &storage, read: AtomicU64::new(0) };
            let mut last = None;
            let hashes = hash_pieces_with(&storage, threads, |progress| {
                assert!(last <= Some(progress.done), "progress goes one way");
                last = Some(progress.done);
                ControlFlow::Continue(())
            });
            assert_eq!(hashes, Ok(Some(expected(&bytes, 1 << 18))), "{threads} threads");
            assert_eq!(last, Some(bytes.len() as u64), "the end is told");
            assert_eq!(storage.read.into_inner(), bytes.len() as u64, "{threads} threads");
        }
    }

    #[test]
    fn any_number_of_pieces_around_a_window_hashes_as_each_alone() {
        // Larger than a slice, and no multiple of anything.
        let piece = 66_001;
        for pieces in [1, lanes() - 1, lanes(), lanes() + 1, 3 * lanes()] {
            let (storage, bytes) = filled(piece as u64, &[(pieces * piece) as u64 - 1_000, 3]);
            let hashes = hash_pieces(&storage, go_on);
            assert_eq!(hashes, Ok(Some(expected(&bytes, piece))), "{pieces} pieces");
        }
    }

    #[test]
    fn a_piece_larger_than_the_buffer_is_hashed_part_by_part() {
        let piece = BUFFER_LENGTH * 2 + 5;
        let (storage, bytes) = filled(piece as u64, &[piece as u64 + 3]);
        let hashes = hash_pieces(&storage, go_on);
        assert_eq!(hashes, Ok(Some(expected(&bytes, piece))));
    }

    #[test]
    fn progress_never_passes_the_whole_and_can_break_off() {
        let (storage, bytes) = filled(1 << 20, &[20 << 20]);
        let mut seen = Vec::new();
        let hashes = hash_pieces(&storage, |progress| {
            seen.push(progress);
            ControlFlow::Break(())
        });
        assert_eq!(hashes, Ok(None));
        assert_eq!(seen.len(), 1, "nothing is told after it was broken off");
        assert_eq!(seen[0].total, bytes.len() as u64);
        assert!(seen[0].done <= seen[0].total);
    }

    #[test]
    fn a_failing_disk_ends_the_work_of_all_threads() {
        let (storage, _) = filled(1 << 20, &[20 << 20]);
        storage.set_reads_fail(true);
        let error = hash_pieces(&storage, go_on).expect_err("no bytes to hash");
        assert_eq!(error.to_string(), "cannot read 0: this was ordered to fail");
    }

    #[test]
    fn a_file_that_changes_its_size_meanwhile_is_told() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let path = root.path().join("f");
        for length in [10, 9 << 20, 11 << 20] {
            std::fs::write(&path, vec![1; 10 << 20]).expect("a file");
            let layout = Arc::new(layout_of(1 << 20, &[10 << 20]));
            let paths = vec![path.clone()];
            let storage = FileStorage::in_place(&Arc::default(), paths, layout);
            let file = std::fs::File::options().write(true).open(&path);
            let file = file.expect("it is there");
            let hashes = hash_pieces(&storage.expect("paths"), |_| {
                file.set_len(length).expect("a file");
                ControlFlow::Continue(())
            });
            let error = hashes.expect_err("what was hashed is not there any more");
            let told =
                matches!(error, StorageError::Truncated { .. } | StorageError::Changed { .. });
            assert!(told, "{error}");
        }
    }
}
