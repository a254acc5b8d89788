//! Answers that are hardly HTTP, or more of it than anybody wants.

use kamaelia_torrent::engine::outlet::Outlet;

use super::server::{PATIENCE, SHORT, Says, Server, TAKEN_MAX, announced, respond, scheduled};

/// What a server says, and what becomes of it: `kept`, or what a user is told, from the beginning.
struct Case {
    name: &'static str,
    says: Says,
    /// Whether it is our patience that ends it.
    is_endless: bool,
    told: &'static str,
}

/// A good reply of a tracker.
const GOOD: &[u8] = b"d8:intervali900e5:peers6:\x01\x02\x03\x04\x1a\xe1e";

fn case(name: &'static str, told: &'static str, says: Says) -> Case {
    Case { name, says, is_endless: false, told }
}

fn this(name: &'static str, told: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    case(name, told, Says::This(bytes.into()))
}

fn status(name: &'static str, told: &'static str, line: &str) -> Case {
    this(name, told, respond(line, "", GOOD))
}

/// A body after this field.
fn with(field: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{field}\r\n\r\n").as_bytes(), body].concat()
}

fn chunked(body: &[u8]) -> Vec<u8> {
    with("Transfer-Encoding: chunked", body)
}

fn gzip(body: &[u8]) -> Vec<u8> {
    with("Content-Encoding: gzip", body)
}

const NO_HTTP: &str = "SERVER does not answer as a web server does: ";
const TOO_LONG: &str = "SERVER sent more than 1048576 bytes";
const NO_REPLY: &str = "what came back is not a tracker's reply: ";
const BROKEN: &str = "SERVER cannot be reached: ";
const TOO_LATE: &str = "SERVER did not answer in time";

fn statuses() -> Vec<Case> {
    vec![
        status("a success", "kept", "200 OK"),
        status("another success", "kept", "299 Odd"),
        status(
            "a page that does not exist",
            "SERVER answered with HTTP status 404",
            "404 Not Found",
        ),
        status("a server in trouble", "SERVER answered with HTTP status 500", "500 Oops"),
        status("a status of no class", "SERVER answered with HTTP status 999", "999 Odd"),
        status(
            "another protocol",
            "SERVER answered with HTTP status 101",
            "101 Switching Protocols",
        ),
        status("nothing has changed", "SERVER answered with HTTP status 304", "304 Not Modified"),
        status("nothing at all", NO_REPLY, "204 No Content"),
        status("a status of two digits", NO_HTTP, "20 OK"),
        status("a status of four digits", NO_HTTP, "2000 OK"),
        status("a negative status", NO_HTTP, "-200 OK"),
        this("HTTP/0.9", NO_HTTP, GOOD),
        this("HTTP/3", NO_HTTP, "HTTP/3.0 200 OK\r\n\r\n"),
        this("mail", NO_HTTP, "220 mail.example ESMTP\r\n\r\n"),
        this("TLS", NO_HTTP, b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"),
        this("BitTorrent", NO_HTTP, b"\x13BitTorrent protocol\r\n\r\n"),
        this("zeros", NO_HTTP, vec![0; 5_000]),
        this("nothing", BROKEN, ""),
        case("a reset", BROKEN, Says::AndResets(b"HTTP/1.1 200".to_vec())),
        case(
            "a reset within the body",
            BROKEN,
            Says::AndResets(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nd8:".to_vec()),
        ),
    ]
}

fn headers() -> Vec<Case> {
    let head =
        |fields: &str| [format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes(), GOOD].concat();
    let endless = |name, told, first: &str, then: &str| {
        case(name, told, Says::Endlessly(first.into(), then.into()))
    };
    vec![
        endless("an endless first line", NO_HTTP, "HTTP/1.1 200 ", "O"),
        endless("an endless field", NO_HTTP, "HTTP/1.1 200 OK\r\nA: ", "a"),
        endless("endless fields", NO_HTTP, "HTTP/1.1 200 OK\r\n", "A: b\r\n"),
        this("ten thousand fields", NO_HTTP, head(&"A: b\r\n".repeat(10_000))),
        this("a field without a colon", NO_HTTP, head("A b\r\n")),
        this("a zero in a field", NO_HTTP, head("A: \0\r\n")),
        this("a field that is no text", "kept", b"HTTP/1.1 200 OK\r\nA: \xff\r\nContent-Length: 32\r\n\r\nd8:intervali900e5:peers6:\x01\x02\x03\x04\x1a\xe1e".as_slice()),
        this("two lengths", NO_HTTP, head("Content-Length: 33\r\nContent-Length: 34\r\n")),
        this("a length that is none", NO_HTTP, head("Content-Length: many\r\n")),
        this("a negative length", NO_HTTP, head("Content-Length: -1\r\n")),
        this("a length beyond all numbers", NO_HTTP, head("Content-Length: 99999999999999999999\r\n")),
        this("a length that is too short", NO_REPLY, head("Content-Length: 20\r\n")),
        this("a length that is too long", BROKEN, head("Content-Length: 34\r\n")),
        this("a terabyte by its length", BROKEN, head("Content-Length: 1099511627776\r\n")),
        endless(
            "an endless promise of an answer",
            NO_HTTP,
            "",
            "HTTP/1.1 100 Continue\r\n\r\n",
        ),
        endless("endless hints", NO_HTTP, "", "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n"),
    ]
}

fn bodies() -> Vec<Case> {
    let endless = |name, told, first: Vec<u8>, then: &[u8]| {
        case(name, told, Says::Endlessly(first, then.to_vec()))
    };
    let length = format!("Content-Length: {}", 1u64 << 40);
    vec![
        endless("an endless body", TOO_LONG, with("A: b", b""), b"x"),
        endless("a terabyte", TOO_LONG, with(&length, b""), b"x"),
        endless(
            "endless chunks",
            TOO_LONG,
            chunked(b""),
            b"1000\r\n"
                .as_slice()
                .iter()
                .chain(&[b'x'; 0x1000])
                .chain(b"\r\n")
                .copied()
                .collect::<Vec<u8>>()
                .as_slice(),
        ),
        endless("endless chunks of a byte", TOO_LONG, chunked(b""), b"1\r\nx\r\n"),
        endless("an endless size of a chunk", NO_HTTP, chunked(b""), b"0"),
        endless("an endless extension of a chunk", NO_HTTP, chunked(b"1;"), b"a"),
        endless(
            "endless fields after the chunks",
            TOO_LONG,
            chunked(b"1\r\nd\r\n0\r\n"),
            b"A: b\r\n",
        ),
        this("a chunk of a size that is none", NO_HTTP, chunked(b"zz\r\nde\r\n0\r\n\r\n")),
        this("a chunk of a negative size", NO_HTTP, chunked(b"-2\r\nde\r\n0\r\n\r\n")),
        this("a chunk beyond all numbers", NO_HTTP, chunked(b"fffffffffffffffff\r\nde")),
        this("a huge chunk that ends", BROKEN, chunked(b"ffffffffffffffff\r\nde")),
        this("a chunk that is longer than it says", NO_HTTP, chunked(b"1\r\nde\r\n0\r\n\r\n")),
        this("chunks without an end", BROKEN, chunked(b"2\r\nde\r\n")),
        this(
            "chunks and a length",
            "kept",
            [
                &with("Content-Length: 5\r\nTransfer-Encoding: chunked", b"20\r\n")[..],
                GOOD,
                b"\r\n0\r\n\r\n",
            ]
            .concat(),
        ),
    ]
}

/// A megabyte of gzip that becomes a gigabyte of zeros: a block of deflate whose second half is as long
/// as one likes.
fn bomb() -> Vec<u8> {
    const HEADER: [u8; 25] = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 1, 1, 0, 0, 0, 0x82, 0x20, 0xff, 0xaf,
        0x6e, 0x48, 0x40, 1,
    ];
    gzip(&[&HEADER[..], &vec![0; 1 << 20]].concat())
}

fn encodings() -> Vec<Case> {
    let start = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    let empty_block = b"\0\0\0\xff\xff";
    let encoded = |encoding: &str| with(&format!("Content-Encoding: {encoding}"), GOOD);
    vec![
        this("a bomb of gzip", TOO_LONG, bomb()),
        case(
            "endless gzip of nothing",
            TOO_LONG,
            Says::Endlessly(gzip(start), empty_block.to_vec()),
        ),
        case(
            "an endless name in gzip",
            NO_HTTP,
            Says::Endlessly(gzip(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"), b"a".to_vec()),
        ),
        this("gzip that is none", NO_HTTP, gzip(GOOD)),
        this("gzip that is cut short", NO_HTTP, gzip(start)),
        this("gzip that is none, twice", "kept", encoded("gzip, gzip")),
        this("an encoding nobody asked for", "kept", encoded("br")),
        this("an encoding nobody knows", "kept", encoded("rot13")),
        this("another alphabet", "kept", with("Content-Type: text/html; charset=utf-16", GOOD)),
    ]
}

fn slow() -> Vec<Case> {
    let endless = |name, says| Case { name, says, is_endless: true, told: TOO_LATE };
    vec![
        endless("silence", Says::AndFallsSilent(Vec::new())),
        endless(
            "silence within the header",
            Says::AndFallsSilent(b"HTTP/1.1 200 OK\r\nA".to_vec()),
        ),
        endless(
            "silence within the body",
            Says::AndFallsSilent(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nd8".to_vec()),
        ),
        endless("a slow header", Says::Slowly(b"HTTP/1.1 200 OK\r\nA: ".to_vec(), b"a".to_vec())),
        endless("a slow body", Says::Slowly(with("A: b", b""), b"x".to_vec())),
        endless("slow chunks", Says::Slowly(chunked(b""), b"1\r\nx\r\n".to_vec())),
        endless(
            "slow promises",
            Says::Slowly(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        ),
        endless(
            "slow gzip",
            Says::Slowly(gzip(b"\x1f\x8b\x08\0\0\0\0\0\0\xff"), b"\0\0\0\xff\xff".to_vec()),
        ),
    ]
}

fn cases() -> impl Iterator<Item = Case> {
    [statuses(), headers(), bodies(), encodings(), slow()].into_iter().flatten()
}

pub(crate) fn count() -> usize {
    cases().count()
}

fn assert_borne(case: &Case) {
    let server = Server::start(case.says.clone());
    let url = format!("http://{}/announce", server.address);
    let timeout = if case.is_endless { SHORT } else { PATIENCE };
    let reply = announced(&Outlet::default(), url, timeout);
    let told = reply.as_ref().map_or_else(|reason| server.anonymous(reason), |_| "kept".to_owned());
    assert!(told.starts_with(case.told), "{}: {told}", case.name);
    assert!(
        told.chars().count() < 400 && !told.contains(char::is_control),
        "{}: {told}",
        case.name
    );
    assert!(server.sent() <= TAKEN_MAX, "{}: {} bytes were taken", case.name, server.sent());
    assert_eq!(server.asked(), 1, "{}", case.name);
    let (again, trouble) = scheduled(&reply);
    match reply {
        Ok(_) => assert_eq!((again, trouble), (900, None), "{}", case.name),
        // It is asked again, and not at once.
        Err(reason) => assert!((15..3600).contains(&again) && trouble == Some(reason), "{again}"),
    }
}

#[test]
fn a_status_is_told_and_what_is_no_http_is_called_so() {
    statuses().iter().for_each(assert_borne);
}

#[test]
fn no_header_takes_more_than_it_may() {
    headers().iter().for_each(assert_borne);
}

#[test]
fn no_body_takes_more_than_it_may() {
    bodies().iter().for_each(assert_borne);
}

#[test]
fn no_encoding_takes_more_than_it_may() {
    encodings().iter().for_each(assert_borne);
}

#[test]
fn no_slowness_takes_more_time_than_there_is() {
    slow().iter().for_each(assert_borne);
}
