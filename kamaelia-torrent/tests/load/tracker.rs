//! A tracker that the whole world uses.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use kamaelia_torrent::tracker::Secret;
use kamaelia_torrent::tracker::serve::{Limits, Tracker, TrackerConfig};

use crate::alone::{alone, is_full};
use crate::size::{Course, Size};

/// Until all of the first round have left, and are forgotten.
const ROUNDS_BEFORE: u32 = 14;

/// After each of which a tenth of the peers are others.
const ROUNDS: u32 = 20;

/// What a peer may take, in bytes, those who left a while ago included.
const PEER_BYTES_MAX: u64 = 400;

/// What all else may take: who has asked of late is remembered, up to a number.
const MEMORY_MAX: u64 = 8 << 20;

/// A million announces once each interval, by others and others.
struct Crowd {
    tracker: Tracker,
    swarms: u32,
    peers: u32,
    now: Instant,
}

impl Crowd {
    fn new(swarms: u32, peers: u32) -> Self {
        let mut config = TrackerConfig::new(7, Secret::new([7; 32]));
        config.limits = Limits {
            torrents_max: swarms as usize,
            torrent_peers_max: 2_000,
            // Those who left without a word are remembered for two intervals.
            peers_max: peers as usize * 5 / 4,
        };
        Crowd { tracker: Tracker::new(config), swarms, peers, now: Instant::now() }
    }

    /// Everybody announces once. In each round a tenth has been replaced.
    fn round(&mut self, round: u32) {
        let interval = Duration::from_secs(120);
        for place in 0..self.peers {
            let replaced = (round + 9 - place % 10) / 10;
            self.announce(place, place + replaced * self.peers);
            self.now += interval / self.peers;
        }
    }

    fn announce(&mut self, place: u32, peer: u32) {
        let hash = format!("{:020}", place % self.swarms);
        let left = u32::from(!place.is_multiple_of(3));
        let query = format!(
            "/announce?info_hash={hash}&peer_id={peer:020}&port=6881&uploaded=0&downloaded=0\
             &left={left}&compact=1&numwant=30"
        );
        // Each at an address of its own: one alone would be told that it asks too often.
        let remote = SocketAddr::from((Ipv4Addr::from(0x0b00_0000 + peer), 6881));
        let local = SocketAddr::from(([10, 0, 0, 1], 80));
        let answer = self.tracker.handle_request(self.now, &query, remote, local);
        assert!(answer.body.starts_with(b"d8:complete"), "{}", answer.body.escape_ascii());
        assert!(answer.body.len() < 400, "{} bytes", answer.body.len());
    }
}

#[test]
fn a_tracker_of_a_million_peers_in_ten_thousand_swarms_grows_no_more() {
    alone(module_path!(), || {
        let (swarms, peers) = if is_full() { (10_000, 1_000_000) } else { (200, 20_000) };
        let before = Size::now().memory;
        let mut crowd = Crowd::new(swarms, peers);
        let mut course = Course::default();
        (0..ROUNDS_BEFORE).for_each(|round| crowd.round(round));
        for round in ROUNDS_BEFORE..ROUNDS_BEFORE + ROUNDS {
            crowd.round(round);
            assert_eq!(crowd.tracker.torrents(), swarms as usize);
            assert!((peers..=peers * 5 / 4).contains(&(crowd.tracker.peers() as u32)));
            course.note();
        }
        course.tell(&format!("a tracker of {peers} peers in {swarms} swarms"));
        let taken = Size::now().memory - before;
        assert!(taken <= MEMORY_MAX + u64::from(peers) * PEER_BYTES_MAX, "{taken} bytes in all");
        course.assert_flat(u64::from(peers) * 40 + (1 << 20));
    });
}
