//! From schedules to trackers and back.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use super::announcer::{Announcer, Job, Outcome};
use super::fetch::Fetch;
use super::{Engine, TorrentId};
use crate::tracker::{AnnounceReply, Event, TrackerId};

/// Announces under way, and the threads that make them.
pub(super) struct Tracking {
    announcer: Announcer,
    /// Unbounded by itself: one outcome for each job, and jobs are bounded.
    outcomes: Receiver<Outcome>,
    asked: HashMap<u64, Asked>,
    last_token: u64,
}

/// Whom an outcome is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Asked {
    torrent: TorrentId,
    tracker: TrackerId,
}

impl Tracking {
    /// Starts so many threads. `wake` is called when an outcome is there.
    pub(super) fn start(threads: usize, wake: Arc<dyn Fn() + Send + Sync>) -> io::Result<Self> {
        let (deliver, outcomes) = unbounded();
        let announcer = Announcer::start(threads, move |outcome| {
            // Nobody listens any more once the engine is gone.
            let _ = deliver.send(outcome);
            wake();
        })?;
        Ok(Tracking { announcer, outcomes, asked: HashMap::new(), last_token: 0 })
    }

    /// Gives goodbyes this long to get through.
    pub(super) fn stop(self, grace: Duration) {
        self.announcer.stop(grace);
    }

    /// False if too many announces are waiting.
    fn ask(&mut self, asked: Asked, url: String, is_farewell: bool) -> bool {
        self.last_token += 1;
        let job = Job { token: self.last_token, fetch: Fetch::announce(url), is_farewell };
        let taken = self.announcer.submit(job).is_ok();
        if taken {
            self.asked.insert(self.last_token, asked);
        }
        taken
    }

    fn next_outcome(&mut self) -> Option<(Asked, Outcome)> {
        loop {
            let outcome = self.outcomes.try_recv().ok()?;
            if let Some(asked) = self.asked.remove(&outcome.token) {
                return Some((asked, outcome));
            }
        }
    }
}

impl Engine {
    /// Makes every announce of this torrent that is due.
    pub(super) fn announce(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if let Some(swarm) = torrent.swarm() {
            let wants_peers = swarm.wants_peers();
            torrent.schedule.handle_want(wants_peers);
        } else if !torrent.is_leaving() {
            // Peers are welcome only when it is known what is there.
            return;
        }
        let standing = torrent.standing();
        while let Some(request) = torrent.schedule.poll_request(now, &standing) {
            let asked = Asked { torrent: id, tracker: request.tracker };
            let is_farewell = request.event == Some(Event::Stopped);
            if !self.tracking.ask(asked, request.url, is_farewell) {
                let reason = "too many announces are waiting";
                torrent.schedule.handle_failure(now, request.tracker, reason);
            }
        }
    }

    /// Hands every tracker's answer to its torrent.
    pub(super) fn hear_trackers(&mut self, now: Instant) {
        while let Some((asked, outcome)) = self.tracking.next_outcome() {
            self.on_outcome(asked, outcome, now);
            self.settle(asked.torrent, now);
        }
    }

    fn on_outcome(&mut self, asked: Asked, outcome: Outcome, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&asked.torrent) else { return };
        let reply = outcome
            .result
            .map_err(|error| error.to_string())
            .and_then(|bytes| AnnounceReply::from_bytes(&bytes).map_err(|error| error.to_string()));
        match reply {
            Ok(reply) => {
                torrent.schedule.handle_reply(now, asked.tracker, &reply);
                torrent.add_candidates(now, reply.peers);
            }
            Err(reason) => {
                // The URL may hold a secret of the user's; the reason names the host.
                log::warn!("torrent {}: {reason}", asked.torrent);
                torrent.schedule.handle_failure(now, asked.tracker, reason);
            }
        }
    }
}
