//! Which of our addresses somebody else knows us by.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::binding::canonical;

/// Asks the system for routes. A socket that takes datagrams on every address is not told to
/// which one they came, and the one by which we would go there is as good as always the same.
#[derive(Default)]
pub(super) struct Compass {
    /// For IPv4 and IPv6.
    needles: [Option<UdpSocket>; 2],
}

impl Compass {
    /// The address, with the port of `bound`, by which `remote` is likeliest to know us; that of
    /// `bound` if it is no address of all, or if there is no way to `remote`.
    pub(super) fn local_towards(&mut self, bound: SocketAddr, remote: SocketAddr) -> SocketAddr {
        if !bound.ip().is_unspecified() {
            return canonical(bound);
        }
        let ip = match remote.ip() {
            // Nobody else is asked about on a machine's own.
            ip if ip.is_loopback() => ip,
            _ => self.ip_towards(remote).unwrap_or(bound.ip()),
        };
        SocketAddr::new(ip, bound.port())
    }

    fn ip_towards(&mut self, remote: SocketAddr) -> io::Result<IpAddr> {
        let slot = &mut self.needles[usize::from(remote.is_ipv6())];
        if slot.is_none() {
            let any: IpAddr = match remote {
                SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            *slot = Some(UdpSocket::bind((any, 0))?);
        }
        let needle = slot.as_ref().ok_or(io::ErrorKind::NotFound)?;
        // Connecting a datagram socket sends nothing.
        needle.connect(remote)?;
        Ok(needle.local_addr()?.ip())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_address_is_what_others_know_and_loopback_is_everyones_own() {
        let mut compass = Compass::default();
        let mut towards = |bound: &str, remote: &str| {
            let bound = bound.parse().expect("an address");
            let local = compass.local_towards(bound, remote.parse().expect("an address"));
            local.to_string()
        };
        assert_eq!(towards("127.0.0.1:80", "192.0.2.1:9"), "127.0.0.1:80");
        assert_eq!(towards("[::ffff:127.0.0.1]:80", "192.0.2.1:9"), "127.0.0.1:80");
        assert_eq!(towards("0.0.0.0:80", "127.0.0.1:9"), "127.0.0.1:80");
        assert_eq!(towards("[::]:80", "127.0.0.1:9"), "127.0.0.1:80");
        assert_eq!(towards("[::]:80", "[::1]:9"), "[::1]:80");
    }
}
