//! From schedules to trackers and back.

mod names;
mod udp;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};

use super::announcer::{Announcer, Job, Outcome};
use super::fetch::Fetch;
use super::outlet::Outlet;
use super::roles::Role;
use super::transport::Transport;
use super::{Engine, TorrentId};
use crate::tracker::{AnnounceReply, Call, Event, TrackerId};
use udp::UdpTracking;

/// Announces under way, and the threads that make them.
pub(super) struct Tracking {
    announcer: Announcer,
    /// Unbounded by itself: one outcome for each job, and jobs are bounded.
    outcomes: Receiver<Outcome>,
    asked: HashMap<u64, Asked>,
    last_token: u64,
    udp: UdpTracking,
}

/// Whom an outcome is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Asked {
    torrent: TorrentId,
    tracker: TrackerId,
}

/// What a tracker has told us.
enum Told {
    /// Its answer.
    Reply(AnnounceReply),
    /// Peers beside those of its answer.
    More(Vec<SocketAddr>),
    /// Why there is no answer, in a sentence for people. It names the host alone, since the rest
    /// of the URL may be a secret of the user's.
    Failure(String),
}

impl Tracking {
    /// Starts so many threads. `wake` is called when an outcome is there.
    pub(super) fn start(
        threads: usize,
        outlet: &Outlet,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let (deliver, outcomes) = unbounded();
        let udp = UdpTracking::new(wake.clone());
        let announcer = Announcer::start(threads, outlet, move |outcome| {
            // Nobody listens any more once the engine is gone.
            let _ = deliver.send(outcome);
            wake();
        })?;
        Ok(Tracking { announcer, outcomes, asked: HashMap::new(), last_token: 0, udp })
    }

    /// Gives goodbyes this long to get through.
    pub(super) fn stop(
        mut self,
        grace: Duration,
        transport: &mut Transport<Role>,
        buffer: &mut [u8],
    ) {
        let until = Instant::now() + grace;
        let announcer = self.announcer;
        // Both ways at the same time: a tracker that is silent on one shall not take the time of
        // those on the other.
        let by_http = thread::Builder::new().name("goodbyes".into());
        let by_http = by_http.spawn(move || announcer.stop(grace));
        while self.udp.has_farewells() {
            let now = Instant::now();
            let wait = until.saturating_duration_since(now);
            if wait.is_zero() || transport.wait(Some(wait)).is_err() {
                break;
            }
            self.udp.turn(now, transport, buffer);
            while self.udp.next().is_some() {}
        }
        match by_http {
            // It has told its errors to the log.
            Ok(thread) => drop(thread.join()),
            Err(error) => log::warn!("trackers hear no goodbye: {error}"),
        }
    }

    /// When there is something to do, if nothing happens before.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.udp.next_timeout()
    }

    /// Begins to make a call. What comes of it is told by [`Tracking::next`], unless it is refused
    /// at once.
    fn ask(
        &mut self,
        now: Instant,
        asked: Asked,
        call: Call,
        is_farewell: bool,
    ) -> Result<(), &'static str> {
        let url = match call {
            Call::Http(url) => url,
            Call::Udp(tracker, announce, patience) => {
                self.udp.announce(now, asked, (tracker, announce, patience), is_farewell);
                return Ok(());
            }
        };
        self.last_token += 1;
        let job = Job { token: self.last_token, fetch: Fetch::announce(url), is_farewell };
        self.announcer.submit(job).map_err(|_| "too many announces are waiting")?;
        self.asked.insert(self.last_token, asked);
        Ok(())
    }

    /// What the next tracker has told, and whom it is for.
    fn next(&mut self) -> Option<(Asked, Told)> {
        while let Ok(outcome) = self.outcomes.try_recv() {
            if let Some(asked) = self.asked.remove(&outcome.token) {
                return Some((asked, Told::from(outcome)));
            }
        }
        self.udp.next()
    }
}

impl From<Outcome> for Told {
    fn from(outcome: Outcome) -> Self {
        let reply = outcome
            .result
            .map_err(|error| error.to_string())
            .and_then(|bytes| AnnounceReply::from_bytes(&bytes).map_err(|error| error.to_string()));
        reply.map_or_else(Told::Failure, Told::Reply)
    }
}

impl Engine {
    /// Makes every announce of this torrent that is due.
    pub(super) fn announce(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if let Some(crowd) = torrent.crowd() {
            let wants_peers = crowd.wants_peers();
            torrent.schedule.handle_want(wants_peers);
        } else if !torrent.is_leaving() {
            // Peers are welcome only when it is known what is there.
            return;
        }
        let standing = torrent.standing();
        while let Some(request) = torrent.schedule.poll_request(now, &standing) {
            let asked = Asked { torrent: id, tracker: request.tracker };
            let is_farewell = request.event == Some(Event::Stopped);
            if let Err(reason) = self.tracking.ask(now, asked, request.call, is_farewell) {
                torrent.schedule.handle_failure(now, request.tracker, reason);
            }
        }
        self.tracking.udp.transmit(&mut self.transport);
    }

    /// Hands every tracker's answer to its torrent.
    pub(super) fn hear_trackers(&mut self, now: Instant) {
        self.tracking.udp.turn(now, &mut self.transport, &mut self.read_buffer);
        while let Some((asked, told)) = self.tracking.next() {
            self.on_told(asked, told, now);
            self.settle(asked.torrent, now);
        }
    }

    fn on_told(&mut self, asked: Asked, told: Told, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&asked.torrent) else { return };
        match told {
            Told::Reply(reply) => {
                torrent.schedule.handle_reply(now, asked.tracker, &reply);
                torrent.add_candidates(now, reply.peers);
            }
            Told::More(peers) => torrent.add_candidates(now, peers),
            Told::Failure(reason) => {
                log::warn!("torrent {}: {reason}", asked.torrent);
                torrent.schedule.handle_failure(now, asked.tracker, reason);
            }
        }
    }
}
