//! The HTTP server over loopback. Server and strangers share one thread: the system holds what
//! each side sends until the other takes its turn.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_io::http::{BindError, HttpServer, Limits, Request, Response};

/// Far longer than anything here takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

fn server(limits: Limits) -> HttpServer {
    HttpServer::bind_with("127.0.0.1:0".parse().expect("an address"), limits).expect("a free port")
}

fn stranger(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_nonblocking(true).expect("a socket need not block");
    stream.write_all(bytes).expect("the system holds a few bytes");
    stream
}

fn echo(request: &Request, remote: SocketAddr, local: SocketAddr) -> Response {
    Response::text(200, format!("{} {remote} {local}", request.target))
}

/// Turns the server until it has closed this connection; gives all that came.
fn answer_to(server: &mut HttpServer, stranger: &mut TcpStream) -> String {
    let until = Instant::now() + PATIENCE;
    let mut answer = Vec::new();
    while Instant::now() < until {
        server.turn(Duration::from_millis(10), &mut echo).expect("a turn");
        match stranger.read_to_end(&mut answer) {
            Ok(_) => return String::from_utf8_lossy(&answer).into_owned(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return "reset".into(),
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the server has not closed the connection");
}

fn turn_until(server: &mut HttpServer, mut done: impl FnMut(&HttpServer) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done(server) {
        assert!(Instant::now() < until, "the server has not got there");
        server.turn(Duration::from_millis(10), &mut echo).expect("a turn");
    }
}

#[test]
fn a_request_is_answered_with_both_addresses_at_hand() {
    let mut server = server(Limits::default());
    let local = server.local_addr();
    let mut stranger =
        stranger(local, b"GET /a?b=%20 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let remote = stranger.local_addr().expect("a bound socket");
    let answer = answer_to(&mut server, &mut stranger);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(&format!("\r\n\r\n/a?b=%20 {remote} {local}")), "{answer}");
}

#[test]
fn a_hundred_strangers_at_once_are_all_answered() {
    let mut server = server(Limits { connections_max: 16, ..Limits::default() });
    let address = server.local_addr();
    let mut strangers: Vec<TcpStream> = (0..100)
        .map(|i| {
            let request = format!("GET /{i} HTTP/1.0\r\n\r\n");
            stranger(address, request.as_bytes())
        })
        .collect();
    for (i, stranger) in strangers.iter_mut().enumerate() {
        let answer = answer_to(&mut server, stranger);
        assert!(answer.contains(&format!("\r\n\r\n/{i} ")), "{i}: {answer}");
    }
}

#[test]
fn what_is_not_a_request_is_told_so() {
    let mut server = server(Limits::default());
    let endless = [b'a'; 200_000];
    for (bytes, status) in [
        (&b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"[..], 405),
        (b"nonsense\r\n\r\n", 400),
        // The rest of it is read and thrown away, so that the answer arrives.
        (&endless[..60_000], 414),
    ] {
        let mut stranger = stranger(server.local_addr(), bytes);
        let answer = answer_to(&mut server, &mut stranger);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
}

#[test]
fn a_header_that_does_not_end_in_time_is_not_waited_for() {
    let mut server =
        server(Limits { header_deadline: Duration::from_millis(50), ..Limits::default() });
    let mut stranger = stranger(server.local_addr(), b"GET / HTTP/1.1\r\nA: ");
    assert_eq!(answer_to(&mut server, &mut stranger), "");
    assert_eq!(server.connections(), 0);
}

#[test]
fn who_does_not_take_the_answer_is_not_waited_for() {
    let mut server =
        server(Limits { write_deadline: Duration::from_millis(50), ..Limits::default() });
    let _stranger = stranger(server.local_addr(), b"GET / HTTP/1.0\r\n\r\n");
    let mut large = |_: &Request, _: SocketAddr, _: SocketAddr| {
        Response::text(200, "a".repeat(64 * 1024 * 1024))
    };
    let until = Instant::now() + PATIENCE;
    let mut seen = false;
    while !seen || server.connections() > 0 {
        assert!(Instant::now() < until, "the connection is still there");
        server.turn(Duration::from_millis(10), &mut large).expect("a turn");
        seen |= server.connections() > 0;
    }
}

#[test]
fn silent_strangers_in_every_place_do_not_keep_others_out() {
    let mut server = server(Limits { connections_max: 2, ..Limits::default() });
    let address = server.local_addr();
    let _silent = [stranger(address, b""), stranger(address, b"G")];
    turn_until(&mut server, |server| server.connections() == 2);
    let mut late = stranger(address, b"GET /late HTTP/1.0\r\n\r\n");
    let asked = Instant::now();
    assert!(answer_to(&mut server, &mut late).contains("/late"));
    assert!(asked.elapsed() < Limits::default().header_deadline, "it waited for their deadline");
}

#[test]
fn a_stranger_that_leaves_takes_only_its_own_connection_along() {
    let mut server = server(Limits::default());
    let address = server.local_addr();
    drop(stranger(address, b"GET / HT"));
    drop(stranger(address, b"GET / HTTP/1.0\r\n\r\n"));
    let mut other = stranger(address, b"GET /still HTTP/1.0\r\n\r\n");
    assert!(answer_to(&mut server, &mut other).contains("/still"));
    turn_until(&mut server, |server| server.connections() == 0);
}

#[test]
fn waking_ends_a_turn_at_once() {
    let mut server = server(Limits::default());
    let waker = server.waker();
    // Before the turn: it is remembered.
    waker.wake_by_ref();
    let started = Instant::now();
    server.turn(PATIENCE, &mut echo).expect("a turn");
    // During it: from another thread.
    std::thread::scope(|scope| {
        scope.spawn(|| waker.wake_by_ref());
        server.turn(PATIENCE, &mut echo).expect("a turn");
    });
    assert!(started.elapsed() < PATIENCE);
}

#[test]
fn one_socket_serves_both_families_and_shows_ipv4_as_itself() {
    let mut server = HttpServer::bind("[::]:0".parse().expect("an address")).expect("a free port");
    let port = server.local_addr().port();
    for address in ["127.0.0.1", "::1"] {
        let address = SocketAddr::new(address.parse().expect("an address"), port);
        let Ok(()) = reachable(address) else {
            continue; // No IPv6 on this machine.
        };
        let mut stranger = stranger(address, b"GET / HTTP/1.0\r\n\r\n");
        let remote = stranger.local_addr().expect("a bound socket");
        let answer = answer_to(&mut server, &mut stranger);
        assert!(answer.ends_with(&format!("/ {remote} {address}")), "{answer}");
    }
}

fn reachable(address: SocketAddr) -> io::Result<()> {
    TcpStream::connect(address).map(drop)
}

#[test]
fn a_port_in_use_is_an_error_that_names_it() {
    let first = server(Limits::default());
    let address = first.local_addr();
    let error: BindError = HttpServer::bind(address).err().expect("the port is in use");
    assert!(error.to_string().contains(&address.to_string()), "{error}");
    let any = SocketAddr::new("::".parse().expect("an address"), address.port());
    let _either = HttpServer::bind(any); // Not a panic, whatever the system thinks of it.
}

#[test]
fn random_bytes_leave_the_server_standing() {
    let mut server = server(Limits::default());
    let address = server.local_addr();
    let mut seed = 99u32;
    for _ in 0..200 {
        let mut bytes = Vec::new();
        for _ in 0..300 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push((seed >> 24) as u8);
        }
        drop(stranger(address, &bytes));
        server.turn(Duration::from_millis(1), &mut echo).expect("a turn");
    }
    let mut polite = stranger(address, b"GET /fine HTTP/1.0\r\n\r\n");
    assert!(answer_to(&mut server, &mut polite).contains("/fine"));
}

/// Turns the server until this many bodies have come.
fn bodies(server: &mut HttpServer, stranger: &mut TcpStream, count: usize) -> Vec<String> {
    let until = Instant::now() + PATIENCE;
    let (mut answer, mut part) = (Vec::new(), [0; 1000]);
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        let bodies: Vec<String> = text
            .split("\r\n\r\n")
            .skip(1)
            .map(|body| body.split(' ').next().unwrap_or("").into())
            .collect();
        if bodies.len() >= count {
            assert!(text.contains("Connection: keep-alive"), "{text}");
            return bodies;
        }
        assert!(Instant::now() < until, "{text}");
        server.turn(Duration::from_millis(10), &mut echo).expect("a turn");
        match stranger.read(&mut part) {
            Ok(length) => answer.extend_from_slice(&part[..length]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
}

#[test]
fn requests_follow_each_other_on_one_connection() {
    let mut server = server(Limits::default());
    let mut stranger = stranger(server.local_addr(), b"");
    for path in ["/a", "/b", "/c"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        stranger.write_all(request.as_bytes()).expect("the connection is open");
        assert_eq!(bodies(&mut server, &mut stranger, 1), [path]);
    }
    assert_eq!(server.connections(), 1);
    stranger
        .write_all(b"GET /d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .expect("it is open");
    assert!(answer_to(&mut server, &mut stranger).contains("/d"));
    assert_eq!(server.connections(), 0);
}

#[test]
fn requests_that_come_together_are_answered_in_order_and_leave_time_for_others() {
    let mut server = server(Limits::default());
    let address = server.local_addr();
    let many: String = (0..100).map(|i| format!("GET /{i} HTTP/1.1\r\nHost: x\r\n\r\n")).collect();
    let mut eager = stranger(address, many.as_bytes());
    let mut modest = stranger(address, b"GET /modest HTTP/1.0\r\n\r\n");
    assert!(answer_to(&mut server, &mut modest).contains("/modest"));
    let expected: Vec<String> = (0..100).map(|i| format!("/{i}")).collect();
    assert_eq!(bodies(&mut server, &mut eager, 100), expected);
}

#[test]
fn who_asks_for_nothing_more_is_let_go() {
    let idle_deadline = Duration::from_millis(50);
    let mut server = server(Limits { idle_deadline, ..Limits::default() });
    let mut stranger = stranger(server.local_addr(), b"GET /only HTTP/1.1\r\nHost: x\r\n\r\n");
    let answer = answer_to(&mut server, &mut stranger);
    assert!(answer.contains("keep-alive") && answer.contains("/only"), "{answer}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn what_follows_a_body_is_not_taken_for_a_request() {
    let mut server = server(Limits::default());
    let smuggled = b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut stranger = stranger(server.local_addr(), smuggled);
    let answer = answer_to(&mut server, &mut stranger);
    assert!(answer.contains("/a") && !answer.contains("/smuggled"), "{answer}");
}

fn stream(request: &Request, remote: SocketAddr, local: SocketAddr) -> Response {
    match request.path() {
        "/stream" => Response::stream("text/event-stream"),
        _ => echo(request, remote, local),
    }
}

/// Turns the server, whose answers are streams, until this is true.
fn turn_streams(server: &mut HttpServer, mut done: impl FnMut(&mut HttpServer) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done(server) {
        assert!(Instant::now() < until, "the server has not got there");
        server.turn(Duration::from_millis(10), &mut stream).expect("a turn");
    }
}

/// What has come so far, if the connection is open.
fn read_some(stranger: &mut TcpStream, seen: &mut String) {
    let mut part = [0; 64 * 1024];
    loop {
        match stranger.read(&mut part) {
            Ok(0) => panic!("closed after {seen}"),
            Ok(length) => seen.push_str(&String::from_utf8_lossy(&part[..length])),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_stream_is_sent_what_is_offered_for_as_long_as_its_reader_stays() {
    let mut server = server(Limits { idle_deadline: Duration::ZERO, ..Limits::default() });
    let mut reader = stranger(server.local_addr(), b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_streams(&mut server, |server| server.streams_ready() == 1);
    let mut seen = String::new();
    for part in ["one;", "two;"] {
        server.offer(&Arc::from(part.as_bytes()));
        turn_streams(&mut server, |server| {
            read_some(&mut reader, &mut seen);
            server.streams_ready() == 1 && seen.ends_with(part)
        });
    }
    assert!(seen.ends_with("\r\n\r\none;two;") && !seen.contains("Content-Length"), "{seen}");
    drop(reader);
    turn_streams(&mut server, |server| server.connections() == 0);
    assert_eq!((server.streams(), server.streams_ready()), (0, 0));
}

#[test]
fn who_reads_a_stream_slowly_misses_parts_and_holds_up_nobody() {
    let mut server = server(Limits::default());
    let address = server.local_addr();
    let mut slow = stranger(address, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    let mut quick = stranger(address, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_streams(&mut server, |server| server.streams_ready() == 2);
    // More than any system holds for a reader.
    let large: Arc<[u8]> = vec![b'a'; 64 << 20].into();
    server.offer(&large);
    let mut seen = String::new();
    turn_streams(&mut server, |server| {
        read_some(&mut quick, &mut seen);
        server.streams_ready() == 1
    });
    server.offer(&Arc::from(&b"only the quick"[..]));
    turn_streams(&mut server, |_| {
        read_some(&mut quick, &mut seen);
        seen.ends_with("only the quick")
    });
    let mut late = String::new();
    turn_streams(&mut server, |server| {
        read_some(&mut slow, &mut late);
        server.streams_ready() == 2
    });
    server.offer(&Arc::from(&b"both again"[..]));
    turn_streams(&mut server, |_| {
        read_some(&mut slow, &mut late);
        late.ends_with("both again")
    });
    assert!(!late.contains("only the quick"), "it was given what it could not take");
}

#[test]
fn who_takes_nothing_of_a_stream_is_let_go() {
    let write_deadline = Duration::from_millis(50);
    let mut server = server(Limits { write_deadline, ..Limits::default() });
    let _stranger = stranger(server.local_addr(), b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    turn_streams(&mut server, |server| server.streams_ready() == 1);
    server.offer(&vec![b'a'; 64 << 20].into());
    turn_streams(&mut server, |server| server.streams() == 0);
    assert_eq!(server.connections(), 0);
}

#[test]
fn one_stream_too_many_is_told_so_and_the_header_alone_is_none() {
    let mut server = server(Limits { streams_max: 1, ..Limits::default() });
    let address = server.local_addr();
    let asking = b"GET /stream HTTP/1.0\r\n\r\n";
    let _first = stranger(address, asking);
    turn_streams(&mut server, |server| server.streams_ready() == 1);
    for (request, answer) in
        [(&asking[..], "HTTP/1.1 503 "), (b"GET /other HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ")]
    {
        let mut other = stranger(address, request);
        let mut seen = Vec::new();
        turn_streams(&mut server, |_| other.read_to_end(&mut seen).is_ok());
        assert!(seen.starts_with(answer.as_bytes()), "{}", seen.escape_ascii());
    }
    assert_eq!(server.streams(), 1);
}

#[test]
fn a_body_reaches_the_handler_where_bodies_are_taken() {
    let mut server = server(Limits { body_max: 10, ..Limits::default() });
    for (length, body, answer) in [
        (5, "hello", "HTTP/1.1 200 OK"),
        (10, "helloworld", "HTTP/1.1 200 OK"),
        (11, "helloworld!", "HTTP/1.1 413 Content Too Large"),
    ] {
        let request = format!(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        let mut stranger = stranger(server.local_addr(), request.as_bytes());
        let mut back = |request: &Request, _: SocketAddr, _: SocketAddr| {
            Response::new(200, "text/plain", request.body.clone())
        };
        let (mut seen, until) = (Vec::new(), Instant::now() + PATIENCE);
        while stranger.read_to_end(&mut seen).is_err() {
            assert!(Instant::now() < until, "{}", seen.escape_ascii());
            server.turn(Duration::from_millis(10), &mut back).expect("a turn");
        }
        let seen = String::from_utf8_lossy(&seen);
        assert!(seen.starts_with(answer), "{seen}");
        assert!(seen.ends_with(body) == (length <= 10), "{seen}");
    }
}
