//! From swarms to the disk and back.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::engine::disk::{Disk, Job, JobOrigin, Outcome, WaitingJobs, Work};
use crate::engine::keeping::Session;
use crate::engine::network::transport::SocketId;
use crate::engine::peers::Role;
use crate::engine::torrent::{State, Torrent};
use crate::engine::{Engine, Event, TorrentId};
use crate::metainfo::{Block, PieceIndex, Selection};
use crate::storage::StorageError;
use crate::swarm::ReadFailed;

/// Find out which pieces are there.
pub(in crate::engine) fn check(torrent: &Torrent) -> Job {
    let cancel = match &torrent.state {
        State::Checking { cancel, .. } => cancel.clone(),
        _ => Arc::new(AtomicBool::new(false)),
    };
    let hashes = torrent.metainfo.piece_hashes().into();
    let selection = torrent.selection.clone();
    job(torrent, 0, Work::Check { hashes, selection, cancel })
}

pub(in crate::engine) fn read(torrent: &Torrent, socket: SocketId, block: Block) -> Job {
    job(torrent, socket.to_u64(), Work::Read(block))
}

pub(in crate::engine) fn store(torrent: &Torrent, piece: PieceIndex, data: Vec<u8>) -> Job {
    let expected = *torrent.metainfo.piece_hash(piece);
    job(torrent, 0, Work::Store { piece, data, expected })
}

/// Note that these pieces are there.
pub(in crate::engine) fn remember(torrent: &Torrent, have: FixedBitSet) -> Job {
    job(torrent, 0, Work::Remember(have))
}

/// Keep apart what is skipped.
pub(in crate::engine) fn arrange(torrent: &Torrent, selection: Selection) -> Job {
    job(torrent, 0, Work::Arrange(selection))
}

/// Write what is to be kept for the next run.
pub(in crate::engine) fn keep(torrent: &Torrent, session: Arc<Session>) -> Job {
    job(torrent, 0, Work::Do(Arc::new(move || session.write())))
}

/// See whether its files are as they were left.
pub(in crate::engine) fn look(torrent: &Torrent) -> Job {
    job(torrent, 0, Work::Look)
}

fn job(torrent: &Torrent, connection: u64, work: Work) -> Job {
    let origin = JobOrigin { torrent: torrent.id.get(), connection };
    let (storage, resume) = (torrent.storage.clone(), torrent.resume.clone());
    Job { origin, storage, resume, work }
}

/// Has everything stored that was received, and ends the disk threads. Blocks.
pub(in crate::engine) fn stop(disk: Disk, waiting: &WaitingJobs) {
    let waiting = waiting.iter().map(|job| (job.origin, Disk::store_now(job)));
    let waiting: Vec<_> = waiting.collect();
    let answered = disk.stop().into_iter().map(|answer| (answer.origin, Some(answer.outcome)));
    for (origin, outcome) in answered.chain(waiting) {
        if let Some(Outcome::NotStored { error, .. }) = outcome {
            log::warn!("torrent {}: {error}", origin.torrent);
        }
    }
}

impl Engine {
    /// Gives the disk a job now, or as soon as it has room.
    pub(in crate::engine) fn submit(&mut self, job: Job) {
        let now = self.now();
        self.waiting_jobs.submit(job, |job| self.disk.try_submit(job, now));
    }

    fn submit_waiting(&mut self, now: Instant) {
        self.waiting_jobs.submit_all(|job| self.disk.try_submit(job, now));
    }

    /// Hands every answer of the disk to its torrent.
    pub(in crate::engine) fn hear_disk(&mut self, now: Instant) {
        self.disk.handle_timeout(now);
        while let Some(answer) = self.disk.poll_answer() {
            let id = TorrentId(answer.origin.torrent);
            self.on_answer(id, answer.origin.connection, answer.outcome, now);
            self.submit_waiting(now);
            self.settle(id, now);
        }
    }

    fn on_answer(&mut self, id: TorrentId, origin: u64, outcome: Outcome, now: Instant) {
        match outcome {
            Outcome::Read { block, result } => {
                self.on_read(id, SocketId::from_u64(origin), block, result, now);
            }
            Outcome::Stored(piece) => self.on_stored(id, piece, now),
            Outcome::Corrupt { piece, data } => {
                let Some(torrent) = self.torrents.get_mut(&id) else { return };
                torrent.trouble.on_storing_ended();
                if let Some(swarm) = torrent.swarm() {
                    swarm.piece_corrupt(now, piece, &data);
                }
            }
            Outcome::NotStored { piece, error } => {
                // What came when it was wanted no longer is let go of.
                if !matches!(error, StorageError::Skipped { .. }) {
                    self.disk_failed(id, &error, now);
                }
                let Some(torrent) = self.torrents.get_mut(&id) else { return };
                torrent.trouble.on_storing_ended();
                if let Some(swarm) = torrent.swarm() {
                    swarm.piece_not_stored(now, piece);
                }
            }
            Outcome::Checking(progress) => {
                if let Some(torrent) = self.torrents.get_mut(&id)
                    && let State::Checking { fraction, .. } = &mut torrent.state
                {
                    *fraction = progress.done as f64 / progress.total.max(1) as f64;
                }
            }
            Outcome::Checked(result) => self.on_checked(id, result, now),
            Outcome::CheckStopped => {}
            Outcome::Remembered(result) => {
                if let Err(error) = result {
                    self.disk_failed(id, &error, now);
                }
            }
            Outcome::Arranged(result) => {
                if let Err(error) = result {
                    self.disk_failed(id, &error, now);
                }
            }
            Outcome::Looked(result) => self.on_looked(id, result, now),
            Outcome::Done(Ok(())) => {}
            Outcome::Done(Err(reason)) => {
                log::warn!("cannot keep torrent {id} for the next run: {reason}");
            }
            Outcome::Synced(result) => self.on_synced(id, result, now),
        }
    }

    /// A block has come for a peer, or not.
    pub(in crate::engine) fn on_read(
        &mut self,
        id: TorrentId,
        socket: SocketId,
        block: Block,
        result: Result<Vec<u8>, StorageError>,
        now: Instant,
    ) {
        let Some(Role::Peer { connection, .. }) = self.transport.role(socket) else { return };
        let connection = *connection;
        let data = match result {
            Ok(data) => Ok(data),
            Err(error) => {
                self.disk_failed(id, &error, now);
                Err(ReadFailed)
            }
        };
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if data.is_ok() {
            torrent.disk_works();
            torrent.looking.on_read(now);
        }
        if let Some(swarm) = torrent.swarm() {
            swarm.block_read(now, connection, block, data);
        }
    }

    fn on_stored(&mut self, id: TorrentId, piece: PieceIndex, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        torrent.trouble.on_storing_ended();
        torrent.disk_works();
        torrent.saving.on_stored(now);
        if let Some(swarm) = torrent.swarm() {
            swarm.piece_stored(now, piece);
        }
    }

    fn on_synced(&mut self, id: TorrentId, result: Result<(), StorageError>, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        torrent.saving.on_saved();
        if let Err(error) = result {
            // It is tried again, together with what is stored until then.
            torrent.saving.on_stored(now);
            self.disk_failed(id, &error, now);
        }
    }

    /// Has what was stored made safe, if the time has come.
    pub(in crate::engine) fn save_if_due(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if torrent.saving.poll(now) {
            let sync = job(torrent, 0, Work::Sync);
            self.submit(sync);
        }
    }

    /// The last piece that is wanted is stored.
    pub(in crate::engine) fn on_finished(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        torrent.saving.hurry(now);
        self.spare_pieces.clear();
        self.events.push_back(Event::Finished { id });
    }

    /// The last piece is stored.
    pub(in crate::engine) fn on_complete(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        torrent.schedule.handle_complete(now);
        torrent.saving.hurry(now);
        self.spare_pieces.clear();
        self.events.push_back(Event::Completed { id });
    }
}
