//! A list of peers in either of its two spellings: a string of packed addresses (BEP 7 and 23)
//! or a list of dictionaries (BEP 3).

use std::fmt;
use std::net::SocketAddr;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_bytes::ByteBuf;

use crate::tracker::peers::{PEERS_MAX, unpack_ipv4, unpack_ipv6};

/// Peers as they were sent, not yet looked at.
#[derive(Debug)]
pub(super) enum PeerList {
    /// Addresses packed end to end; how long each is depends on the key it came under.
    Packed(Vec<u8>),
    /// One dictionary each. A host name cannot be resolved here and is left out.
    Listed(Vec<SocketAddr>),
}

impl PeerList {
    /// The addresses, where packed ones are of IPv4.
    pub(super) fn ipv4(self) -> Vec<SocketAddr> {
        match self {
            PeerList::Packed(bytes) => unpack_ipv4(&bytes),
            PeerList::Listed(peers) => peers,
        }
    }

    /// The addresses, where packed ones are of IPv6.
    pub(super) fn ipv6(self) -> Vec<SocketAddr> {
        match self {
            PeerList::Packed(bytes) => unpack_ipv6(&bytes),
            PeerList::Listed(peers) => peers,
        }
    }
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
