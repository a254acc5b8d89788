//! Why a torrent does not move, in one sentence.

use std::time::{Duration, Instant};

use super::torrent::{State, Torrent};
use super::{Engine, TorrentId};

impl Engine {
    /// What keeps a torrent from moving, or what it is doing if nothing does: a sentence for people,
    /// without a capital or a full stop. `None` if there is no such torrent.
    pub fn why(&self, id: TorrentId) -> Option<String> {
        let torrent = self.torrents.get(&id).filter(|torrent| !torrent.is_leaving())?;
        Some(torrent.why(Instant::now()))
    }
}

impl Torrent {
    fn why(&self, now: Instant) -> String {
        match &self.state {
            State::Failed(reason) => format!("it has failed, and waits to be resumed: {reason}"),
            _ if self.is_held => "it is paused, and waits to be resumed".to_owned(),
            State::Checking { fraction, .. } => {
                let percent = (fraction * 100.0) as u8;
                format!("what is on disk is being checked, and {percent}% of it is done")
            }
            State::Hunting(hunt) => self.why_hunting(hunt, now),
            State::Running(swarm) => {
                let disk = self.why_disk(now);
                let parts =
                    disk.into_iter().chain([swarm_says(swarm, now), self.why_trackers(now)]);
                parts.collect::<Vec<_>>().join("; ")
            }
            State::Leaving(_) => "it is over, and trackers are being told".to_owned(),
        }
    }

    fn why_disk(&self, now: Instant) -> Option<String> {
        let (reason, again) = self.trouble()?;
        Some(format!("it waits for its disk: {reason}; next try {}", when(again, now)))
    }

    pub(super) fn why_trackers(&self, now: Instant) -> String {
        if !self.schedule.has_trackers() {
            return "it has no tracker".to_owned();
        }
        let next = match self.schedule.next_timeout() {
            Some(at) => format!("next announce {}", when(at, now)),
            None => "a tracker is being asked".to_owned(),
        };
        match self.schedule.trouble() {
            Some(trouble) => format!("{trouble}; {next}"),
            None => next,
        }
    }
}

fn swarm_says(swarm: &crate::swarm::Swarm, now: Instant) -> String {
    let progress = swarm.progress(now);
    let peers = match progress.seeds + progress.leechers {
        0 => "no peers".to_owned(),
        1 => "1 peer".to_owned(),
        peers => format!("{peers} peers"),
    };
    if swarm.is_finished() { format!("it is complete; {peers}") } else { peers }
}

/// In how many seconds, as people count them.
fn when(at: Instant, now: Instant) -> String {
    match at.saturating_duration_since(now) {
        Duration::ZERO => "now".to_owned(),
        wait => format!("in {} s", wait.as_secs_f64().ceil()),
    }
}
