//! How near an address is.

use std::net::{IpAddr, Ipv6Addr};

/// How far an address means the same; nearer comes first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Scope {
    /// This machine alone.
    Machine,
    /// The network around it.
    Network,
    /// Everybody.
    World,
}

/// How far this one does. The unspecified address is a way to reach this machine, too.
pub(crate) fn scope(ip: IpAddr) -> Scope {
    match ip.to_canonical() {
        ip if ip.is_loopback() || ip.is_unspecified() => Scope::Machine,
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            // RFC 6598: between a provider and its customers.
            let is_shared = a == 100 && b & 0xc0 == 64;
            let is_near = ip.is_private() || ip.is_link_local() || is_shared;
            if is_near { Scope::Network } else { Scope::World }
        }
        IpAddr::V6(ip) if is_near(ip) => Scope::Network,
        IpAddr::V6(_) => Scope::World,
    }
}

fn is_near(ip: Ipv6Addr) -> bool {
    ip.is_unique_local() || ip.is_unicast_link_local()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_the_network_around_it_are_told_from_the_world() {
        for (scope_of, addresses) in [
            (Scope::Machine, &["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::"][..]),
            (Scope::Machine, &["::ffff:127.0.0.1"]),
            (Scope::Network, &["10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254"]),
            (Scope::Network, &["100.64.0.1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"]),
            (Scope::World, &["192.0.2.1", "172.32.0.1", "100.128.0.1", "2001:db8::1"]),
        ] {
            for address in addresses {
                assert_eq!(scope(address.parse().expect("an address")), scope_of, "{address}");
            }
        }
    }
}
