//! Odd datagrams. Who has not shown that an address is its own gets nothing that is longer than what it
//! sent, so nobody's address is worth forging.

use std::net::SocketAddr;
use std::time::Duration;

use super::bench::{ANSWER_MAX, Bench, CONNECT, announce_body, at, request};

/// What is sent from this address to a tracker that knows 300 peers, and what comes back. It is made
/// with the connection id of the sender.
struct Case {
    name: &'static str,
    bytes: fn(&mut Bench, u64) -> Vec<u8>,
    answer: Answer,
}

enum Answer {
    Nothing,
    /// So many bytes that say what was asked for: the length tells peers and torrents.
    Bytes(usize),
    /// A refusal in words.
    Refusal,
}

use Answer::{Bytes, Nothing, Refusal};

const SENDER: &str = "203.0.113.5:40000";

const CONNECTING: u32 = 0;
const ANNOUNCE: u32 = 1;
const SCRAPE: u32 = 2;
const ERROR: u32 = 3;

/// An announce for 50 peers.
fn announce(connection: u64) -> Vec<u8> {
    request(connection, ANNOUNCE, &announce_body(6881, 0, -1))
}

fn of(address: &str, bench: &mut Bench) -> u64 {
    bench.connect(at(address))
}

fn cases() -> Vec<Case> {
    let case = |name, answer, bytes| Case { name, bytes, answer };
    vec![
        case("a connect", Bytes(16), |_, _| CONNECT.to_vec()),
        case("a connect with more behind it", Bytes(16), |_, _| {
            [&CONNECT[..], &[0; 2000]].concat()
        }),
        case("a connect that is cut short", Nothing, |_, _| CONNECT[..15].to_vec()),
        case("a connect that says another number", Nothing, |_, _| {
            request(0x0417_2710_1981, CONNECTING, &[])
        }),
        case("a connect with an id", Nothing, |_, id| request(id, CONNECTING, &[])),
        case("nothing", Nothing, |_, _| Vec::new()),
        case("a byte", Nothing, |_, _| vec![0]),
        case("as much as there can be of nothing", Nothing, |_, _| vec![0; 2048]),
        case("a query of the DHT", Nothing, |_, _| {
            b"d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:aa1:y1:qe".to_vec()
        }),
        case("an announce", Bytes(20 + 6 * 50), |_, id| announce(id)),
        case("an announce by the number of connects", Nothing, |_, _| announce(0x0417_2710_1980)),
        case("an announce by no id", Nothing, |_, _| announce(0)),
        case("an announce by all bits", Nothing, |_, _| announce(u64::MAX)),
        case("an announce by the next id", Nothing, |_, id| announce(id.wrapping_add(1))),
        case("an announce by the id of a neighbour", Nothing, |bench, _| {
            announce(of("203.0.113.6:40000", bench))
        }),
        case("an announce by the id of another port", Bytes(20 + 6 * 50), |bench, _| {
            announce(of("203.0.113.5:1", bench))
        }),
        case("an announce by an id of IPv6", Nothing, |bench, _| {
            announce(of("[2001:db8::1]:1", bench))
        }),
        case("an announce by an id of two minutes ago", Bytes(20 + 6 * 50), |bench, id| {
            bench.now += Duration::from_secs(120);
            announce(id)
        }),
        case("an announce by an id of three minutes ago", Nothing, |bench, id| {
            bench.now += Duration::from_secs(180);
            announce(id)
        }),
        case("an announce that is cut short", Refusal, |_, id| announce(id)[..97].to_vec()),
        case("an announce of no bytes", Refusal, |_, id| request(id, ANNOUNCE, &[])),
        case("an announce that is cut short, by no id", Nothing, |_, _| announce(0)[..97].to_vec()),
        case("an announce with more behind it", Bytes(20 + 6 * 50), |_, id| {
            [announce(id), vec![2; 1900]].concat()
        }),
        case("an announce of port 0", Refusal, |_, id| {
            request(id, ANNOUNCE, &announce_body(0, 0, -1))
        }),
        case("an announce for no peers", Bytes(20), |_, id| {
            request(id, ANNOUNCE, &announce_body(1, 0, 0))
        }),
        case("an announce for all peers", Bytes(20 + 6 * 200), |_, id| {
            request(id, ANNOUNCE, &announce_body(1, 0, i32::MAX))
        }),
        case("an announce for fewer than none", Bytes(20 + 6 * 50), |_, id| {
            request(id, ANNOUNCE, &announce_body(1, 0, i32::MIN))
        }),
        case("an announce of an event nobody knows", Bytes(20 + 6 * 50), |_, id| {
            request(id, ANNOUNCE, &announce_body(1, u32::MAX, -1))
        }),
        case("a goodbye of nobody", Bytes(20), |_, id| {
            request(id, ANNOUNCE, &announce_body(1, 3, -1))
        }),
        case("a scrape of nothing", Bytes(8), |_, id| request(id, SCRAPE, &[])),
        case("a scrape of half a torrent", Bytes(8), |_, id| request(id, SCRAPE, &[b'a'; 19])),
        case("a scrape of 74 torrents", Bytes(8 + 12 * 74), |_, id| {
            request(id, SCRAPE, &[b'a'; 74 * 20])
        }),
        case("a scrape of a hundred torrents", Bytes(8 + 12 * 74), |_, id| {
            request(id, SCRAPE, &[b'a'; 100 * 20])
        }),
        case("a scrape by no id", Nothing, |_, _| request(0, SCRAPE, &[b'a'; 74 * 20])),
        case("an error", Nothing, |_, id| request(id, ERROR, b"no")),
        case("an action nobody knows", Nothing, |_, id| request(id, 9, &[0; 100])),
    ]
}

pub(crate) fn count() -> usize {
    cases().len()
}

#[test]
fn nobody_gets_more_than_it_sent_before_it_has_shown_where_it_is() {
    for Case { name, bytes, answer } in cases() {
        let mut bench = Bench::with_peers(300);
        let sender: SocketAddr = at(SENDER);
        let id = bench.connect(sender);
        let bytes = bytes(&mut bench, id);
        let came = bench.datagram(&bytes, sender);
        // The same from where nobody has ever connected: whose address it is has not been shown.
        let forged = bench.datagram(&bytes, at("198.51.100.77:40000"));
        assert!(forged.is_none_or(|answer| answer.len() <= bytes.len()), "{name}");
        assert!(came.as_ref().is_none_or(|answer| answer.len() <= ANSWER_MAX), "{name}");
        let head = came.as_ref().map(|answer| answer[..4].to_vec());
        match answer {
            Nothing => assert_eq!(came, None, "{name}"),
            Bytes(length) => assert_eq!(came.map(|answer| answer.len()), Some(length), "{name}"),
            Refusal => assert_eq!(head, Some(vec![0, 0, 0, 3]), "{name}"),
        }
        let seen = bench.announce(at("203.0.113.9:1"), "&numwant=200").expect("a reply");
        let is_believed = seen.peers.iter().any(|peer| peer.ip().to_string() == "8.8.8.8");
        assert!(!is_believed, "{name}: the address in it was believed");
    }
}
