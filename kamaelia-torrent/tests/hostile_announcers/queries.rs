//! Odd questions by HTTP.

use kamaelia_torrent::tracker::ScrapeReply;

use super::bench::{Bench, announce, at};

/// What is asked of a tracker that knows 300 peers of `aaaa…`, and what comes of it.
struct Case {
    name: &'static str,
    target: String,
    answer: Answer,
}

enum Answer {
    /// So many peers.
    Peers(usize),
    /// So many torrents, in a scrape.
    Torrents(usize),
    /// A refusal that begins so.
    Refused(&'static str),
    /// No tracker's answer, but this status.
    Status(u16),
}

use Answer::{Peers, Refused, Status, Torrents};

/// Who asks.
const ASKER: &str = "203.0.113.5:40000";

/// An announce of `aaaa…` with this beside it.
fn with(name: &'static str, more: &str, answer: Answer) -> Case {
    Case { name, target: announce(&"a".repeat(20), at(ASKER), more), answer }
}

fn ask(name: &'static str, target: impl Into<String>, answer: Answer) -> Case {
    Case { name, target: target.into(), answer }
}

fn cases() -> Vec<Case> {
    let hash = |hash: &str| announce(hash, at(ASKER), "");
    let port = |port: &str| announce(&"a".repeat(20), at(ASKER), "").replace("40000", port);
    let peer =
        |id: &str| announce(&"a".repeat(20), at(ASKER), "").replace("203.0.113.5bbbbbbbbb", id);
    vec![
        with("as many as one likes", "", Peers(50)),
        with("no peers", "&numwant=0", Peers(0)),
        with("two hundred peers", "&numwant=200", Peers(200)),
        with("one more", "&numwant=201", Peers(200)),
        with("all peers there are", "&numwant=18446744073709551615", Peers(200)),
        with("fewer peers than none", "&numwant=-2147483648", Peers(50)),
        with(
            "peers beyond all numbers",
            "&numwant=99999999999999999999",
            Refused("numwant has to be a whole number"),
        ),
        with("peers in words", "&numwant=many", Refused("numwant has to be a whole number")),
        with("peers twice", "&numwant=3&numwant=200", Peers(3)),
        with("less left than nothing", "&left=-1", Refused("left has to be a whole number")),
        with(
            "more left than there is",
            "&left=18446744073709551616",
            Refused("left has to be a whole number"),
        ),
        with("as much left as can be", "&left=18446744073709551615", Peers(50)),
        with("a seed that begins", "&left=0&event=started", Peers(50)),
        with("an event nobody knows", "&event=party", Refused("event has to be")),
        with(
            "an event without end",
            &format!("&event={}", "s".repeat(10_000)),
            Refused("event has to be"),
        ),
        with("two events", "&event=stopped&event=started", Peers(0)),
        with(
            "the address of somebody else",
            "&ip=8.8.8.8&ipv4=8.8.8.8:80&ipv6=2001:db8::1",
            Peers(50),
        ),
        with("the address of this machine", "&ip=127.0.0.1", Peers(50)),
        with("a name for an address", "&ip=evil.example", Peers(50)),
        with("the long form", "&compact=0&no_peer_id=0&numwant=999", Peers(200)),
        with("eight hundred parameters", &"&a=b".repeat(800), Peers(50)),
        with("parameters without names", "&=&==&&&=a", Peers(50)),
        ask("nothing", "/announce", Refused("the parameter info_hash is missing")),
        ask("an empty torrent", hash(""), Refused("the parameter info_hash is missing")),
        ask(
            "a torrent of 19 bytes",
            hash(&"a".repeat(19)),
            Refused("info_hash has to be 20 bytes"),
        ),
        ask(
            "a torrent of ten thousand bytes",
            hash(&"%61".repeat(10_000)),
            Refused("info_hash has to be 20 bytes"),
        ),
        ask(
            "a torrent in hexadecimal",
            hash(&"61".repeat(20)),
            Refused("info_hash has to be 20 bytes"),
        ),
        ask("half an escape", hash(&format!("{}%6", "a".repeat(18))), Peers(0)),
        ask("an escape that is none", hash(&format!("{}%zz", "a".repeat(17))), Peers(0)),
        ask(
            "two torrents",
            hash(&format!("{}&info_hash={}", "c".repeat(20), "a".repeat(20))),
            Peers(0),
        ),
        ask("a peer of 19 bytes", peer(&"b".repeat(19)), Refused("peer_id has to be 20 bytes")),
        ask("a peer of no bytes", peer(""), Refused("the parameter peer_id is missing")),
        ask("no port", port(""), Refused("the parameter port is missing")),
        ask("port 0", port("0"), Refused("port has to be a number")),
        ask("a port beyond all ports", port("65536"), Refused("port has to be a number")),
        ask(
            "a port beyond all numbers",
            port("99999999999999999999999"),
            Refused("port has to be a number"),
        ),
        ask("a negative port", port("-1"), Refused("port has to be a number")),
        ask("a scrape of all", "/scrape", Torrents(1)),
        ask("a scrape of one", format!("/scrape?info_hash={}", "a".repeat(20)), Torrents(1)),
        ask(
            "a scrape of one five hundred times",
            format!("/scrape?{}", format!("info_hash={}&", "a".repeat(20)).repeat(500)),
            Torrents(1),
        ),
        ask(
            "a scrape of one nobody knows",
            format!("/scrape?info_hash={}", "z".repeat(20)),
            Torrents(0),
        ),
        ask(
            "a scrape of half a torrent",
            "/scrape?info_hash=aaaaaaaaaa",
            Refused("info_hash has to be 20 bytes"),
        ),
        ask("a path above the tracker", "/../../etc/passwd", Status(404)),
        ask("an announce with a slash", "/announce/", Status(404)),
        ask("an announce with two", "//announce", Status(404)),
        ask("a loud announce", "/ANNOUNCE", Status(404)),
        ask("an announce and a zero", "/announce%00", Status(404)),
        ask("no path at all", "", Status(404)),
        ask("a script in the path", "/<script>alert(1)</script>", Status(404)),
    ]
}

pub(crate) fn count() -> usize {
    cases().len()
}

#[test]
fn nothing_that_is_asked_by_http_brings_more_than_the_bounds() {
    for Case { name, target, answer } in cases() {
        let mut bench = Bench::with_peers(300);
        let asker = at(ASKER);
        let response = bench.get(&target, asker);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        assert!(!text.contains("<script"), "{name}: a page of ours has only our words");
        assert!(response.body.len() < 20_000, "{name}: {} bytes", response.body.len());
        let reply = kamaelia_torrent::tracker::AnnounceReply::from_bytes(&response.body);
        let reply = reply.map(|it| it.peers).map_err(|error| error.to_string());
        match answer {
            Peers(count) => assert_eq!(reply.map(|peers| peers.len()), Ok(count), "{name}"),
            Refused(reason) => {
                let told = reply.expect_err(name);
                assert!(told.contains(reason) && told.len() < 200, "{name}: {told}");
            }
            Torrents(count) => {
                let scraped = ScrapeReply::from_bytes(&response.body).expect(name);
                assert_eq!(scraped.torrents.len(), count, "{name}");
            }
            Status(status) => assert_eq!(response.status, status, "{name}"),
        }
        // Whoever asked is known by where it asked from, if at all.
        let seen = bench.announce(at("203.0.113.6:1"), "&numwant=200").expect("a reply");
        for stranger in ["8.8.8.8", "127.0.0.1", "2001:db8::1"] {
            let is_there = seen.peers.iter().any(|peer| peer.ip().to_string() == stranger);
            assert!(!is_there, "{name}: {stranger} was believed");
        }
        assert!(bench.tracker.torrents() <= 2 && bench.tracker.peers() <= 302, "{name}");
    }
}
