//! What is said of torrents: how they stand, and when they do something else.

use std::time::Instant;

use crate::engine::status::{Activity, Status};
use crate::engine::torrent::{State, Torrent};
use crate::engine::{Engine, Event, TorrentId};

impl Engine {
    /// Whether [`take_stirred`](Self::take_stirred) has something to tell.
    pub fn has_stirred(&self) -> bool {
        !self.stirred.is_empty()
    }

    /// How those torrents stand to which something has happened since this was last called, and
    /// those whose rates are not down to nothing yet. All others stand as they did.
    pub fn take_stirred(&mut self) -> Vec<(TorrentId, Status)> {
        let now = self.now();
        let mut told = Vec::new();
        for id in std::mem::take(&mut self.stirred) {
            let Some(torrent) = self.torrents.get_mut(&id) else { continue };
            let status = torrent.status(now);
            // Rates sink by themselves, without anything that happens.
            torrent.is_stirred = status.up_rate > 0.0 || status.down_rate > 0.0;
            if torrent.is_stirred {
                self.stirred.push(id);
            }
            if !torrent.is_leaving() {
                told.push((id, status));
            }
        }
        told
    }

    /// Tells what a torrent does, if that is news. Every input to a torrent ends here, so no change
    /// that lasts is passed over, whatever has caused it.
    pub(in crate::engine) fn note_change(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if !std::mem::replace(&mut torrent.is_stirred, true) {
            self.stirred.push(id);
        }
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
        status.tries_in_vain = self.trouble.tries_in_vain();
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

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::engine::{Content, EngineConfig, MakeOptions, NewTorrent, make};
    use crate::metainfo::Metainfo;

    #[test]
    fn a_torrent_is_told_of_when_something_happens_to_it_and_then_no_more() {
        let home = tempfile::TempDir::new().expect("a directory");
        let listen = vec!["127.0.0.1:0".parse().expect("an address")];
        let config = EngineConfig { listen, ..EngineConfig::default() };
        let mut engine = Engine::start(config).expect("an engine starts");
        let path = home.path().join("data");
        std::fs::write(&path, "data").expect("room for a file");
        let made = make(&path, &MakeOptions::default(), |_| ControlFlow::Continue(()));
        let raw = made.expect("it can be made").rawmetainfo;
        let metainfo = Arc::new(Metainfo::parse(&raw).expect("what we make we accept"));
        let content = Content::InPlace(vec![path]);
        let id = engine.add(NewTorrent { metainfo, content, known: None }).expect("it is new");
        let mut told = Vec::new();
        while !told.iter().any(|(_, status): &(_, Status)| status.is_complete()) {
            engine.turn(Duration::from_millis(10)).expect("sockets can be waited for");
            told.extend(engine.take_stirred());
        }
        assert!(told.iter().all(|(told, _)| *told == id));
        engine.turn(Duration::ZERO).expect("sockets can be waited for");
        assert_eq!((engine.has_stirred(), engine.take_stirred()), (false, Vec::new()));
        assert!(engine.pause(id));
        let statuses = engine.take_stirred();
        assert_eq!(statuses.len(), 1);
        assert_eq!(statuses[0].1.activity, Activity::OnHold);
        engine.stop();
    }
}
