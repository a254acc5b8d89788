//! The hashes of pieces as they are stored, with bounded memory.

use super::{Storage, StorageError};
use crate::hash::{Sha1, sha1};
use crate::metainfo::Layout;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;

/// Bytes read at once: enough that the disk is not asked often, little enough that whoever waits
/// for its turn does not wait long. Larger pieces are hashed part by part.
const READ_LENGTH: u32 = 4 * 1024 * 1024;

/// Threads that hash at once. So many are ahead of any disk, and hold 64 MiB together.
const THREADS_MAX: usize = 16;

/// How far a long job has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Progress {
    /// Bytes dealt with.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Called after each read with the number of bytes; what it answers ends the work or lets it go on.
pub(super) type AfterRead<'a> = &'a mut dyn FnMut(u64) -> ControlFlow<()>;

/// A buffer, and how to hash pieces with it.
pub(super) struct PieceHasher<'a> {
    storage: &'a dyn Storage,
    buffer: Vec<u8>,
}

impl<'a> PieceHasher<'a> {
    pub(super) fn new(storage: &'a dyn Storage) -> Self {
        let length = storage.layout().total_length().min(READ_LENGTH.into());
        PieceHasher { storage, buffer: vec![0; length as usize] }
    }

    /// Appends the hashes of these pieces, at most [`pieces_at_once`] of them.
    pub(super) fn hash(
        &mut self,
        pieces: Range<u32>,
        hashes: &mut Vec<[u8; 20]>,
        after_read: AfterRead<'_>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let layout = self.storage.layout();
        let bytes = bytes_of(layout, &pieces);
        if bytes.end - bytes.start > u64::from(READ_LENGTH) {
            return self.hash_in_parts(bytes, hashes, after_read);
        }
        // No longer than the buffer, which fits in memory.
        let buffer = &mut self.buffer[..(bytes.end - bytes.start) as usize];
        self.storage.read_at(bytes.start, buffer)?;
        hashes.extend(buffer.chunks(layout.piece_length() as usize).map(sha1));
        Ok(after_read(buffer.len() as u64))
    }

    fn hash_in_parts(
        &mut self,
        bytes: Range<u64>,
        hashes: &mut Vec<[u8; 20]>,
        after_read: AfterRead<'_>,
    ) -> Result<ControlFlow<()>, StorageError> {
        let mut hasher = Sha1::default();
        for start in bytes.clone().step_by(READ_LENGTH as usize) {
            let length = (bytes.end - start).min(READ_LENGTH.into());
            let buffer = &mut self.buffer[..length as usize];
            self.storage.read_at(start, buffer)?;
            hasher.update(buffer);
            if after_read(length).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        hashes.push(hasher.finish());
        Ok(ControlFlow::Continue(()))
    }
}

/// How many pieces are hashed with one read: one, if it takes several.
pub(super) fn pieces_at_once(layout: &Layout) -> u32 {
    (READ_LENGTH / layout.piece_length()).max(1)
}

/// Where these pieces lie.
fn bytes_of(layout: &Layout, pieces: &Range<u32>) -> Range<u64> {
    let piece_length = u64::from(layout.piece_length());
    let end = u64::from(pieces.end) * piece_length;
    u64::from(pieces.start) * piece_length..end.min(layout.total_length())
}

/// The hashes of all pieces, for a new torrent; `None` if `on_progress` broke it off.
///
/// All cores share the work, and one thread more than there are cores: while it waits for the disk
/// the others hash. Each byte is read once, in order, and each thread holds 4 MiB at most.
/// `on_progress` is called on the thread of the caller: every few MiB, and at the end. Blocks for
/// as long as it takes. Fails when the storage is not complete ([`Storage::prepare`]), before the
/// work or after it: a file that changed its length meanwhile has no hash worth telling.
pub fn hash_pieces(
    storage: &dyn Storage,
    on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Vec<[u8; 20]>>, StorageError> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let layout = storage.layout();
    // More threads than reads would have nothing to do.
    let reads = layout.piece_count().div_ceil(pieces_at_once(layout)).max(1) as usize;
    hash_pieces_with(storage, (cores + 1).min(THREADS_MAX).min(reads), on_progress)
}

/// The same with this many threads, the caller's own being one of them. With one, what `on_progress`
/// hears is the same each time.
pub fn hash_pieces_with(
    storage: &dyn Storage,
    threads: usize,
    mut on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Option<Vec<[u8; 20]>>, StorageError> {
    storage.prepare()?;
    let work = SharedWork::default();
    let total = storage.layout().total_length();
    let runs = thread::scope(|scope| {
        let help = || work.take_part(storage, &mut |_| ControlFlow::Continue(()));
        // Where no more threads are to be had, those there are do all the work.
        let helpers: Vec<_> = (1..threads)
            .map_while(|_| {
                thread::Builder::new().name("hash".into()).spawn_scoped(scope, help).ok()
            })
            .collect();
        let mine = work.take_part(storage, &mut |done| on_progress(Progress { done, total }));
        let theirs = helpers.into_iter().map(|helper| {
            // A panic of a helper is ours.
            helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        // All of them are joined before the first error is told.
        let all: Vec<_> = std::iter::once(mine).chain(theirs).collect();
        all.into_iter().collect::<Result<Vec<_>, _>>()
    })?;
    if work.stop.into_inner() || on_progress(Progress { done: total, total }).is_break() {
        return Ok(None);
    }
    storage.prepare()?;
    Ok(Some(in_order(runs.concat())))
}

/// Consecutive pieces: the first one, and their hashes.
type Run = (u32, Vec<[u8; 20]>);

fn in_order(mut runs: Vec<Run>) -> Vec<[u8; 20]> {
    runs.sort_unstable_by_key(|(first, _)| *first);
    runs.into_iter().flat_map(|(_, hashes)| hashes).collect()
}

/// What the threads know of each other.
#[derive(Default)]
struct SharedWork {
    /// The first piece nobody has taken on.
    next: AtomicU32,
    done: AtomicU64,
    stop: AtomicBool,
}

impl SharedWork {
    /// Hashes until nothing is left or someone says stop. Whoever fails says stop, too.
    fn take_part(
        &self,
        storage: &dyn Storage,
        on_done: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<Run>, StorageError> {
        let mut hasher = PieceHasher::new(storage);
        let mut runs = Vec::new();
        while let Some(pieces) = self.next_pieces(storage.layout()) {
            let mut run = (pieces.start, Vec::new());
            let hashed = hasher.hash(pieces, &mut run.1, &mut |bytes| {
                let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
                self.stop_if(on_done(done).is_break())
            });
            if hashed.inspect_err(|_| self.stop())?.is_break() {
                break;
            }
            runs.push(run);
        }
        Ok(runs)
    }

    fn next_pieces(&self, layout: &Layout) -> Option<Range<u32>> {
        let (count, step) = (layout.piece_count(), pieces_at_once(layout));
        let next = |next: u32| (next < count).then(|| next.saturating_add(step).min(count));
        let relaxed = Ordering::Relaxed;
        let start = self.next.fetch_update(relaxed, relaxed, next).ok()?;
        Some(start..start.saturating_add(step).min(count))
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Says stop if there is reason to; tells whether anyone has.
    fn stop_if(&self, reason: bool) -> ControlFlow<()> {
        if reason {
            self.stop();
        }
        match self.stop.load(Ordering::Relaxed) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::conformance::{layout_of, random_bytes};
    use crate::storage::{FileStorage, MemoryStorage, Stamp};
    use std::sync::Arc;

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
    fn a_piece_larger_than_the_buffer_is_hashed_part_by_part() {
        let piece = READ_LENGTH as usize * 2 + 5;
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
