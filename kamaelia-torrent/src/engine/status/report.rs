//! What is said of torrents: how they stand, and when they do something else.

use std::time::Instant;

use crate::engine::status::{Activity, Status};
use crate::engine::torrent::{State, Torrent};
use crate::engine::{Engine, Event, TorrentId};

impl Engine {
    /// Tells what a torrent does, if that is news. Every input to a torrent ends here, so no change
    /// that lasts is passed over, whatever has caused it.
    pub(in crate::engine) fn note_change(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if torrent.is_leaving() {
            return;
        }
        let activity = torrent.activity();
        if torrent.told.as_ref() != Some(&activity) {
            let status = Box::new(torrent.status(now));
            torrent.told = Some(activity);
            self.events.push_back(Event::Changed { id, status });
        }
    }
}

impl Torrent {
    pub(in crate::engine) fn status(&self, now: Instant) -> Status {
        let mut status = Status::new(self.activity(), self.metainfo.layout().total_length());
        (status.up_total, status.down_total) = self.totals();
        status.tracker_seeds = self.schedule.complete();
        status.tracker_peers = self.schedule.incomplete();
        status.tracker_trouble = self.schedule.trouble().map(str::to_owned);
        match &self.state {
            State::Checking { fraction, .. } => status.checked = Some(*fraction),
            State::Running(swarm) => status.fill(&swarm.progress(now)),
            State::Hunting(hunt) => status.num_peers = hunt.peers(),
            State::Failed(_) | State::Leaving(_) => {}
        }
        status
    }

    pub(in crate::engine) fn is_seeding(&self) -> bool {
        let is_held_up = self.is_held || self.trouble.told().is_some();
        matches!(&self.state, State::Running(swarm) if swarm.is_finished() && !is_held_up)
    }

    /// Bytes in the pieces that are wanted.
    pub(in crate::engine) fn bytes_wanted(&self) -> u64 {
        match &self.state {
            State::Running(swarm) => swarm.bytes_wanted(),
            _ => self.metainfo.layout().total_length(),
        }
    }

    fn activity(&self) -> Activity {
        match (&self.state, self.trouble.told()) {
            (State::Failed(reason), _) => Activity::Failed(reason.clone()),
            _ if self.is_held => match &self.enough {
                Some(reason) => Activity::Finished(reason.clone()),
                None => Activity::OnHold,
            },
            (State::Hunting(_), _) => Activity::FindingMetadata,
            (_, Some((reason, _))) => Activity::Paused(reason.to_owned()),
            (State::Checking { .. }, None) => Activity::Checking,
            (State::Running(_), None) if self.is_seeding() => Activity::Seeding,
            _ => Activity::Downloading,
        }
    }
}
