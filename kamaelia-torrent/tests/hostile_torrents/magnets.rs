//! Links that mean no good.

use kamaelia_torrent::metainfo::{
    InfoHash, MAGNET_BYTES_MAX, MAGNET_PLACES_MAX, Magnet, NAME_BYTES_MAX, URL_BYTES_MAX,
};

pub(crate) struct Link {
    pub(crate) about: &'static str,
    pub(crate) text: String,
    pub(crate) answer: Result<InfoHash, String>,
}

const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

fn info_hash() -> InfoHash {
    HASH.parse().expect("forty digits")
}

fn refused(about: &'static str, text: impl Into<String>, reason: impl Into<String>) -> Link {
    Link { about, text: text.into(), answer: Err(reason.into()) }
}

fn accepted(about: &'static str, parameters: impl AsRef<str>) -> Link {
    let text = format!("magnet:?xt=urn:btih:{HASH}{}", parameters.as_ref());
    Link { about, text, answer: Ok(info_hash()) }
}

pub(crate) fn cases() -> Vec<Link> {
    let mut cases = no_links();
    cases.extend(no_torrents());
    cases.extend(choices());
    cases.extend(advice());
    cases
}

fn no_links() -> Vec<Link> {
    let no_magnet = "a magnet link begins with `magnet:?`";
    let long = format!("magnet:?xt=urn:btih:{HASH}&dn={}", "x".repeat(MAGNET_BYTES_MAX));
    let too_long = format!("a magnet link of {} bytes is longer than 65536", long.len());
    vec![
        refused("nothing", "", no_magnet),
        refused("spaces", " \r\n ", no_magnet),
        refused("a hash", HASH, no_magnet),
        refused("another scheme", format!("magneto:?xt=urn:btih:{HASH}"), no_magnet),
        refused("no question mark", format!("magnet:xt=urn:btih:{HASH}"), no_magnet),
        refused("letters that only look alike", format!("mаgnet:?xt=urn:btih:{HASH}"), no_magnet),
        refused("a letter where the scheme ends", "magnet:é", no_magnet),
        refused("more than is read", long, too_long),
    ]
}

fn no_torrents() -> Vec<Link> {
    let none = "this magnet link names no torrent: it has no `xt=urn:btih:`";
    let not_hash = |text: &str| {
        format!(
            "`{text}` in this magnet link is no info-hash: \
             40 hexadecimal digits or 32 letters of base 32"
        )
    };
    let other = "f".repeat(40);
    let hash = |about, text: &str, shown: &str| {
        refused(about, format!("magnet:?xt=urn:btih:{text}"), not_hash(shown))
    };
    vec![
        refused("no parameters", "magnet:?", none),
        refused("only ampersands", format!("magnet:?{}", "&".repeat(10_000)), none),
        refused("another network", "magnet:?xt=urn:ed2k:31d6cfe0d16ae931b73c59d7e0c089c0", none),
        refused("a name only", "magnet:?dn=a&tr=udp://t", none),
        refused(
            "a torrent of version 2",
            format!("magnet:?xt=urn:btmh:1220{HASH}{}", "0".repeat(24)),
            "this magnet link names a torrent of version 2 only (BEP 52); version 1 and hybrid \
             torrents can be downloaded",
        ),
        refused(
            "two torrents",
            format!("magnet:?xt=urn:btih:{HASH}&xt=urn:btih:{other}"),
            format!("this magnet link names two torrents, {HASH} and {other}: split it in two"),
        ),
        hash("no hash", "", ""),
        hash("a digit too few", &HASH[1..], &HASH[1..]),
        hash("a digit too many", &format!("{HASH}0"), &format!("{HASH}0")),
        hash("no digit", &format!("{}g", &HASH[1..]), &format!("{}g", &HASH[1..])),
        hash("forty bytes that are twenty letters", &"é".repeat(20), &"é".repeat(20)),
        hash("no base 32", &"1".repeat(32), &"1".repeat(32)),
        hash("32 bytes that are sixteen letters", &"é".repeat(16), &"é".repeat(16)),
        hash("a control character", "%1B%5B2J", "\\u{1b}[2J"),
        hash("a long text", &"z".repeat(10_000), &"z".repeat(60)),
        hash("a percent sign at the end", &format!("{}%", &HASH[1..]), &format!("{}%", &HASH[1..])),
    ]
}

fn choices() -> Vec<Link> {
    let no_choice = |about, text: &str| {
        let shown: String = text.chars().take(60).collect();
        refused(
            about,
            format!("magnet:?xt=urn:btih:{HASH}&so={text}"),
            format!(
                "`so={shown}` in this magnet link is no choice of files; \
                 it is written like so=0,2,6-8"
            ),
        )
    };
    vec![
        no_choice("no number", "a"),
        no_choice("a number below zero", "-1"),
        no_choice("no end", "1-"),
        no_choice("an end before its beginning", "3-1"),
        no_choice("a file no torrent has", "500000"),
        no_choice("a number beyond 64 bits", "18446744073709551616"),
        no_choice("all numbers", "0-18446744073709551615"),
        no_choice("too many ranges", &format!("{}1", "1,".repeat(1_000))),
        accepted("as many ranges as there may be", format!("&so={}1", "1,".repeat(999))),
        accepted("all files", "&so=0-499999"),
    ]
}

/// What is said beside the torrent never refuses a link.
fn advice() -> Vec<Link> {
    let many = |key: &str| -> String {
        (0..1_000).map(|number| format!("&{key}=http://{number}")).collect()
    };
    let peers: String = (1..1_000).map(|port| format!("&x.pe=192.0.2.1:{port}")).collect();
    vec![
        accepted("a name that leads out", "&dn=..%2F..%2Fetc%2Fpasswd"),
        accepted("a name with a line break", "&dn=a%0A1:b:100"),
        accepted("a name of NULs", "&dn=%00%00"),
        accepted("a name of no text", "&dn=%FF%FE"),
        accepted("a long name", format!("&dn={}", "%C3%A9".repeat(5_000))),
        accepted("many trackers", many("tr")),
        accepted("many numbered trackers", many("tr.7")),
        accepted("many web seeds", many("ws")),
        accepted("a long tracker", format!("&tr=http://{}", "x".repeat(URL_BYTES_MAX))),
        accepted("many peers", peers),
        accepted("peers that are none", "&x.pe=a:1&x.pe=1.2.3.4&x.pe=1.2.3.4:65536&x.pe=:1"),
        accepted("a peer in a zone of ours", "&x.pe=[fe80::1%2525]:80"),
        accepted("a tracker that is a file", "&tr=file:///etc/passwd"),
        accepted("a tracker with a line break", "&tr=http://t/%0D%0AHost:%20other"),
        accepted("where the torrent is said to lie", "&xs=http://x/&as=http://y/&kt=z&mt=file:///"),
        accepted("half an escape", "&dn=%&tr=%4&ws=%zz"),
    ]
}

pub(crate) fn check(cases: &[Link]) {
    for Link { about, text, answer } in cases {
        let read = text.parse::<Magnet>();
        let said = read.as_ref().map(|magnet| magnet.info_hash).map_err(ToString::to_string);
        assert_eq!(said, *answer, "{about}");
        let Ok(magnet) = read else { continue };
        assert!(magnet.name.as_ref().is_none_or(|name| name.len() <= NAME_BYTES_MAX), "{about}");
        for places in [magnet.trackers.len(), magnet.web_seeds.len(), magnet.peers.len()] {
            assert!(places <= MAGNET_PLACES_MAX, "{about}: {places}");
        }
        assert_eq!(magnet.to_string().parse(), Ok(magnet), "{about}: written and read again");
    }
}
