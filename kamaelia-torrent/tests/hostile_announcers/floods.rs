//! Strangers in great number, and one who sends as many as can be sent. `HOSTILE_MILLIONS=1` makes each
//! number ten times as great, a million, which takes some minutes without optimization.

use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kamaelia_io::udp::UdpServer;
use kamaelia_torrent::tracker::serve::Limits;
use kamaelia_torrent::tracker::{Secret, Tracker, TrackerConfig};

use super::bench::{Bench, CONNECT, address, announce, announce_body, at, request};

/// How many cases there are: each is a test.
pub(crate) fn count() -> usize {
    include_str!("floods.rs").lines().filter(|line| *line == "#[test]").count()
}

fn many() -> u32 {
    if std::env::var_os("HOSTILE_MILLIONS").is_some() { 1_000_000 } else { 100_000 }
}

/// What this tracker may hold, in bytes: three times what the limits say of themselves.
const MEMORY_MAX: u64 = 64 << 20;

/// Memory that this process has now, where the system tells.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

fn hash(number: u32) -> String {
    format!("{number:020}")
}

#[test]
fn a_million_torrents_of_as_many_strangers_fill_no_more_than_the_limits() {
    let (mut bench, limits, before) = (Bench::new(), Limits::default(), memory());
    for number in 0..many() {
        bench.now += Duration::from_micros(100);
        let from = address(0x0b00_0000 + number);
        bench.get(&announce(&hash(number), from, ""), from);
    }
    assert_eq!(bench.tracker.torrents(), limits.torrents_max);
    assert_eq!(bench.tracker.peers(), limits.torrents_max);
    let held = memory().saturating_sub(before);
    assert!(held < MEMORY_MAX, "{} MiB", held >> 20);
}

#[test]
fn a_million_strangers_in_one_torrent_fill_no_more_than_the_limits() {
    let (mut bench, limits, before) = (Bench::new(), Limits::default(), memory());
    // Whom a full torrent lets go has to be looked for, which takes its time here.
    for number in 0..many() / 4 {
        bench.now += Duration::from_micros(100);
        let _ = bench.announce(address(0x0b00_0000 + number), "&numwant=0");
    }
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (1, limits.torrent_peers_max));
    let held = memory().saturating_sub(before);
    assert!(held < MEMORY_MAX, "{} MiB", held >> 20);
}

#[test]
fn as_many_strangers_as_there_may_be_fill_no_more_than_the_limits() {
    let (mut bench, limits, before) = (Bench::new(), Limits::default(), memory());
    for number in 0..many() + 20_000 {
        bench.now += Duration::from_micros(100);
        let from = address(0x0b00_0000 + number);
        bench.get(&announce(&hash(number % 5_000), from, "&numwant=0"), from);
    }
    assert!(bench.tracker.peers() <= limits.peers_max, "{}", bench.tracker.peers());
    assert!(bench.tracker.peers() > limits.peers_max / 2, "{}", bench.tracker.peers());
    let held = memory().saturating_sub(before);
    assert!(held < MEMORY_MAX, "{} MiB", held >> 20);
}

#[test]
fn a_million_connects_from_addresses_that_may_be_forged_leave_nothing_behind() {
    let (mut bench, before) = (Bench::new(), memory());
    for number in 0..many() {
        let answer = bench.datagram(&CONNECT, address(number)).expect("a connection");
        assert_eq!(answer.len(), CONNECT.len());
    }
    assert_eq!((bench.tracker.torrents(), bench.tracker.peers()), (0, 0));
    let held = memory().saturating_sub(before);
    assert!(held < MEMORY_MAX, "{} MiB", held >> 20);
}

#[test]
fn a_hundred_thousand_guesses_at_a_connection_are_none() {
    let mut bench = Bench::with_peers(10);
    bench.connect(at("9.9.9.9:1"));
    let mut chance = fastrand::Rng::with_seed(7);
    for _ in 0..many() {
        let guess = request(chance.u64(..), 1, &announce_body(6881, 0, -1));
        assert_eq!(bench.datagram(&guess, at("9.9.9.9:1")), None);
    }
    assert_eq!(bench.tracker.peers(), 10);
}

#[test]
fn nobody_is_silenced_by_who_asks_in_its_name() {
    let mut bench = Bench::with_peers(10);
    let victim = at("9.9.9.9:6881");
    let id = bench.connect(victim);
    for number in 0..50_000 {
        bench.datagram(&CONNECT, victim);
        bench.datagram(&request(number, 1, &announce_body(6881, 0, -1)), victim);
    }
    let announced = bench.datagram(&request(id, 1, &announce_body(6881, 0, -1)), victim);
    assert!(announced.is_some_and(|answer| answer.len() > 20));
    assert!(bench.announce(victim, "").is_ok());
}

#[test]
fn one_address_alone_pushes_out_no_torrent_whose_peers_announce_when_they_should() {
    let mut bench = Bench::new();
    let (honest, rude) = (at("9.9.9.9:6881"), at("6.6.6.6:6881"));
    bench.announce(honest, "").expect("a reply");
    let (mut number, mut refused) = (0, 0);
    for _ in 0..4 {
        for _ in 0..120 {
            bench.now += Duration::from_secs(1);
            for _ in 0..100 {
                number += 1;
                let answer = bench.get(&announce(&hash(number), rude, ""), rude);
                refused += u32::from(answer.body.starts_with(b"d14:failure reason"));
            }
        }
        let other = bench.announce(at("9.9.9.8:6881"), "").expect("a reply");
        assert!(other.peers.contains(&honest), "it was pushed out");
        bench.announce(honest, "").expect("a reply");
    }
    assert!(refused > number / 3, "{refused} of {number}");
}

#[test]
fn one_address_has_a_few_places_in_a_torrent_however_many_ports_it_has() {
    let mut bench = Bench::with_peers(30);
    for port in 1..=u16::MAX {
        bench.now += Duration::from_millis(25);
        let _ = bench.announce(SocketAddr::new(at("6.6.6.6:1").ip(), port), "&numwant=0");
    }
    // The honest ones have been silent for half an hour, and are not pushed out but gone.
    assert_eq!(bench.tracker.peers(), 64);
}

#[test]
fn one_household_of_ipv6_has_no_more_than_one_address_of_ipv4() {
    let mut bench = Bench::new();
    let from = |number: u32| {
        let [high, low] = [(number >> 16) as u16, number as u16];
        let ip = Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, high, low);
        SocketAddr::from((ip, 6881))
    };
    let answered = (0..10_000).filter(|number| bench.announce(from(*number), "").is_ok()).count();
    assert_eq!(answered, 2_000, "two thousand at once, and then fifty a second");
    assert!(bench.tracker.peers() <= 64, "{}", bench.tracker.peers());
}

#[test]
fn nobody_says_goodbye_for_another() {
    let mut bench = Bench::with_peers(10);
    for port in [6881, 1, 80] {
        let victim = SocketAddr::new(at("9.9.0.1:1").ip(), port);
        let stopped = announce(&"a".repeat(20), victim, "&event=stopped&ip=9.9.0.1");
        bench.get(&stopped, at("6.6.6.6:6881"));
        let id = bench.connect(at("6.6.6.6:6881"));
        bench.datagram(&request(id, 1, &announce_body(port, 3, -1)), at("6.6.6.6:6881"));
    }
    assert_eq!(bench.tracker.peers(), 10);
}

#[test]
fn a_download_that_is_completed_again_and_again_counts_once() {
    let mut bench = Bench::new();
    for number in 0..1_000 {
        let _ = bench.announce(at("6.6.6.6:6881"), "&event=completed&left=0");
        // And by the other way, as one that lacks something.
        let id = bench.connect(at("6.6.6.6:6881"));
        bench.datagram(&request(id, 1, &announce_body(6881, 1, 0)), at("6.6.6.6:6881"));
        bench.now += Duration::from_millis(number % 50);
    }
    let page = bench.get(&format!("/scrape?info_hash={}", "a".repeat(20)), at("9.9.9.9:1"));
    let scraped = kamaelia_torrent::tracker::ScrapeReply::from_bytes(&page.body).expect("a scrape");
    let torrent = scraped.torrents.into_values().next().expect("it is known");
    assert_eq!((torrent.complete, torrent.downloaded, torrent.incomplete), (0, 1, 1));
}

#[test]
fn a_scrape_of_everything_has_an_end() {
    let mut bench = Bench::new();
    for number in 0..10_000 {
        let from = address(0x0b00_0000 + number);
        bench.get(&announce(&hash(number), from, ""), from);
    }
    for path in ["/scrape", "/"] {
        let answer = bench.get(path, at("9.9.9.9:1"));
        assert!(answer.body.len() < 100_000, "{path}: {} bytes", answer.body.len());
    }
}

#[test]
fn who_asks_politely_is_answered_behind_a_flood_of_datagrams() {
    let mut server = UdpServer::bind(at("127.0.0.1:0")).expect("a port");
    let (address, waker) = (server.local_addr(), server.waker());
    let over = Arc::new(AtomicBool::new(false));
    let is_over = over.clone();
    let serving = thread::spawn(move || {
        let mut tracker = Tracker::new(TrackerConfig::new(1, Secret::new([7; 32])));
        while !is_over.load(Ordering::SeqCst) {
            let turn = server.turn(Duration::from_secs(60), &mut |datagram, remote, local| {
                tracker.handle_datagram(Instant::now(), datagram, remote, local)
            });
            turn.expect("a turn");
        }
        (tracker.torrents(), tracker.peers())
    });
    let flood = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let polite = UdpSocket::bind("127.0.0.1:0").expect("a port");
    polite.set_read_timeout(Some(Duration::from_millis(100))).expect("a timeout");
    let mut chance = fastrand::Rng::with_seed(1);
    let until = Instant::now() + Duration::from_secs(60);
    let mut answer = [0; 2048];
    for round in 0..20 {
        for _ in 0..1_000 {
            let bytes: Vec<u8> = (0..chance.usize(..200)).map(|_| chance.u8(..)).collect();
            // What the system has no room for it drops, ours too, so it is said again.
            let _ = flood.send_to(&bytes, address);
        }
        loop {
            assert!(Instant::now() < until, "nobody answers");
            let _ = polite.send_to(&CONNECT, address);
            if polite.recv(&mut answer).is_ok_and(|count| count == 16) {
                break;
            }
        }
        assert_eq!(answer[..8], [0, 0, 0, 0, 0, 0, 0, 9], "round {round}");
    }
    over.store(true, Ordering::SeqCst);
    waker.wake();
    assert_eq!(serving.join().expect("the tracker stands"), (0, 0));
}
