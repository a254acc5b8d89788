//! Replies of trackers that are bencode, or nearly.

use std::net::SocketAddr;

use kamaelia_torrent::tracker::{AnnounceReply, PEERS_MAX};

use super::server::scheduled;

/// What a tracker replies, and what becomes of it.
struct Case {
    name: &'static str,
    reply: Vec<u8>,
    becomes: Becomes,
}

enum Becomes {
    /// Asked again in so many seconds, with so many peers taken.
    Kept(u64, usize),
    /// What a user is told, from the beginning.
    Told(&'static str),
}

use Becomes::{Kept, Told};

const NO_REPLY: &str = "what came back is not a tracker's reply: ";

fn case(name: &'static str, reply: impl Into<Vec<u8>>, becomes: Becomes) -> Case {
    Case { name, reply: reply.into(), becomes }
}

/// With no peers, but this.
fn but(text: &str) -> Vec<u8> {
    format!("d{text}8:intervali900e5:peers0:e").into()
}

/// With this for its peers.
fn peers(peers: &[u8]) -> Vec<u8> {
    [b"d8:intervali900e5:peers", peers, b"e"].concat()
}

fn packed(peers_packed: &[u8]) -> Vec<u8> {
    peers(&[format!("{}:", peers_packed.len()).as_bytes(), peers_packed].concat())
}

fn intervals() -> Vec<Case> {
    let every = |name, seconds: &str, becomes| {
        case(name, format!("d8:interval{seconds}5:peers0:e"), becomes)
    };
    vec![
        every("a negative interval", "i-1e", Kept(60, 0)),
        every("the most negative interval", "i-9223372036854775808e", Kept(60, 0)),
        every("no interval to speak of", "i0e", Kept(60, 0)),
        every("a second", "i1e", Kept(60, 0)),
        every("a year", "i31536000e", Kept(7200, 0)),
        every("the longest interval", "i9223372036854775807e", Kept(7200, 0)),
        every("an interval beyond all numbers", "i9223372036854775808e", Told(NO_REPLY)),
        every(
            "an interval of a thousand digits",
            &format!("i{}e", "9".repeat(1000)),
            Told(NO_REPLY),
        ),
        every("an interval that is text", "3:900", Told(NO_REPLY)),
        every("an interval with a fraction", "i9.5e", Told(NO_REPLY)),
        every("an empty interval", "ie", Told(NO_REPLY)),
        case("no interval", "d5:peers0:e", Kept(1800, 0)),
        case(
            "a shorter interval than the shortest",
            "d8:intervali120e12:min intervali86400e5:peers0:e",
            Kept(120, 0),
        ),
    ]
}

fn lists() -> Vec<Case> {
    let counted: Vec<u8> =
        (1u32..170_000).flat_map(|i| [&i.to_be_bytes()[..], &[1, 1]].concat()).collect();
    let six: Vec<u8> = (1u128..50_000)
        .flat_map(|i| [&((0x2001_0db8 << 96) + i).to_be_bytes()[..], &[1, 1]].concat())
        .collect();
    let listed = |i: u32| format!("d2:ip7:9.9.{}.{}4:porti1ee", i / 10, i % 10);
    let many: String = (0..100).map(listed).collect::<String>().repeat(200);
    let nowhere = [
        b"\x01\x02\x03\x04\0\0".as_slice(),
        b"\0\0\0\0\0\x50",
        b"\xff\xff\xff\xff\0\x50",
        b"\xe0\0\0\x01\0\x50",
    ];
    let names = "ld2:ip12:evil.example4:porti80eed2:ip9:localhost4:porti80eee";
    let odd = "ld2:ip7:1.2.3.44:porti-1eed2:ip7:1.2.3.44:porti65536eed2:ip7:1.2.3.4e\
               d4:porti1eed2:ip7:1.2.3.44:porti1eee";
    vec![
        case("a megabyte of peers", packed(&counted), Kept(900, PEERS_MAX)),
        case(
            "a megabyte of peers of IPv6",
            [format!("d6:peers6{}:", six.len()).as_bytes(), &six, b"e"].concat(),
            Kept(1800, PEERS_MAX),
        ),
        case(
            "one peer a hundred thousand times",
            packed(&b"\x01\x02\x03\x04\x1a\xe1".repeat(100_000)),
            Kept(900, 1),
        ),
        case("peers that cannot be", packed(&nowhere.concat()), Kept(900, 0)),
        case(
            "a peer that is cut short",
            packed(b"\x01\x02\x03\x04\x1a\xe1\x05\x06\x07"),
            Kept(900, 1),
        ),
        case(
            "twenty thousand peers in dictionaries",
            peers(format!("l{many}e").as_bytes()),
            Kept(900, 100),
        ),
        case("peers by their names", peers(names.as_bytes()), Kept(900, 0)),
        case("peers with ports that are none", peers(odd.as_bytes()), Kept(900, 1)),
        case("peers that are a number", peers(b"i5e"), Told(NO_REPLY)),
        case("peers that are a dictionary", peers(b"de"), Told(NO_REPLY)),
        case(
            "peers within peers without end",
            [&b"d5:peers"[..], &[b'l'; 500_000]].concat(),
            Told(NO_REPLY),
        ),
        case("a length beyond what there is", b"d5:peers99999999:".to_vec(), Told(NO_REPLY)),
        case(
            "a length beyond all numbers",
            b"d5:peers18446744073709551617:".to_vec(),
            Told(NO_REPLY),
        ),
        case("a negative length", b"d5:peers-6:".to_vec(), Told(NO_REPLY)),
    ]
}

fn words() -> Vec<Case> {
    let long = |key: &str| format!("{}:{key}100000:{}", key.len(), "w".repeat(100_000));
    let nested = format!("1:z{}{}", "l".repeat(400), "e".repeat(400));
    vec![
        case("nothing", "", Told(NO_REPLY)),
        case("an empty dictionary", "de", Told(NO_REPLY)),
        case("a list", "le", Told(NO_REPLY)),
        case("a dictionary that does not end", "d8:intervali900e", Told(NO_REPLY)),
        case("more after the end", "d8:intervali900e5:peers0:ede", Told(NO_REPLY)),
        case("a page", "<!DOCTYPE html><p>Hello", Told("a web page came back")),
        case("a page after spaces", "\r\n\t <html>", Told("a web page came back")),
        case(
            "a refusal that paints on the terminal",
            b"d14:failure reason11:\x1b[31mno\r\n\x07\0e".as_slice(),
            Told("the tracker refuses:  [31mno"),
        ),
        case(
            "a refusal without end",
            format!("d{}e", long("failure reason")),
            Told("the tracker refuses: www"),
        ),
        case(
            "a refusal that is no text",
            b"d14:failure reason2:\xff\xfee".as_slice(),
            Told("the tracker refuses: \u{fffd}"),
        ),
        case("a refusal that is a number", "d14:failure reasoni5ee", Told(NO_REPLY)),
        case(
            "a refusal with peers",
            b"d14:failure reason2:no8:intervali900e5:peers6:\x01\x02\x03\x04\x1a\xe1e".as_slice(),
            Told("the tracker refuses: no"),
        ),
        case(
            "a warning without end",
            format!("d8:intervali900e5:peers0:{}e", long("warning message")),
            Kept(900, 0),
        ),
        case(
            "an id without end",
            format!("d8:intervali900e5:peers0:{}e", long("tracker id")),
            Kept(900, 0),
        ),
        case("fewer than no seeds", but("8:completei-5e"), Kept(900, 0)),
        case("more seeds than there are people", but("8:completei99999999999e"), Kept(900, 0)),
        case("an address of ours of five bytes", but("11:external ip5:abcde"), Kept(900, 0)),
        case(
            "things nobody asked for, nested",
            format!("d8:intervali900e5:peers0:{nested}e"),
            Told(NO_REPLY),
        ),
        case("keys out of order", "d5:peers0:8:intervali900ee", Kept(900, 0)),
        case("two intervals", "d8:intervali900e8:intervali60e5:peers0:e", Told(NO_REPLY)),
    ]
}

fn cases() -> impl Iterator<Item = Case> {
    [intervals(), lists(), words()].into_iter().flatten()
}

pub(crate) fn count() -> usize {
    cases().count()
}

fn assert_borne(Case { name, reply, becomes }: Case) {
    let read = AnnounceReply::from_bytes(&reply).map_err(|error| error.to_string());
    let (again, trouble) = scheduled(&read);
    let shown = trouble.as_deref().unwrap_or_default();
    assert!(shown.chars().count() < 400 && !shown.contains(char::is_control), "{name}: {shown}");
    match (becomes, read) {
        (Kept(interval, peers), Ok(reply)) => {
            assert_eq!((again, reply.peers.len()), (interval, peers), "{name}");
            assert!(reply.tracker_id.is_none() && reply.external_ip.is_none(), "{name}");
            let is_nobody = |peer: &SocketAddr| peer.port() == 0 || peer.ip().is_unspecified();
            assert!(!reply.peers.iter().any(is_nobody), "{name}");
            assert!(again >= 60, "{name}: however it is asked, it is not asked more often");
        }
        (Told(sentence), Err(told)) => {
            assert!(told.starts_with(sentence), "{name}: {told}");
            assert_eq!(trouble, Some(told), "{name}");
        }
        (_, read) => panic!("{name}: {read:?}"),
    }
}

#[test]
fn no_interval_is_shorter_than_a_minute_or_longer_than_two_hours() {
    intervals().into_iter().for_each(assert_borne);
}

#[test]
fn no_list_brings_more_peers_than_the_bound() {
    lists().into_iter().for_each(assert_borne);
}

#[test]
fn what_is_no_reply_is_told_in_words_fit_to_show() {
    words().into_iter().for_each(assert_borne);
}
