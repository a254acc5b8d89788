//! An HTTP tracker's reply to an announce.

use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;
use serde_bytes::ByteBuf;

use super::peers::PeerList;
use crate::bencode::decode;
use crate::tracker::peers::usable;
use crate::tracker::reply::{AnnounceReply, INTERVAL_DEFAULT, INTERVAL_MAX, clamped, readable};

/// The longest tracker id we repeat, in bytes.
const TRACKER_ID_LENGTH_MAX: usize = 256;

/// Why a reply is of no use. Another tracker may do better, and this one may later.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyError {
    /// The tracker will not serve this announce.
    #[error("the tracker refuses: {reason}")]
    Refused {
        /// In the tracker's words.
        reason: String,
    },
    /// It is a page for people.
    #[error("a web page came back where a tracker should be")]
    WebPage,
    /// It is something else.
    #[error("what came back is not a tracker's reply: {reason}")]
    NotAReply {
        /// What is wrong with it.
        reason: String,
    },
}

#[derive(Deserialize)]
struct RawReply {
    #[serde(rename = "failure reason")]
    failure: Option<ByteBuf>,
    #[serde(rename = "warning message")]
    warning: Option<ByteBuf>,
    interval: Option<i64>,
    #[serde(rename = "min interval")]
    min_interval: Option<i64>,
    #[serde(rename = "tracker id")]
    tracker_id: Option<ByteBuf>,
    complete: Option<i64>,
    incomplete: Option<i64>,
    peers: Option<PeerList>,
    peers6: Option<PeerList>,
    #[serde(rename = "external ip")]
    external_ip: Option<ByteBuf>,
}

impl AnnounceReply {
    /// Reads what a tracker sent, from the first byte to the last.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReplyError> {
        let raw: RawReply = decode(bytes).map_err(|error| not_a_reply(bytes, &error))?;
        if let Some(reason) = raw.failure {
            return Err(refused(&reason));
        }
        if raw.interval.is_none() && raw.peers.is_none() && raw.peers6.is_none() {
            return Err(ReplyError::NotAReply {
                reason: "it has neither an interval nor peers".into(),
            });
        }
        let interval =
            raw.interval.map_or(INTERVAL_DEFAULT, |seconds| clamped(seconds, INTERVAL_MAX));
        let ipv4 = raw.peers.map(PeerList::ipv4).unwrap_or_default();
        let ipv6 = raw.peers6.map(PeerList::ipv6).unwrap_or_default();
        Ok(AnnounceReply {
            interval,
            min_interval: raw.min_interval.map(|seconds| clamped(seconds, interval)),
            complete: raw.complete.and_then(|count| count.try_into().ok()),
            incomplete: raw.incomplete.and_then(|count| count.try_into().ok()),
            peers: usable(alternating(ipv4, ipv6)),
            warning: raw.warning.map(|text| readable(&text)),
            tracker_id: raw
                .tracker_id
                .map(ByteBuf::into_vec)
                .filter(|id| id.len() <= TRACKER_ID_LENGTH_MAX),
            external_ip: raw.external_ip.and_then(|bytes| address(&bytes)),
        })
    }
}

/// An address as BEP 24 packs it, of either family.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let address = match *bytes {
        [a, b, c, d] => IpAddr::from([a, b, c, d]),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?).to_canonical(),
    };
    (!address.is_unspecified()).then_some(address)
}

/// One of each in turn, so that a bound on their number does not leave one family out.
fn alternating(left: Vec<SocketAddr>, right: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let mut sides = [left.into_iter(), right.into_iter()];
    loop {
        let before = all.len();
        all.extend(sides.iter_mut().filter_map(Iterator::next));
        if all.len() == before {
            return all;
        }
    }
}

pub(super) fn refused(reason: &[u8]) -> ReplyError {
    ReplyError::Refused { reason: readable(reason) }
}

pub(super) fn not_a_reply(bytes: &[u8], error: &impl std::fmt::Display) -> ReplyError {
    if bytes.trim_ascii_start().starts_with(b"<") {
        return ReplyError::WebPage;
    }
    ReplyError::NotAReply { reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::tracker::peers::PEERS_MAX;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|text| text.parse().expect("an address")).collect()
    }

    fn peers(bytes: &[u8]) -> Vec<SocketAddr> {
        AnnounceReply::from_bytes(bytes).expect("a reply").peers
    }

    #[test]
    fn a_reply_is_read_whole() {
        let bytes = b"d8:completei3e11:external ip4:\x01\x02\x03\x0410:incompletei2e\
            8:intervali900e12:min intervali300e\
            5:peers12:\x7f\x00\x00\x01\x1a\xe1\x0a\x00\x00\x02\x00\x50\
            6:peers618:\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x1a\xe1\
            10:tracker id3:x\x00y15:warning message8:be\x1bware!e";
        assert_eq!(
            AnnounceReply::from_bytes(bytes),
            Ok(AnnounceReply {
                interval: Duration::from_secs(900),
                min_interval: Some(Duration::from_secs(300)),
                complete: Some(3),
                incomplete: Some(2),
                peers: addresses(&["127.0.0.1:6881", "[2001:db8::9]:6881", "10.0.0.2:80"]),
                warning: Some("be ware!".into()),
                tracker_id: Some(b"x\0y".to_vec()),
                external_ip: Some(IpAddr::from([1, 2, 3, 4])),
            })
        );
    }

    #[test]
    fn peers_may_be_a_list_of_dictionaries_of_either_family() {
        let bytes = b"d8:intervali900e5:peersl\
            d2:ip9:127.0.0.17:peer id20:aaaaaaaaaaaaaaaaaaaa4:porti1ee\
            d2:ip3:::14:porti2ee\
            d2:ip12:example.test4:porti3eed4:porti4eed2:ip7:1.2.3.4ed2:ip7:1.2.3.44:porti65536eee\
            e";
        assert_eq!(peers(bytes), addresses(&["127.0.0.1:1", "[::1]:2"]));
    }

    #[test]
    fn addresses_nobody_can_be_reached_at_are_left_out() {
        let bytes = b"d8:intervali900e5:peers30:\
            \x01\x02\x03\x04\x00\x00\
            \x00\x00\x00\x00\x00\x50\
            \xe0\x00\x00\x01\x00\x50\
            \xff\xff\xff\xff\x00\x50\
            \x01\x02\x03\x04\x00\x50\
            6:peers636:\
            \0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x04\x00\x50\
            \0\0\0\0\0\0\0\0\0\0\xff\xff\x01\x02\x03\x05\x00\x50e";
        assert_eq!(peers(bytes), addresses(&["1.2.3.4:80", "1.2.3.5:80"]));
    }

    #[test]
    fn a_packed_list_that_is_cut_short_gives_what_is_whole() {
        let bytes = b"d5:peers8:\x01\x02\x03\x04\x00\x50\x01\x02e";
        assert_eq!(peers(bytes), addresses(&["1.2.3.4:80"]));
    }

    #[test]
    fn no_reply_brings_more_peers_than_the_bound() {
        let packed: Vec<u8> =
            (0..5000u32).flat_map(|i| [&i.to_be_bytes()[..], &[1, 1]].concat()).collect();
        let bytes = [b"d5:peers30000:", &packed[..], b"e"].concat();
        assert!(peers(&bytes).len() <= PEERS_MAX);
        let listed = "d2:ip7:1.2.3.44:porti1ee".repeat(5000);
        assert_eq!(peers(format!("d5:peersl{listed}ee").as_bytes()).len(), 1);
    }

    #[test]
    fn intervals_are_clamped() {
        for (asked, given) in
            [(-5, 60), (0, 60), (59, 60), (61, 61), (7200, 7200), (7201, 7200), (i64::MAX, 7200)]
        {
            let bytes = format!("d8:intervali{asked}e12:min intervali{asked}e5:peers0:e");
            let reply = AnnounceReply::from_bytes(bytes.as_bytes()).expect("a reply");
            assert_eq!(reply.interval, Duration::from_secs(given), "{asked}");
            assert_eq!(reply.min_interval, Some(reply.interval), "{asked}");
        }
    }

    #[test]
    fn a_failure_is_told_in_the_trackers_words() {
        assert_eq!(
            AnnounceReply::from_bytes(b"d14:failure reason12:go\naway \xff\xff!!e"),
            Err(ReplyError::Refused { reason: "go away \u{fffd}\u{fffd}!!".into() })
        );
    }

    #[test]
    fn a_web_page_is_called_one() {
        for page in [&b"<!DOCTYPE html><p>Hello"[..], b"\r\n <html>"] {
            assert_eq!(AnnounceReply::from_bytes(page), Err(ReplyError::WebPage));
        }
    }

    #[test]
    fn other_things_are_no_reply() {
        for bytes in [&b""[..], b"de", b"i5e", b"hello", b"d8:interval3:tene"] {
            let result = AnnounceReply::from_bytes(bytes);
            assert!(
                matches!(result, Err(ReplyError::NotAReply { .. })),
                "{}: {result:?}",
                bytes.escape_ascii()
            );
        }
    }

    #[test]
    fn a_reply_nested_without_end_is_no_reply() {
        let bytes = [&b"d5:peers"[..], &[b'l'; 100_000]].concat();
        let error = AnnounceReply::from_bytes(&bytes).expect_err("no reply");
        assert!(error.to_string().contains("nested deeper"), "{error}");
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over() {
        let mut random = fastrand::Rng::with_seed(1);
        let sound = b"d8:intervali900e5:peersld2:ip3:::14:porti2eee6:peers60:e";
        for _ in 0..20_000 {
            let mut bytes = sound.to_vec();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
            bytes.truncate(random.usize(..=bytes.len()));
            let _ = AnnounceReply::from_bytes(&bytes);
        }
    }
}
