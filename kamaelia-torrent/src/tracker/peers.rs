//! Peers that a tracker names: packed addresses, and which of them are of use.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The most peers taken from one reply. Trackers in use send at most 200; a swarm connects to
/// fewer still.
pub const PEERS_MAX: usize = 1000;

/// IPv4 addresses packed end to end, six bytes each (BEP 23). What an incomplete one is cut from
/// is left out.
pub(super) fn unpack_ipv4(bytes: &[u8]) -> Vec<SocketAddr> {
    unpack::<6>(bytes, |entry| {
        let [a, b, c, d, high, low] = *entry;
        (Ipv4Addr::new(a, b, c, d).into(), [high, low])
    })
}

/// The same of IPv6 addresses, eighteen bytes each (BEP 7).
pub(super) fn unpack_ipv6(bytes: &[u8]) -> Vec<SocketAddr> {
    unpack::<18>(bytes, |entry| {
        let [address @ .., high, low] = *entry;
        (Ipv6Addr::from(address).into(), [high, low])
    })
}

fn unpack<const LENGTH: usize>(
    bytes: &[u8],
    read: impl Fn(&[u8; LENGTH]) -> (IpAddr, [u8; 2]),
) -> Vec<SocketAddr> {
    let (entries, _) = bytes.as_chunks::<LENGTH>();
    entries
        .iter()
        .take(PEERS_MAX)
        .map(|entry| {
            let (ip, port) = read(entry);
            SocketAddr::new(ip, u16::from_be_bytes(port))
        })
        .collect()
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
