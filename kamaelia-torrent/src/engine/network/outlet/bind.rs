//! By which of this machine's addresses or interfaces everything leaves.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use socket2::{Domain, Protocol, Socket, Type};

/// What everything is bound to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Bind {
    /// Nothing: the system finds a way.
    #[default]
    Any,
    /// One address of this machine's. What has to go by the other family is refused.
    Address(IpAddr),
    /// An interface, by its name.
    Interface(String),
}

impl Bind {
    /// Tries whether anything can leave that way.
    pub(super) fn check(&self) -> io::Result<()> {
        match self {
            Bind::Any => Ok(()),
            Bind::Address(ip) => {
                let address = SocketAddr::new(*ip, 0);
                stream(address)?.bind(&address.into())
            }
            Bind::Interface(_) => self.hold(&stream(SocketAddr::new(any_v4(), 0))?),
        }
    }

    /// Keeps a socket to the interface.
    pub(super) fn hold(&self, socket: &Socket) -> io::Result<()> {
        match self {
            Bind::Interface(name) => hold(socket, name),
            Bind::Any | Bind::Address(_) => Ok(()),
        }
    }

    /// The address to connect from, if the system is not to choose it.
    pub(super) fn source_for(&self, to: SocketAddr) -> io::Result<Option<SocketAddr>> {
        match self {
            Bind::Any | Bind::Interface(_) => Ok(None),
            Bind::Address(ip) if ip.is_ipv4() == to.is_ipv4() => Ok(Some(SocketAddr::new(*ip, 0))),
            Bind::Address(ip) => Err(other_family(*ip)),
        }
    }

    /// The address to listen on where this one was asked for: everybody's becomes our own, and
    /// somebody else's is refused.
    pub(super) fn local(&self, asked: SocketAddr) -> io::Result<SocketAddr> {
        let own = match self {
            Bind::Address(ip) if !asked.ip().is_loopback() => *ip,
            _ => return Ok(asked),
        };
        if asked.ip() == own {
            Ok(asked)
        } else if !asked.ip().is_unspecified() {
            let reason = format!("everything is bound to {own}, and {} is not that", asked.ip());
            Err(io::Error::new(io::ErrorKind::AddrNotAvailable, reason))
        } else if asked.is_ipv4() == own.is_ipv4() {
            Ok(SocketAddr::new(own, asked.port()))
        } else {
            Err(other_family(own))
        }
    }

    /// Where to listen when nobody has said it, the best first.
    pub(in crate::engine) fn anywhere(&self) -> Vec<SocketAddr> {
        match self {
            Bind::Any | Bind::Interface(_) => {
                let v6 = IpAddr::from(Ipv6Addr::UNSPECIFIED);
                [v6, any_v4()].map(|ip| SocketAddr::new(ip, 0)).to_vec()
            }
            Bind::Address(ip) => vec![SocketAddr::new(*ip, 0)],
        }
    }
}

fn stream(like: SocketAddr) -> io::Result<Socket> {
    Socket::new(Domain::for_address(like), Type::STREAM, Some(Protocol::TCP))
}

fn any_v4() -> IpAddr {
    Ipv4Addr::UNSPECIFIED.into()
}

fn other_family(ip: IpAddr) -> io::Error {
    let other = if ip.is_ipv4() { "IPv6" } else { "IPv4" };
    let reason = format!("everything is bound to {ip}, and nothing leaves by {other}");
    io::Error::new(io::ErrorKind::AddrNotAvailable, reason)
}

#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
fn hold(socket: &Socket, name: &str) -> io::Result<()> {
    if name.is_empty() {
        // To the system that means any interface.
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "its name is empty"));
    }
    socket.bind_device(Some(name.as_bytes()))
}

#[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
fn hold(_: &Socket, _: &str) -> io::Result<()> {
    let reason = "this system binds to no interface by name; give its address instead";
    Err(io::Error::new(io::ErrorKind::Unsupported, reason))
}

/// Nothing to be bound to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("it is empty, where an address or the name of an interface should be")]
pub struct EmptyBind;

impl FromStr for Bind {
    type Err = EmptyBind;

    /// An address, or else the name of an interface.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(EmptyBind);
        }
        Ok(match text.parse() {
            Ok(ip) => Bind::Address(ip),
            Err(_) => Bind::Interface(text.to_owned()),
        })
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bind::Any => write!(f, "any address"),
            Bind::Address(ip) => write!(f, "the address {ip}"),
            Bind::Interface(name) => write!(f, "the interface {name}"),
        }
    }
}
