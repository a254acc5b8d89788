//! A list of peers in either of its two spellings: a string of packed addresses (BEP 7 and 23)
//! or a list of dictionaries (BEP 3).

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_bytes::ByteBuf;

/// The most peers taken from one reply. Trackers in use send at most 200; a swarm connects to
/// fewer still.
pub const PEERS_MAX: usize = 1000;

/// Peers as they were sent, not yet looked at.
#[derive(Debug)]
pub(super) enum PeerList {
    /// Addresses packed end to end; how long each is depends on the key it came under.
    Packed(Vec<u8>),
    /// One dictionary each. A host name cannot be resolved here and is left out.
    Listed(Vec<SocketAddr>),
}

impl PeerList {
    /// The addresses, where packed ones are of IPv4. What an incomplete one is cut from is left
    /// out.
    pub(super) fn ipv4(self) -> Vec<SocketAddr> {
        match self {
            PeerList::Packed(bytes) => unpack::<6>(&bytes, |entry| {
                let [a, b, c, d, high, low] = *entry;
                (Ipv4Addr::new(a, b, c, d).into(), [high, low])
            }),
            PeerList::Listed(peers) => peers,
        }
    }

    /// The addresses, where packed ones are of IPv6.
    pub(super) fn ipv6(self) -> Vec<SocketAddr> {
        match self {
            PeerList::Packed(bytes) => unpack::<18>(&bytes, |entry| {
                let [address @ .., high, low] = *entry;
                (Ipv6Addr::from(address).into(), [high, low])
            }),
            PeerList::Listed(peers) => peers,
        }
    }
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

impl<'de> Deserialize<'de> for PeerList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EitherSpelling)
    }
}

struct EitherSpelling;

impl<'de> Visitor<'de> for EitherSpelling {
    type Value = PeerList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("peers as a string or a list")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<PeerList, E> {
        Ok(PeerList::Packed(bytes.to_vec()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PeerList, A::Error> {
        let mut peers = Vec::new();
        while peers.len() < PEERS_MAX {
            match list.next_element::<Entry>()? {
                Some(entry) => peers.extend(entry.address()),
                None => return Ok(PeerList::Listed(peers)),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(PeerList::Listed(peers))
    }
}

/// One peer in a dictionary of its own.
#[derive(serde::Deserialize)]
struct Entry {
    ip: Option<ByteBuf>,
    port: Option<i64>,
}

impl Entry {
    fn address(self) -> Option<SocketAddr> {
        let ip = String::from_utf8(self.ip?.into_vec()).ok()?;
        let port = u16::try_from(self.port?).ok()?;
        Some(SocketAddr::new(ip.parse().ok()?, port))
    }
}
