//! One disk thread.

use super::backlog::{Load, READS_MAX};
use super::bell::Bell;
use super::job::{Answer, Job, JobOrigin, Outcome, Work};
use super::spare::SpareBuffers;
use crate::hash::{sha1, sha1_each};
use crate::metainfo::{Block, PieceIndex};
use crate::storage::{Progress, Storage, StorageError, stamps_of};
use crate::swarm::SparePieces;
use crossbeam_channel::{Receiver, Sender, never, select};
use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What one thread takes on at a time.
pub(super) enum Task {
    Job(Job),
    /// Pieces to be stored, which are hashed together.
    Pieces(Vec<Job>),
}

impl Task {
    pub(super) fn is_check(&self) -> bool {
        matches!(self, Task::Job(job) if Load::of(&job.work) == Load::Check)
    }
}

/// What one thread has at hand.
pub(super) struct Worker {
    /// What someone waits for.
    pub(super) jobs: Receiver<Task>,
    /// What takes long; `None` for the thread that is kept free of it.
    pub(super) checks: Option<Receiver<Task>>,
    pub(super) replies: Replies,
    pub(super) spare: SpareBuffers,
    pub(super) pieces: SparePieces,
    pub(super) stopping: Arc<AtomicBool>,
    /// How many threads check one torrent, this one included.
    pub(super) check_threads: usize,
}

/// What all workers of a disk share.
pub(super) struct Workshop {
    pub(super) jobs: Receiver<Task>,
    pub(super) checks: Receiver<Task>,
    pub(super) sender: Sender<Reply>,
    pub(super) bell: Arc<Bell>,
    pub(super) spare: SpareBuffers,
    pub(super) pieces: SparePieces,
    pub(super) stopping: Arc<AtomicBool>,
    pub(super) check_threads: usize,
}

impl Workshop {
    /// One more worker, who also takes on what takes long or does not.
    pub(super) fn worker(&self, takes_checks: bool) -> Worker {
        Worker {
            jobs: self.jobs.clone(),
            checks: takes_checks.then(|| self.checks.clone()),
            replies: Replies { sender: self.sender.clone(), bell: self.bell.clone() },
            spare: self.spare.clone(),
            pieces: self.pieces.clone(),
            stopping: self.stopping.clone(),
            check_threads: self.check_threads,
        }
    }
}

/// An answer, and what its job takes off the backlog with it.
pub(super) struct Reply {
    pub(super) answer: Answer,
    pub(super) releases: Load,
}

/// The way back to the loop.
pub(super) struct Replies {
    sender: Sender<Reply>,
    bell: Arc<Bell>,
}

impl Replies {
    fn send(&self, origin: JobOrigin, outcome: Outcome, releases: Load) {
        let answer = Answer { origin, outcome };
        // Nobody listens only when the disk itself is gone.
        if self.sender.send(Reply { answer, releases }).is_ok() {
            self.bell.ring();
        }
    }
}

impl Worker {
    /// Works until both lanes have ended.
    pub(super) fn run(self) {
        let no_checks = never();
        let checks = self.checks.as_ref().unwrap_or(&no_checks);
        loop {
            // Between the two the choice is by lot, so neither starves the other.
            let task = select! {
                recv(self.jobs) -> task => task,
                recv(checks) -> check => check,
            };
            match task {
                Ok(task) => self.take_on(task),
                Err(_) => break,
            }
        }
        // One lane has ended, so the other one has or is about to.
        self.jobs.iter().for_each(|task| self.take_on(task));
        if self.checks.is_some() {
            checks.iter().for_each(|task| self.take_on(task));
        }
    }

    /// Does the next job, if there is one.
    pub(super) fn do_one(&self) {
        let check = || self.checks.as_ref().and_then(|checks| checks.try_recv().ok());
        if let Some(task) = self.jobs.try_recv().ok().or_else(check) {
            self.take_on(task);
        }
    }

    fn take_on(&self, task: Task) {
        match task {
            Task::Job(job) => {
                if !self.is_stopping() || !matches!(job.work, Work::Read(_)) {
                    self.answer(job, sha1);
                }
            }
            Task::Pieces(jobs) => {
                let pieces: Vec<&[u8]> = jobs.iter().map(|job| job.work.piece_bytes()).collect();
                let hashes = sha1_each(&pieces);
                for (job, hash) in jobs.into_iter().zip(hashes) {
                    self.answer(job, |_| hash);
                }
            }
        }
    }

    /// Does the job and answers it, even if the storage panics. `hash` tells the SHA-1 of a piece.
    fn answer(&self, job: Job, hash: impl FnOnce(&[u8]) -> [u8; 20]) {
        let done = catch_unwind(AssertUnwindSafe(|| self.perform(&job, hash)));
        let outcome = done.unwrap_or_else(|panic| {
            let message = message_of(&*panic);
            log::error!("{job:?} broke down: {message}");
            job.work.failed(StorageError::Broken { message })
        });
        let (origin, load) = (job.origin, Load::of(&job.work));
        // Whoever takes the answer may count on the job's storage and bytes being let go.
        let Job { work, storage, resume, .. } = job;
        drop((storage, resume));
        if let Work::Store { data, .. } = work {
            self.pieces.put(data);
        }
        self.replies.send(origin, outcome, load);
    }

    fn perform(&self, job: &Job, hash: impl FnOnce(&[u8]) -> [u8; 20]) -> Outcome {
        let storage = &*job.storage;
        match &job.work {
            Work::Read(block) => {
                Outcome::Read { block: *block, result: self.read(storage, *block) }
            }
            Work::Store { piece, data, expected } => store(job, *piece, data, expected, hash),
            Work::Check { hashes, selection, cancel } => {
                let arranged = selection.as_ref().map_or(Ok(()), |chosen| storage.select(chosen));
                match arranged {
                    Ok(()) => self.check(job, hashes, cancel),
                    Err(error) => Outcome::Checked(Err(error)),
                }
            }
            Work::Remember(have) => {
                let stamps = stamps_of(storage);
                let begun = stamps.map(|stamps| job.resume.begin_with(have.clone(), stamps));
                Outcome::Remembered(begun)
            }
            Work::Arrange(chosen) => Outcome::Arranged(job.resume.select(storage, chosen)),
            Work::Look => Outcome::Looked(job.resume.look(storage)),
            Work::Do(what) => Outcome::Done(what().map_err(|error| error.to_string())),
            Work::Sync => Outcome::Synced(job.resume.sync(storage)),
        }
    }

    fn read(&self, storage: &dyn Storage, block: Block) -> Result<Vec<u8>, StorageError> {
        let mut bytes = self.spare.take(block.length() as usize);
        let start = storage.layout().block_start(block);
        storage.read_at(start, &mut bytes).map(|()| bytes)
    }

    fn check(&self, job: &Job, hashes: &[[u8; 20]], cancel: &AtomicBool) -> Outcome {
        let must_end = || self.is_stopping() || cancel.load(Ordering::Relaxed);
        if must_end() {
            return Outcome::CheckStopped;
        }
        let mut percent = 0;
        let found = job.resume.recall(&*job.storage, hashes, self.check_threads, |progress| {
            if percent < percent_of(progress) {
                percent = percent_of(progress);
                let outcome = Outcome::Checking(progress);
                self.replies.send(job.origin, outcome, Load::Nothing);
            }
            self.do_what_waits();
            match must_end() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        match found {
            Ok(Some(found)) => Outcome::Checked(Ok(found)),
            Ok(None) => Outcome::CheckStopped,
            Err(error) => Outcome::Checked(Err(error)),
        }
    }

    /// Lets go of a check for a moment. Bounded, so that the check comes on, too.
    fn do_what_waits(&self) {
        let jobs = self.jobs.try_iter().take(READS_MAX);
        jobs.for_each(|task| self.take_on(task));
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

/// Writes a piece if it is the right one, which `hash` tells of its bytes.
pub(super) fn store(
    job: &Job,
    piece: PieceIndex,
    data: &[u8],
    expected: &[u8; 20],
    hash: impl FnOnce(&[u8]) -> [u8; 20],
) -> Outcome {
    let whole = data.len() == job.storage.layout().piece_size(piece) as usize;
    if !whole || hash(data) != *expected {
        return Outcome::Corrupt { piece, data: data.to_vec() };
    }
    match job.resume.write(&*job.storage, piece, data) {
        Ok(()) => Outcome::Stored(piece),
        Err(error) => Outcome::NotStored { piece, error },
    }
}

fn percent_of(progress: Progress) -> u64 {
    // In 128 bits, since a hundred times the whole may not fit in 64.
    let percent = u128::from(progress.done) * 100 / u128::from(progress.total.max(1));
    percent as u64
}

/// What a panic said.
fn message_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let message = text.or_else(|| panic.downcast_ref::<String>().cloned());
    message.unwrap_or_else(|| "without a word".into())
}
