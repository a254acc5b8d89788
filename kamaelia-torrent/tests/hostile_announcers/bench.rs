//! A tracker, and its askers.

use std::net::SocketAddr;
use std::time::Instant;

use kamaelia_torrent::tracker::serve::Response;
use kamaelia_torrent::tracker::udp::SCRAPED_MAX;
use kamaelia_torrent::tracker::{AnnounceReply, Secret, Tracker, TrackerConfig};

/// What a stranger says to begin with, and where it begins to be a stranger.
pub(crate) const CONNECT: [u8; 16] =
    [0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0, 0, 0, 0, 9];

/// The longest answer in a datagram.
pub(crate) const ANSWER_MAX: usize = 1232;

const _: () = assert!(8 + 12 * SCRAPED_MAX <= ANSWER_MAX);

pub(crate) struct Bench {
    pub(crate) tracker: Tracker,
    pub(crate) now: Instant,
    local: SocketAddr,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let tracker = Tracker::new(TrackerConfig::new(1, Secret::new([7; 32])));
        Bench { tracker, now: Instant::now(), local: at("198.51.100.1:6969") }
    }

    /// One that knows so many peers of the torrent `aaaa…`.
    pub(crate) fn with_peers(count: u32) -> Self {
        let mut bench = Bench::new();
        for number in 0..count {
            bench.announce(address(0x0909_0000 + number), "").expect("a reply");
        }
        bench
    }

    pub(crate) fn get(&mut self, target: &str, from: SocketAddr) -> Response {
        self.tracker.handle_request(self.now, target, from, self.local)
    }

    /// Announces the torrent `aaaa…` with this beside what has to be said.
    pub(crate) fn announce(
        &mut self,
        from: SocketAddr,
        more: &str,
    ) -> Result<AnnounceReply, String> {
        let answer = self.get(&announce(&"a".repeat(20), from, more), from);
        AnnounceReply::from_bytes(&answer.body).map_err(|error| error.to_string())
    }

    pub(crate) fn datagram(&mut self, bytes: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
        self.tracker.handle_datagram(self.now, bytes, from, self.local)
    }

    /// The connection id that this address has to name.
    pub(crate) fn connect(&mut self, from: SocketAddr) -> u64 {
        let answer = self.datagram(&CONNECT, from).expect("everybody may connect");
        u64::from_be_bytes(*answer.last_chunk().expect("an id"))
    }
}

pub(crate) fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// One of all addresses, by its number.
pub(crate) fn address(number: u32) -> SocketAddr {
    SocketAddr::from((number.to_be_bytes(), 6881))
}

/// An announce of a peer that has an id of its own.
pub(crate) fn announce(info_hash: &str, from: SocketAddr, more: &str) -> String {
    let id = from.ip().to_string().replace(':', "-");
    let id = id.get(id.len().saturating_sub(20)..).unwrap_or_default();
    format!("/announce?info_hash={info_hash}&peer_id={id:b<20}&port={}{more}", from.port())
}

/// A request in a datagram.
pub(crate) fn request(connection: u64, action: u32, body: &[u8]) -> Vec<u8> {
    let head = [&connection.to_be_bytes()[..], &action.to_be_bytes(), &9u32.to_be_bytes()].concat();
    [&head, body].concat()
}

/// What follows the head of an announce in a datagram.
pub(crate) fn announce_body(port: u16, event: u32, wanted: i32) -> Vec<u8> {
    let mut body = [[b'a'; 20], [b'b'; 20]].concat();
    body.extend([0, 1, 0].map(u64::to_be_bytes).as_flattened());
    body.extend(event.to_be_bytes());
    // An address, which is not believed, and a key.
    body.extend([8, 8, 8, 8, 0, 0, 0, 1]);
    body.extend(wanted.to_be_bytes());
    body.extend(port.to_be_bytes());
    body
}
