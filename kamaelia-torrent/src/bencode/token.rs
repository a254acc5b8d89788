//! The smallest parts bencode is read in: a number, a string, or the begin or end of a container.

use super::BencodeError;

/// One token, strings still in place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    List,
    Dict,
    End,
}

/// Reads the token at `at`, and says where the next one begins.
pub(super) fn token(bytes: &[u8], at: usize) -> Result<(Token<'_>, usize), BencodeError> {
    match bytes.get(at).copied() {
        Some(b'i') => integer(bytes, at),
        Some(b'0'..=b'9') => string(bytes, at),
        Some(b'l') => Ok((Token::List, at + 1)),
        Some(b'd') => Ok((Token::Dict, at + 1)),
        Some(b'e') => Ok((Token::End, at + 1)),
        Some(byte) => Err(BencodeError::UnexpectedByte { position: at, byte }),
        None => Err(BencodeError::CutOff { position: at }),
    }
}

fn integer(bytes: &[u8], at: usize) -> Result<(Token<'_>, usize), BencodeError> {
    let bad = BencodeError::BadInteger { position: at };
    let negative = bytes.get(at + 1) == Some(&b'-');
    let (digits, end) = digits(bytes, at + 1 + usize::from(negative))?;
    if bytes[end] != b'e' || !is_shortest(digits) || (negative && digits == b"0") {
        return Err(bad);
    }
    // Negative numbers reach one further than positive ones, so the value is built below zero.
    let below_zero = digits
        .iter()
        .try_fold(0i64, |value, digit| value.checked_mul(10)?.checked_sub(i64::from(digit - b'0')));
    let value = if negative { below_zero } else { below_zero.and_then(i64::checked_neg) };
    let value = value.ok_or(BencodeError::IntegerTooLarge { position: at })?;
    Ok((Token::Integer(value), end + 1))
}

fn string(bytes: &[u8], at: usize) -> Result<(Token<'_>, usize), BencodeError> {
    let bad = BencodeError::BadLength { position: at };
    let (digits, end) = digits(bytes, at)?;
    if bytes[end] != b':' || !is_shortest(digits) {
        return Err(bad);
    }
    let length = digits.iter().try_fold(0usize, |length, digit| {
        length.checked_mul(10)?.checked_add(usize::from(digit - b'0'))
    });
    let length = length.ok_or(bad)?;
    let rest = &bytes[end + 1..];
    let Some(string) = rest.get(..length) else {
        return Err(BencodeError::StringTooLong { position: at, length, remaining: rest.len() });
    };
    Ok((Token::Bytes(string), end + 1 + length))
}

/// The digits from `from` on, and the position of the byte that ends them, which exists.
fn digits(bytes: &[u8], from: usize) -> Result<(&[u8], usize), BencodeError> {
    let rest = bytes.get(from..).unwrap_or_default();
    let count = rest
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .ok_or(BencodeError::CutOff { position: bytes.len() })?;
    Ok((&rest[..count], from + count))
}

fn is_shortest(digits: &[u8]) -> bool {
    !matches!(digits, [] | [b'0', _, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_reach_from_one_end_of_64_bits_to_the_other() {
        for value in [0, 1, -1, 262_144, i64::MAX, i64::MIN] {
            let text = format!("i{value}e");
            assert_eq!(token(text.as_bytes(), 0), Ok((Token::Integer(value), text.len())));
        }
        for text in
            ["i9223372036854775808e", "i-9223372036854775809e", "i99999999999999999999999999e"]
        {
            let expected = BencodeError::IntegerTooLarge { position: 0 };
            assert_eq!(token(text.as_bytes(), 0), Err(expected), "{text}");
        }
    }

    #[test]
    fn numbers_not_in_their_shortest_form_are_refused() {
        for text in ["ie", "i-e", "i-0e", "i00e", "i03e", "i-03e", "i+1e", "i1.5e", "i 1e", "i1x"] {
            let expected = BencodeError::BadInteger { position: 0 };
            assert_eq!(token(text.as_bytes(), 0), Err(expected), "{text}");
        }
    }

    #[test]
    fn string_lengths_not_in_their_shortest_form_are_refused() {
        for text in ["03:abc", "00:", "3abc", "99999999999999999999999:a"] {
            let expected = BencodeError::BadLength { position: 0 };
            assert_eq!(token(text.as_bytes(), 0), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_string_cannot_claim_more_than_there_is() {
        let expected = BencodeError::StringTooLong {
            position: 1,
            length: 18_446_744_073_709_551_615,
            remaining: 3,
        };
        assert_eq!(token(b"l18446744073709551615:abc", 1), Err(expected));
        assert_eq!(token(b"3:abc", 0), Ok((Token::Bytes(b"abc"), 5)));
    }

    #[test]
    fn what_is_cut_off_says_so() {
        for text in ["", "i", "i-", "i12", "12"] {
            let expected = BencodeError::CutOff { position: text.len() };
            assert_eq!(token(text.as_bytes(), 0), Err(expected), "{text:?}");
        }
    }
}
