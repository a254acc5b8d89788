//! The tracker as its askers see it; replies are read with our own client's reader.

use std::collections::BTreeSet;

use super::super::{AnnounceReply, ReplyError, ScrapeReply, Scraped};
use super::*;
use crate::metainfo::InfoHash;

mod floods;
mod udp;

const MINUTE: Duration = Duration::from_secs(60);

/// A tracker at 10.0.0.9:80, a clock moved by hand, and one torrent.
struct Bench {
    tracker: Tracker,
    now: Instant,
    local: SocketAddr,
}

impl Bench {
    fn new() -> Self {
        Self::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        let config = TrackerConfig { limits, ..TrackerConfig::new(1, Secret::new([1; 32])) };
        Bench {
            tracker: Tracker::new(config),
            now: Instant::now(),
            local: "10.0.0.9:80".parse().expect("an address"),
        }
    }

    fn get(&mut self, target: &str, remote: &str) -> Response {
        let remote = remote.parse().expect("an address");
        self.tracker.handle_request(self.now, target, remote, self.local)
    }

    /// Announces the peer that listens at `address`, whose connection has another port.
    fn announce_to(&mut self, torrent: char, address: &str, more: &str) -> Response {
        let address: SocketAddr = address.parse().expect("an address");
        let remote = SocketAddr::new(address.ip(), 50_000).to_string();
        let hash = torrent.to_string().repeat(20);
        let id = format!("{:0>20}", address.port());
        let port = address.port();
        let target = format!("/announce?info_hash={hash}&peer_id={id}&port={port}{more}");
        self.get(&target, &remote)
    }

    fn announce(&mut self, address: &str, more: &str) -> AnnounceReply {
        let response = self.announce_to('a', address, more);
        assert_eq!(response.status, 200);
        AnnounceReply::from_bytes(&response.body).expect("a reply")
    }

    /// The peers this one is given.
    fn peers(&mut self, address: &str, more: &str) -> BTreeSet<String> {
        let peers = self.announce(address, more).peers;
        peers.iter().map(SocketAddr::to_string).collect()
    }

    fn scraped(&mut self) -> Scraped {
        let target = format!("/scrape?info_hash={}", "a".repeat(20));
        let response = self.get(&target, "1.1.1.1:1");
        let reply = ScrapeReply::from_bytes(&response.body).expect("a reply");
        let torrent = reply.torrents.get(&InfoHash([b'a'; 20]));
        torrent.copied().unwrap_or_default()
    }

    fn failure(&mut self, target: &str) -> String {
        let response = self.get(target, "1.1.1.1:1");
        assert_eq!(response.status, 200);
        match AnnounceReply::from_bytes(&response.body) {
            Err(ReplyError::Refused { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }
}

fn set(addresses: &[&str]) -> BTreeSet<String> {
    addresses.iter().map(ToString::to_string).collect()
}

#[test]
fn peers_of_a_torrent_learn_of_each_other_and_of_no_others() {
    let mut bench = Bench::new();
    bench.announce_to('b', "3.3.3.3:3", "&left=1");
    assert_eq!(bench.peers("1.1.1.1:1", "&left=1"), set(&[]));
    assert_eq!(bench.peers("2.2.2.2:2", "&left=1"), set(&["1.1.1.1:1"]));
    assert_eq!(bench.peers("1.1.1.1:1", "&left=1"), set(&["2.2.2.2:2"]));
}

#[test]
fn a_reply_tells_the_interval_and_the_size_of_the_swarm() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=0");
    bench.announce("2.2.2.2:2", "&left=1");
    let reply = bench.announce("3.3.3.3:3", "&left=1&numwant=0");
    assert_eq!(
        reply,
        AnnounceReply {
            interval: 2 * MINUTE,
            min_interval: Some(MINUTE),
            complete: Some(1),
            incomplete: Some(2),
            peers: vec![],
            warning: None,
            tracker_id: None,
            external_ip: Some(IpAddr::from([3, 3, 3, 3])),
        }
    );
}

#[test]
fn seeds_are_given_no_seeds() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=0");
    bench.announce("2.2.2.2:2", "&left=9");
    assert_eq!(bench.peers("3.3.3.3:3", "&left=0"), set(&["2.2.2.2:2"]));
    let both = set(&["1.1.1.1:1", "3.3.3.3:3"]);
    assert_eq!(bench.peers("2.2.2.2:2", "&left=9"), both);
}

#[test]
fn who_begins_is_given_seeds_even_if_it_says_that_it_lacks_nothing() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=0");
    assert_eq!(bench.peers("3.3.3.3:3", "&left=0&event=started"), set(&["1.1.1.1:1"]));
    assert_eq!(bench.peers("3.3.3.3:3", "&left=0"), set(&[]));
}

#[test]
fn both_families_are_given_in_either_form() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "");
    bench.announce("[2001:db8::2]:2", "");
    let both = set(&["1.1.1.1:1", "[2001:db8::2]:2"]);
    assert_eq!(bench.peers("3.3.3.3:3", ""), both);
    assert_eq!(bench.peers("3.3.3.3:3", "&compact=0"), both);
    assert_eq!(bench.peers("3.3.3.3:3", "&compact=1"), both);
}

#[test]
fn the_bytes_are_those_of_the_specification() {
    let mut bench = Bench::new();
    bench.announce("1.2.3.4:6881", "&left=0");
    let packed = bench.announce_to('a', "3.3.3.3:3", "");
    assert_eq!(
        packed.body.escape_ascii().to_string(),
        "d8:completei1e10:downloadedi0e11:external ip4:\\x03\\x03\\x03\\x0310:incompletei1e8:intervali120e12:min intervali60e\
         5:peers6:\\x01\\x02\\x03\\x04\\x1a\\xe1e"
    );
    let listed = bench.announce_to('a', "3.3.3.3:3", "&compact=0");
    assert_eq!(
        listed.body.escape_ascii().to_string(),
        "d8:completei1e10:downloadedi0e11:external ip4:\\x03\\x03\\x03\\x0310:incompletei1e8:intervali120e12:min intervali60e\
         5:peersld2:ip7:1.2.3.47:peer id20:000000000000000068814:porti6881eeee"
    );
    let without_ids = bench.announce_to('a', "3.3.3.3:3", "&compact=0&no_peer_id=1");
    assert!(!without_ids.body.escape_ascii().to_string().contains("peer id"));
}

#[test]
fn an_ipv4_address_mapped_into_ipv6_is_an_ipv4_address() {
    let mut bench = Bench::new();
    bench.announce("[::ffff:1.1.1.1]:1", "");
    assert_eq!(bench.peers("2.2.2.2:2", ""), set(&["1.1.1.1:1"]));
    // On a socket of both families our own address looks like this, too.
    bench.announce("127.0.0.1:3", "");
    bench.local = "[::ffff:10.0.0.9]:80".parse().expect("an address");
    assert!(bench.peers("2.2.2.2:2", "").contains("10.0.0.9:3"));
}

#[test]
fn an_address_in_the_query_is_not_believed() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&ip=9.9.9.9&ipv4=9.9.9.9:1&ipv6=::9");
    assert_eq!(bench.peers("2.2.2.2:2", ""), set(&["1.1.1.1:1"]));
}

#[test]
fn a_peer_on_this_machine_is_given_to_others_as_where_they_reached_us() {
    let mut bench = Bench::new();
    bench.announce("127.0.0.1:1", "");
    bench.announce("[::1]:2", "");
    // From this machine they are reached as they are.
    let as_they_are = set(&["127.0.0.1:1", "[::1]:2"]);
    assert_eq!(bench.peers("127.0.0.1:3", ""), as_they_are);
    bench.announce("127.0.0.1:3", "&event=stopped");
    let from_outside = set(&["10.0.0.9:1", "10.0.0.9:2"]);
    assert_eq!(bench.peers("10.0.0.8:3", ""), from_outside);
    bench.local = "[2001:db8::9]:80".parse().expect("an address");
    let from_outside = set(&["[2001:db8::9]:1", "[2001:db8::9]:2", "10.0.0.8:3"]);
    assert_eq!(bench.peers("[2001:db8::8]:4", ""), from_outside);
}

#[test]
fn nobody_is_given_itself_by_any_of_its_addresses() {
    let mut bench = Bench::new();
    bench.announce("127.0.0.1:7", "");
    bench.announce("[2001:db8::7]:7", "");
    // The same peer id, and here also the same place as seen from outside.
    assert_eq!(bench.peers("10.0.0.9:7", ""), set(&[]));
}

#[test]
fn a_peer_that_stops_is_given_to_nobody_and_gets_nobody() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "");
    bench.announce("2.2.2.2:2", "");
    assert_eq!(bench.peers("1.1.1.1:1", "&event=stopped"), set(&[]));
    assert_eq!(bench.peers("2.2.2.2:2", ""), set(&[]));
    // Nor does a goodbye make a torrent known.
    bench.announce_to('z', "1.1.1.1:1", "&event=stopped");
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (1, 1));
}

#[test]
fn one_address_cannot_stop_the_peer_of_another() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "");
    bench.announce("2.2.2.2:1", "&event=stopped");
    assert_eq!(bench.peers("3.3.3.3:3", ""), set(&["1.1.1.1:1"]));
}

#[test]
fn a_completed_download_counts_once() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=5&event=started");
    bench.announce("1.1.1.1:1", "&left=0&event=completed");
    bench.announce("1.1.1.1:1", "&left=0&event=completed");
    let expected = Scraped { complete: 1, downloaded: 1, incomplete: 0 };
    assert_eq!(bench.scraped(), expected);
}

#[test]
fn a_peer_that_misses_two_intervals_is_gone() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=0");
    bench.now += 4 * MINUTE;
    assert_eq!(bench.peers("2.2.2.2:2", "&left=1"), set(&["1.1.1.1:1"]));
    bench.now += Duration::from_secs(1);
    assert_eq!(bench.peers("3.3.3.3:3", "&left=1"), set(&["2.2.2.2:2"]));
    assert_eq!((bench.scraped().complete, bench.tracker.peers()), (0, 2));
}

#[test]
fn the_silent_are_forgotten_also_where_nobody_asks_about_their_torrent() {
    let mut bench = Bench::new();
    bench.announce_to('b', "1.1.1.1:1", "");
    bench.now += 10 * MINUTE;
    bench.announce("2.2.2.2:2", "");
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (2, 1));
    // The torrent goes when it has been empty for a day.
    bench.now += 24 * 60 * MINUTE;
    bench.announce("2.2.2.2:2", "");
    assert_eq!(bench.tracker.torrents(), 1);
}

#[test]
fn no_more_peers_are_given_than_are_wanted_or_than_the_bound() {
    let mut bench = Bench::new();
    for i in 1..=500 {
        bench.announce(&format!("1.1.1.{}:{i}", i % 250), "");
    }
    let mut count = |more| bench.announce("9.9.9.9:9999", more).peers.len();
    assert_eq!(count(""), 50);
    assert_eq!(count("&numwant=0"), 0);
    assert_eq!(count("&numwant=3"), 3);
    assert_eq!(count("&numwant=-1"), 50);
    assert_eq!(count("&numwant=18446744073709551615"), 200);
}

#[test]
fn every_peer_has_its_chance_to_be_given() {
    let mut bench = Bench::new();
    for i in 1..=50 {
        bench.announce(&format!("1.1.1.1:{i}"), "");
    }
    let mut given = BTreeSet::new();
    for _ in 0..100 {
        given.append(&mut bench.peers("9.9.9.9:9999", "&numwant=5"));
    }
    assert_eq!(given.len(), 50);
}

#[test]
fn a_full_torrent_takes_a_newcomer_for_the_peer_silent_longest() {
    let mut bench = Bench::with(Limits { torrent_peers_max: 3, ..Limits::default() });
    for address in ["1.1.1.1:1", "2.2.2.2:2", "3.3.3.3:3", "1.1.1.1:1"] {
        bench.now += Duration::from_secs(1);
        bench.announce(address, "&left=0");
    }
    bench.now += Duration::from_secs(1);
    let left = set(&["1.1.1.1:1", "3.3.3.3:3"]);
    assert_eq!(bench.peers("4.4.4.4:4", "&left=1"), left);
    assert_eq!((bench.tracker.peers(), bench.scraped().complete), (3, 2));
}

#[test]
fn beyond_the_torrents_kept_the_one_silent_longest_goes() {
    let mut bench = Bench::with(Limits { torrents_max: 2, ..Limits::default() });
    for torrent in ['a', 'b', 'a', 'c'] {
        bench.now += Duration::from_secs(1);
        bench.announce_to(torrent, "1.1.1.1:1", "");
    }
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (2, 2));
    assert_eq!(bench.peers("2.2.2.2:2", ""), set(&["1.1.1.1:1"]));
}

#[test]
fn beyond_the_peers_kept_the_torrent_silent_longest_goes_or_else_a_peer() {
    let mut bench = Bench::with(Limits { peers_max: 3, ..Limits::default() });
    for (torrent, address) in [('b', "1.1.1.1:1"), ('b', "2.2.2.2:2"), ('a', "1.1.1.1:1")] {
        bench.now += Duration::from_secs(1);
        bench.announce_to(torrent, address, "");
    }
    assert_eq!(bench.peers("2.2.2.2:2", ""), set(&["1.1.1.1:1"]));
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (1, 2));
    bench.now += Duration::from_secs(1);
    bench.announce("3.3.3.3:3", "");
    bench.now += Duration::from_secs(1);
    let left = set(&["2.2.2.2:2", "3.3.3.3:3"]);
    assert_eq!(bench.peers("4.4.4.4:4", ""), left);
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (1, 3));
}

#[test]
fn a_flood_of_strangers_stays_within_the_bounds() {
    let limits = Limits { torrents_max: 20, torrent_peers_max: 10, peers_max: 50 };
    let mut bench = Bench::with(limits);
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..5_000 {
        bench.now += Duration::from_millis(random.u64(..5_000));
        let torrent = char::from(random.u8(b'A'..=b'z'));
        let torrent = if torrent.is_ascii_alphabetic() { torrent } else { 'a' };
        let address = format!("1.1.1.{}:{}", random.u8(..), random.u16(1..50));
        let event = ["", "&event=stopped", "&event=completed"][random.usize(..3)];
        let left = random.u8(..2);
        bench.announce_to(torrent, &address, &format!("&left={left}{event}"));
        let tracker = &bench.tracker;
        assert!(tracker.torrents() <= 20 && tracker.peers() <= 50);
        let counted: usize = tracker.swarms.sizes().map(|(_, size)| size.seeds + size.others).sum();
        assert_eq!(counted, tracker.peers());
        assert!(tracker.swarms.sizes().all(|(_, size)| size.seeds + size.others <= 10));
    }
}

#[test]
fn a_scrape_tells_of_those_asked_about_or_of_all() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=0");
    bench.announce_to('b', "1.1.1.1:1", "&left=1");
    let (a, b, z) = ("a".repeat(20), "b".repeat(20), "z".repeat(20));
    let mut known = |target: String| {
        let response = bench.get(&target, "1.1.1.1:1");
        let reply = ScrapeReply::from_bytes(&response.body).expect("a reply");
        let hashes = reply.torrents.keys().map(|hash| char::from(hash.0[0]));
        hashes.collect::<String>()
    };
    assert_eq!(known("/scrape".into()), "ab");
    assert_eq!(known(format!("/scrape?info_hash={b}")), "b");
    assert_eq!(known(format!("/scrape?info_hash={z}&info_hash={a}")), "a");
}

#[test]
fn who_asks_wrongly_is_told_what_is_wrong() {
    let mut bench = Bench::new();
    assert_eq!(bench.failure("/announce"), "the parameter info_hash is missing");
    assert_eq!(
        bench.failure("/scrape?info_hash=abc"),
        "info_hash has to be 20 bytes long, percent-encoded; it is 3"
    );
    let elsewhere = bench.get("/favicon.ico", "1.1.1.1:1");
    assert_eq!(elsewhere.status, 404);
    assert!(String::from_utf8_lossy(&elsewhere.body).contains("/announce"));
}

#[test]
fn a_person_sees_the_counts() {
    let mut bench = Bench::new();
    bench.announce("1.1.1.1:1", "&left=0");
    bench.announce("2.2.2.2:2", "&left=1");
    let page = bench.get("/", "1.1.1.1:1");
    assert_eq!(page.content_type, "text/plain; charset=utf-8");
    assert_eq!(
        String::from_utf8_lossy(&page.body),
        "BitTorrent tracker\n\ntorrents 1\npeers    2\nseeds    1\n\n\
         info-hash                                 peers  seeds  completed\n\
         6161616161616161616161616161616161616161      2      1          0\n"
    );
}

#[test]
fn nothing_that_can_be_asked_makes_the_tracker_fall_over() {
    let mut bench = Bench::new();
    let mut random = fastrand::Rng::with_seed(4);
    let sound = "/announce?info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=bbbbbbbbbbbbbbbbbbbb&port=1&\
                 left=0&numwant=5&event=started&compact=0";
    for _ in 0..20_000 {
        let mut target: Vec<char> = sound.chars().collect();
        for _ in 0..random.usize(..8) {
            let at = random.usize(..target.len());
            target[at] = match random.u8(..4) {
                0 => random.char(..),
                1 => '%',
                2 => '&',
                _ => char::from(random.u8(b'0'..=b'9')),
            };
        }
        target.truncate(random.usize(..=target.len()));
        let target: String = target.into_iter().collect();
        bench.get(&target, "1.1.1.1:1");
    }
}
