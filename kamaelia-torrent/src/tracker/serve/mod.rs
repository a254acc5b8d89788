//! The tracker we serve, as a state machine.
//!
//! [`Tracker::handle_request`] is told what was asked by HTTP, by whom and at which of our addresses,
//! and [`Tracker::handle_datagram`] what was asked by UDP; each gives the answer, and whoever owns
//! the socket carries it. Peers are believed about their port and their progress, never about their
//! address: that is where the request came from.
//!
//! # What strangers can make us hold
//!
//! Anyone may announce any torrent, so everything is bounded by [`Limits`], and a newcomer is
//! let in at the cost of whoever has been silent longest: in a torrent that is full, the peer
//! last heard of; beyond the number of torrents or of peers in all, the whole torrent last heard
//! of. Peers nobody has heard of for [`INTERVALS_UNTIL_GONE`] intervals are forgotten anyway. One
//! address takes only some of a torrent's places, and asks only so often.

mod asked;
mod connections;
mod datagrams;
mod page;
mod query;
mod rates;
mod reach;
mod replies;
mod swarms;
mod torrent;

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use asked::{Asked, AskedEvent};
use connections::Connections;
use datagrams::{Header, Request};
use query::QueryError;
use rates::Rates;
use reach::Viewpoint;
use swarms::Swarms;
use torrent::{Asker, Given, Peer, Size};

use super::Secret;

/// A peer that has missed this many intervals is gone.
pub const INTERVALS_UNTIL_GONE: u32 = 2;

/// The most peers in one reply, whatever is asked for.
const PEERS_GIVEN_MAX: usize = 200;

/// Peers given where the asker does not say how many it wants.
const PEERS_GIVEN_DEFAULT: usize = 50;

/// The most torrents in one reply to a scrape.
const SCRAPED_MAX: usize = 1000;

/// How much is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Torrents.
    pub torrents_max: usize,
    /// Peers of one torrent.
    pub torrent_peers_max: usize,
    /// Peers of all torrents together.
    pub peers_max: usize,
}

impl Default for Limits {
    /// 10,000 torrents, 2,000 peers in each, 100,000 in all: some 20 MiB when all of it is used.
    fn default() -> Self {
        Limits { torrents_max: 10_000, torrent_peers_max: 2_000, peers_max: 100_000 }
    }
}

/// How a tracker behaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrackerConfig {
    /// How often peers are asked to announce.
    pub interval: Duration,
    /// How often they may, when they need peers.
    pub min_interval: Duration,
    /// Where the choice of peers begins: the same seed and requests give the same answers.
    pub seed: u64,
    /// What connection ids are made with, which strangers must not be able to guess.
    pub secret: Secret,
    /// Addresses by which this machine's network is reached from outside. Peers on this machine
    /// and this network are given to those outside under these.
    pub external: Vec<IpAddr>,
    /// How much is kept.
    pub limits: Limits,
}

impl TrackerConfig {
    /// Two minutes, at least one: short, because what we serve are small swarms in which the
    /// newest peer matters, and a peer that vanished should not be handed out for long. Clients
    /// do not go below a minute whatever they are told.
    pub fn new(seed: u64, secret: Secret) -> Self {
        TrackerConfig {
            interval: Duration::from_secs(120),
            min_interval: Duration::from_secs(60),
            seed,
            secret,
            external: Vec::new(),
            limits: Limits::default(),
        }
    }
}

/// An answer to one request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The HTTP status. A refused announce is 200, as clients expect: the refusal is in the body.
    pub status: u16,
    /// What the body is.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    fn text(status: u16, text: impl Into<Vec<u8>>) -> Self {
        Response { status, content_type: "text/plain; charset=utf-8", body: text.into() }
    }

    /// Bencode. Trackers call it text, and some clients look.
    fn bencoded(body: Vec<u8>) -> Self {
        Response::text(200, body)
    }
}

/// A tracker and the swarms it knows.
#[derive(Clone, Debug)]
pub struct Tracker {
    config: TrackerConfig,
    swarms: Swarms,
    connections: Connections,
    rates: Rates,
    chance: fastrand::Rng,
    /// When the silent are next looked for in all torrents; those of a torrent that is asked
    /// about are looked for each time.
    next_sweep: Option<Instant>,
}

impl Tracker {
    /// A tracker that knows nobody.
    pub fn new(config: TrackerConfig) -> Self {
        Tracker {
            swarms: Swarms::new(config.limits),
            connections: Connections::new(config.secret.clone()),
            rates: Rates::default(),
            chance: fastrand::Rng::with_seed(config.seed),
            config,
            next_sweep: None,
        }
    }

    /// Answers a GET of this path and query, asked by `remote` at our address `local`. Anything
    /// at all may be asked.
    pub fn handle_request(
        &mut self,
        now: Instant,
        path_and_query: &str,
        remote: SocketAddr,
        local: SocketAddr,
    ) -> Response {
        self.sweep(now);
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let remote = canonical(remote);
        if !self.rates.allow(now, remote.ip()) {
            return Response::bencoded(replies::failure(&QueryError::TooMany));
        }
        let body = match path {
            "/" => return Response::text(200, page::index(&self.swarms)),
            "/announce" => query::Announce::from_query(query).map(|announce| {
                let peers = (PEERS_GIVEN_MAX, false);
                let (size, given) =
                    self.announce(now, &announce.asked, remote, canonical(local), peers);
                replies::announce(&self.config, size, &given, &announce, remote.ip())
            }),
            "/scrape" => query::torrents(query)
                .map(|torrents| replies::scrape(&self.swarms, &torrents, SCRAPED_MAX)),
            _ => return Response::text(404, NOT_FOUND),
        };
        Response::bencoded(body.unwrap_or_else(|error: QueryError| replies::failure(&error)))
    }

    /// Answers a datagram (BEP 15) that came from `remote` to our address `local`. Anything at all
    /// may come; what is no request, or names no connection id of the last minutes, has no answer.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        bytes: &[u8],
        remote: SocketAddr,
        local: SocketAddr,
    ) -> Option<Vec<u8>> {
        self.sweep(now);
        let remote = canonical(remote);
        let (header, body) = Header::from_bytes(bytes)?;
        let transaction = header.transaction;
        if header.is_connect() {
            let id = self.connections.id(now, remote.ip());
            return Some(datagrams::connected(transaction, id));
        }
        let is_known = self.connections.is_good(now, remote.ip(), header.connection());
        if !is_known || !self.rates.allow(now, remote.ip()) {
            return None;
        }
        Some(match header.request(body)? {
            Ok(Request::Announce(asked)) => {
                let peers = (PEERS_GIVEN_MAX.min(datagrams::peers_max(remote.ip())), true);
                let (size, given) = self.announce(now, &asked, remote, canonical(local), peers);
                let interval = replies::seconds(self.config.interval);
                datagrams::announced(transaction, interval, size, &given)
            }
            Ok(Request::Scrape(torrents)) => {
                let sizes = torrents.into_iter().map(|torrent| self.swarms.size(torrent));
                datagrams::scraped(transaction, sizes)
            }
            Err(reason) => datagrams::refused(transaction, reason),
        })
    }

    /// Torrents known now.
    pub fn torrents(&self) -> usize {
        self.swarms.torrents()
    }

    /// Peers of all torrents known now.
    pub fn peers(&self) -> usize {
        self.swarms.peers()
    }

    /// Takes note of a peer, and chooses others for it: so many at most, and whether only of its
    /// own family. Tells how large the swarm is with it, too.
    fn announce(
        &mut self,
        now: Instant,
        asked: &Asked,
        remote: SocketAddr,
        local: SocketAddr,
        (peers_max, takes_own_family): (usize, bool),
    ) -> (Size, Vec<Given>) {
        let address = SocketAddr::new(remote.ip(), asked.port);
        let hash = asked.info_hash;
        let is_seed = asked.left == 0;
        self.swarms.forget_silent_of(hash, self.gone_since(now));
        if asked.event == AskedEvent::Stopped {
            self.swarms.remove(hash, address);
            return (self.swarms.size(hash), Vec::new());
        }
        let peer = Peer { address, peer_id: asked.peer_id, is_seed, heard: now };
        let torrent = self.swarms.insert(hash, peer, asked.event == AskedEvent::Completed);
        let wanted = asked.peers_wanted.unwrap_or(PEERS_GIVEN_DEFAULT).min(peers_max);
        let viewpoint = Viewpoint::new(remote.ip(), local.ip(), &self.config.external);
        // Somebody with nothing but a magnet link does not know what it lacks, and aria2 says 0. It
        // needs the seeds; a true one is told of them for nothing, this once.
        let is_seed = is_seed && asked.event != AskedEvent::Started;
        let asker = Asker { address, viewpoint, peer_id: asked.peer_id, is_seed, takes_own_family };
        (torrent.size(), torrent.choose(&asker, wanted, &mut self.chance))
    }

    fn sweep(&mut self, now: Instant) {
        if self.next_sweep.is_none_or(|at| now >= at) {
            self.swarms.forget_silent(self.gone_since(now), now);
            self.next_sweep = Some(now + self.config.interval);
        }
    }

    /// Peers not heard of since this moment are gone; none are, this early in the clock's life.
    fn gone_since(&self, now: Instant) -> Option<Instant> {
        now.checked_sub(self.config.interval.saturating_mul(INTERVALS_UNTIL_GONE))
    }
}

const NOT_FOUND: &str = "This is a BitTorrent tracker: announces go to /announce, scrapes to \
                         /scrape, and / shows what is known.\n";

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests;
