//! A thousand announces to a tracker: from as many peers, to ten torrents.

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use kamaelia_torrent::tracker::{Secret, Tracker, TrackerConfig};

const PEERS: u32 = 1_000;
const TORRENTS: u32 = 10;

/// As requests by HTTP.
pub(super) fn by_http(rounds: u32) {
    let asked: Vec<String> = (0..PEERS).map(query).collect();
    let mut tracker = tracker();
    let now = Instant::now();
    for _ in 0..rounds {
        for (peer, query) in (0..).zip(&asked) {
            let answer = tracker.handle_request(now, black_box(query), address(peer), here());
            assert_eq!(answer.status, 200);
        }
    }
}

/// As datagrams, each by one who has connected before.
pub(super) fn by_udp(rounds: u32) {
    let mut tracker = tracker();
    let now = Instant::now();
    let mut connect = |peer| {
        let question = [&0x0417_2710_1980_u64.to_be_bytes()[..], &[0; 4], &[0; 4]].concat();
        let answer = tracker.handle_datagram(now, &question, address(peer), here());
        answer.expect("an answer")[8..].to_vec()
    };
    let asked: Vec<Vec<u8>> = (0..PEERS).map(|peer| datagram(peer, &connect(peer))).collect();
    for _ in 0..rounds {
        for (peer, datagram) in (0..).zip(&asked) {
            let answer = tracker.handle_datagram(now, black_box(datagram), address(peer), here());
            assert_eq!(answer.expect("an answer")[..4], [0, 0, 0, 1]);
        }
    }
}

fn tracker() -> Tracker {
    Tracker::new(TrackerConfig::new(1, Secret::new([1; 32])))
}

fn query(peer: u32) -> String {
    let (torrent, port) = (peer % TORRENTS, 1_024 + peer);
    format!(
        "/announce?info_hash=%aa%bb{torrent:018}&peer_id=-KA0100-{peer:012}&port={port}\
         &uploaded=0&downloaded=0&left={left}&event=started&compact=1&numwant=50",
        left = peer % 4
    )
}

fn datagram(peer: u32, connection: &[u8]) -> Vec<u8> {
    let mut bytes = connection.to_vec();
    bytes.extend([0, 0, 0, 1]);
    bytes.extend(peer.to_be_bytes());
    bytes.extend([b'a'; 16]);
    bytes.extend((peer % TORRENTS).to_be_bytes());
    bytes.extend(format!("-KA0100-{peer:012}").bytes());
    // Downloaded, left, uploaded.
    bytes.extend([0, u64::from(peer % 4), 0].map(u64::to_be_bytes).concat());
    // Started; no other address; a key; fifty peers.
    bytes.extend([2, 0, peer, 50].map(u32::to_be_bytes).concat());
    bytes.extend((1_024 + peer as u16).to_be_bytes());
    bytes
}

/// Each in a network of its own, as those are counted together that share one.
fn address(peer: u32) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from_bits(0x2d00_0001 + (peer << 8)), 1_024 + peer as u16))
}

fn here() -> SocketAddr {
    SocketAddr::from(([44, 0, 0, 1], 6_969))
}
