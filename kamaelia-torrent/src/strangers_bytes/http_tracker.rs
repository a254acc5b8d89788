//! What HTTP trackers answer, and what is asked of ours.

use std::net::SocketAddr;
use std::time::Instant;

use crate::bencode::{Limits, scan};
use crate::tracker::serve::{self, TrackerConfig};
use crate::tracker::{
    AnnounceReply, INTERVAL_MAX, INTERVAL_MIN, PEERS_MAX, ScrapeReply, Secret, Tracker,
};

pub(super) fn check_reply(bytes: &[u8]) {
    match AnnounceReply::from_bytes(bytes) {
        Ok(reply) => check_announced(&reply),
        Err(error) => super::assert_sentence(&error.to_string()),
    }
    if let Err(error) = ScrapeReply::from_bytes(bytes) {
        super::assert_sentence(&error.to_string());
    }
}

/// What holds of every answer to an announce, by whatever way it came.
pub(super) fn check_announced(reply: &AnnounceReply) {
    assert!((INTERVAL_MIN..=INTERVAL_MAX).contains(&reply.interval));
    let min = reply.min_interval.unwrap_or(INTERVAL_MIN);
    assert!((INTERVAL_MIN..=reply.interval).contains(&min));
    assert!(reply.peers.len() <= PEERS_MAX);
    for peer in &reply.peers {
        assert!(peer.port() != 0 && !peer.ip().is_unspecified() && !peer.ip().is_multicast());
    }
    if let Some(warning) = &reply.warning {
        super::assert_sentence(warning);
    }
    assert!(reply.tracker_id.as_ref().is_none_or(|id| id.len() <= 256));
}

/// A small tracker, so that its bounds are reached.
pub(super) fn tracker() -> Tracker {
    let limits = serve::Limits { torrents_max: 3, torrent_peers_max: 4, peers_max: 8 };
    Tracker::new(TrackerConfig { limits, ..TrackerConfig::new(1, Secret::new([1; 32])) })
}

/// Somebody different for each byte.
pub(super) fn somebody(byte: u8) -> SocketAddr {
    match byte % 3 {
        0 => SocketAddr::from(([10, 0, 0, byte], 4000)),
        1 => SocketAddr::from(([93, 184, 216, byte], 4000)),
        _ => SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, byte.into()], 4000)),
    }
}

pub(super) fn check_bounds(tracker: &Tracker) {
    assert!(tracker.torrents() <= 3 && tracker.peers() <= 8);
}

/// Requests in a row, each from somebody who is told by its first byte.
pub(super) fn check_requests(bytes: &[u8]) {
    let (mut tracker, now) = (tracker(), Instant::now());
    let local = SocketAddr::from(([10, 0, 0, 1], 6969));
    for request in super::messages(bytes) {
        let (who, target) = super::first(request);
        let target = String::from_utf8_lossy(target);
        let response = tracker.handle_request(now, &target, somebody(who), local);
        assert!([200, 404].contains(&response.status));
        assert!(response.body.len() < 16 * 1024, "{} bytes", response.body.len());
        if response.status == 200 && !matches!(target.split('?').next(), Some("/")) {
            scan(&response.body, Limits::default().canonical()).expect("bencode");
        }
        check_bounds(&tracker);
    }
}

pub(super) fn replies() -> Vec<Vec<u8>> {
    let texts: [&[u8]; 8] = [
        b"d8:completei3e11:external ip4:\x01\x02\x03\x0410:incompletei2e8:intervali900e\
          12:min intervali300e5:peers12:\x7f\x00\x00\x01\x1a\xe1\x0a\x00\x00\x02\x00\x50\
          6:peers618:\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x1a\xe1\
          10:tracker id3:x\x00y15:warning message8:be\x1bware!e",
        b"d8:intervali1800e5:peersld2:ip9:127.0.0.17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti6881eeee",
        b"d14:failure reason9:not today\x07e",
        b"d8:intervali-1e5:peersi1ee",
        b"d8:intervali9223372036854775807e5:peers0:e",
        b"d5:filesd20:aaaaaaaaaaaaaaaaaaaad8:completei5e10:downloadedi50e10:incompletei10eeee",
        b"d5:filesd3:abcd8:completei-1eeee",
        b"<!DOCTYPE html>",
    ];
    texts.map(<[u8]>::to_vec).to_vec()
}

pub(super) fn requests() -> Vec<Vec<u8>> {
    let announce = |who: u8, rest: &str| {
        let ids = "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=%00%ffcdefghijklmnopqrst";
        [&[who], format!("/announce?{ids}&port=6881&left=7{rest}").as_bytes()].concat()
    };
    let all = [
        announce(0, ""),
        announce(1, "&event=started&numwant=50&compact=0"),
        announce(2, "&event=completed&numwant=-1&no_peer_id=1&left=0"),
        announce(3, "&event=stopped"),
        b"\x04/scrape?info_hash=aaaaaaaaaaaaaaaaaaaa&info_hash=bbbbbbbbbbbbbbbbbbbb".to_vec(),
        b"\x05/scrape".to_vec(),
        b"\x06/".to_vec(),
        b"\x07/announce?info_hash=a+%2&peer_id=&port=0".to_vec(),
        b"\x08/nowhere?x=y".to_vec(),
    ];
    let mut seeds: Vec<Vec<u8>> = all.iter().map(|one| super::joined(&[one])).collect();
    seeds.push(super::joined(&all.each_ref().map(|one| &one[..])));
    seeds
}
