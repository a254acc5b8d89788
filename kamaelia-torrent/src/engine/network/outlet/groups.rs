//! Sockets that hear what is said to a group on this network (BEP 14).

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use super::{Bind, Outlet, refused};

impl Outlet {
    /// A socket that hears this group, and speaks to it, on the interface that has the address `on`;
    /// on one of the system's choice if that stands for all. Others on this machine hear the group
    /// too.
    ///
    /// What is said goes no further than the network it is said on: the system's own limit of one
    /// hop stays.
    pub fn join(&self, group: SocketAddr, on: IpAddr) -> io::Result<UdpSocket> {
        if !on.is_loopback() {
            self.check_group(on)?;
        }
        let socket = Socket::new(Domain::for_address(group), Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_reuse_address(true)?;
        match (group.ip(), on) {
            (IpAddr::V4(ip), IpAddr::V4(on)) => {
                socket.bind(&heard_at(group).into())?;
                socket.join_multicast_v4(&ip, &on)?;
                if on != Ipv4Addr::UNSPECIFIED {
                    socket.set_multicast_if_v4(&on)?;
                }
            }
            (IpAddr::V6(ip), IpAddr::V6(Ipv6Addr::UNSPECIFIED)) => {
                socket.set_only_v6(true)?;
                socket.bind(&heard_at(group).into())?;
                socket.join_multicast_v6(&ip, 0)?;
            }
            _ => return Err(refused("an IPv6 address does not tell the interface to join it on")),
        }
        Ok(socket.into())
    }

    /// What is said to a group would go round a proxy, and past what everything is bound to.
    fn check_group(&self, on: IpAddr) -> io::Result<()> {
        match self.bind() {
            _ if self.has_proxy() => Err(refused("no group is heard through a proxy")),
            Bind::Interface(_) => {
                Err(refused("no group is joined on an interface by its name; bind to its address"))
            }
            Bind::Address(ip) if *ip != on => {
                Err(refused("everything is bound to another address"))
            }
            Bind::Address(_) | Bind::Any => Ok(()),
        }
    }
}

/// Bound to the group itself, a socket hears nothing that was sent to this machine alone, from
/// wherever on earth. Only some systems can do that.
fn heard_at(group: SocketAddr) -> SocketAddr {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        return group;
    }
    let any: IpAddr = match group {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    SocketAddr::new(any, group.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_not_joined_past_what_everything_is_bound_to() {
        let group = SocketAddr::from(([239, 192, 152, 143], 6771));
        let bound = |bind: Bind| Outlet::new(bind, None).expect("a way out");
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let any = IpAddr::from(Ipv4Addr::UNSPECIFIED);
        let on_an_address = bound(Bind::Address(here));
        assert!(on_an_address.join(group, any).is_err());
        assert!(on_an_address.join(group, here).is_ok());
        let proxy = "socks5://127.0.0.1:1".parse().expect("a proxy");
        let proxied = Outlet::new(Bind::Any, Some(proxy)).expect("a way out");
        assert!(proxied.join(group, any).is_err());
    }
}
