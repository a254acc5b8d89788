//! How far away an address is. What is near is known by other names elsewhere, or not at all.

use std::net::IpAddr;

/// From where an address means anything.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Nearness {
    /// On this machine only.
    Machine,
    /// In a network that is not the Internet.
    Network,
    /// Everywhere.
    World,
}

impl Nearness {
    pub(super) fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            ip if ip.is_loopback() => Nearness::Machine,
            IpAddr::V4(ip) if ip.is_private() || ip.is_link_local() => Nearness::Network,
            IpAddr::V6(ip) if ip.is_unique_local() || ip.is_unicast_link_local() => {
                Nearness::Network
            }
            _ => Nearness::World,
        }
    }

    /// Whether an address of someone this near should pass between us and someone at `other`: an
    /// address that is nearer than that leads them, or us, to somebody else.
    pub(super) fn is_known_at(self, other: Nearness) -> bool {
        self >= other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ip: &str) -> Nearness {
        Nearness::of(ip.parse().expect("an address"))
    }

    #[test]
    fn addresses_are_sorted_by_where_they_mean_something() {
        for ip in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(of(ip), Nearness::Machine, "{ip}");
        }
        for ip in ["10.1.2.3", "192.168.0.1", "169.254.1.1", "fe80::1", "fd00::1"] {
            assert_eq!(of(ip), Nearness::Network, "{ip}");
        }
        for ip in ["192.0.2.1", "8.8.8.8", "2001:db8::1"] {
            assert_eq!(of(ip), Nearness::World, "{ip}");
        }
    }

    #[test]
    fn strangers_learn_nothing_of_our_network_and_tell_us_nothing_of_it() {
        assert!(of("8.8.8.8").is_known_at(of("10.0.0.1")));
        assert!(of("10.0.0.2").is_known_at(of("10.0.0.1")));
        assert!(!of("10.0.0.1").is_known_at(of("8.8.8.8")));
        assert!(!of("127.0.0.1").is_known_at(of("10.0.0.1")));
    }
}
