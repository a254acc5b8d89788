//! The older spelling of info-hashes in magnet links: base 32 (RFC 4648), in either case.

use crate::metainfo::InfoHash;

/// Letters of an info-hash, five bits each.
pub(super) const LETTERS: usize = 32;

/// The info-hash, if the text is exactly one.
pub(super) fn decode(text: &str) -> Option<InfoHash> {
    let letters: &[u8; LETTERS] = text.as_bytes().try_into().ok()?;
    let mut hash = [0; 20];
    // Eight letters are five bytes.
    for (bytes, letters) in hash.chunks_mut(5).zip(letters.chunks(8)) {
        let group = letters
            .iter()
            .try_fold(0u64, |group, letter| Some(group << 5 | u64::from(five_bits(*letter)?)))?;
        bytes.copy_from_slice(&group.to_be_bytes()[3..]);
    }
    Some(InfoHash(hash))
}

fn five_bits(letter: u8) -> Option<u8> {
    match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a'),
        b'2'..=b'7' => Some(letter - b'2' + 26),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_either_case_are_the_same_bytes() {
        let expected = Some(InfoHash(*b"the twenty byte hash"));
        assert_eq!(decode("ORUGKIDUO5SW45DZEBRHS5DFEBUGC43I"), expected);
        assert_eq!(decode("orugkiduo5sw45dzebrhs5dfebugc43i"), expected);
        assert_eq!(decode(&"7".repeat(32)), Some(InfoHash([0xff; 20])));
    }

    #[test]
    fn other_letters_and_lengths_are_refused() {
        for text in ["", "A", &"A".repeat(31), &"A".repeat(33), &"1".repeat(32), &"é".repeat(16)] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
