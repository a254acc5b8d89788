//! Claims about sockets on this machine.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::thread;

use super::*;

const HERE: &str = "127.0.0.1:0";

/// Where nobody is, and nobody is asked.
const ELSEWHERE: &str = "192.0.2.77:6881";

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// A proxy that lets everybody through to itself: it notes what it is asked and says a greeting.
/// Ends with the connection.
fn proxy(greeting: &'static [u8]) -> (Proxy, thread::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind(HERE).expect("a free port");
    let url = format!("socks5://{}", listener.local_addr().expect("it is bound"));
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("someone connects");
        let mut asked = [0; 3];
        stream.read_exact(&mut asked).expect("a greeting");
        stream.write_all(&[5, 0]).expect("it is open");
        let mut head = [0; 5];
        stream.read_exact(&mut head).expect("a request");
        let rest = if head[3] == 3 { usize::from(head[4]) + 2 } else { 3 + 2 };
        let mut request = vec![0; rest];
        stream.read_exact(&mut request).expect("the rest of the request");
        stream.write_all(b"\x05\x00\x00\x01\0\0\0\0\0\0").expect("it is open");
        stream.write_all(greeting).expect("it is open");
        [&head[..], &request].concat()
    });
    (url.parse().expect("a proxy"), thread)
}

#[test]
fn what_this_machine_does_not_have_is_refused_at_the_start() {
    let nobodys = Bind::Address(address(ELSEWHERE).ip());
    let error = Outlet::new(nobodys, None).expect_err("that address is not ours").to_string();
    assert!(error.starts_with("nothing can leave by the address 192.0.2.77: "), "{error}");
    let no_such: Bind = "nosuchinterface0".parse().expect("a name");
    let error = Outlet::new(no_such, None).expect_err("there is no such thing").to_string();
    assert!(error.starts_with("nothing can leave by the interface nosuchinterface0: "), "{error}");
}

#[test]
fn what_is_bound_to_an_address_does_not_leave_by_the_other_family() {
    let outlet = Outlet::new(Bind::Address(Ipv4Addr::LOCALHOST.into()), None).expect("loopback");
    let error = outlet.begin_to_connect(address("[2001:db8::1]:80")).expect_err("another family");
    assert_eq!(error.to_string(), "everything is bound to 127.0.0.1, and nothing leaves by IPv6");
    assert!(outlet.datagrams(address("[::]:0")).is_err());
    let datagrams = outlet.datagrams(address("0.0.0.0:0")).expect("an address of ours");
    let local = datagrams.local_addr().expect("it is bound");
    assert_eq!(local.ip(), IpAddr::V4(Ipv4Addr::LOCALHOST));
    let listener = outlet.listen(address("0.0.0.0:0")).expect("an address of ours");
    assert_eq!(listener.local_addr().expect("it is bound").ip(), local.ip());
    assert!(outlet.listen(address(ELSEWHERE)).is_err());
}

#[test]
fn behind_a_proxy_nobody_is_listened_to_and_no_datagram_leaves() {
    let proxy = "socks5://127.0.0.1:1".parse().expect("a proxy");
    let outlet = Outlet::new(Bind::Any, Some(proxy)).expect("an address needs no looking up");
    assert!(outlet.listen(address("0.0.0.0:0")).is_err());
    let error = outlet.datagrams(address("0.0.0.0:0")).expect_err("no way out").to_string();
    assert_eq!(error, "datagrams cannot go through the proxy, and go no other way");
    let mut out = Vec::new();
    assert!(outlet.tunnel(address(ELSEWHERE), &mut out).is_some());
    assert!(outlet.tunnel(address("127.0.0.1:9"), &mut out).is_none(), "it stays here");
}

#[test]
fn web_servers_are_asked_by_way_of_the_proxy_and_by_name() {
    let (proxy, thread) = proxy(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    let outlet = Outlet::new(Bind::Any, Some(proxy)).expect("it is on this machine");
    let url = "http://tracker.example:81/announce";
    let mut answer = outlet.web_agent().get(url).call().expect("the proxy answers");
    assert_eq!(answer.body_mut().read_to_string().expect("text"), "hi");
    let asked = thread.join().expect("the proxy is content");
    assert_eq!(asked, b"\x05\x01\x00\x03\x0ftracker.example\x00\x51");
}
