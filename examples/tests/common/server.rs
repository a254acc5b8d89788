//! Servers on this machine, good and bad.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::{iter, process, thread};

use super::AGES;

fn any_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a port")
}

fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("a listener has an address")
}

/// A web server until the test ends: `answer` makes all bytes of an answer from a path. Its URL has
/// no slash at the end.
pub fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> String {
    let listener = any_port();
    let url = format!("http://{}", address(&listener));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whoever hangs up early is no concern of the server.
            let _ = answer_one(stream, &answer);
        }
    });
    url
}

fn answer_one(mut stream: TcpStream, answer: impl Fn(&str) -> Vec<u8>) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head);
    stream.write_all(&answer(head.split(' ').nth(1).unwrap_or_default()))
}

/// A port at which someone listens and never says a word, for as long as this is kept.
pub fn silent_server() -> (TcpListener, SocketAddr) {
    let listener = any_port();
    let address = address(&listener);
    (listener, address)
}

/// A port at which nobody listens, and which the system does not give to somebody who connects meanwhile:
/// it gives those from 32,768 on.
pub fn unused_port() -> SocketAddr {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    // Tests that run beside this one begin elsewhere.
    let start = process::id().wrapping_mul(997);
    let port = || 10_000 + (start.wrapping_add(ASKED.fetch_add(1, Relaxed)) % 20_000) as u16;
    let mut ports = iter::repeat_with(|| SocketAddr::from(([127, 0, 0, 1], port()))).take(20_000);
    ports.find(|port| TcpListener::bind(port).is_ok()).expect("one of so many")
}

/// The body of a page on this machine.
pub fn get(url: &str) -> Vec<u8> {
    let rest = url.strip_prefix("http://").expect("a URL");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("the server is there");
    stream.set_read_timeout(Some(AGES)).expect("a time-out is allowed");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the server listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let end_of_head = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    answer.split_off(end_of_head + 4)
}
