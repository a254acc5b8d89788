//! Typed values to bytes and back, through `serde_bencode`, with the scanner in front.
//!
//! What to know about `serde_bencode` when writing the types: it borrows nothing, so strings of
//! bytes are `serde_bytes::ByteBuf`; keys of a struct have to be UTF-8, also those the struct does
//! not know; a `None` is left out.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{BencodeError, Limits, scan};

/// Why bytes did not become the value asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// They are not bencode, or more than we read.
    #[error(transparent)]
    Malformed(#[from] BencodeError),
    /// They are a value of another shape.
    #[error("the data is not what was expected: {reason}")]
    Shape {
        /// Which part, in the words of the decoder.
        reason: String,
    },
}

/// Why a value cannot be written: bencode has no form for it, such as a fraction or an absent
/// element of a list.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("this value has no form in bencode: {reason}")]
pub struct EncodeError {
    /// Which part.
    pub reason: String,
}

/// Reads a message of at most [`MESSAGE_BYTES_MAX`](super::MESSAGE_BYTES_MAX) bytes.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_within(bytes, Limits::default())
}

/// Reads a value within limits of the caller's. `limits.depth` is the depth of the recursion.
pub fn decode_within<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, DecodeError> {
    scan(bytes, limits)?;
    serde_bencode::from_bytes(bytes)
        .map_err(|error| DecodeError::Shape { reason: error.to_string() })
}

/// Writes a value in canonical form: what comes out passes [`scan`] with keys in order.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let bytes = serde_bencode::to_bytes(value)
        .map_err(|error| EncodeError { reason: error.to_string() })?;
    // serde_bencode writes nothing for a `None` that stands alone, numbers it cannot read back,
    // and the duplicate keys of flattened structs.
    scan(&bytes, Limits::bytes(usize::MAX).canonical())
        .map_err(|error| EncodeError { reason: error.to_string() })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
    struct Reply {
        interval: i64,
        #[serde(rename = "tracker id", default)]
        tracker_id: Option<String>,
        #[serde(with = "serde_bytes")]
        peers: Vec<u8>,
    }

    #[test]
    fn a_message_comes_back_as_it_was() {
        let reply = Reply { interval: 1800, tracker_id: None, peers: vec![0, 255, 7] };
        let bytes = encode(&reply).expect("a value with a form");
        assert_eq!(bytes, b"d8:intervali1800e5:peers3:\x00\xff\x07e");
        assert_eq!(decode(&bytes), Ok(reply));
    }

    #[test]
    fn nested_input_is_refused_before_anything_recurses() {
        let bytes = [&b"d1:a"[..], &[b'l'; 16_000]].concat();
        let expected = BencodeError::TooDeep { position: 103, limit: 100 };
        assert_eq!(decode::<Reply>(&bytes), Err(expected.into()));
    }

    #[test]
    fn a_message_longer_than_any_is_refused() {
        let bytes = vec![b'x'; crate::bencode::MESSAGE_BYTES_MAX + 1];
        let error = decode::<Reply>(&bytes).expect_err("too long");
        assert_eq!(error.to_string(), "1048577 bytes are more than the 1048576 accepted here");
    }

    #[test]
    fn another_shape_says_what_is_missing() {
        let error = decode::<Reply>(b"d8:intervali1ee").expect_err("no peers");
        assert!(error.to_string().contains("peers"), "{error}");
    }

    #[test]
    fn what_has_no_form_is_not_written() {
        assert!(encode(&1.5f64).is_err());
        assert!(encode(&None::<i64>).is_err());
        assert!(encode(&u64::MAX).is_err());
    }
}
