//! Addresses on this machine, as many as are asked for, and the tracker of this bench.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use kamaelia_io::http::{HttpServer, Response};
use socket2::{Domain, Protocol, Socket, Type};

/// An address that nobody listens at now.
pub(crate) fn free() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it has an address")
}

/// The same machine by other names, so that those who count connections by address see many.
pub(crate) fn alias(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(0x7f01_0001 + ((number / 250) << 8) + number % 250).into()
}

/// A connection to `to` from one of the other names.
pub(crate) fn connect(from: u32, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.bind(&SocketAddr::from((alias(from), 0)).into())?;
    socket.connect_timeout(&to.into(), Duration::from_secs(2))?;
    Ok(socket.into())
}

/// Starts a tracker that names `peer` to all who ask, whatever they ask for, as long as this program
/// runs. What comes back is its announce URL.
pub(crate) fn tracker_naming(peer: Option<SocketAddr>) -> String {
    let mut server = HttpServer::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let url = format!("http://{}/announce", server.local_addr());
    let mut body = b"d8:intervali1800e5:peers".to_vec();
    match peer {
        Some(SocketAddr::V4(peer)) => {
            body.extend(b"6:");
            body.extend(peer.ip().octets());
            body.extend(peer.port().to_be_bytes());
        }
        _ => body.extend(b"0:"),
    }
    body.push(b'e');
    thread::spawn(move || {
        loop {
            let answer = server.turn(Duration::from_secs(60), &mut |_, _, _| {
                Response::new(200, "text/plain", body.clone())
            });
            answer.expect("sockets can be waited for");
        }
    });
    url
}
