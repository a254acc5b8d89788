//! Local service discovery (BEP 14).
//!
//! A driver says which torrents may be told of whenever [`LocalDiscovery::next_timeout`] has passed,
//! sends the datagram it is given to each of the [`GROUPS`], and hands in what comes from there.
//! Out come peers. Private torrents (BEP 27) are the driver's to leave out.

mod message;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use crate::metainfo::InfoHash;
use message::{Message, TORRENTS_PER_MESSAGE};

/// Where neighbours listen, by IPv4 and by IPv6.
pub const GROUPS: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(239, 192, 152, 143)), PORT),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0xff15, 0, 0, 0, 0, 0, 0xefc0, 0x988f)), PORT),
];

const PORT: u16 = 6771;

/// How often each torrent is told of.
const INTERVAL: Duration = Duration::from_secs(5 * 60);

/// However many torrents there are, no more is said than one datagram in this time.
const PAUSE: Duration = Duration::from_secs(60);

/// Peers taken from neighbours in [`PAUSE`]. A network has fewer; a flood has more.
const HEARD_MAX: u32 = 200;

/// Someone on this network who has one of our torrents, or says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Neighbour {
    /// The torrent.
    pub torrent: InfoHash,
    /// Where it accepts peers.
    pub address: SocketAddr,
}

/// What the neighbours have been told, and how much they have said.
#[derive(Clone, Debug)]
pub struct LocalDiscovery {
    /// Where we accept peers.
    port: u16,
    /// What we know our own datagrams by, which come back to us.
    cookie: String,
    told: BTreeMap<InfoHash, Instant>,
    last: Option<Instant>,
    due: Option<Instant>,
    /// Peers heard of, and since when they are counted.
    heard: (u32, Instant),
}

impl LocalDiscovery {
    /// For peers who accept others at this port. The seed makes a number by which we know ourselves.
    pub fn new(port: u16, seed: u64, now: Instant) -> Self {
        let cookie = format!("km-{:016x}", fastrand::Rng::with_seed(seed).u64(..));
        LocalDiscovery {
            port,
            cookie,
            told: BTreeMap::new(),
            last: None,
            due: None,
            heard: (0, now),
        }
    }

    /// There is a torrent to tell of, soon.
    pub fn handle_news(&mut self, now: Instant) {
        let soonest = self.last.map_or(now, |last| now.max(last + PAUSE));
        self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
    }

    /// When [`poll_announce`](Self::poll_announce) has something to say.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Those of these torrents, which are all we would tell of, that are to be told of now.
    pub fn poll_announce(
        &mut self,
        now: Instant,
        torrents: impl IntoIterator<Item = InfoHash>,
    ) -> Vec<InfoHash> {
        if self.due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        let known = std::mem::take(&mut self.told);
        let mut waiting: Vec<(Option<Instant>, InfoHash)> = torrents
            .into_iter()
            .map(|torrent| (known.get(&torrent).map(|last| *last + INTERVAL), torrent))
            .collect();
        // Those never told of first, then those longest ago.
        waiting.sort_unstable();
        let is_due = |at: &Option<Instant>| at.is_none_or(|at| at <= now);
        let ready = waiting.iter().take_while(|(at, _)| is_due(at)).count();
        let rest = waiting.split_off(ready.min(TORRENTS_PER_MESSAGE));
        self.told =
            rest.iter().filter_map(|(at, torrent)| Some((*torrent, (*at)? - INTERVAL))).collect();
        let announced: Vec<InfoHash> = waiting.into_iter().map(|(_, torrent)| torrent).collect();
        self.told.extend(announced.iter().map(|torrent| (*torrent, now)));
        if !announced.is_empty() {
            self.last = Some(now);
        }
        let next = rest.first().map(|(at, _)| at.unwrap_or(now));
        let again = (!announced.is_empty()).then_some(now + INTERVAL);
        let soonest = self.last.map_or(now, |last| last + PAUSE);
        self.due = next.into_iter().chain(again).min().map(|at| at.max(soonest));
        announced
    }

    /// The datagram that tells of these torrents to the group at this address.
    pub fn message(&self, group: SocketAddr, torrents: &[InfoHash]) -> Vec<u8> {
        message::spell(group, self.port, torrents, &self.cookie)
    }

    /// What came from this address; who has which torrent, ours and others. Nothing if it is our own
    /// voice, or no message, or one of too many.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        from: SocketAddr,
        bytes: &[u8],
    ) -> Vec<Neighbour> {
        let Some(message) = Message::read(bytes) else { return Vec::new() };
        if message.cookie == Some(&self.cookie) {
            return Vec::new();
        }
        if now >= self.heard.1 + PAUSE {
            self.heard = (0, now);
        }
        let left = HEARD_MAX.saturating_sub(self.heard.0) as usize;
        let address = SocketAddr::new(from.ip().to_canonical(), message.port);
        let torrents = message.torrents.into_iter().take(left);
        let neighbours: Vec<Neighbour> =
            torrents.map(|torrent| Neighbour { torrent, address }).collect();
        self.heard.0 += neighbours.len() as u32;
        neighbours
    }
}

#[cfg(test)]
mod tests;
