//! What trackers answer in datagrams, and what is asked of ours in them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::http_tracker::{check_announced, check_bounds, somebody, tracker};
use crate::metainfo::{InfoHash, PeerId};
use crate::tracker::udp::{Answer, Question, UdpClient};
use crate::tracker::{Announce, Secret};

/// The longest answer to who has shown where it is.
const ANSWER_MAX: usize = 1500;

fn announce() -> Question {
    let announce = Announce {
        info_hash: InfoHash([1; 20]),
        peer_id: PeerId([2; 20]),
        port: 1,
        uploaded: 0,
        downloaded: 0,
        left: 0,
        event: None,
        peers_wanted: 50,
        key: 0,
        ipv6: None,
        tracker_id: None,
    };
    Question::Announce { announce, url_data: b"/announce".to_vec() }
}

/// Datagrams in a row, to a client that has asked two trackers two things. Who they come from and
/// whether they name the number of what was sent last is told by the first byte of each.
pub(super) fn check_replies(bytes: &[u8]) {
    let trackers = [SocketAddr::from(([1, 2, 3, 4], 80)), SocketAddr::from(([7; 8], 80))];
    let mut client = UdpClient::new(Secret::new([1; 32]));
    let mut now = Instant::now();
    let patience = Duration::from_secs(30);
    for (token, tracker) in (0u64..).zip(trackers) {
        client.ask(now, 2 * token, tracker, announce(), patience);
        let scrape = Question::Scrape(vec![InfoHash([1; 20]), InfoHash([2; 20])]);
        client.ask(now, 2 * token + 1, tracker, scrape, patience);
    }
    let mut sent = [0; 4];
    for datagram in super::messages(bytes) {
        while let Some(asked) = client.poll_transmit() {
            sent = asked.bytes[12..16].try_into().expect("four bytes");
        }
        let (how, rest) = super::first(datagram);
        let mut reply = rest.to_vec();
        if how & 1 == 0
            && let Some(transaction) = reply.get_mut(4..8)
        {
            transaction.copy_from_slice(&sent);
        }
        client.handle_datagram(now, trackers[usize::from(how >> 1 & 1)], &reply);
        now += Duration::from_secs(u64::from(how >> 2) / 8);
        client.handle_timeout(now);
    }
    client.handle_timeout(now + patience);
    assert!(client.is_idle(), "every question has an end");
    let mut outcomes: Vec<u64> = std::iter::from_fn(|| client.poll_outcome())
        .map(|outcome| {
            match outcome.result {
                Ok(Answer::Announced(reply)) => check_announced(&reply),
                Ok(Answer::Scraped(reply)) => assert!(reply.torrents.len() <= 2),
                Err(error) => super::assert_sentence(&error.to_string()),
            }
            outcome.token
        })
        .collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [0, 1, 2, 3], "each question has one outcome");
}

/// Datagrams in a row. Who they come from, and whether they name the connection that was given to
/// whoever that is, is told by the first byte of each.
pub(super) fn check_requests(bytes: &[u8]) {
    let (mut tracker, now) = (tracker(), Instant::now());
    let local = SocketAddr::from(([10, 0, 0, 1], 6969));
    for datagram in super::messages(bytes) {
        let (how, rest) = super::first(datagram);
        let who = somebody(how >> 1);
        let mut request = rest.to_vec();
        let is_connected = how & 1 == 0 && request.len() >= 8;
        if is_connected {
            let connect = b"\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0\0\0\0\0";
            let answer = tracker.handle_datagram(now, connect, who, local).expect("a connection");
            request[..8].copy_from_slice(&answer[8..]);
        }
        let answer = tracker.handle_datagram(now, &request, who, local).unwrap_or_default();
        // Nobody gets more than it has sent before it has shown where it is.
        let most = if is_connected { ANSWER_MAX } else { request.len() };
        assert!(answer.len() <= most, "{} bytes for {}", answer.len(), request.len());
        if let Some(transaction) = request.get(12..16).filter(|_| !answer.is_empty()) {
            assert_eq!(&answer[4..8], transaction);
        }
        check_bounds(&tracker);
    }
}

pub(super) fn replies() -> Vec<Vec<u8>> {
    let connected = b"\0\0\0\0\0\0\0\0\0tttt12345678";
    let elsewhere = b"\x02\0\0\0\0tttt12345678";
    let announced = b"\0\0\0\0\x01tttt\0\0\x03\x84\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x1a\xe1";
    let scraped = b"\0\0\0\0\x02tttt\0\0\0\x01\0\0\0\x02\0\0\0\x03";
    let refused = b"\0\0\0\0\x03ttttgo\naway\xff";
    let unasked = b"\x01\0\0\0\x01tttt";
    let connected = &connected[4..];
    vec![
        super::joined(&[connected, announced]),
        super::joined(&[connected, scraped, announced]),
        super::joined(&[elsewhere, announced]),
        super::joined(&[refused]),
        super::joined(&[connected, refused, unasked]),
        super::joined(&[b"\xff", b"\xfe\0"]),
    ]
}

pub(super) fn requests() -> Vec<Vec<u8>> {
    let connect = b"\x01\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0tttt";
    let request = |who: u8, action: u8, body: &[u8]| {
        [&[who << 1], &b"cccccccc\0\0\0"[..], &[action], b"tttt", body].concat()
    };
    let announce = |event: u8, port: u8| {
        let counts = [[0; 8], [7; 8], [0; 8]].concat();
        let rest = [0, 0, 0, event, 0, 0, 0, 0, 1, 2, 3, 4, 255, 255, 255, 255, 0x1a, port];
        [&[1; 20][..], &[2; 20], &counts, &rest, b"\x02\x04/a?b"].concat()
    };
    let all = [
        connect.to_vec(),
        request(0, 1, &announce(2, 1)),
        request(1, 1, &announce(0, 2)),
        request(2, 1, &announce(1, 3)),
        request(3, 1, &announce(3, 4)),
        request(3, 1, &announce(9, 4)[..50]),
        request(4, 2, &[1; 60]),
        request(4, 7, b""),
        b"\x01short".to_vec(),
    ];
    let mut seeds: Vec<Vec<u8>> = all.iter().map(|one| super::joined(&[one])).collect();
    seeds.push(super::joined(&all.each_ref().map(|one| &one[..])));
    seeds
}
