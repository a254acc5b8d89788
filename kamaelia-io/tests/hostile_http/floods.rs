//! Many strangers, slow ones, and such as take what they want and leave: nobody else waits for them.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use kamaelia_io::http::Limits;

use super::bench::{Bench, statuses};

const SOON: Duration = Duration::from_millis(50);

/// How many cases there are: each is a test.
pub(crate) fn count() -> usize {
    include_str!("floods.rs").lines().filter(|line| *line == "#[test]").count()
}

/// Closes with a reset, as one who does not want the rest.
fn reset(stranger: TcpStream) {
    let socket = socket2::Socket::from(stranger);
    socket.set_linger(Some(Duration::ZERO)).expect("an option of sockets");
}

/// One who sends a byte whenever the server had a turn; gives what came before it was let go.
fn drip(bench: &mut Bench, stranger: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    bench.until(|_| {
        // It may be closed already; the next read says so.
        let _ = stranger.write(b"a");
        !matches!(stranger.read_to_end(&mut answer),
            Err(error) if error.kind() == ErrorKind::WouldBlock)
    });
    answer
}

#[test]
fn a_header_that_comes_byte_by_byte_has_no_more_time_than_another() {
    let mut bench = Bench::new(Limits { header_deadline: SOON, ..Limits::default() });
    let mut slow = bench.stranger(b"GET / HTTP/1.1\r\nA: ");
    assert_eq!(drip(&mut bench, &mut slow), b"");
    assert_eq!(bench.server.connections(), 0);
}

#[test]
fn a_body_that_comes_byte_by_byte_has_no_more_time_than_another() {
    let limits = Limits { header_deadline: SOON, body_max: 16 << 10, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let mut slow = bench.stranger(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16384\r\n\r\n");
    assert_eq!(drip(&mut bench, &mut slow), b"");
    assert_eq!((bench.server.connections(), bench.reached.len()), (0, 0));
}

#[test]
fn a_second_request_that_comes_byte_by_byte_has_no_more_time_than_another() {
    let mut bench = Bench::new(Limits { idle_deadline: SOON, ..Limits::default() });
    let mut slow = bench.stranger(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nA: ");
    assert_eq!(statuses(&drip(&mut bench, &mut slow)), (vec![200], true));
    assert_eq!(bench.reached, ["/a"]);
}

#[test]
fn who_is_refused_and_goes_on_sending_is_heard_for_so_long_and_no_longer() {
    let mut bench = Bench::new(Limits::default());
    let mut talker = bench.stranger(b"NONSENSE\r\n\r\n");
    talker.set_nonblocking(true).expect("a socket need not block");
    let (part, mut taken) = (vec![b'a'; 1 << 20], 0);
    bench.until(|_| match talker.write(&part) {
        Ok(count) => {
            taken += count;
            false
        }
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    });
    // What the system holds for both sides is most of it; the server reads 64 KiB.
    assert!(taken < 32 << 20, "{taken} bytes were taken");
    bench.until(|bench| bench.server.connections() == 0);
}

#[test]
fn a_thousand_who_connect_and_ask_nothing_do_not_keep_others_out() {
    let mut bench = Bench::new(Limits::default());
    let places = Limits::default().connections_max;
    let mut silent = VecDeque::new();
    for _ in 0..10 {
        for _ in 0..100 {
            silent.push_back(bench.stranger(b""));
            bench.turn();
            assert!(bench.server.connections() <= places);
        }
        // Some of them wait in the system's queue, and this one behind them.
        bench.serves_others();
        // No test may have as many files as it likes.
        silent.drain(..silent.len().saturating_sub(500));
    }
    drop(silent);
    bench.until(|bench| bench.server.connections() == 0);
}

#[test]
fn who_holds_every_place_with_half_a_request_loses_it_to_others() {
    let limits = Limits { connections_max: 16, body_max: 64, ..Limits::default() };
    let mut bench = Bench::new(limits);
    let halves: [&[u8]; 4] = [
        b"G",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 64\r\n\r\nhalf",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n",
    ];
    let _halves: Vec<TcpStream> = halves.repeat(4).iter().map(|it| bench.stranger(it)).collect();
    bench.until(|bench| bench.server.connections() == 16);
    bench.serves_others();
}

#[test]
fn a_flood_of_requests_without_a_reader_is_answered_no_further_than_the_system_holds() {
    let mut bench =
        Bench::new(Limits { write_deadline: Duration::from_secs(1), ..Limits::default() });
    bench.padding = 64 << 10;
    let one = b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let mut flood = bench.stranger(b"");
    let mut sent = 0;
    bench.until(|_| match flood.write(&one) {
        Ok(count) => {
            sent += count;
            false
        }
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    });
    // Answers of 64 KiB: some megabytes lie with the system, and one with us.
    assert!(sent > 10 * one.len(), "it was a flood: {sent}");
    assert!(bench.reached.len() < 500, "{} were answered", bench.reached.len());
    bench.padding = 0;
    bench.serves_others();
}

#[test]
fn a_flood_of_requests_with_a_reader_leaves_time_for_others() {
    let mut bench = Bench::new(Limits::default());
    let mut flood = bench.stranger(b"");
    let one = b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100);
    let (mut part, mut read) = (vec![0; 1 << 20], 0);
    for _ in 0..20 {
        let mut modest = bench.stranger(b"GET /modest HTTP/1.0\r\n\r\n");
        let mut answer = Vec::new();
        bench.until(|_| {
            let _ = flood.write(&one);
            read += flood.read(&mut part).unwrap_or(0);
            modest.read_to_end(&mut answer).is_ok()
        });
        assert!(answer.ends_with(b"/modest"), "{}", answer.escape_ascii());
    }
    assert!(read > 0 && bench.reached.iter().any(|path| path == "/flood"));
}

#[test]
fn a_flood_that_goes_on_has_no_greater_share_of_any_turn_than_at_first() {
    let mut bench = Bench::new(Limits::default());
    let mut flood = bench.stranger(b"");
    let many = b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let (mut part, mut most) = (vec![0; 1 << 20], 0);
    for _ in 0..200 {
        // More has come and some was taken: it is heard of before each turn.
        let _ = (flood.write(&many), flood.read(&mut part));
        let before = bench.reached.len();
        bench.turn();
        most = most.max(bench.reached.len() - before);
    }
    assert!((1..=32).contains(&most), "{most} requests of one were answered in one turn");
}

#[test]
fn who_holds_every_place_and_takes_no_answer_loses_it_to_others() {
    let never = Duration::from_secs(3_600);
    let mut bench =
        Bench::new(Limits { connections_max: 8, write_deadline: never, ..Limits::default() });
    bench.padding = 16 << 20;
    let ask = b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n";
    let _silent: Vec<TcpStream> = (0..8).map(|_| bench.stranger(ask)).collect();
    bench.until(|bench| bench.reached.len() == 8);
    assert_eq!(bench.server.connections(), 8);
    bench.padding = 0;
    bench.serves_others();
}

#[test]
fn who_resets_in_the_middle_of_an_answer_takes_only_its_own_connection_along() {
    let mut bench = Bench::new(Limits::default());
    bench.padding = 32 << 20;
    for _ in 0..20 {
        let mut rude = bench.stranger(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
        let mut first = [0; 100];
        bench.until(|_| rude.read(&mut first).is_ok_and(|count| count > 0));
        reset(rude);
    }
    bench.until(|bench| bench.server.connections() == 0);
    bench.padding = 0;
    bench.serves_others();
}

#[test]
fn who_resets_before_the_answer_takes_only_its_own_connection_along() {
    let mut bench = Bench::new(Limits { connections_max: 8, ..Limits::default() });
    for bytes in
        [&b""[..], b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\r\n\r\n"].repeat(50)
    {
        reset(bench.stranger(bytes));
    }
    bench.serves_others();
    bench.until(|bench| bench.server.connections() == 0);
}

#[test]
fn who_has_said_all_it_had_to_say_is_answered_all_the_same() {
    let mut bench = Bench::new(Limits::default());
    let mut stranger =
        bench.stranger(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n");
    stranger.shutdown(Shutdown::Write).expect("it is open");
    assert_eq!(statuses(&bench.answer(&mut stranger)), (vec![200, 200], true));
    // Half a request is none.
    assert_eq!(bench.answer_to(b"GET /c HTTP/1.1\r\nHost: x\r\n"), b"");
    assert_eq!(bench.reached, ["/a", "/b"]);
}

#[test]
fn who_asks_for_the_head_alone_gets_no_byte_more() {
    let mut bench = Bench::new(Limits::default());
    bench.padding = 1 << 20;
    let answer = bench.answer_to(b"HEAD /large HTTP/1.1\r\nHost: x\r\n\r\n");
    let told = String::from_utf8_lossy(&answer);
    assert!(told.contains("Content-Length: 1048582\r\n") && told.ends_with("\r\n\r\n"), "{told}");
}
