//! Trackers by UDP, and strangers who answer in their name. Time is moved.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use kamaelia_torrent::metainfo::{InfoHash, PeerId};
use kamaelia_torrent::tracker::udp::{Answer, EXCHANGE_TIMEOUT, Question, UdpClient};
use kamaelia_torrent::tracker::{Announce, PEERS_MAX, Secret};

/// Where the tracker is that was asked, and where it is not.
const TRACKER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)), 80);

/// The most datagrams we may send for one question, whatever comes back: two connects that were lost and
/// three of each kind.
const SENT_MAX: usize = 8;

/// What a request asks for, as the tracker sees it.
#[derive(Clone, Copy)]
struct Asked {
    is_connect: bool,
    transaction: u32,
}

/// Datagrams, and where they come from.
type Replies = Vec<(SocketAddr, Vec<u8>)>;

struct Case {
    name: &'static str,
    replies: fn(Asked) -> Replies,
    becomes: Becomes,
}

enum Becomes {
    /// Asked again in so many seconds, with so many peers taken.
    Kept(u64, usize),
    /// What a user is told, and after how many seconds.
    Told(&'static str, u64),
}

use Becomes::{Kept, Told};

const TOO_LATE: Becomes = Told("did not answer in time", 60);

fn reply(action: u32, transaction: u32, body: &[u8]) -> Vec<u8> {
    [&action.to_be_bytes()[..], &transaction.to_be_bytes(), body].concat()
}

fn from_tracker(bytes: Vec<u8>) -> Replies {
    vec![(TRACKER, bytes)]
}

fn connected(asked: Asked) -> Vec<u8> {
    reply(0, asked.transaction, b"\x11\x22\x33\x44\x55\x66\x77\x88")
}

fn announced(asked: Asked, interval: u32, peers: &[u8]) -> Vec<u8> {
    let body = [&interval.to_be_bytes()[..], b"\0\0\0\x02\0\0\0\x03", peers].concat();
    reply(1, asked.transaction, &body)
}

/// The right answer, but with this interval and these peers.
fn good(asked: Asked, interval: u32, peers: &[u8]) -> Replies {
    from_tracker(match asked.is_connect {
        true => connected(asked),
        false => announced(asked, interval, peers),
    })
}

/// A right connection, and then this for the answer to the announce.
fn then(asked: Asked, bytes: Vec<u8>) -> Replies {
    from_tracker(if asked.is_connect { connected(asked) } else { bytes })
}

const ONE_PEER: &[u8] = b"\x01\x02\x03\x04\x1a\xe1";

fn cases() -> Vec<Case> {
    let case = |name, becomes, replies| Case { name, becomes, replies };
    vec![
        case("silence", TOO_LATE, |_| Vec::new()),
        case("an answer", Kept(900, 1), |it| good(it, 900, ONE_PEER)),
        case("no interval to speak of", Kept(60, 1), |it| good(it, 0, ONE_PEER)),
        case("a negative interval", Kept(7200, 1), |it| good(it, u32::MAX, ONE_PEER)),
        case("an interval of 68 years", Kept(7200, 1), |it| good(it, i32::MAX as u32, ONE_PEER)),
        case("no peers", Kept(900, 0), |it| good(it, 900, b"")),
        case("a peer that is cut short", Kept(900, 1), |it| {
            good(it, 900, b"\x01\x02\x03\x04\x1a\xe1\x05\x06")
        }),
        case("one peer ten thousand times", Kept(900, 1), |it| {
            good(it, 900, &ONE_PEER.repeat(10_000))
        }),
        case("more peers than are taken", Kept(900, PEERS_MAX), |it| {
            let peers = (1u32..10_000).flat_map(|i| [&i.to_be_bytes()[..], &[1, 1]].concat());
            good(it, 900, &peers.collect::<Vec<u8>>())
        }),
        case("peers that cannot be", Kept(900, 0), |it| {
            good(
                it,
                900,
                b"\0\0\0\0\0\x50\x01\x02\x03\x04\0\0\xff\xff\xff\xff\0\x50\xe0\0\0\x01\0\x50",
            )
        }),
        case("a connection by another number", TOO_LATE, |it| {
            from_tracker(connected(Asked { transaction: !it.transaction, ..it }))
        }),
        case("a connection that is cut short", TOO_LATE, |it| {
            from_tracker(connected(it)[..15].to_vec())
        }),
        case("an announce for a connection", TOO_LATE, |it| {
            from_tracker(announced(it, 900, ONE_PEER))
                .into_iter()
                .filter(|_| it.is_connect)
                .collect()
        }),
        case("a connection from another address", TOO_LATE, |it| {
            vec![(SocketAddr::from(([192, 0, 2, 2], 80)), connected(it))]
        }),
        case("a connection from another port", TOO_LATE, |it| {
            vec![(SocketAddr::from(([192, 0, 2, 1], 81)), connected(it))]
        }),
        case("an answer by another number", TOO_LATE, |it| {
            then(it, announced(Asked { transaction: !it.transaction, ..it }, 60, ONE_PEER))
        }),
        case("an answer from another address", TOO_LATE, |it| match it.is_connect {
            true => from_tracker(connected(it)),
            false => vec![(SocketAddr::from(([192, 0, 2, 2], 80)), announced(it, 60, ONE_PEER))],
        }),
        case("an answer that is cut short", TOO_LATE, |it| {
            then(it, announced(it, 900, b"")[..19].to_vec())
        }),
        case("the answer to a scrape", TOO_LATE, |it| then(it, reply(2, it.transaction, &[0; 12]))),
        case("an answer of no kind", TOO_LATE, |it| then(it, reply(77, it.transaction, &[0; 100]))),
        case("a connection for an answer", TOO_LATE, |it| then(it, connected(it))),
        case("a byte", TOO_LATE, |_| from_tracker(vec![0])),
        case("nothing, in a datagram", TOO_LATE, |_| from_tracker(Vec::new())),
        case("what was asked", TOO_LATE, |it| {
            from_tracker(
                [
                    &[0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0][..],
                    &it.transaction.to_be_bytes(),
                ]
                .concat(),
            )
        }),
        case("a refusal by another number", TOO_LATE, |it| {
            from_tracker(reply(3, !it.transaction, b"no"))
        }),
        case("a connection that is refused", Told("refuses: go away", 0), |it| {
            from_tracker(reply(3, it.transaction, b"go away"))
        }),
        case("an announce that is refused", Told("refuses: unknown torrent", 0), |it| {
            then(it, reply(3, it.transaction, b"unknown torrent"))
        }),
        case("a refusal that paints on the terminal", Told("refuses:  [2J ", 0), |it| {
            then(it, reply(3, it.transaction, b"\x1b[2J\x07"))
        }),
        case("a refusal without words", Told("refuses: ", 0), |it| {
            then(it, reply(3, it.transaction, b""))
        }),
        case("a refusal of sixty thousand bytes", Told("refuses: xxx", 0), |it| {
            then(it, reply(3, it.transaction, &[b'x'; 60_000]))
        }),
        case("every answer twice", Kept(900, 1), |it| {
            [good(it, 900, ONE_PEER), good(it, 900, ONE_PEER)].concat()
        }),
        case("a second connection behind the first", Kept(900, 1), |it| match it.is_connect {
            true => vec![(TRACKER, connected(it)), (TRACKER, reply(0, it.transaction, &[0xff; 8]))],
            false => good(it, 900, ONE_PEER),
        }),
        case("a thousand guesses before the answer", Kept(900, 1), |it| {
            let guess =
                |i: u32| announced(Asked { transaction: it.transaction ^ i, ..it }, 60, ONE_PEER);
            let guesses = (1..1_000).map(|i| (TRACKER, guess(i)));
            guesses.chain(good(it, 900, ONE_PEER)).collect()
        }),
        case("an address of IPv4 within one of IPv6", Kept(900, 1), |it| {
            let mapped = "[::ffff:192.0.2.1]:80".parse().expect("an address");
            good(it, 900, ONE_PEER).into_iter().map(|(_, bytes)| (mapped, bytes)).collect()
        }),
    ]
}

pub(crate) fn count() -> usize {
    cases().len()
}

fn announce() -> Question {
    let announce = Announce {
        info_hash: InfoHash([1; 20]),
        peer_id: PeerId([2; 20]),
        port: 6881,
        uploaded: 0,
        downloaded: 0,
        left: 1,
        event: None,
        peers_wanted: 50,
        key: 1,
        ipv6: None,
        tracker_id: None,
    };
    Question::Announce { announce, url_data: Vec::new() }
}

/// What becomes of one question, when, and after how many datagrams of ours.
fn ask(replies: fn(Asked) -> Replies) -> (Result<(u64, usize), String>, Duration, usize) {
    let start = Instant::now();
    let (mut now, mut sent) = (start, 0);
    let mut client = UdpClient::new(Secret::new([7; 32]));
    client.ask(now, 1, TRACKER, announce(), EXCHANGE_TIMEOUT);
    loop {
        while let Some(datagram) = client.poll_transmit() {
            sent += 1;
            assert!(sent <= 100, "it does not end");
            let number =
                |at: usize| u32::from_be_bytes(*datagram.bytes[at..].first_chunk().expect("four"));
            let asked = Asked { is_connect: number(8) == 0, transaction: number(12) };
            for (from, bytes) in replies(asked) {
                client.handle_datagram(now, from, &bytes);
            }
        }
        if let Some(outcome) = client.poll_outcome() {
            assert!(
                client.is_idle() && client.poll_outcome().is_none(),
                "one question has one outcome"
            );
            let result = outcome.result.map_err(|error| error.to_string());
            let kept = result.map(|answer| match answer {
                Answer::Announced(reply) => (reply.interval.as_secs(), reply.peers.len()),
                Answer::Scraped(_) => panic!("nobody scraped"),
            });
            return (kept, now - start, sent);
        }
        now = client.next_timeout().expect("it does not wait for ever");
        client.handle_timeout(now);
    }
}

#[test]
fn nobody_answers_in_a_trackers_name_and_none_is_waited_for_longer_than_a_minute() {
    for Case { name, replies, becomes } in cases() {
        let (result, after, sent) = ask(replies);
        assert!(sent <= SENT_MAX, "{name}: {sent} datagrams");
        match (becomes, result) {
            (Kept(interval, peers), Ok(kept)) => assert_eq!(kept, (interval, peers), "{name}"),
            (Told(sentence, seconds), Err(told)) => {
                assert!(told.starts_with(sentence), "{name}: {told}");
                assert!(told.chars().count() < 400 && !told.contains(char::is_control), "{told}");
                assert_eq!(after.as_secs(), seconds, "{name}");
            }
            (_, result) => panic!("{name}: {result:?}"),
        }
    }
}
