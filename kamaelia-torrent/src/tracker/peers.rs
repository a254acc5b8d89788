//! Peers that a tracker names: packed addresses, and which of them are of use.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::compact;

/// The most peers taken from one reply. Trackers in use send at most 200; a swarm connects to
/// fewer still.
pub const PEERS_MAX: usize = 1000;

/// Packed IPv4 addresses, at most [`PEERS_MAX`].
pub(super) fn unpack_ipv4(bytes: &[u8]) -> Vec<SocketAddr> {
    compact::unpack_ipv4(bytes).take(PEERS_MAX).collect()
}

/// The same of IPv6 addresses.
pub(super) fn unpack_ipv6(bytes: &[u8]) -> Vec<SocketAddr> {
    compact::unpack_ipv6(bytes).take(PEERS_MAX).collect()
}

/// Those that can be connected to, each once, in the order given, at most [`PEERS_MAX`].
pub(super) fn usable(peers: impl IntoIterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let mut seen = BTreeSet::new();
    peers
        .into_iter()
        .map(|peer| SocketAddr::new(peer.ip().to_canonical(), peer.port()))
        .filter(|peer| is_usable(*peer) && seen.insert(*peer))
        .take(PEERS_MAX)
        .collect()
}

fn is_usable(peer: SocketAddr) -> bool {
    let ip = peer.ip();
    let broadcast = ip == IpAddr::V4(Ipv4Addr::BROADCAST);
    peer.port() != 0 && !ip.is_unspecified() && !ip.is_multicast() && !broadcast
}
