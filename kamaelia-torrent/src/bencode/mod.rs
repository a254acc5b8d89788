//! Bencode, the notation of BEP 3: whole numbers, byte strings, lists and dictionaries.
//!
//! Bytes of strangers come in. [`scan`] checks them against [`Limits`] and hands out a borrowed
//! view of the value, or says at which byte they went wrong; [`decode`] does the same and fills a
//! typed value; [`encode`] writes one. The scanner keeps its own stack on the heap and takes no
//! memory a length field asks for, so nothing that has not passed it is ever given to
//! `serde_bencode`, which recurses as deep as its input says.
//!
//! Strict where a second reading would be possible, tolerant where torrents in use need it:
//! duplicate keys, numbers and lengths not in their shortest form, and anything after the value
//! are refused; keys out of order are read and reported.

mod codec;
mod error;
mod scan;
mod token;
mod value;

pub use codec::{DecodeError, EncodeError, decode, decode_within, encode};
pub use error::BencodeError;
pub use scan::{DEPTH_MAX, KEYS_MAX, Limits, MESSAGE_BYTES_MAX, Scan, scan, scan_prefix};
pub use value::{Dict, Entries, Items, List, Value};
