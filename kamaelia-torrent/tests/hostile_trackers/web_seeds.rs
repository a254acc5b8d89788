//! Web seeds that send something else, more, or nothing that ends. What more there is, such as lying
//! bytes and files that are longer, is in `tests/web_seeds`.

use std::sync::Arc;

use crossbeam_channel::bounded;
use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::engine::web_seeds::{
    Arrival, Fault, Order, WebSeedEvent, WebSeeds, WebSource,
};
use kamaelia_torrent::metainfo::{FileEntry, Layout};

use super::server::{PATIENCE, Says, Server, TAKEN_MAX, respond};

const PIECE: usize = 20_000;
const LENGTH: usize = 50_000;

/// What a server says when it is asked for the first two pieces of three, and what becomes of it.
struct Case {
    name: &'static str,
    says: Says,
    /// Pieces that came.
    pieces: usize,
    /// What is told, from the beginning; nothing if all is well.
    told: &'static str,
    /// Whether it is never asked again.
    is_lasting: bool,
}

const ALL: &str = "";
const NO_HTTP: &str = "SERVER does not answer as a web server does: ";
const OTHER_PART: &str = "SERVER sent another part of f than it was asked for";
const RANGE: &str = "Content-Range: bytes 0-39999/50000\r\n";

fn part(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 206 Partial Content\r\n{fields}\r\n");
    [head.as_bytes(), body].concat()
}

fn body() -> Vec<u8> {
    vec![7; 2 * PIECE]
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn cases() -> Vec<Case> {
    let this = |name, bytes: Vec<u8>, pieces, told, is_lasting| Case {
        name,
        says: Says::This(bytes),
        pieces,
        told,
        is_lasting,
    };
    let endless = |name, first: Vec<u8>, then: &[u8], pieces, told, is_lasting| Case {
        name,
        says: Says::Endlessly(first, then.to_vec()),
        pieces,
        told,
        is_lasting,
    };
    let of = |range: &str| {
        part(&format!("Content-Range: {range}\r\nContent-Length: 40000\r\n"), &body())
    };
    let chunks = |bytes: &[u8]| part(&format!("{RANGE}Transfer-Encoding: chunked\r\n"), bytes);
    let packed = |by: &str| part(&format!("{RANGE}Content-Encoding: {by}\r\n"), &body());
    let retry = |after: &str| respond("503 Busy", &format!("Retry-After: {after}\r\n"), b"");
    let too_long = "SERVER sent more than ";
    vec![
        this("the part that was asked for", of("bytes 0-39999/50000"), 2, ALL, false),
        this("a part of nobody knows how much", of("bytes 0-39999/*"), 2, ALL, false),
        this(
            "a part of more than there is",
            of("bytes 0-39999/18446744073709551615"),
            0,
            "SERVER has 18446744073709551615 bytes of f",
            true,
        ),
        this(
            "a part beyond all numbers",
            of("bytes 0-39999/99999999999999999999"),
            0,
            OTHER_PART,
            true,
        ),
        this("a part that ends before it begins", of("bytes 39999-0/50000"), 0, OTHER_PART, true),
        this("a part a byte further", of("bytes 1-40000/50000"), 0, OTHER_PART, true),
        this("a part that is shorter", of("bytes 0-19999/50000"), 0, OTHER_PART, true),
        this("a part of no kind", of("lines 0-39999/50000"), 0, OTHER_PART, true),
        this(
            "several parts",
            part("Content-Type: multipart/byteranges; boundary=x\r\n", b"--x"),
            0,
            OTHER_PART,
            true,
        ),
        this(
            "all of it",
            respond("200 OK", "", &[7; LENGTH]),
            0,
            "SERVER does not send parts of files",
            true,
        ),
        this(
            "nothing of it",
            respond("204 No Content", "", b""),
            0,
            "SERVER answered with HTTP status 204",
            true,
        ),
        this(
            "that there is no such part",
            respond("416 No", "Content-Range: bytes */50000\r\n", b""),
            0,
            "SERVER answered with HTTP status 416",
            true,
        ),
        this(
            "that it is busy until the end of time",
            retry("18446744073709551615"),
            0,
            "SERVER answered with HTTP status 503",
            false,
        ),
        this(
            "that it was busy before",
            retry("-1"),
            0,
            "SERVER answered with HTTP status 503",
            false,
        ),
        this("packed bytes", packed("br"), 0, "SERVER does not send f as it is", true),
        this(
            "bytes that are not packed as it says",
            packed("gzip"),
            0,
            "SERVER broke off after 0 of 40000 bytes",
            false,
        ),
        this(
            "fewer bytes",
            part(RANGE, &body()[1..]),
            1,
            "SERVER broke off after 39999 of 40000 bytes",
            false,
        ),
        this(
            "fewer bytes than it says",
            part(&format!("{RANGE}Content-Length: 40000\r\n"), &body()[1..]),
            1,
            "SERVER broke off after 39999 of 40000 bytes",
            false,
        ),
        this(
            "a chunk of a size that is none",
            chunks(&[&chunk(&body()[PIECE..])[..], b"zz\r\n"].concat()),
            1,
            "SERVER broke off after 20000 of 40000 bytes",
            false,
        ),
        this(
            "an end after the first chunk",
            chunks(&[&chunk(&body()[1..PIECE])[..], b"0\r\n\r\n"].concat()),
            0,
            "SERVER broke off after 19999 of 40000 bytes",
            false,
        ),
        this(
            "another answer behind the first",
            [of("bytes 0-39999/50000"), of("bytes 0-39999/50000")].concat(),
            2,
            ALL,
            false,
        ),
        Case {
            name: "a reset in the middle",
            says: Says::AndResets(part(&format!("{RANGE}Content-Length: 40000\r\n"), b"")),
            pieces: 0,
            told: "SERVER broke off after 0 of 40000 bytes",
            is_lasting: false,
        },
        this("what is no HTTP", b"220 mail.example ESMTP\r\n\r\n".to_vec(), 0, NO_HTTP, false),
        endless("more bytes without end", part(RANGE, b""), b"\x07", 2, ALL, false),
        endless("chunks without end", chunks(b""), &chunk(&[7; 1000]), 2, ALL, false),
        endless(
            "fields behind the chunks without end",
            chunks(&[&chunk(&body())[..], b"0\r\n"].concat()),
            b"A: b\r\n",
            2,
            ALL,
            false,
        ),
        endless("an endless header", b"HTTP/1.1 206 OK\r\nA: ".to_vec(), b"a", 0, NO_HTTP, false),
        endless(
            "promises of an answer without end",
            Vec::new(),
            b"HTTP/1.1 100 Continue\r\n\r\n",
            0,
            NO_HTTP,
            false,
        ),
        endless(
            "a redirect with a body that does not end",
            b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n".to_vec(),
            b"x",
            0,
            too_long,
            false,
        ),
        this(
            "a redirect to itself",
            respond("302 Found", "Location: /pub/f\r\n", b""),
            0,
            "SERVER redirects more than 5 times",
            true,
        ),
        this(
            "a redirect to a file",
            respond("302 Found", "Location: file:///etc/passwd\r\n", b""),
            0,
            "SERVER redirects more than 5 times",
            true,
        ),
        this(
            "a redirect with a query",
            respond("302 Found", "Location: /cgi-bin/reboot?now\r\n", b""),
            0,
            "SERVER is in the local network, where only plain paths are asked for",
            true,
        ),
        this("a redirect to nowhere", respond("302 Found", "", b""), 0, NO_HTTP, false),
    ]
}

pub(crate) fn count() -> usize {
    cases().len()
}

/// The pieces that came and what ended it.
fn fetch(server: &Server) -> (usize, Option<(String, Fault)>) {
    let (wake, woken) = bounded(1);
    let wake = Arc::new(move || {
        // One that waits to be heard is as good as many.
        let _ = wake.try_send(());
    });
    let file = FileEntry { path: vec!["f".to_owned()], length: LENGTH as u64, padding: false };
    let layout = Arc::new(Layout::new(PIECE as u64, vec![file]).expect("sizes of a torrent"));
    let base = format!("http://{}/pub/f", server.address);
    let source = Arc::new(WebSource { base, layout });
    let mut seeds = WebSeeds::new(&Outlet::default(), wake);
    seeds.order(1, Order { source, pieces: 0..2 }, false).expect("there is room");
    let (mut pieces, mut bytes) = (0, 0);
    loop {
        let Some((_, event)) = seeds.poll_event() else {
            woken.recv_timeout(2 * PATIENCE).expect("an event, sooner or later");
            continue;
        };
        match event {
            WebSeedEvent::Arrived(Arrival::Bytes(count)) => bytes += count,
            WebSeedEvent::Arrived(Arrival::Piece(_, data)) => {
                assert!(data == [7; PIECE], "other bytes than were sent");
                pieces += 1;
            }
            WebSeedEvent::Hungry => panic!("nobody limits it"),
            WebSeedEvent::Ended(result) => {
                assert!(bytes <= 2 * PIECE as u64, "no more than was asked for");
                let told = result.err().map(|error| (error.to_string(), error.fault));
                return (pieces, told);
            }
        }
    }
}

#[test]
fn no_more_is_taken_than_was_asked_for_and_what_is_wrong_is_told() {
    for Case { name, says, pieces, told, is_lasting } in cases() {
        let server = Server::start(says);
        let (came, ended) = fetch(&server);
        let sentence = ended.as_ref().map_or(String::new(), |(told, _)| server.anonymous(told));
        assert!(
            sentence.starts_with(told) && sentence.is_empty() == told.is_empty(),
            "{name}: {sentence}"
        );
        assert!(sentence.chars().count() < 400, "{name}: {sentence}");
        assert_eq!(came, pieces, "{name}");
        assert_eq!(ended.is_some_and(|(_, fault)| fault.is_lasting()), is_lasting, "{name}");
        assert!(server.sent() <= TAKEN_MAX, "{name}: {} bytes were taken", server.sent());
    }
}
