//! A server of datagrams, over loopback.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use kamaelia_io::udp::UdpServer;

const PATIENCE: Duration = Duration::from_secs(20);

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A socket that others know by this address.
fn socket(from: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address(from)).expect("a free port");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time is set");
    socket
}

fn received(socket: &UdpSocket) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).expect("an answer");
    buffer[..length].to_vec()
}

/// One turn of a server that says who asked, and where.
fn turn(server: &mut UdpServer) {
    server
        .turn(PATIENCE, &mut |datagram, remote, local| {
            let text = String::from_utf8_lossy(datagram);
            (!text.is_empty()).then(|| format!("{text} {remote} {local}").into_bytes())
        })
        .expect("a turn");
}

#[test]
fn datagrams_are_answered_to_where_they_came_from() {
    let mut server = UdpServer::bind(address("127.0.0.1:0")).expect("a port");
    let local = server.local_addr();
    for number in 0..5 {
        let asker = socket("127.0.0.1:0");
        let here = asker.local_addr().expect("it is bound");
        asker.send_to(format!("{number}").as_bytes(), local).expect("it is sent");
        turn(&mut server);
        assert_eq!(received(&asker), format!("{number} {here} {local}").into_bytes());
    }
}

#[test]
fn a_socket_of_every_address_knows_ipv4_askers_as_such() {
    let mut server = UdpServer::bind(address("[::]:0")).expect("a port");
    let port = server.local_addr().port();
    let asker = socket("127.0.0.1:0");
    let here = asker.local_addr().expect("it is bound");
    asker.send_to(b"hello", ("127.0.0.1", port)).expect("it is sent");
    turn(&mut server);
    let expected = format!("hello {here} 127.0.0.1:{port}");
    assert_eq!(received(&asker), expected.into_bytes());
}

#[test]
fn what_has_no_answer_gets_none_and_the_next_does() {
    let mut server = UdpServer::bind(address("127.0.0.1:0")).expect("a port");
    let asker = socket("127.0.0.1:0");
    asker.send_to(b"", server.local_addr()).expect("it is sent");
    asker.send_to(b"x", server.local_addr()).expect("it is sent");
    let until = Instant::now() + PATIENCE;
    asker.set_nonblocking(true).expect("it can be asked at once");
    let mut buffer = [0; 64];
    let length = loop {
        server
            .turn(Duration::from_millis(1), &mut |datagram, _, _| {
                (!datagram.is_empty()).then(|| datagram.to_vec())
            })
            .expect("a turn");
        if let Ok(length) = asker.recv(&mut buffer) {
            break length;
        }
        assert!(Instant::now() < until, "no answer");
    };
    assert_eq!(buffer[..length], *b"x");
}

#[test]
fn another_thread_ends_a_turn() {
    let mut server = UdpServer::bind(address("127.0.0.1:0")).expect("a port");
    let waker = server.waker();
    let began = Instant::now();
    // The first turn looks whether something has come already.
    turn(&mut server);
    std::thread::spawn(move || waker.wake());
    turn(&mut server);
    assert!(began.elapsed() < PATIENCE / 2);
}

#[test]
fn a_port_in_use_is_said_in_a_sentence() {
    let server = UdpServer::bind(address("127.0.0.1:0")).expect("a port");
    let Err(error) = UdpServer::bind(server.local_addr()) else { panic!("two on one port") };
    let expected = format!(
        "cannot take datagrams on {}: another program uses that port; choose another one, or 0 \
         for any",
        server.local_addr()
    );
    assert_eq!(error.to_string(), expected);
}
