//! Where others find what listens here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

/// An address that stands for all of this machine's is replaced by the one by which others are
/// likeliest to reach it.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => own_address(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The address this machine would use towards others; its own loopback if there are none.
fn own_address() -> IpAddr {
    // Connecting a datagram socket sends nothing: it only asks the system for a route. The address
    // is one kept for documentation (RFC 5737).
    let route = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    };
    route().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}
