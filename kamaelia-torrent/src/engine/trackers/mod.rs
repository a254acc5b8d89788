//! From schedules to trackers and back.

pub mod announcer;
mod errands;
pub mod fetch;
mod names;
mod udp;

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::network::transport::Transport;
use crate::engine::peers::Role;
use crate::engine::trackers::announcer::{Job, Outcome};
use crate::engine::trackers::errands::Errands;
use crate::engine::trackers::fetch::Fetch;
use crate::engine::world::World;
use crate::engine::{Engine, EngineConfig, TorrentId};
use crate::tracker::udp::{EXCHANGE_TIMEOUT, Question};
use crate::tracker::{
    AnnounceReply, Call, Event, ScrapeCall, ScrapeReply, ScrapeRequest, TrackerId,
};
use udp::UdpTracking;

/// Why a tracker is not asked that only datagrams reach.
const NO_UDP: &str = "there are no trackers by UDP in an imagined world";

/// Announces under way, and who makes them.
pub(in crate::engine) struct Tracking {
    errands: Errands,
    asked: HashMap<u64, Asked>,
    last_token: u64,
    udp: UdpTracking,
    /// Whether trackers can be asked by UDP.
    has_udp: bool,
}

/// Whom an outcome is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Asked {
    torrent: TorrentId,
    tracker: TrackerId,
    about: About,
}

/// What a tracker is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum About {
    Announce,
    /// An announce that is worth waiting for when everything stops.
    Farewell,
    /// The size of the swarm alone.
    Scrape,
}

/// What a tracker has told us.
enum Told {
    /// Its answer.
    Reply(AnnounceReply),
    /// Peers beside those of its answer.
    More(Vec<SocketAddr>),
    /// The size of the swarm.
    Scraped(ScrapeReply),
    /// Why there is no answer, in a sentence for people. It names the host alone, since the rest
    /// of the URL may be a secret of the user's.
    Failure(String),
}

impl Tracking {
    /// Starts what threads there are to be. `wake` is called when an outcome is there.
    pub(in crate::engine) fn start(
        config: &EngineConfig,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        let udp = UdpTracking::new(config.outlet.clone(), wake.clone());
        let has_udp = matches!(config.world, World::System);
        let errands = Errands::start(config, wake)?;
        Ok(Tracking { errands, asked: HashMap::new(), last_token: 0, udp, has_udp })
    }

    /// Gives goodbyes this long to get through.
    pub(in crate::engine) fn stop(
        self,
        grace: Duration,
        world: &World,
        transport: &mut Transport<Role>,
        buffer: &mut [u8],
    ) {
        let Tracking { errands, mut udp, .. } = self;
        let until = world.now() + grace;
        let by_udp = || {
            while udp.has_farewells() {
                let now = world.now();
                let wait = until.saturating_duration_since(now);
                if wait.is_zero() || transport.wait(Some(wait)).is_err() {
                    break;
                }
                udp.turn(now, transport, buffer);
                while udp.next().is_some() {}
            }
        };
        // Both ways at the same time: a tracker that is silent on one shall not take the time of
        // those on the other.
        errands.stop(grace, by_udp);
    }

    /// When there is something to do, if nothing happens before.
    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        self.udp.next_timeout()
    }

    /// Begins to announce. What comes of it is told by [`Tracking::next`], unless it is refused at
    /// once.
    fn announce(&mut self, now: Instant, asked: Asked, call: Call) -> Result<(), &'static str> {
        match call {
            Call::Http(url) => self.fetch(asked, url),
            Call::Udp(..) if !self.has_udp => Err(NO_UDP),
            Call::Udp(tracker, announce, patience) => {
                let question = Question::Announce { announce, url_data: tracker.data().to_vec() };
                self.udp.ask(now, asked, &tracker, question, patience);
                Ok(())
            }
        }
    }

    /// Begins to scrape. The same holds as for announces.
    fn scrape(
        &mut self,
        now: Instant,
        asked: Asked,
        request: ScrapeRequest,
    ) -> Result<(), &'static str> {
        match request.call {
            ScrapeCall::Http(url) => self.fetch(asked, url),
            ScrapeCall::Udp(_) if !self.has_udp => Err(NO_UDP),
            ScrapeCall::Udp(tracker) => {
                let question = Question::Scrape(vec![request.torrent]);
                self.udp.ask(now, asked, &tracker, question, EXCHANGE_TIMEOUT);
                Ok(())
            }
        }
    }

    fn fetch(&mut self, asked: Asked, url: String) -> Result<(), &'static str> {
        self.last_token += 1;
        let is_farewell = asked.about == About::Farewell;
        let job = Job { token: self.last_token, fetch: Fetch::announce(url), is_farewell };
        self.errands.submit(job).map_err(|_| "too many announces are waiting")?;
        self.asked.insert(self.last_token, asked);
        Ok(())
    }

    /// What the next tracker has told, and whom it is for.
    fn next(&mut self) -> Option<(Asked, Told)> {
        while let Some(outcome) = self.errands.next() {
            if let Some(asked) = self.asked.remove(&outcome.token) {
                return Some((asked, Told::by_http(asked.about, outcome)));
            }
        }
        self.udp.next()
    }
}

impl Told {
    fn by_http(about: About, outcome: Outcome) -> Self {
        let bytes = match outcome.result {
            Ok(bytes) => bytes,
            // It begins with the host, of which a reader cannot know what it is.
            Err(error) => return Told::Failure(format!("tracker {error}")),
        };
        let told = match about {
            About::Scrape => ScrapeReply::from_bytes(&bytes).map(Told::Scraped),
            About::Announce | About::Farewell => AnnounceReply::from_bytes(&bytes).map(Told::Reply),
        };
        told.unwrap_or_else(|error| Told::Failure(error.to_string()))
    }
}

/// The port that trackers hear of when we listen on none. They send those away who name no port;
/// behind a proxy nobody is to come by it.
const NOBODYS_PORT: u16 = 1;

impl Engine {
    /// The port that trackers hear of.
    pub(in crate::engine) fn announced_port(&self) -> u16 {
        self.reachable_port().unwrap_or(NOBODYS_PORT)
    }

    /// Asks a tracker how large the swarm of a torrent is; its [`Status`](crate::engine::Status) tells when
    /// the answer is there. False if there is no such torrent, or no tracker. Does not block.
    pub fn scrape(&mut self, id: TorrentId) -> bool {
        let Some(torrent) = self.torrents.get_mut(&id) else { return false };
        let has_tracker = !torrent.is_leaving() && torrent.schedule.handle_scrape_wanted();
        let now = self.now();
        self.settle(id, now);
        has_tracker
    }

    /// Makes every announce of this torrent that is due.
    pub(in crate::engine) fn announce(&mut self, id: TorrentId, now: Instant) {
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
            let is_farewell = request.event == Some(Event::Stopped);
            let about = if is_farewell { About::Farewell } else { About::Announce };
            let asked = Asked { torrent: id, tracker: request.tracker, about };
            if let Err(reason) = self.tracking.announce(now, asked, request.call) {
                torrent.schedule.handle_failure(now, request.tracker, reason);
            }
        }
        while let Some(request) = torrent.schedule.poll_scrape() {
            let tracker = request.tracker;
            let asked = Asked { torrent: id, tracker, about: About::Scrape };
            if self.tracking.scrape(now, asked, request).is_err() {
                torrent.schedule.handle_scraped(tracker, None);
            }
        }
        self.tracking.udp.transmit(&mut self.transport);
    }

    /// Hands every tracker's answer to its torrent.
    pub(in crate::engine) fn hear_trackers(&mut self, now: Instant) {
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
                let has_moved = torrent.schedule.handle_reply(now, asked.tracker, &reply);
                if let Some(swarm) = torrent.swarm().filter(|_| has_moved) {
                    swarm.let_go(now);
                    self.waiting_calls.forget(asked.torrent);
                }
                torrent.add_candidates(now, reply.peers);
            }
            Told::More(peers) => torrent.add_candidates(now, peers),
            Told::Scraped(reply) => {
                let size = reply.torrents.get(&torrent.metainfo.info_hash()).copied();
                torrent.schedule.handle_scraped(asked.tracker, size);
            }
            Told::Failure(_) if asked.about == About::Scrape => {
                torrent.schedule.handle_scraped(asked.tracker, None);
            }
            Told::Failure(reason) => {
                log::warn!("torrent {}: {reason}", asked.torrent);
                torrent.schedule.handle_failure(now, asked.tracker, reason);
            }
        }
    }
}
