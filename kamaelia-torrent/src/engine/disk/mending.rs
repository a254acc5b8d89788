//! What becomes of torrents whose disk fails: they wait, look again, and go on with what is left.
//!
//! When the time has come, everything known of the torrent's files is held against how they look.
//! Mostly nothing has changed, and the torrent goes on as it was. Otherwise only what can be vouched
//! for counts, and a swarm that knows no more than that takes over. Files that are seeded where they lie
//! and are not what they were are waited for: nothing is written to them.

use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::engine::disk::work;
use crate::engine::torrent::{Content, State, Torrent};
use crate::engine::{Engine, Event, TorrentId};
use crate::storage::{Recalled, StorageError};

impl Engine {
    /// Something could not be read or written: the torrent waits.
    pub(in crate::engine) fn disk_failed(
        &mut self,
        id: TorrentId,
        error: &StorageError,
        now: Instant,
    ) {
        let again = now + self.config.retry_after;
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if torrent.is_leaving() {
            return;
        }
        if let Some(swarm) = torrent.swarm() {
            swarm.pause(now);
        }
        let reason = error.to_string();
        if torrent.trouble.on_failed(&reason, again) {
            log::info!("torrent {id} waits for its disk: {reason}");
        }
    }

    /// Looks whether the disk works again, if the time has come.
    pub(in crate::engine) fn mend_if_due(&mut self, id: TorrentId, now: Instant) {
        let next = now + self.config.retry_after;
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        let waits = match &torrent.state {
            State::Checking { .. } => true,
            State::Running(swarm) => swarm.is_paused(),
            State::Hunting(_) | State::Failed(_) | State::Leaving(_) => false,
        };
        if !waits {
            // It would be due for ever.
            torrent.trouble.pass(now);
        } else if torrent.trouble.poll(now, next) {
            let check = work::check(torrent);
            self.submit(check);
        }
    }

    /// It is known what is on the disk, or why not.
    pub(in crate::engine) fn on_checked(
        &mut self,
        id: TorrentId,
        result: Result<Recalled, StorageError>,
        now: Instant,
    ) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        torrent.trouble.on_looked();
        if torrent.is_leaving() {
            return;
        }
        match result {
            Ok(recalled) => self.on_recalled(id, recalled, now),
            Err(error) if torrent.was_here || error.is_passing() => {
                self.disk_failed(id, &error, now);
            }
            Err(error) => torrent.state = State::Failed(error.to_string()),
        }
    }

    fn on_recalled(&mut self, id: TorrentId, recalled: Recalled, now: Instant) {
        log::info!("torrent {id}: {recalled}");
        let Some(mut torrent) = self.torrents.remove(&id) else { return };
        let Recalled { have, trusted, checked, .. } = recalled;
        if let Some(error) = torrent.spoilt(&have) {
            self.hold_back(&mut torrent);
            self.torrents.insert(torrent);
            return self.disk_failed(id, &error, now);
        }
        match &mut torrent.state {
            // The trouble is over when something has been read or written.
            State::Running(swarm) if *swarm.have() == have => swarm.resume(now),
            _ => {
                torrent.trouble.on_mended();
                self.end_swarm(&mut torrent);
                let swarm = self.make_swarm(&mut torrent, have);
                torrent.state = State::Running(Box::new(swarm));
                self.events.push_back(Event::Checked { id, trusted, checked });
            }
        }
        torrent.was_here = true;
        self.torrents.insert(torrent);
        // Somebody may have chosen otherwise meanwhile.
        self.arrange(id, now);
    }

    /// Ends its conversations; what it has sent and received counts on.
    fn end_swarm(&mut self, torrent: &mut Torrent) {
        for socket in torrent.take_sockets() {
            self.transport.close(socket);
        }
        torrent.keeping.add_run(torrent.standing());
    }

    /// Has nothing of it served, until the next look finds it whole.
    fn hold_back(&mut self, torrent: &mut Torrent) {
        if let State::Running(_) = torrent.state {
            self.end_swarm(torrent);
            torrent.state = State::checking();
        }
        torrent.was_here = true;
    }
}

impl Torrent {
    /// What is wrong with files that are only read from, if they are not what their torrent says: nobody
    /// but their owner can mend them.
    fn spoilt(&self, have: &FixedBitSet) -> Option<StorageError> {
        let Content::InPlace(_) = self.content else { return None };
        let missing = u32::try_from(have.zeroes().next()?).ok()?;
        let piece = self.metainfo.layout().piece(missing)?;
        let (place, _) = *self.storage.places_of(piece).first()?;
        Some(StorageError::ChangedMeanwhile { path: self.storage.path(place) })
    }
}
