//! TorrentTracker.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};

use axon_core::Graphline;
use kamaelia_torrent::components::TorrentTracker;

use super::bench::{AGES, Running};

/// What the server at this address answers.
fn get(address: SocketAddr, target: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(AGES)).expect("a socket takes a time-out");
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}

fn announce(peer: u8) -> String {
    let hash = "%01".repeat(20);
    let id = format!("%{peer:02x}").repeat(20);
    let rest = format!("port={}&uploaded=0&downloaded=0&left=5&compact=0", 7000 + u16::from(peer));
    format!("/announce?info_hash={hash}&peer_id={id}&{rest}")
}

#[test]
fn a_tracker_answers_before_and_while_its_graph_runs_and_ends_when_asked_to_finish() {
    let tracker = TorrentTracker::bind("127.0.0.1:0".parse().expect("an address"));
    let tracker = tracker.expect("a port");
    let address = tracker.local_addr();
    // Its port is open already; who comes early is answered when it runs.
    let early = std::thread::spawn(move || get(address, &announce(1)));
    let running = Running::start(Graphline::new().add("tracker", tracker));
    let first = early.join().expect("it was answered");
    assert!(first.starts_with("HTTP/1.1 200") && first.contains("8:interval"), "{first}");
    let second = get(address, &announce(2));
    assert!(second.contains("4:porti7001e"), "it hears of the first: {second}");
    running.handle.finish();
    running.end().expect("a good end");
    assert!(TcpStream::connect(address).is_err(), "its port is free again");
}

#[test]
fn a_tracker_ends_with_a_stop_and_with_its_port_in_use_says_so() {
    let any = "127.0.0.1:0".parse().expect("an address");
    let tracker = TorrentTracker::bind(any).expect("a port");
    let Err(error) = TorrentTracker::bind(tracker.local_addr()) else { panic!("two on a port") };
    assert!(error.to_string().contains(&tracker.local_addr().to_string()), "{error}");
    let running = Running::start(Graphline::new().add("tracker", tracker));
    running.handle.stop();
    running.end().expect("a good end");
}

/// What the server at this address sends back.
fn ask(address: SocketAddr, datagram: &[u8]) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(AGES)).expect("a socket takes a time-out");
    socket.send_to(datagram, address).expect("it is sent");
    let mut answer = [0; 2048];
    let length = socket.recv(&mut answer).expect("it answers");
    answer[..length].to_vec()
}

#[test]
fn those_who_ask_by_udp_and_by_http_meet_and_both_end_together() {
    let any = "127.0.0.1:0".parse().expect("an address");
    let mut tracker = TorrentTracker::bind(any).expect("a port");
    tracker.bind_udp(any).expect("a port");
    let (http, udp) = (tracker.local_addr(), tracker.udp_addr().expect("it takes datagrams"));
    let running = Running::start(Graphline::new().add("tracker", tracker));
    get(http, &announce(1));
    let connected = ask(udp, b"\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0\0\0\0\x07");
    let numbers = [0, 0, 5, 0].map(u64::to_be_bytes).concat();
    let announce = [
        &connected[8..16],
        &[0, 0, 0, 1, 0, 0, 0, 8],
        &[1; 20],
        &[2; 20],
        &numbers[..24],
        &[0; 12],
        &[255; 4],
        &7002u16.to_be_bytes(),
    ];
    let announced = ask(udp, &announce.concat());
    assert_eq!(announced[20..], [127, 0, 0, 1, 0x1b, 0x59], "{announced:?}");
    assert!(get(http, &self::announce(3)).contains("4:porti7002e"));
    running.handle.finish();
    running.end().expect("a good end");
    UdpSocket::bind(udp).expect("its port is free again");
}
