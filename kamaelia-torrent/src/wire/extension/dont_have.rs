//! A piece that its sender has no more (BEP 54): the number of the piece, and nothing else.

use super::ExtensionError;

/// Reads the payload of an extended message with our number for
/// [`Extension::DontHave`](super::Extension::DontHave): the piece's number.
pub fn decode_dont_have(payload: &[u8]) -> Result<u32, ExtensionError> {
    let number = payload.try_into().map(u32::from_be_bytes);
    number.map_err(|_| ExtensionError::NoNumber { length: payload.len() })
}

/// The payload to send under the number the reader gave
/// [`Extension::DontHave`](super::Extension::DontHave).
pub fn encode_dont_have(piece: u32) -> [u8; 4] {
    piece.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_back_and_nothing_else_is_one() {
        assert_eq!(decode_dont_have(&encode_dont_have(0x0102_0304)), Ok(0x0102_0304));
        for payload in [&b""[..], b"abc", b"abcde"] {
            let error = ExtensionError::NoNumber { length: payload.len() };
            assert_eq!(decode_dont_have(payload), Err(error));
        }
    }
}
