//! Whose an address is.

use std::net::{IpAddr, Ipv6Addr};

/// What stands for all addresses that one household has: with IPv6 those are 2^64.
pub(crate) fn household(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}
