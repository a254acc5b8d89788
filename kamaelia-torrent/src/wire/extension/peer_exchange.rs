//! Who else is there: peers that somebody talks with, and no longer talks with (BEP 11).

use std::net::SocketAddr;

use serde::Serialize;
use serde_bytes::ByteBuf;

use super::{ExtensionError, dictionary};
use crate::bencode::{Value, encode};
use crate::compact::{pack, unpack_ipv4, unpack_ipv6};

/// Peers of each kind that a message should name at most, the first one apart (BEP 11).
pub const EXCHANGED_MAX: usize = 50;

/// Peers of each kind that are read of one message, whatever it holds.
pub const EXCHANGED_READ_MAX: usize = 200;

/// A peer that somebody talks with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ExchangedPeer {
    /// Where it can be reached.
    pub address: SocketAddr,
    /// What is known about it.
    pub flags: PeerFlags,
}

/// What a peer's friends know about it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PeerFlags(pub u8);

impl PeerFlags {
    /// It prefers encrypted connections.
    pub const ENCRYPTION: PeerFlags = PeerFlags(0x01);
    /// It downloads nothing.
    pub const UPLOAD_ONLY: PeerFlags = PeerFlags(0x02);
    /// It takes connections: the sender has opened one to it.
    pub const REACHABLE: PeerFlags = PeerFlags(0x10);

    /// Whether all of these are set.
    pub fn has(self, flags: PeerFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// These flags and more, if `set`.
    #[must_use]
    pub fn with(self, flags: PeerFlags, set: bool) -> Self {
        if set { PeerFlags(self.0 | flags.0) } else { self }
    }
}

/// One message. It says what has changed since the one before.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PeerExchange {
    /// Peers the sender talks with now.
    pub added: Vec<ExchangedPeer>,
    /// Peers the sender does not talk with any more.
    pub dropped: Vec<SocketAddr>,
}

impl PeerExchange {
    /// Reads the payload of an extended message with our number for
    /// [`Extension::PeerExchange`](super::Extension::PeerExchange), at most
    /// [`EXCHANGED_READ_MAX`] peers of each kind. What is not a whole address is passed over.
    pub fn decode(payload: &[u8]) -> Result<Self, ExtensionError> {
        let (dictionary, _) = dictionary(payload)?;
        let mut parts = [&[][..]; 6];
        for (key, value) in dictionary.entries() {
            if let Some(part) = KEYS.iter().position(|known| *known == key)
                && let Value::Bytes(bytes) = value
            {
                parts[part] = bytes;
            }
        }
        let [v4, v4_flags, v6, v6_flags, v4_dropped, v6_dropped] = parts;
        let flags = |flags: &[u8], index| PeerFlags(flags.get(index).copied().unwrap_or(0));
        let added_v4 = unpack_ipv4(v4)
            .enumerate()
            .map(|(index, address)| ExchangedPeer { address, flags: flags(v4_flags, index) });
        let added_v6 = unpack_ipv6(v6)
            .enumerate()
            .map(|(index, address)| ExchangedPeer { address, flags: flags(v6_flags, index) });
        let dropped = unpack_ipv4(v4_dropped).chain(unpack_ipv6(v6_dropped));
        Ok(PeerExchange {
            added: added_v4.chain(added_v6).take(EXCHANGED_READ_MAX).collect(),
            dropped: dropped.take(EXCHANGED_READ_MAX).collect(),
        })
    }

    /// The payload to send under the number the reader gave
    /// [`Extension::PeerExchange`](super::Extension::PeerExchange).
    pub fn encode(&self) -> Vec<u8> {
        let mut spelled = Spelled::default();
        for peer in &self.added {
            let (addresses, flags) = match peer.address {
                SocketAddr::V4(_) => (&mut spelled.added, &mut spelled.added_f),
                SocketAddr::V6(_) => (&mut spelled.added6, &mut spelled.added6_f),
            };
            pack(peer.address, addresses);
            flags.push(peer.flags.0);
        }
        for address in &self.dropped {
            match address {
                SocketAddr::V4(_) => pack(*address, &mut spelled.dropped),
                SocketAddr::V6(_) => pack(*address, &mut spelled.dropped6),
            }
        }
        encode(&spelled).expect("strings of bytes have a form in bencode")
    }

    /// Whether it says nothing, and is not worth sending.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.dropped.is_empty()
    }
}

/// In the order of the parts of [`PeerExchange::decode`].
const KEYS: [&[u8]; 6] = [b"added", b"added.f", b"added6", b"added6.f", b"dropped", b"dropped6"];

/// The keys as they stand in the dictionary. Some readers want each of them.
#[derive(Default, Serialize)]
struct Spelled {
    added: ByteBuf,
    #[serde(rename = "added.f")]
    added_f: ByteBuf,
    added6: ByteBuf,
    #[serde(rename = "added6.f")]
    added6_f: ByteBuf,
    dropped: ByteBuf,
    dropped6: ByteBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn v4(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 6_881))
    }

    fn v6(last: u16) -> SocketAddr {
        SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, last], 51_413))
    }

    #[test]
    fn both_kinds_of_addresses_read_back_with_their_flags() {
        let seed = PeerFlags::UPLOAD_ONLY.with(PeerFlags::REACHABLE, true);
        let message = PeerExchange {
            added: vec![
                ExchangedPeer { address: v4(1), flags: seed },
                ExchangedPeer { address: v4(2), flags: PeerFlags::default() },
                ExchangedPeer { address: v6(1), flags: PeerFlags::ENCRYPTION },
            ],
            dropped: vec![v4(3), v6(2), v6(3)],
        };
        assert_eq!(PeerExchange::decode(&message.encode()), Ok(message));
        assert!(seed.has(PeerFlags::REACHABLE) && !seed.has(PeerFlags::ENCRYPTION));
    }

    #[test]
    fn a_message_is_spelled_as_others_spell_it() {
        let flags = PeerFlags::UPLOAD_ONLY;
        let added = vec![ExchangedPeer { address: v4(1), flags }];
        let message = PeerExchange { added, dropped: Vec::new() };
        let expected = b"d5:added6:\xc0\0\x02\x01\x1a\xe17:added.f1:\x026:added60:8:added6.f0:\
            7:dropped0:8:dropped60:e";
        assert_eq!(message.encode(), expected);
    }

    #[test]
    fn missing_flags_are_none_and_torn_addresses_are_passed_over() {
        let read = PeerExchange::decode(b"d5:added8:\xc0\0\x02\x01\x1a\xe1\xc0\0e");
        let flags = PeerFlags::default();
        let added = vec![ExchangedPeer { address: v4(1), flags }];
        assert_eq!(read, Ok(PeerExchange { added, dropped: Vec::new() }));
        assert_eq!(PeerExchange::decode(b"d5:addedi1e7:droppedlee"), Ok(PeerExchange::default()));
        assert_eq!(PeerExchange::decode(b"x"), Err(ExtensionError::NotADictionary));
    }

    #[test]
    fn only_so_many_are_read() {
        let peer = ExchangedPeer { address: v4(1), flags: PeerFlags::default() };
        let message = PeerExchange { added: vec![peer; 5_000], dropped: vec![v6(1); 1_000] };
        let read = PeerExchange::decode(&message.encode()).expect("a message");
        assert_eq!((read.added.len(), read.dropped.len()), (200, 200));
    }

    proptest! {
        #[test]
        fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = PeerExchange::decode(&bytes);
        }
    }
}
