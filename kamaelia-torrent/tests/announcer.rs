//! The announcer against servers of every temper, over loopback.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, unbounded};
use kamaelia_torrent::engine::announcer::{Announcer, JOBS_MAX, Job, Outcome, STOP_MAX};
use kamaelia_torrent::engine::fetch::{Fetch, FetchError, Problem};
use kamaelia_torrent::engine::outlet::Outlet;
use kamaelia_torrent::tracker::{AnnounceReply, ReplyError};

/// Far longer than anything here takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that does this with each connection, one thread for each, and tells what was asked.
fn server(
    answer: impl Fn(&mut TcpStream, &str) + Clone + Send + 'static,
) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    let (asked, requests) = unbounded();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (Ok(mut stream), asked, answer) = (stream, asked.clone(), answer.clone()) else {
                continue;
            };
            thread::spawn(move || {
                let target = target(&mut stream);
                let _ = asked.send(target.clone());
                answer(&mut stream, &target);
                // What is closed with bytes unread may be reset, and the answer with it.
                let _ = stream.shutdown(std::net::Shutdown::Write);
                until_closed(&mut stream);
            });
        }
    });
    (address, requests)
}

/// What the request asks for below `/announce`: nothing else is asked of servers on this machine.
fn target(stream: &mut TcpStream) -> String {
    let mut header = Vec::new();
    let mut byte = [0];
    while !header.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        header.push(byte[0]);
    }
    let header = String::from_utf8_lossy(&header);
    let target = header.split(' ').nth(1).unwrap_or_default();
    target.strip_prefix("/announce").expect("a path of trackers").to_owned()
}

fn until_closed(stream: &mut TcpStream) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
}

fn respond(stream: &mut TcpStream, status: &str, more: &str, body: &[u8]) {
    let length = body.len();
    let header = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}\r\n");
    let _ = stream.write_all(&[header.as_bytes(), body].concat());
}

/// A server that always answers this.
fn constant(status: &'static str, more: &'static str, body: &'static [u8]) -> SocketAddr {
    server(move |stream, _| respond(stream, status, more, body)).0
}

fn silent() -> (SocketAddr, Receiver<String>) {
    server(|stream, _| until_closed(stream))
}

fn start() -> (Announcer, Receiver<Outcome>) {
    let (sender, outcomes) = unbounded();
    let announcer = Announcer::start(2, &Outlet::default(), move |outcome| {
        let _ = sender.send(outcome);
    });
    (announcer.expect("threads"), outcomes)
}

fn job(token: u64, server: SocketAddr, target: &str) -> Job {
    Job {
        token,
        fetch: Fetch::announce(format!("http://{server}/announce{target}")),
        is_farewell: false,
    }
}

fn farewell(token: u64, server: SocketAddr, target: &str) -> Job {
    Job { is_farewell: true, ..job(token, server, target) }
}

/// What becomes of a single fetch.
fn fetched(fetch: Fetch) -> Result<Vec<u8>, FetchError> {
    let (announcer, outcomes) = start();
    let job = Job { token: 1, fetch, is_farewell: false };
    announcer.submit(job).expect("room for a job");
    outcomes.recv_timeout(PATIENCE).expect("an outcome for the job").result
}

fn announced(server: SocketAddr) -> Result<Vec<u8>, FetchError> {
    fetched(Fetch::announce(format!("http://{server}/announce")))
}

fn problem(result: Result<Vec<u8>, FetchError>) -> Problem {
    result.expect_err("a problem").problem
}

#[test]
fn every_job_has_its_own_outcome() {
    let (address, _) = server(|stream, target| respond(stream, "200 OK", "", target.as_bytes()));
    let (announcer, outcomes) = start();
    for token in 0..50 {
        announcer.submit(job(token, address, &format!("/{token}"))).expect("room for a job");
    }
    let mut seen: Vec<(u64, String)> = (0..50)
        .map(|_| outcomes.recv_timeout(PATIENCE).expect("an outcome"))
        .map(|outcome| (outcome.token, outcome.result.expect("an answer")))
        .map(|(token, bytes)| (token, String::from_utf8_lossy(&bytes).into_owned()))
        .collect();
    seen.sort();
    let expected: Vec<(u64, String)> = (0..50).map(|i| (i, format!("/{i}"))).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_percent_encoded_info_hash_arrives_as_it_was_spelled() {
    let (address, requests) = server(|stream, _| respond(stream, "200 OK", "", b"de"));
    let target = "?pass=a%2Fb&info_hash=%00%FF%7F%20~._-&x=%2B";
    let fetch = Fetch::announce(format!("http://{address}/announce{target}"));
    assert_eq!(fetched(fetch), Ok(b"de".to_vec()));
    assert_eq!(requests.recv_timeout(PATIENCE).as_deref(), Ok(target));
}

#[test]
fn a_status_other_than_success_is_a_problem() {
    let address = constant("404 Not Found", "", b"nothing here");
    let error = announced(address).expect_err("a problem");
    assert_eq!(error.to_string(), format!("{address} answered with HTTP status 404"));
}

#[test]
fn a_web_page_is_handed_over_and_is_no_reply_of_a_tracker() {
    let page = announced(constant("200 OK", "", b"<html>")).expect("a page");
    assert_eq!(AnnounceReply::from_bytes(&page), Err(ReplyError::WebPage));
}

#[test]
fn where_nobody_listens_is_a_sentence() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound socket");
    drop(listener);
    let error = announced(address).expect_err("a problem");
    let start = format!("{address} cannot be reached: ");
    assert!(error.to_string().starts_with(&start), "{error}");
}

#[test]
fn a_url_that_is_none_is_a_problem_and_no_more() {
    for url in ["", "http://", "udp://t:1/", "http://a b/", "http://[::1/", "\u{1b}"] {
        assert!(fetched(Fetch::announce(url.into())).is_err(), "{url}");
    }
}

#[test]
fn a_hundred_megabytes_are_not_taken() {
    let (address, _) = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        let chunk = [b'x'; 65_536];
        for _ in 0..1600 {
            if stream.write_all(&chunk).is_err() {
                return;
            }
        }
    });
    let limit = 1024 * 1024;
    assert_eq!(problem(announced(address)), Problem::TooLong { limit });
}

#[test]
fn as_much_as_the_limit_is_taken() {
    let address = constant("200 OK", "", b"12345");
    let fetch =
        |length_max| Fetch { length_max, ..Fetch::announce(format!("http://{address}/announce")) };
    assert_eq!(fetched(fetch(5)), Ok(b"12345".to_vec()));
    assert_eq!(problem(fetched(fetch(4))), Problem::TooLong { limit: 4 });
}

#[test]
fn the_limit_counts_what_is_inflated() {
    // Four kilobytes of gzip that become four megabytes of zeros.
    const HEADER: [u8; 22] = [
        0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xed, 0xc1, 1, 1, 0, 0, 0, 0x82, 0x20, 0xff, 0xaf, 0x6e,
    ];
    let (address, _) = server(|stream, _| {
        let body = [&HEADER[..], &[0x48, 0x40, 1], &[0; 4046]].concat();
        respond(stream, "200 OK", "Content-Encoding: gzip\r\n", &body);
    });
    let limit = 1024 * 1024;
    assert_eq!(problem(announced(address)), Problem::TooLong { limit });
}

#[test]
fn a_silent_server_is_given_up_after_its_time() {
    let (address, _) = silent();
    let fetch = Fetch {
        timeout: Duration::from_millis(100),
        ..Fetch::announce(format!("http://{address}/announce"))
    };
    assert_eq!(problem(fetched(fetch)), Problem::TimedOut);
}

#[test]
fn a_server_that_trickles_is_given_up_too() {
    let (address, _) = server(|stream, _| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        // As slow as the reader: a byte whenever a read of its own times out.
        let _ = stream.set_read_timeout(Some(Duration::from_millis(10)));
        let waiting = |error: std::io::Error| {
            matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
        };
        while stream.read(&mut [0]).is_err_and(waiting) && stream.write_all(b"x").is_ok() {}
    });
    let fetch = Fetch {
        timeout: Duration::from_millis(300),
        ..Fetch::announce(format!("http://{address}/announce"))
    };
    assert_eq!(problem(fetched(fetch)), Problem::TimedOut);
}

#[test]
fn what_is_not_http_is_called_so() {
    let (address, _) = server(|stream, _| {
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n\r\n");
    });
    let problem = problem(announced(address));
    assert!(matches!(problem, Problem::NotHttp(_)), "{problem:?}");
}

#[test]
fn random_bytes_for_an_answer_are_a_problem_and_no_more() {
    let (address, _) = server(|stream, target| {
        let seed = target.bytes().map(u64::from).fold(0, |sum, b| sum * 31 + b);
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n".to_vec();
        for _ in 0..random.usize(1..10) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        let _ = stream.write_all(&bytes);
    });
    let (announcer, outcomes) = start();
    for token in 0..300 {
        announcer.submit(job(token, address, &format!("/{token}"))).expect("room for a job");
    }
    for _ in 0..300 {
        outcomes.recv_timeout(PATIENCE).expect("an outcome");
    }
}

#[test]
fn a_few_redirects_are_followed_and_no_more() {
    let (address, _) = server(|stream, target| match target {
        "/0" => respond(stream, "200 OK", "", b"here"),
        _ => {
            let left: u32 = target[1..].parse().unwrap_or(9);
            let location = format!("Location: /announce/{}\r\n", left - 1);
            respond(stream, "302 Found", &location, b"");
        }
    });
    let fetch = |from: u32| Fetch::announce(format!("http://{address}/announce/{from}"));
    assert_eq!(fetched(fetch(5)), Ok(b"here".to_vec()));
    assert_eq!(problem(fetched(fetch(6))), Problem::TooManyRedirects);
}

#[test]
fn a_redirect_to_another_protocol_is_a_problem_and_no_more() {
    for location in ["Location: udp://t:1/\r\n", "Location: \r\n", "Location: http://\r\n"] {
        assert!(announced(constant("302 Found", location, b"")).is_err());
    }
}

#[test]
fn more_jobs_than_the_bound_are_handed_back() {
    let (address, requests) = silent();
    let (announcer, _outcomes) = start();
    for token in 0..2 {
        announcer.submit(job(token, address, "/")).expect("room");
        requests.recv_timeout(PATIENCE).expect("a thread is at it");
    }
    for token in 0..JOBS_MAX as u64 {
        announcer.submit(job(token, address, "/")).expect("room");
    }
    let last = job(9, address, "/");
    assert_eq!(announcer.submit(last.clone()), Err(last));
}

#[test]
fn a_stop_does_not_wait_for_a_silent_server() {
    let (address, requests) = silent();
    let (announcer, outcomes) = start();
    for token in 0..5 {
        announcer.submit(job(token, address, "/")).expect("room");
    }
    for _ in 0..2 {
        requests.recv_timeout(PATIENCE).expect("a thread is at it");
    }
    let asked = Instant::now();
    announcer.stop(Duration::from_secs(4));
    assert!(asked.elapsed() < Duration::from_secs(2), "it waited");
    let mut told: Vec<(u64, Problem)> =
        outcomes.iter().map(|outcome| (outcome.token, problem(outcome.result))).collect();
    told.sort_by_key(|(token, _)| *token);
    let expected: Vec<(u64, Problem)> = (0..5).map(|token| (token, Problem::Stopped)).collect();
    assert_eq!(told, expected);
}

#[test]
fn farewells_get_through_although_every_thread_was_held_up() {
    let (silent, held) = silent();
    let (address, requests) = server(|stream, _| respond(stream, "200 OK", "", b"de"));
    let (announcer, outcomes) = start();
    for token in 0..4 {
        announcer.submit(job(token, silent, "/")).expect("room");
    }
    for _ in 0..2 {
        held.recv_timeout(PATIENCE).expect("a thread is at it");
    }
    for token in 10..20 {
        let target = format!("/{token}");
        announcer.submit(farewell(token, address, &target)).expect("room");
    }
    announcer.stop(Duration::from_secs(4));
    let mut said: Vec<String> = requests.try_iter().collect();
    said.sort();
    let expected: Vec<String> = (10..20).map(|token| format!("/{token}")).collect();
    assert_eq!(said, expected);
    let answered = outcomes.iter().filter(|outcome| outcome.result.is_ok());
    assert_eq!(answered.count(), 10);
}

#[test]
fn a_farewell_to_a_silent_server_is_given_up_after_the_grace() {
    let (address, requests) = silent();
    let (announcer, _outcomes) = start();
    announcer.submit(farewell(1, address, "/")).expect("room");
    requests.recv_timeout(PATIENCE).expect("a thread is at it");
    let asked = Instant::now();
    announcer.stop(Duration::from_millis(200));
    assert!(asked.elapsed() >= Duration::from_millis(200));
    assert!(asked.elapsed() < STOP_MAX);
}

#[test]
fn no_grace_is_longer_than_the_bound() {
    let (address, requests) = silent();
    let (announcer, _outcomes) = start();
    announcer.submit(farewell(1, address, "/")).expect("room");
    requests.recv_timeout(PATIENCE).expect("a thread is at it");
    let asked = Instant::now();
    announcer.stop(PATIENCE);
    assert!(asked.elapsed() <= STOP_MAX + Duration::from_secs(1));
}

#[test]
fn an_announcer_that_is_dropped_lets_go_of_its_threads() {
    let (address, requests) = silent();
    let (announcer, outcomes) = start();
    announcer.submit(job(1, address, "/")).expect("room");
    requests.recv_timeout(PATIENCE).expect("a thread is at it");
    drop(announcer);
    // The last thread takes the outcomes' sender along.
    let end = outcomes.recv_timeout(PATIENCE);
    assert_eq!(end, Err(crossbeam_channel::RecvTimeoutError::Disconnected));
}
