//! The messages that carry the `info` dictionary from peer to peer (BEP 9).

use serde::Serialize;

use super::{ExtensionError, dictionary};
use crate::bencode::encode;

/// Bytes of each piece of metadata but the last.
pub const METADATA_PIECE_LENGTH: usize = 16 * 1024;

/// The longest `info` dictionary taken from peers or given to them: at 20 bytes a piece it has
/// room for 400,000 pieces. What somebody announces is compared with this before memory is taken.
pub const METADATA_BYTES_MAX: usize = 8 * 1024 * 1024;

const REQUEST: i64 = 0;
const DATA: i64 = 1;
const REJECT: i64 = 2;

/// One message. Numbers are as the other side sent them: nothing is checked against what was
/// announced or asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MetadataMessage<'a> {
    /// Please send this piece of the metadata.
    Request {
        /// The piece's number.
        piece: u32,
    },
    /// Here is a piece.
    Data {
        /// The piece's number.
        piece: u32,
        /// Bytes of the whole metadata, by the word of the sender.
        total_size: Option<u32>,
        /// At most [`METADATA_PIECE_LENGTH`] bytes.
        data: &'a [u8],
    },
    /// The sender does not have the piece, or does not send it.
    Reject {
        /// The piece's number.
        piece: u32,
    },
    /// A message of a kind we do not know, which must be ignored.
    Unknown {
        /// What it calls itself.
        kind: i64,
    },
}

impl<'a> MetadataMessage<'a> {
    /// Reads the payload of an extended message with our number for
    /// [`Extension::Metadata`](super::Extension::Metadata).
    pub fn decode(payload: &'a [u8]) -> Result<Self, ExtensionError> {
        let (dictionary, data) = dictionary(payload)?;
        let (mut kind, mut piece, mut total_size) = (None, None, None);
        for (key, value) in dictionary.entries() {
            match key {
                b"msg_type" => kind = value.as_integer(),
                b"piece" => piece = value.as_integer().and_then(unsigned),
                b"total_size" => total_size = value.as_integer().and_then(unsigned),
                _ => {}
            }
        }
        let kind = kind.ok_or(ExtensionError::MissingKey { key: "msg_type" })?;
        let piece = piece.ok_or(ExtensionError::MissingKey { key: "piece" });
        match kind {
            REQUEST => Ok(MetadataMessage::Request { piece: piece? }),
            DATA if data.len() > METADATA_PIECE_LENGTH => {
                Err(ExtensionError::TooLong { length: data.len(), limit: METADATA_PIECE_LENGTH })
            }
            DATA => Ok(MetadataMessage::Data { piece: piece?, total_size, data }),
            REJECT => Ok(MetadataMessage::Reject { piece: piece? }),
            kind => Ok(MetadataMessage::Unknown { kind }),
        }
    }

    /// The payload to send under the number the reader gave
    /// [`Extension::Metadata`](super::Extension::Metadata). An unknown message has none.
    pub fn encode(&self) -> Vec<u8> {
        let (msg_type, piece, total_size, data) = match *self {
            MetadataMessage::Request { piece } => (REQUEST, piece, None, &[][..]),
            MetadataMessage::Data { piece, total_size, data } => (DATA, piece, total_size, data),
            MetadataMessage::Reject { piece } => (REJECT, piece, None, &[][..]),
            MetadataMessage::Unknown { .. } => return Vec::new(),
        };
        let mut payload = encode(&Spelled { msg_type, piece, total_size })
            .expect("numbers of 32 bits have a form in bencode");
        payload.extend_from_slice(data);
        payload
    }
}

fn unsigned(number: i64) -> Option<u32> {
    u32::try_from(number).ok()
}

/// The keys as they stand in the dictionary; what is `None` is left out.
#[derive(Serialize)]
struct Spelled {
    msg_type: i64,
    piece: u32,
    total_size: Option<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::extension::EXTENDED_BYTES_MAX;
    use proptest::prelude::*;

    #[test]
    fn every_message_reads_back_from_its_own_bytes() {
        let whole = [7; METADATA_PIECE_LENGTH];
        for message in [
            MetadataMessage::Request { piece: 0 },
            MetadataMessage::Data { piece: 3, total_size: Some(49_160), data: b"d1:ae" },
            MetadataMessage::Data { piece: 0, total_size: None, data: &whole },
            MetadataMessage::Reject { piece: u32::MAX },
        ] {
            assert_eq!(MetadataMessage::decode(&message.encode()), Ok(message));
        }
    }

    #[test]
    fn messages_are_spelled_as_in_the_standard() {
        let request = MetadataMessage::Request { piece: 0 };
        assert_eq!(request.encode(), b"d8:msg_typei0e5:piecei0ee");
        let data = MetadataMessage::Data { piece: 0, total_size: Some(3425), data: b"xx" };
        assert_eq!(data.encode(), b"d8:msg_typei1e5:piecei0e10:total_sizei3425eexx");
    }

    #[test]
    fn kinds_we_do_not_know_are_no_error() {
        let unknown = MetadataMessage::Unknown { kind: 77 };
        assert_eq!(MetadataMessage::decode(b"d8:msg_typei77eeabc"), Ok(unknown));
        assert_eq!(unknown.encode(), b"");
    }

    #[test]
    fn a_message_without_its_numbers_is_refused() {
        for (text, key) in [
            ("d5:piecei0ee", "msg_type"),
            ("d8:msg_type1:0e", "msg_type"),
            ("d8:msg_typei0ee", "piece"),
            ("d8:msg_typei1e5:piecei-1ee", "piece"),
            ("d8:msg_typei2e5:piecei4294967296ee", "piece"),
        ] {
            let read = MetadataMessage::decode(text.as_bytes());
            assert_eq!(read, Err(ExtensionError::MissingKey { key }), "{text}");
        }
        assert_eq!(MetadataMessage::decode(b"xx"), Err(ExtensionError::NotADictionary));
    }

    #[test]
    fn more_data_than_a_piece_is_refused() {
        let length = METADATA_PIECE_LENGTH + 1;
        assert!(length + 100 < EXTENDED_BYTES_MAX);
        let data = vec![0; length];
        let payload = MetadataMessage::Data { piece: 0, total_size: None, data: &data }.encode();
        let limit = METADATA_PIECE_LENGTH;
        assert_eq!(
            MetadataMessage::decode(&payload),
            Err(ExtensionError::TooLong { length, limit })
        );
    }

    proptest! {
        #[test]
        fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = MetadataMessage::decode(&bytes);
        }
    }
}
