//! Requests that two readers could take for different ones, or that are none. None of them may hide
//! another request: what was not read for sure ends with its connection.

use kamaelia_io::http::Limits;

use super::bench::{Bench, statuses};

/// What bodies the server takes in these cases.
#[derive(Clone, Copy)]
enum Bodies {
    /// None, as a tracker's.
    None,
    /// Up to 64 bytes, as the live view does.
    Small,
}

/// What a stranger sends before it falls silent, and what becomes of it.
struct Case {
    name: &'static str,
    bodies: Bodies,
    sent: Vec<u8>,
    statuses: &'static [u16],
    /// Whether the connection would have stayed.
    stays: bool,
    /// What the server took for requests.
    reached: &'static [&'static str],
}

/// A request that must not be reached, 38 bytes.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n     ";
const _: () = assert!(HIDDEN.len() == 38);

fn get(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n")
}

fn post(fields: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n")
}

/// Refused with this status, whatever bodies are taken.
fn refused(name: &'static str, status: &'static [u16], sent: impl Into<Vec<u8>>) -> Case {
    let sent = [&sent.into(), HIDDEN.as_bytes()].concat();
    Case { name, bodies: Bodies::Small, sent, statuses: status, stays: false, reached: &[] }
}

/// Answered, and nothing after it.
fn answered_once(name: &'static str, sent: impl Into<Vec<u8>>) -> Case {
    let sent = [&sent.into(), HIDDEN.as_bytes()].concat();
    Case { name, bodies: Bodies::None, sent, statuses: &[200], stays: false, reached: &["/"] }
}

/// Answered as what it is: one good request.
fn answered(name: &'static str, sent: impl Into<Vec<u8>>) -> Case {
    let (sent, reached) = (sent.into(), &["/"]);
    Case { name, bodies: Bodies::None, sent, statuses: &[200], stays: true, reached }
}

fn lengths() -> Vec<Case> {
    let chunked = "Transfer-Encoding: chunked\r\n";
    vec![
        refused("a length and chunks", &[400], post(&format!("Content-Length: 5\r\n{chunked}"))),
        refused("chunks and a length", &[400], get(&format!("{chunked}Content-Length: 38\r\n"))),
        refused("two lengths", &[400], post("Content-Length: 5\r\nContent-Length: 38\r\n")),
        refused("one length twice", &[400], post("Content-Length: 5\r\ncontent-length: 5\r\n")),
        refused(
            "two lengths of no body",
            &[400],
            get("Content-Length: 0\r\nContent-Length: 38\r\n"),
        ),
        refused("a list of lengths", &[400], get("Content-Length: 38, 38\r\n")),
        refused("a negative length", &[400], get("Content-Length: -1\r\n")),
        refused("a length with a plus", &[400], get("Content-Length: +0\r\n")),
        refused("a length in hexadecimal", &[400], get("Content-Length: 0x26\r\n")),
        refused("an empty length", &[400], get("Content-Length:\r\n")),
        refused("a length in other digits", &[400], get("Content-Length: ３８\r\n")),
        refused(
            "a length beyond all numbers",
            &[413],
            post("Content-Length: 99999999999999999999999999\r\n"),
        ),
        refused("a length that is too great", &[413], post("Content-Length: 65\r\n")),
        refused("a body without a length", &[411], post("")),
        refused("chunks", &[411], post(chunked) + "5\r\nhello\r\n0\r\n\r\n"),
        refused("a huge chunk", &[411], post(chunked) + "FFFFFFFFFFFFFFFFFF\r\n"),
        refused(
            "an endless extension of a chunk",
            &[411],
            post(chunked) + "5;" + &"a".repeat(60_000),
        ),
        refused(
            "chunks before HTTP/1.1",
            &[400],
            format!("GET / HTTP/1.0\r\nConnection: keep-alive\r\n{chunked}\r\n0\r\n\r\n"),
        ),
        answered_once("a GET with a body", get("Content-Length: 38\r\n")),
        answered_once("a GET in chunks", get(chunked) + "0\r\n\r\n"),
        answered_once("a coding nobody knows", get("Transfer-Encoding: xchunked\r\n")),
        answered_once("chunks by two names", get("Transfer-Encoding: identity, chunked\r\n")),
        answered_once("more after the goodbye", get("Connection: close\r\n")),
        answered_once("more after HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"),
        Case {
            name: "a request within a body",
            bodies: Bodies::Small,
            sent: (post("Content-Length: 38\r\n") + HIDDEN + "GET /next HTTP/1.0\r\n\r\n").into(),
            statuses: &[200, 200],
            stays: false,
            reached: &["/ GET /hidden HTTP/1.1\r\nHost: x", "/next"],
        },
        Case {
            name: "a body that ends too soon",
            bodies: Bodies::Small,
            sent: (post("Content-Length: 39\r\n") + HIDDEN).into(),
            statuses: &[],
            stays: false,
            reached: &[],
        },
    ]
}

fn lines() -> Vec<Case> {
    vec![
        answered("ends of lines without a return", "GET / HTTP/1.1\nHost: x\nA: b\n\n"),
        answered("an empty line before the first", format!("\r\n{}", get(""))),
        refused("a field on two lines", &[400], get("A: b\r\n c\r\n")),
        refused("a length on two lines", &[400], get("Content-Length:\r\n 38\r\n")),
        refused("a field that begins with a space", &[400], get(" Content-Length: 38\r\n")),
        refused("a space before the colon", &[400], get("Content-Length : 38\r\n")),
        refused("a tab before the colon", &[400], get("Transfer-Encoding\t: chunked\r\n")),
        refused("a return alone in a value", &[400], get("A: b\rContent-Length: 38\r\n")),
        refused("two returns", &[400], get("A: b\r\r\n")),
        refused("a zero in a value", &[400], get("A: b\0c\r\n")),
        refused("a vertical tab in a value", &[400], get("Transfer-Encoding:\x0bchunked\r\n")),
        refused("a zero in the target", &[400], "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"),
        refused("a field without a colon", &[400], get("Content-Length 38\r\n")),
        refused("a field without a name", &[400], get(": 38\r\n")),
        refused("a name of two words", &[400], get("Content Length: 38\r\n")),
        refused("two spaces in the first line", &[400], "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"),
        refused("a first line that ends early", &[400], "GET\r\nHost: x\r\n\r\n"),
        answered("a value that is no text", b"GET / HTTP/1.1\r\nHost: x\r\nA: \xff\xfe\r\n\r\n"),
    ]
}

fn targets() -> Vec<Case> {
    let to = |target: &str, host: &str| format!("GET {target} HTTP/1.1\r\n{host}\r\n");
    vec![
        answered("the whole URL", to("http://x/", "Host: x\r\n")),
        answered("the whole URL with another host", to("http://x/", "Host: evil.example\r\n")),
        answered("an empty host", to("/", "Host:\r\n")),
        answered("a host with a port", to("/", "Host: [::1]:80\r\n")),
        refused("no host", &[400], to("/", "")),
        refused("two hosts", &[400], to("/", "Host: x\r\nHost: evil.example\r\n")),
        refused("one host twice", &[400], to("/", "Host: x\r\nhost: x\r\n")),
        refused(
            "two hosts before HTTP/1.1",
            &[400],
            "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
        ),
        refused("a host with a path", &[400], to("/", "Host: x/y\r\n")),
        refused("a host of two words", &[400], to("/", "Host: x y\r\n")),
        refused("a host with a user", &[400], to("/", "Host: me@x\r\n")),
        refused("a URL with a user", &[400], to("http://me@x/", "Host: x\r\n")),
        refused("a URL without a host", &[400], to("http:///", "Host: x\r\n")),
        refused("a URL of another kind", &[400], to("file://x/", "Host: x\r\n")),
        refused("a target that is no path", &[400], to("x", "Host: x\r\n")),
        refused("everything as a target", &[400], to("*", "Host: x\r\n")),
    ]
}

fn protocols() -> Vec<Case> {
    let refused_at_once = |name, statuses, sent: &[u8]| Case {
        name,
        bodies: Bodies::None,
        sent: sent.into(),
        statuses,
        stays: false,
        reached: &[],
    };
    let many = |count: usize, field: &str| get(&field.repeat(count));
    vec![
        refused_at_once("HTTP/0.9", &[400], b"GET /\r\n\r\n"),
        refused_at_once("HTTP/2", &[400], b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        refused_at_once("HTTP/1.2", &[400], b"GET / HTTP/1.2\r\nHost: x\r\n\r\n"),
        refused_at_once("TLS", &[400], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n"),
        refused_at_once("BitTorrent", &[400], b"\x13BitTorrent protocol\n\n"),
        refused("a method in small letters", &[405], "get / HTTP/1.1\r\nHost: x\r\n\r\n"),
        refused("a method nobody knows", &[405], "BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n"),
        refused("a tunnel", &[405], "CONNECT y:25 HTTP/1.1\r\nHost: y:25\r\n\r\n"),
        refused("a trace", &[405], "TRACE / HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n"),
        refused("what can be done at all", &[405], "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
        answered(
            "an upgrade to a web socket",
            get("Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\n"),
        ),
        answered(
            "an upgrade to HTTP/2",
            get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n"),
        ),
        answered("an expectation without a body", get("Expect: 100-continue\r\n")),
        answered("a thousand ranges", get(&format!("Range: bytes={}\r\n", "0-,".repeat(1_000)))),
        refused("more fields than are held", &[431], many(64, "a: b\r\n")),
        refused("a longer header than is held", &[431], many(20, &format!("a: {:900}\r\n", "b"))),
        refused("an endless field", &[431], get(&format!("a: {}", "b".repeat(60_000)))),
        refused("an endless target", &[414], format!("GET /{}", "a".repeat(60_000))),
    ]
}

fn cases() -> Vec<Case> {
    [lengths(), lines(), targets(), protocols()].into_iter().flatten().collect()
}

pub(crate) fn count() -> usize {
    cases().len()
}

fn assert_answered(case: &Case) {
    let body_max = match case.bodies {
        Bodies::None => 0,
        Bodies::Small => 64,
    };
    let mut bench = Bench::new(Limits { body_max, ..Limits::default() });
    let answer = bench.answer_to(&case.sent);
    let (seen, stays) = statuses(&answer);
    let told = answer.escape_ascii();
    assert_eq!(seen, case.statuses, "{}: {told}", case.name);
    assert_eq!(stays, case.stays, "{}: {told}", case.name);
    assert_eq!(bench.reached, case.reached, "{}", case.name);
    bench.until(|bench| bench.server.connections() == 0);
    bench.serves_others();
}

#[test]
fn no_length_hides_a_request() {
    lengths().iter().for_each(assert_answered);
}

#[test]
fn no_end_of_a_line_hides_a_request() {
    lines().iter().for_each(assert_answered);
}

#[test]
fn one_host_is_asked_for_one_path() {
    targets().iter().for_each(assert_answered);
}

#[test]
fn what_is_another_protocol_or_too_much_is_told_so() {
    protocols().iter().for_each(assert_answered);
}

#[test]
fn no_two_cases_are_the_same() {
    let mut names: Vec<_> = cases().iter().map(|case| case.name).collect();
    let mut sent: Vec<_> = cases().into_iter().map(|case| case.sent).collect();
    names.sort_unstable();
    sent.sort_unstable();
    let all = names.len();
    names.dedup();
    sent.dedup();
    assert_eq!((names.len(), sent.len()), (all, all));
}
