//! The threads that read, write and hash, so that the engine's loop never waits for a disk.
//!
//! [`Job`]s go in and [`Answer`]s come out, in no particular order; neither call blocks. When an
//! answer is ready and the loop may be asleep, it is woken through a callback of its own making.
//!
//! One thread only reads, stores and syncs; the others also check whole torrents, each one torrent
//! at a time, and do what else is waiting after every MiB. Each is helped by threads for all cores, which
//! pause while it does something else. So neither a long check nor many of them hold up what peers
//! wait for.
//!
//! Where there are to be no threads, the one that polls for answers does the jobs ([`Disk::in_line`]).
//!
//! What is in memory already is read by the loop itself, which saves two wakes for each block
//! ([`Disk::read_at_once`], `at_once`); the threads read what is not.
//!
//! How much is under way is bounded by numbers and by bytes ([`READS_MAX`] and its siblings),
//! counted from the moment a job is taken until its answer is. A job beyond a bound is handed back.

mod at_once;
mod backlog;
mod bell;
mod gathering;
mod job;
pub(in crate::engine) mod looking;
mod mending;
mod spare;
mod waiting;
pub(in crate::engine) mod work;
mod worker;

pub(in crate::engine) use at_once::Wanted;
pub use backlog::{CHECKS_MAX, READS_MAX, STORE_BYTES_MAX, STORES_MAX, SYNCS_MAX};
pub use job::{Answer, Job, JobOrigin, Outcome, Work};
pub use spare::SpareBuffers;
pub(in crate::engine) use waiting::WaitingJobs;

use crate::hash;
use crate::metainfo::Block;
use crate::storage::{Storage, hashing_threads};
use crate::swarm::SparePieces;
use backlog::{Backlog, Load};
use bell::Bell;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use gathering::Gathering;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;
use worker::{Reply, Task, Worker, Workshop};

/// How many threads unless told otherwise: one that is never busy with a check, and one that may be.
pub const DISK_THREADS: usize = 2;

/// Wakes the loop. Called from disk threads; it must not block.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The loop's end of the disk threads.
pub struct Disk {
    /// `None` once stopped.
    lanes: Option<Lanes>,
    /// Who does the jobs if no thread does.
    in_line: Option<Worker>,
    /// Unbounded by itself: every answer belongs to a counted job, and a check reports progress at
    /// most a hundred times.
    replies: Receiver<Reply>,
    bell: Arc<Bell>,
    backlog: Backlog,
    /// Pieces that wait for each other.
    gathering: Gathering<Job>,
    spare: SpareBuffers,
    stopping: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Where jobs go in. Never full: their capacity is what the backlog admits.
struct Lanes {
    jobs: Sender<Task>,
    checks: Sender<Task>,
}

impl Disk {
    /// Starts so many threads, at least one. `wake` is called when an answer is ready and
    /// [`poll_answer`](Self::poll_answer) has said since the last call that there was none.
    ///
    /// Blocks are read into spare buffers, as far as there are any. The memory of pieces becomes
    /// spare when they are stored.
    ///
    /// Fails when the system refuses a thread.
    pub fn start(
        threads: usize,
        wake: Wake,
        spare: &SpareBuffers,
        pieces: &SparePieces,
    ) -> io::Result<Self> {
        let (mut disk, mut workshop) = Disk::new(wake, spare, pieces, hash::lanes());
        let threads = threads.max(1);
        let checks_at_once = (threads - 1).max(1);
        workshop.check_threads = (hashing_threads() / checks_at_once).max(1);
        for index in 0..threads {
            let worker = workshop.worker(index > 0 || threads == 1);
            let builder = thread::Builder::new().name(format!("disk-{index}"));
            // If this fails, dropping the disk ends the threads that did start.
            disk.threads.push(builder.spawn(move || worker.run())?);
        }
        Ok(disk)
    }

    /// Starts no thread: jobs are done on the thread that polls for answers, which blocks for as long
    /// as that takes; checks after everything else, and otherwise in the order in which they came.
    pub fn in_line(spare: &SpareBuffers, pieces: &SparePieces) -> Self {
        let (mut disk, workshop) = Disk::new(Arc::new(|| {}), spare, pieces, 1);
        disk.in_line = Some(workshop.worker(true));
        disk
    }

    /// A disk for which nobody works yet, and what workers need. So many pieces are worth hashing
    /// together.
    fn new(
        wake: Wake,
        spare: &SpareBuffers,
        pieces: &SparePieces,
        width: usize,
    ) -> (Self, Workshop) {
        let (jobs, jobs_out) = bounded(READS_MAX + STORES_MAX + SYNCS_MAX);
        let (checks, checks_out) = bounded(CHECKS_MAX);
        let (sender, replies) = unbounded();
        let bell = Arc::new(Bell::new(wake));
        let stopping = Arc::new(AtomicBool::new(false));
        let disk = Disk {
            lanes: Some(Lanes { jobs, checks }),
            in_line: None,
            replies,
            bell: Arc::clone(&bell),
            backlog: Backlog::default(),
            gathering: Gathering::new(width),
            spare: spare.clone(),
            stopping: Arc::clone(&stopping),
            threads: Vec::new(),
        };
        let (spare, pieces) = (spare.clone(), pieces.clone());
        let workshop = Workshop {
            jobs: jobs_out,
            checks: checks_out,
            sender,
            bell,
            spare,
            pieces,
            stopping,
            check_threads: 1,
        };
        (disk, workshop)
    }

    /// Takes a job on, or hands it back when as many of its kind are under way as may be: try again
    /// after an answer. A piece may [wait](Self::next_timeout) for others. Never blocks.
    pub fn try_submit(&mut self, job: Job, now: Instant) -> Result<(), Job> {
        let load = Load::of(&job.work);
        if self.lanes.is_none() || !self.backlog.admits(load) {
            return Err(job);
        }
        self.backlog.add(load);
        match load {
            Load::Store { bytes } => {
                let together = self.gathering.add(now, job, bytes);
                self.send_on(together);
            }
            _ => self.send(Task::Job(job)),
        }
        Ok(())
    }

    /// When pieces that wait for others are due.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.gathering.next_timeout()
    }

    /// Has the pieces stored that have waited for others long enough.
    pub fn handle_timeout(&mut self, now: Instant) {
        let together = self.gathering.take_due(now);
        self.send_on(together);
    }

    fn send_on(&self, mut pieces: Vec<Job>) {
        match pieces.len() {
            0 => {}
            1 => pieces.drain(..).for_each(|piece| self.send(Task::Job(piece))),
            _ => self.send(Task::Pieces(pieces)),
        }
    }

    fn send(&self, task: Task) {
        let Some(lanes) = &self.lanes else { return };
        let lane = if task.is_check() { &lanes.checks } else { &lanes.jobs };
        // There is room for all that the backlog admits.
        assert!(lane.try_send(task).is_ok(), "lanes are never full");
    }

    /// The bytes of this block if the storage has them at hand, as most have that many ask for.
    /// Otherwise submit a job. Never blocks.
    pub fn read_at_once(&self, storage: &dyn Storage, block: Block) -> Option<Vec<u8>> {
        let mut bytes = self.spare.take(block.length() as usize);
        let start = storage.layout().block_start(block);
        match storage.read_at_once(start, &mut bytes) {
            true => Some(bytes),
            false => {
                self.spare.put(bytes);
                None
            }
        }
    }

    /// The next answer. `None` means there is none yet, and that `wake` will be called when
    /// there is: poll until then before going to sleep. Never blocks.
    pub fn poll_answer(&mut self) -> Option<Answer> {
        let reply = self.replies.try_recv().ok().or_else(|| {
            if let Some(worker) = &self.in_line {
                worker.do_one();
            }
            self.bell.rearm();
            // One may have come in just before, and not rung.
            self.replies.try_recv().ok()
        })?;
        self.backlog.remove(reply.releases);
        Some(reply.answer)
    }

    /// Whether jobs are done in the order in which they came.
    pub(in crate::engine) fn is_in_line(&self) -> bool {
        self.in_line.is_some()
    }

    /// Whether [`poll_answer`](Self::poll_answer) has an answer as soon as it is called, which only a
    /// disk [in line](Self::in_line) is sure of.
    pub fn has_work(&self) -> bool {
        self.in_line.is_some() && self.pending() > 0
    }

    /// How many jobs are under way: taken on, and not yet answered by
    /// [`poll_answer`](Self::poll_answer).
    pub fn pending(&self) -> usize {
        self.backlog.jobs()
    }

    /// Ends the threads: everything to be stored or synced is, checks end where they are, and reads
    /// nobody will send any more are left undone. Returns the answers that were not polled yet.
    ///
    /// Blocks until the last write is done.
    pub fn stop(mut self) -> Vec<Answer> {
        self.join();
        self.replies.try_iter().map(|reply| reply.answer).collect()
    }

    /// Does a job that there was no room for on this thread, at the end, if it is a piece to be
    /// stored. Blocks.
    pub fn store_now(job: &Job) -> Option<Outcome> {
        match &job.work {
            Work::Store { piece, data, expected } => {
                Some(worker::store(job, *piece, data, expected, hash::sha1))
            }
            _ => None,
        }
    }

    fn join(&mut self) {
        let together = self.gathering.take_all();
        self.send_on(together);
        self.stopping.store(true, Ordering::Relaxed);
        // With their senders gone, the lanes end after what is in them.
        self.lanes = None;
        if let Some(worker) = self.in_line.take() {
            worker.run();
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                log::error!("a disk thread broke down");
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.join();
    }
}

#[cfg(test)]
mod tests;
