//! Why a torrent does not move, in one sentence.

use std::time::{Duration, Instant};

use crate::engine::torrent::{State, Torrent};
use crate::engine::{Engine, TorrentId};
use crate::metainfo::PieceIndex;
use crate::swarm::WhyPiece;
use crate::swarm::{Swarm, WebSeedState};

impl Engine {
    /// What keeps a torrent from moving, or what it is doing if nothing does: a sentence for people,
    /// without a capital or a full stop. `None` if there is no such torrent.
    pub fn why(&self, id: TorrentId) -> Option<String> {
        let torrent = self.torrents.get(&id).filter(|torrent| !torrent.is_leaving())?;
        Some(torrent.why(self.now(), self.vicinity.neighbours.is_some()))
    }

    /// The piece of this number, counting from 0; `None` if there is no such torrent or piece, or
    /// only a magnet link is known of it.
    pub fn piece(&self, id: TorrentId, number: u32) -> Option<PieceIndex> {
        self.torrents.get(&id)?.known_metainfo()?.layout().piece(number)
    }

    /// Why a piece is not stored, or that it is. `None` if there is no such torrent, or it does not
    /// run.
    pub fn why_piece(&self, id: TorrentId, piece: PieceIndex) -> Option<WhyPiece> {
        match &self.torrents.get(&id)?.state {
            State::Running(swarm) => Some(swarm.why_piece(piece, self.now())),
            _ => None,
        }
    }
}

impl Torrent {
    fn why(&self, now: Instant, looks_nearby: bool) -> String {
        match &self.state {
            State::Failed(reason) => format!("it has failed, and waits to be resumed: {reason}"),
            _ if self.is_held => match &self.enough {
                Some(reason) => format!("it was seeded enough, and waits to be resumed: {reason}"),
                None => "it is paused, and waits to be resumed".to_owned(),
            },
            State::Checking { fraction, .. } => self.why_disk(now).unwrap_or_else(|| {
                let percent = (fraction * 100.0) as u8;
                format!("what is on disk is being checked, and {percent}% of it is done")
            }),
            State::Hunting(hunt) => self.why_hunting(hunt, looks_nearby, now),
            State::Running(swarm) => {
                let disk = self.why_disk(now);
                let parts = disk.into_iter().chain([swarm_says(swarm, now)]);
                let parts = parts.chain(web_seeds_say(swarm, now)).chain([self.why_trackers(now)]);
                parts.collect::<Vec<_>>().join("; ")
            }
            State::Leaving(_) => "it is over, and trackers are being told".to_owned(),
        }
    }

    fn why_disk(&self, now: Instant) -> Option<String> {
        let (reason, again) = self.trouble.told()?;
        Some(format!("it waits for its disk: {reason}; next try {}", when(again, now)))
    }

    pub(in crate::engine) fn why_trackers(&self, now: Instant) -> String {
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

fn swarm_says(swarm: &Swarm, now: Instant) -> String {
    if !swarm.is_complete() {
        return swarm.why(now).to_string();
    }
    let progress = swarm.progress(now);
    let peers = match progress.seeds + progress.leechers {
        0 => "no peers".to_owned(),
        1 => "1 peer".to_owned(),
        peers => format!("{peers} peers"),
    };
    format!("it is complete; {peers}")
}

/// What each web seed is at, as long as there is something to fetch; nothing if there are none.
fn web_seeds_say(swarm: &Swarm, now: Instant) -> Option<String> {
    let say = |state| match state {
        WebSeedState::Waiting { until, reason } => {
            format!("web seed {reason}; it is asked again {}", when(until, now))
        }
        WebSeedState::Dropped { reason } => format!("a web seed was dropped: {reason}"),
        state => format!("a web seed {state}"),
    };
    let states = swarm.web_seeds().map(|(_, state)| say(state));
    let sentences: Vec<String> = states.filter(|_| !swarm.is_finished()).collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

/// In how many seconds, as people count them.
fn when(at: Instant, now: Instant) -> String {
    match at.saturating_duration_since(now) {
        Duration::ZERO => "now".to_owned(),
        wait => format!("in {} s", wait.as_secs_f64().ceil()),
    }
}
