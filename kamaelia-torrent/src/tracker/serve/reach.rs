//! By which address one peer reaches another.
//!
//! A peer is known by the address it announced from, and that may mean nothing to others: a
//! loopback address is everyone's own, and one of a home network leads nowhere outside it.

use std::net::{IpAddr, SocketAddr};

use crate::household::household;
use crate::scope::{Scope, scope};

/// From where the asker looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewpoint<'a> {
    asker: IpAddr,
    /// How far what the asker sees means the same.
    scope: Scope,
    ours: IpAddr,
    external: &'a [IpAddr],
}

impl<'a> Viewpoint<'a> {
    /// That of this asker, who reached us at `ours`. `external` are addresses by which this network is
    /// reached from outside, where they are known.
    pub(super) fn new(asker: IpAddr, ours: IpAddr, external: &'a [IpAddr]) -> Self {
        // With IPv6 also those on our network have addresses that mean the same everywhere.
        let is_neighbour = asker.is_ipv6() && household(asker) == household(ours);
        let scope = scope(asker);
        let scope = if is_neighbour { scope.min(Scope::Network) } else { scope };
        Viewpoint { asker, scope, ours, external }
    }

    /// The address by which the asker reaches the peer that announced from this one, if it can.
    pub(super) fn address_of(&self, peer: SocketAddr) -> Option<SocketAddr> {
        let ip = match scope(peer.ip()) {
            // Whoever is as near as the peer, or nearer, sees it as we do.
            near if near >= self.scope => peer.ip(),
            // It runs on this machine, and is where the asker found us.
            Scope::Machine if scope(self.ours) >= self.scope => self.ours,
            Scope::Machine => self.external().or_else(|| self.ours_from_afar())?,
            _ => self.external()?,
        };
        Some(SocketAddr::new(ip, peer.port()))
    }

    /// An address of the network by which someone outside has reached us. It may be right, where
    /// nobody in between replaces addresses, and is better than nothing.
    fn ours_from_afar(&self) -> Option<IpAddr> {
        (scope(self.ours) == Scope::Network).then_some(self.ours)
    }

    /// Where those outside find what is on our network, by the asker's family if there is a
    /// choice.
    fn external(&self) -> Option<IpAddr> {
        let same = |ip: &&IpAddr| ip.is_ipv4() == self.asker.is_ipv4();
        self.external.iter().find(same).or(self.external.first()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// How the asker sees a peer that announced from there.
    fn seen(peer: &str, asker: &str, ours: &str, external: &[&str]) -> Option<String> {
        let external: Vec<IpAddr> = external.iter().map(|text| ip(text)).collect();
        let viewpoint = Viewpoint::new(ip(asker), ip(ours), &external);
        let address = viewpoint.address_of(SocketAddr::new(ip(peer), 7));
        address.map(|address| address.ip().to_string())
    }

    #[test]
    fn who_is_as_near_as_the_peer_sees_it_as_it_is() {
        for (peer, asker) in [
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "127.0.0.1"),
            ("192.168.1.5", "127.0.0.1"),
            ("192.168.1.5", "10.0.0.1"),
            ("fd00::5", "192.168.1.6"),
            ("8.8.8.8", "192.168.1.6"),
            ("2001:db8::5", "8.8.8.8"),
        ] {
            assert_eq!(seen(peer, asker, "192.168.1.9", &["9.9.9.9"]).as_deref(), Some(peer));
        }
    }

    #[test]
    fn a_peer_on_this_machine_is_where_the_asker_reached_us() {
        let near = seen("127.0.0.1", "192.168.1.6", "192.168.1.9", &[]);
        assert_eq!(near.as_deref(), Some("192.168.1.9"));
        assert_eq!(seen("::1", "8.8.8.8", "9.9.9.9", &[]).as_deref(), Some("9.9.9.9"));
        let from_afar = |external: &[&str]| seen("127.0.0.1", "8.8.8.8", "192.168.1.9", external);
        assert_eq!(from_afar(&["9.9.9.9"]).as_deref(), Some("9.9.9.9"));
        assert_eq!(from_afar(&[]).as_deref(), Some("192.168.1.9"));
        // Where it reached us may not be known.
        assert_eq!(seen("127.0.0.1", "8.8.8.8", "0.0.0.0", &[]), None);
        assert_eq!(seen("127.0.0.1", "192.168.1.6", "0.0.0.0", &[]), None);
    }

    #[test]
    fn a_neighbour_by_ipv6_sees_what_neighbours_see() {
        let near = seen("192.168.1.5", "2001:db8::8", "2001:db8::9", &[]);
        assert_eq!(near.as_deref(), Some("192.168.1.5"));
        assert_eq!(seen("192.168.1.5", "2001:db8:1::8", "2001:db8::9", &[]), None);
    }

    #[test]
    fn a_peer_of_our_network_is_seen_from_outside_at_our_external_address() {
        for peer in ["192.168.1.5", "10.1.2.3", "100.64.0.1", "169.254.1.1", "fd00::1"] {
            assert_eq!(seen(peer, "8.8.8.8", "192.168.1.9", &[]), None, "{peer}");
            let external = ["2001:db8::9", "9.9.9.9"];
            let outside = seen(peer, "8.8.8.8", "192.168.1.9", &external);
            assert_eq!(outside.as_deref(), Some("9.9.9.9"), "{peer}");
            let by_six = seen(peer, "2001:db8::8", "192.168.1.9", &external);
            assert_eq!(by_six.as_deref(), Some("2001:db8::9"), "{peer}");
        }
    }
}
