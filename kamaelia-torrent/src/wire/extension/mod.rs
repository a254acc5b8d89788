//! The extension protocol (BEP 10): which extensions there are, and how each is spelled.
//!
//! A message of it is [`Message::Extended`](crate::wire::Message::Extended): a number and a payload.
//! Number 0 is the [`ExtensionHandshake`], in which each side gives numbers to the extensions it
//! wants to hear. A message is sent under the number its *reader* gave; so what arrives is told
//! apart by [`Extension::of_our_id`], and what leaves is numbered by [`ExtensionIds::id`].
//!
//! All payloads come from strangers: they are at most [`EXTENDED_BYTES_MAX`] long, pass the bencode
//! scanner before they are looked into, and keys we do not know are passed over.

mod dont_have;
mod handshake;
mod metadata;
mod peer_exchange;

pub use dont_have::{decode_dont_have, encode_dont_have};
pub use handshake::{CLIENT_CHARS_MAX, EXTENSION_HANDSHAKE, ExtensionHandshake};
pub use metadata::{METADATA_BYTES_MAX, METADATA_PIECE_LENGTH, MetadataMessage};
pub use peer_exchange::{
    EXCHANGED_MAX, EXCHANGED_READ_MAX, ExchangedPeer, PeerExchange, PeerFlags,
};

use crate::bencode::{Dict, Limits, scan_prefix};
use crate::wire::Handshake;

/// Bytes of the longest payload we read. The longest in use is a piece of metadata with the
/// dictionary in front of it, just above 16 KiB.
pub const EXTENDED_BYTES_MAX: usize = 64 * 1024;

/// Where the reserved bits of the handshake say that the sender knows the extension protocol.
const BYTE: usize = 5;
const BIT: u8 = 0x10;

/// An extension we know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extension {
    /// Addresses of other peers (BEP 11).
    PeerExchange,
    /// The `info` dictionary, piece by piece (BEP 9).
    Metadata,
    /// A piece that somebody has no more (BEP 54).
    DontHave,
    /// Whether somebody downloads nothing more (BEP 21), in one byte, when that changes: libtorrent
    /// says it so, since it heeds the key of that name in the first handshake only.
    UploadOnly,
}

impl Extension {
    /// Each of them, in the order of their numbers.
    pub const ALL: [Extension; 4] =
        [Extension::PeerExchange, Extension::Metadata, Extension::DontHave, Extension::UploadOnly];

    /// What it is called in the handshake.
    pub fn name(self) -> &'static str {
        match self {
            Extension::PeerExchange => "ut_pex",
            Extension::Metadata => "ut_metadata",
            Extension::DontHave => "lt_donthave",
            Extension::UploadOnly => "upload_only",
        }
    }

    /// The number we give it, under which others send it to us. Never 0.
    pub fn our_id(self) -> u8 {
        self as u8 + 1
    }

    /// What others send us under this number.
    pub fn of_our_id(id: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|extension| extension.our_id() == id)
    }

    fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|extension| extension.name().as_bytes() == name)
    }
}

/// The numbers somebody gave to the extensions we know.
///
/// One handshake may leave open what an earlier one said, so there are three answers: a number, 0
/// for "no more", and nothing said.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ExtensionIds([Option<u8>; Extension::ALL.len()]);

impl ExtensionIds {
    /// Our own numbers, for these extensions only.
    pub fn ours(extensions: impl IntoIterator<Item = Extension>) -> Self {
        let mut ids = ExtensionIds::default();
        for extension in extensions {
            ids.set(extension, extension.our_id());
        }
        ids
    }

    /// The number under which to send this; `None` when they do not hear it.
    pub fn id(self, extension: Extension) -> Option<u8> {
        self.0[extension as usize].filter(|id| *id != 0)
    }

    /// Takes over what a later handshake says: it names only what changes.
    pub fn update(&mut self, later: ExtensionIds) {
        for (id, said) in self.0.iter_mut().zip(later.0) {
            *id = said.or(*id);
        }
    }

    fn set(&mut self, extension: Extension, id: u8) {
        self.0[extension as usize] = Some(id);
    }

    fn said(self) -> impl Iterator<Item = (Extension, u8)> {
        Extension::ALL.into_iter().zip(self.0).filter_map(|(extension, id)| Some((extension, id?)))
    }
}

/// How the payload of an extended message can be wrong. It says nothing about the messages around
/// it, whose ends are known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// It is longer than any we read.
    #[error("it sent an extended message of {length} bytes, and {limit} is the most we read")]
    TooLong {
        /// Its bytes.
        length: usize,
        /// The most we read.
        limit: usize,
    },
    /// It does not begin with a bencoded dictionary.
    #[error("it sent an extended message that is not a bencoded dictionary")]
    NotADictionary,
    /// It should be a number, which has four bytes.
    #[error("it sent an extended message of {length} bytes that should be a number of four")]
    NoNumber {
        /// Its bytes.
        length: usize,
    },
    /// The dictionary lacks what the message is about, or has something else in its place.
    #[error("it sent an extended message without a usable `{key}`")]
    MissingKey {
        /// The key.
        key: &'static str,
    },
}

impl Handshake {
    /// The same, saying that we know the extension protocol.
    pub fn with_extensions(mut self) -> Self {
        self.reserved[BYTE] |= BIT;
        self
    }

    /// Whether the sender knows the extension protocol.
    pub fn knows_extensions(&self) -> bool {
        self.reserved[BYTE] & BIT != 0
    }
}

/// The dictionary a payload begins with, and the bytes after it.
fn dictionary(payload: &[u8]) -> Result<(Dict<'_>, &[u8]), ExtensionError> {
    let limit = EXTENDED_BYTES_MAX;
    if payload.len() > limit {
        return Err(ExtensionError::TooLong { length: payload.len(), limit });
    }
    let (scan, rest) =
        scan_prefix(payload, Limits::bytes(limit)).map_err(|_| ExtensionError::NotADictionary)?;
    Ok((scan.dict().ok_or(ExtensionError::NotADictionary)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{InfoHash, PeerId};

    #[test]
    fn the_bit_is_set_and_seen_and_no_other() {
        let plain = Handshake::new(InfoHash([0; 20]), PeerId([0; 20]));
        assert!(!plain.knows_extensions());
        assert!(plain.with_extensions().knows_extensions());
        assert_eq!(plain.with_extensions().reserved, [0, 0, 0, 0, 0, 0x10, 0, 0]);
    }

    #[test]
    fn our_numbers_are_all_different_and_none_is_that_of_the_handshake() {
        let ids: Vec<_> = Extension::ALL.into_iter().map(Extension::our_id).collect();
        assert_eq!(ids, [1, 2, 3, 4]);
        for extension in Extension::ALL {
            assert_eq!(Extension::of_our_id(extension.our_id()), Some(extension));
        }
        assert_eq!(Extension::of_our_id(EXTENSION_HANDSHAKE), None);
        assert_eq!(Extension::of_our_id(200), None);
    }

    #[test]
    fn a_later_handshake_changes_only_what_it_names() {
        let mut ids = ExtensionIds::ours([Extension::Metadata, Extension::PeerExchange]);
        let mut later = ExtensionIds::default();
        later.set(Extension::PeerExchange, 0);
        later.set(Extension::DontHave, 9);
        ids.update(later);
        assert_eq!(ids.id(Extension::Metadata), Some(Extension::Metadata.our_id()));
        assert_eq!(ids.id(Extension::PeerExchange), None);
        assert_eq!(ids.id(Extension::DontHave), Some(9));
    }

    #[test]
    fn a_payload_longer_than_any_is_refused_unread() {
        let payload = vec![b'd'; EXTENDED_BYTES_MAX + 1];
        let error = dictionary(&payload).expect_err("too long");
        assert_eq!(
            error.to_string(),
            "it sent an extended message of 65537 bytes, and 65536 is the most we read"
        );
    }
}
