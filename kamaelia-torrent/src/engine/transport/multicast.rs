//! Sockets that hear what is said to a group (BEP 14).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mio::net::UdpSocket;
use socket2::{Domain, Protocol, Socket, Type};

/// A socket that hears this group, and speaks to it, on the interface that has the address `on`;
/// on one of the system's choice if that stands for all. Others on this machine hear the group too.
///
/// What is said goes no further than the network it is said on: the system's own limit of one hop
/// stays.
pub(super) fn join(group: SocketAddr, on: IpAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(group), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    match (group.ip(), on) {
        (IpAddr::V4(ip), IpAddr::V4(on)) => {
            socket.bind(&heard_at(group).into())?;
            socket.join_multicast_v4(&ip, &on)?;
            if on != Ipv4Addr::UNSPECIFIED {
                socket.set_multicast_if_v4(&on)?;
            }
        }
        (IpAddr::V6(ip), IpAddr::V6(_)) => {
            socket.set_only_v6(true)?;
            socket.bind(&heard_at(group).into())?;
            socket.join_multicast_v6(&ip, 0)?;
        }
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    }
    Ok(UdpSocket::from_std(socket.into()))
}

/// Bound to the group itself, a socket hears nothing that was sent to this machine alone, from
/// wherever on earth. Only some systems can do that.
fn heard_at(group: SocketAddr) -> SocketAddr {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        return group;
    }
    let any: IpAddr = match group {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(any, group.port())
}
