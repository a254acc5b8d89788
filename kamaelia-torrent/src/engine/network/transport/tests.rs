//! Claims about sockets on this machine.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::time::{Duration, Instant};

use super::*;

const ANY: &str = "127.0.0.1:0";

/// No limit.
const ALL: usize = usize::MAX;

/// Far longer than any of this takes.
const AGES: Duration = Duration::from_secs(60);

fn transport() -> (Transport<&'static str>, SocketAddr) {
    let address: SocketAddr = ANY.parse().expect("an address");
    let transport =
        Transport::bind(&[address], &Outlet::default(), &World::System, SpareBuffers::default())
            .expect("a free port");
    let address = transport.local_addresses()[0];
    (transport, address)
}

fn news(transport: &mut Transport<&'static str>, wanted: impl Fn(&News) -> bool) -> News {
    let deadline = Instant::now() + AGES;
    loop {
        while let Some(news) = transport.next_news() {
            if wanted(&news) {
                return news;
            }
        }
        assert!(Instant::now() < deadline, "no such news");
        transport.wait(Some(AGES)).expect("sockets can be waited for");
    }
}

fn accepted(transport: &mut Transport<&'static str>) -> SocketId {
    loop {
        if let Some((stream, _)) = transport.accept().expect("sockets are to be had") {
            return transport.adopt(stream, "accepted").expect("it can be registered");
        }
        transport.wait(Some(AGES)).expect("sockets can be waited for");
    }
}

#[test]
fn bytes_go_both_ways_and_the_end_is_seen() {
    let (mut transport, address) = transport();
    let mut other = StdStream::connect(address).expect("we listen");
    let id = accepted(&mut transport);
    other.write_all(b"hello").expect("it is open");
    let mut buffer = [0; 16];
    let got = loop {
        match transport.read(id, &mut buffer) {
            ReadOutcome::Bytes(count) => break buffer[..count].to_vec(),
            ReadOutcome::Nothing => {
                news(&mut transport, |news| *news == News::Readable(id));
            }
            ReadOutcome::Gone => panic!("it is open"),
        }
    };
    assert_eq!(got, b"hello");
    transport.send(id, b"good".to_vec());
    transport.send(id, b"bye".to_vec());
    assert_eq!(
        transport.flush(id, 4).map(|flushed| (flushed.written, flushed.queued)),
        Some((4, 3))
    );
    assert_eq!(transport.flush(id, ALL).map(|flushed| flushed.queued), Some(0));
    let mut answer = [0; 7];
    other.read_exact(&mut answer).expect("it was flushed");
    assert_eq!(&answer, b"goodbye");
    drop(other);
    while transport.read(id, &mut buffer) != ReadOutcome::Gone {
        news(&mut transport, |news| *news == News::Readable(id));
    }
    assert_eq!(transport.close(id), Some("accepted"));
    assert_eq!((transport.close(id), transport.open()), (None, 0));
}

#[test]
fn what_the_other_side_does_not_read_stays_queued_until_it_does() {
    let (mut transport, address) = transport();
    let mut other = StdStream::connect(address).expect("we listen");
    let id = accepted(&mut transport);
    let total = 64 * 1024 * 1024;
    for _ in 0..64 {
        transport.send(id, vec![7; total / 64]);
    }
    let queued = transport.flush(id, ALL).expect("it is open").queued;
    assert!(queued > 0, "no system buffers 64 MiB");
    let reader = std::thread::spawn(move || {
        let mut all = Vec::new();
        other.read_to_end(&mut all).expect("it stays open");
        all.len()
    });
    while transport.flush(id, ALL).expect("it is open").queued > 0 {
        news(&mut transport, |news| *news == News::Writable(id));
    }
    transport.close(id);
    assert_eq!(reader.join().expect("the reader does not panic"), total);
}

#[test]
fn a_connection_comes_up_or_fails() {
    let (mut transport, _) = transport();
    let listener = StdListener::bind(ANY).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let up = transport.connect(address, "up").expect("loopback");
    assert_eq!(
        news(&mut transport, |news| !matches!(news, News::Readable(_))),
        News::Connected(up)
    );
    drop(listener);
    // Nobody listens there any more.
    if let Ok(down) = transport.connect(address, "down") {
        let failed = news(&mut transport, |news| matches!(news, News::ConnectFailed(_)));
        assert_eq!(failed, News::ConnectFailed(down));
    }
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let (_transport, address) = transport();
    let Err(error) = Transport::<()>::bind(
        &[address],
        &Outlet::default(),
        &World::System,
        SpareBuffers::default(),
    ) else {
        panic!("the port is in use")
    };
    let text = error.to_string();
    assert!(text.contains(&address.to_string()), "{text}");
    assert!(text.contains("another program uses that port"), "{text}");
}
