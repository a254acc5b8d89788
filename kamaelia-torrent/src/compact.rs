//! Addresses of peers as messages carry them: packed, 6 bytes with IPv4 (BEP 23) and 18 with IPv6
//! (BEP 7), the port last. Trackers name peers so, by HTTP and by UDP (BEP 15), and peers each other
//! (BEP 11).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Bytes of an IPv4 address and its port.
const V4_LENGTH: usize = 6;

/// Bytes of an IPv6 address and its port.
const V6_LENGTH: usize = 18;

/// Appends an address.
pub(crate) fn pack(address: SocketAddr, bytes: &mut Vec<u8>) {
    match address.ip() {
        IpAddr::V4(ip) => bytes.extend_from_slice(&ip.octets()),
        IpAddr::V6(ip) => bytes.extend_from_slice(&ip.octets()),
    }
    bytes.extend_from_slice(&address.port().to_be_bytes());
}

/// IPv4 addresses packed end to end. What an incomplete one is cut from is left out.
pub(crate) fn unpack_ipv4(bytes: &[u8]) -> impl Iterator<Item = SocketAddr> {
    bytes.as_chunks::<V4_LENGTH>().0.iter().map(|[a, b, c, d, high, low]| {
        let port = u16::from_be_bytes([*high, *low]);
        SocketAddr::from((Ipv4Addr::new(*a, *b, *c, *d), port))
    })
}

/// The same of IPv6 addresses.
pub(crate) fn unpack_ipv6(bytes: &[u8]) -> impl Iterator<Item = SocketAddr> {
    bytes.as_chunks::<V6_LENGTH>().0.iter().map(|[ip @ .., high, low]| {
        let port = u16::from_be_bytes([*high, *low]);
        SocketAddr::from((Ipv6Addr::from(*ip), port))
    })
}
