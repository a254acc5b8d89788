//! The first 68 bytes each side sends (BEP 3).

use crate::metainfo::{InfoHash, PeerId};

/// Bytes in a handshake.
pub const HANDSHAKE_LENGTH: usize = 68;

/// What every handshake starts with: the length of the protocol's name, then the name.
pub(super) const PROTOCOL: [u8; 20] = *b"\x13BitTorrent protocol";

/// Where the reserved bits say that the sender knows the fast extension (BEP 6).
const FAST_BYTE: usize = 7;
const FAST_BIT: u8 = 0x04;

/// Who speaks, and about which torrent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Handshake {
    /// One bit for each extension the sender knows (BEP 4). Bits we do not know are kept as read.
    pub reserved: [u8; 8],
    /// The torrent this conversation is about.
    pub info_hash: InfoHash,
    /// The name the sender gives itself.
    pub peer_id: PeerId,
}

/// Why bytes are not a handshake. The connection is of no use; nothing else is harmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The other side does not begin as a BitTorrent client does.
    #[error("byte {position} of the handshake is {byte:#04x}, which no BitTorrent client sends")]
    OtherProtocol {
        /// Where the first wrong byte is, from 0.
        position: usize,
        /// The wrong byte.
        byte: u8,
    },
}

impl Handshake {
    /// A handshake that claims no extension.
    pub fn new(info_hash: InfoHash, peer_id: PeerId) -> Self {
        Handshake { reserved: [0; 8], info_hash, peer_id }
    }

    /// The same, saying that we know the fast extension (BEP 6).
    pub fn with_fast(mut self) -> Self {
        self.reserved[FAST_BYTE] |= FAST_BIT;
        self
    }

    /// Whether the sender knows the fast extension (BEP 6). It is in use only between two that do.
    pub fn knows_fast(&self) -> bool {
        self.reserved[FAST_BYTE] & FAST_BIT != 0
    }

    /// The bytes to send.
    pub fn encode(&self) -> [u8; HANDSHAKE_LENGTH] {
        let mut bytes = [0; HANDSHAKE_LENGTH];
        bytes[..20].copy_from_slice(&PROTOCOL);
        bytes[20..28].copy_from_slice(&self.reserved);
        bytes[28..48].copy_from_slice(&self.info_hash.0);
        bytes[48..].copy_from_slice(&self.peer_id.0);
        bytes
    }
}

/// Collects a handshake from bytes that come in any split.
#[derive(Clone, Debug)]
pub struct HandshakeReader {
    bytes: [u8; HANDSHAKE_LENGTH],
    length: usize,
}

impl Default for HandshakeReader {
    fn default() -> Self {
        HandshakeReader { bytes: [0; HANDSHAKE_LENGTH], length: 0 }
    }
}

impl HandshakeReader {
    /// Takes from the front of `input` what belongs to the handshake; messages that follow it stay.
    ///
    /// Returns the handshake with its last byte, `None` as long as bytes are missing, and an error
    /// with the first byte that is not the protocol's name, without waiting for the rest.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Handshake>, HandshakeError> {
        let taken = input.len().min(HANDSHAKE_LENGTH - self.length);
        let (ours, rest) = input.split_at(taken);
        self.bytes[self.length..self.length + taken].copy_from_slice(ours);
        self.length += taken;
        *input = rest;
        self.check_protocol()?;
        Ok((self.length == HANDSHAKE_LENGTH).then(|| self.handshake()))
    }

    fn check_protocol(&self) -> Result<(), HandshakeError> {
        let arrived = &self.bytes[..self.length];
        match arrived.iter().zip(&PROTOCOL).position(|(a, b)| a != b) {
            Some(position) => {
                Err(HandshakeError::OtherProtocol { position, byte: arrived[position] })
            }
            None => Ok(()),
        }
    }

    fn handshake(&self) -> Handshake {
        Handshake {
            reserved: std::array::from_fn(|i| self.bytes[20 + i]),
            info_hash: InfoHash(std::array::from_fn(|i| self.bytes[28 + i])),
            peer_id: PeerId(std::array::from_fn(|i| self.bytes[48 + i])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn handshake() -> Handshake {
        Handshake {
            reserved: [0, 0, 0, 0, 0, 0x10, 0, 5],
            info_hash: InfoHash(std::array::from_fn(|i| i as u8)),
            peer_id: PeerId(*b"-KA0100-abcdefghijkl"),
        }
    }

    #[test]
    fn a_handshake_survives_any_split_and_leaves_what_follows() {
        let mut sent = handshake().encode().to_vec();
        sent.extend_from_slice(b"next");
        for split in 0..sent.len() {
            let mut reader = HandshakeReader::default();
            let (mut first, mut second) = sent.split_at(split);
            let early = reader.read(&mut first).expect("a prefix of a handshake");
            let (read, rest) = match early {
                Some(read) => (Some(read), [first, second].concat()),
                None => (reader.read(&mut second).expect("the rest"), second.to_vec()),
            };
            assert_eq!((read, rest), (Some(handshake()), b"next".to_vec()), "{split}");
        }
    }

    #[test]
    fn the_fast_bit_is_set_and_seen_and_no_other() {
        let plain = Handshake::new(InfoHash([0; 20]), PeerId([0; 20]));
        assert!(!plain.knows_fast());
        assert!(plain.with_fast().knows_fast());
        assert_eq!(plain.with_fast().reserved, [0, 0, 0, 0, 0, 0, 0, 0x04]);
    }

    #[test]
    fn another_protocol_is_refused_at_its_first_byte() {
        let mut reader = HandshakeReader::default();
        let error = HandshakeError::OtherProtocol { position: 0, byte: b'G' };
        assert_eq!(reader.read(&mut &b"GET"[..]), Err(error));
    }

    proptest! {
        #[test]
        fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut reader = HandshakeReader::default();
            let _ = reader.read(&mut &bytes[..]);
        }
    }
}
