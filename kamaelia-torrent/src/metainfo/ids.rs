//! The two twenty-byte names of BEP 3: which torrent, and which peer.

use std::fmt;
use std::str::FromStr;

use crate::hash::sha1;

/// The SHA-1 of a torrent's `info` dictionary, over the exact bytes it was received in.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct InfoHash(pub [u8; 20]);

/// The name a client gives itself for one run.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PeerId(pub [u8; 20]);

/// The text was not forty hexadecimal digits.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an info-hash is 40 hexadecimal digits")]
pub struct ParseInfoHashError;

impl InfoHash {
    /// The name of the torrent with this `info` dictionary, in the exact bytes it was received in.
    pub fn of(info: &[u8]) -> Self {
        InfoHash(sha1(info))
    }
}

impl fmt::Display for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InfoHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InfoHash({self})")
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PeerId({})", self.0.escape_ascii())
    }
}

impl FromStr for InfoHash {
    type Err = ParseInfoHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 40 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseInfoHashError);
        }
        let mut hash = [0; 20];
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| ParseInfoHashError)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| ParseInfoHashError)?;
        }
        Ok(InfoHash(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_info_hash_reads_back_from_its_own_text() {
        let hash = InfoHash(std::array::from_fn(|i| i as u8 * 13));
        assert_eq!(hash.to_string().parse(), Ok(hash));
    }

    #[test]
    fn text_that_is_not_forty_digits_is_refused() {
        for text in ["", "abc", &"g".repeat(40), &"é".repeat(20)] {
            assert_eq!(text.parse::<InfoHash>(), Err(ParseInfoHashError), "{text}");
        }
    }
}
