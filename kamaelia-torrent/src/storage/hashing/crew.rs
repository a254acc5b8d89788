//! Several threads hash the pieces of one torrent.

use super::window::{Hashed, Window, pieces_at_once};
use crate::storage::{Storage, StorageError};
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

/// Threads that hash at once. So many are ahead of any disk, and hold 16 MiB together.
const THREADS_MAX: usize = 16;

/// Bytes worth a thread: a millisecond of work, against a twentieth of one for beginning a thread.
const BYTES_A_THREAD: u64 = 8 << 20;

/// How many threads suit this machine: one for each core and one more, which hashes while the others
/// wait for the disk.
pub(crate) fn threads() -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    (cores + 1).min(THREADS_MAX)
}

/// What comes of the pieces of a torrent.
pub(in crate::storage) struct Crew<'a, Judge> {
    pub(in crate::storage) storage: &'a dyn Storage,
    /// Which pieces, in order.
    pub(in crate::storage) pieces: &'a [u32],
    /// Called with each piece and its hash, or why it is not there; says what is to be known of it,
    /// or ends the work.
    pub(in crate::storage) judge: Judge,
}

impl<Judge, T> Crew<'_, Judge>
where
    Judge: Fn(u32, Hashed) -> Result<T, StorageError> + Sync,
    T: Send,
{
    /// Hashes on at most so many threads, the caller's being one of them. `on_done` is called on that
    /// one, now and then, with the bytes read so far, and may break it off: then the answer is `None`.
    /// The other threads wait until it returns.
    ///
    /// What comes of the pieces is in their order.
    pub(in crate::storage) fn hash(
        &self,
        threads: usize,
        on_done: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Option<Vec<T>>, StorageError> {
        let layout = self.storage.layout();
        let bytes = self.pieces.len() as u64 * u64::from(layout.piece_length());
        let worth = usize::try_from(bytes / BYTES_A_THREAD).unwrap_or(usize::MAX);
        let work = Work::default();
        let runs = thread::scope(|scope| {
            let help = || self.take_part(&work, &mut |_| work.wait_for_turn());
            // Where no more threads are to be had, those there are do all the work.
            let helpers: Vec<_> = (1..threads.min(worth))
                .map_while(|_| {
                    thread::Builder::new().name("hash".into()).spawn_scoped(scope, help).ok()
                })
                .collect();
            let mine = self.take_part(&work, &mut |done| {
                let _turn = work.turn();
                on_done(done)
            });
            let theirs = helpers.into_iter().map(|helper| {
                // A panic of a helper is ours.
                helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            // All of them are joined before the first error is told.
            let all: Vec<_> = std::iter::once(mine).chain(theirs).collect();
            all.into_iter().collect::<Result<Vec<_>, _>>()
        })?;
        Ok((!work.stop.into_inner()).then(|| in_order(runs.into_iter().flatten().collect())))
    }

    /// Hashes until nothing is left or someone says stop. Whoever fails says stop, too.
    fn take_part(
        &self,
        work: &Work,
        on_done: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<Run<T>>, StorageError> {
        let _stop = StopOnPanic(work);
        let part = self.hash_what_is_left(work, on_done);
        part.inspect_err(|_| work.stop())
    }

    fn hash_what_is_left(
        &self,
        work: &Work,
        on_done: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> Result<Vec<Run<T>>, StorageError> {
        let mut window = Window::new(self.storage);
        let mut runs = Vec::new();
        let step = pieces_at_once(self.storage.layout());
        loop {
            let start = work.next.fetch_add(step, Ordering::Relaxed).min(self.pieces.len());
            let pieces = &self.pieces[start..self.pieces.len().min(start + step)];
            if pieces.is_empty() {
                return Ok(runs);
            }
            let hashed = window.hash(pieces, &mut |bytes| {
                let done = work.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
                work.stop_if(on_done(done).is_break())
            });
            let ControlFlow::Continue(hashes) = hashed? else { return Ok(runs) };
            let judged = pieces.iter().zip(hashes).map(|(piece, hash)| (self.judge)(*piece, hash));
            runs.push((start, judged.collect::<Result<_, _>>()?));
        }
    }
}

/// What came of some pieces, and where in the list of pieces they begin.
type Run<T> = (usize, Vec<T>);

fn in_order<T>(mut runs: Vec<Run<T>>) -> Vec<T> {
    runs.sort_unstable_by_key(|(start, _)| *start);
    runs.into_iter().flat_map(|(_, run)| run).collect()
}

/// What the threads know of each other.
#[derive(Default)]
struct Work {
    /// The first piece of the list that nobody has taken on.
    next: AtomicUsize,
    done: AtomicU64,
    stop: AtomicBool,
    /// Held while the caller does something else, for which the helpers are to leave disk and cores.
    turn: Mutex<()>,
}

impl Work {
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

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_turn(&self) -> ControlFlow<()> {
        drop(self.turn());
        ControlFlow::Continue(())
    }
}

/// Has the others stop when a thread breaks down: the panic is told once all have ended.
struct StopOnPanic<'a>(&'a Work);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}
