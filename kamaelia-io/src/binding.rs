//! Where servers are: sockets bound to one address or to every one, never blocking, and what to say of both.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use mio::net::TcpListener;
use socket2::{Domain, Protocol, Socket, Type};

/// Connections accepted in one turn, so that nothing else a server has to do waits for long.
pub(crate) const ACCEPTS_PER_TURN: usize = 64;

/// After an accept that failed, or found no room, the next one waits this long.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections the system may hold for us until we accept them.
const BACKLOG: i32 = 256;

/// A listening socket at this address, as [`bind`] makes them.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = bind(address, Type::STREAM, Protocol::TCP)?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// A socket at this address. The unspecified one of IPv6 stands for both families, and for IPv4 alone
/// on a machine that has no other.
pub(crate) fn bind(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let result = bind_to(address, kind, protocol);
    match (&result, address) {
        (Err(error), SocketAddr::V6(six)) if six.ip().is_unspecified() && no_ipv6(error) => {
            bind_to(SocketAddr::from((Ipv4Addr::UNSPECIFIED, six.port())), kind, protocol)
        }
        _ => result,
    }
}

/// Why a socket could not be bound, for people.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program uses that port; choose another one, or 0 for any".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine does not have that address".to_owned(),
        _ => error.to_string(),
    }
}

/// An IPv4 address as itself, where a socket of both families shows it mapped into IPv6.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Whether this is how a machine without IPv6 answers, and not a port in use or out of bounds.
fn no_ipv6(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

fn bind_to(address: SocketAddr, kind: Type, protocol: Protocol) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), kind, Some(protocol))?;
    if let SocketAddr::V6(six) = address {
        socket.set_only_v6(!six.ip().is_unspecified())?;
    }
    // A server that was just stopped leaves connections behind that would hold its port. On
    // Windows the option means something else: that two may listen at once.
    #[cfg(unix)]
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}
