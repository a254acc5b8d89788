//! A set of pieces as the wire spells it: a bit each, the first piece in the highest bit (BEP 3).

use fixedbitset::{Block as Word, FixedBitSet};

const WORD_LENGTH: usize = size_of::<Word>();

/// Why bytes are not a set of this torrent's pieces.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BitfieldError {
    /// More or fewer bytes than the pieces take.
    #[error("its bitfield has {length} bytes where {expected} are needed")]
    Length {
        /// What came.
        length: usize,
        /// What this torrent's pieces take.
        expected: usize,
    },
    /// A bit is set for a piece that does not exist.
    #[error("its bitfield claims pieces beyond the last of {count}")]
    SpareBits {
        /// How many pieces there are.
        count: u32,
    },
}

/// Reads the payload of a bitfield message for a torrent of `piece_count` pieces.
pub fn decode_bitfield(bytes: &[u8], piece_count: u32) -> Result<FixedBitSet, BitfieldError> {
    let expected = piece_count.div_ceil(8) as usize;
    let length = bytes.len();
    if length != expected {
        return Err(BitfieldError::Length { length, expected });
    }
    let used = piece_count % 8;
    if used != 0 && bytes.last().is_some_and(|last| last << used != 0) {
        return Err(BitfieldError::SpareBits { count: piece_count });
    }
    let words = bytes.chunks(WORD_LENGTH).map(|chunk| {
        let mut word = [0; WORD_LENGTH];
        for (to, from) in word.iter_mut().zip(chunk) {
            *to = from.reverse_bits();
        }
        Word::from_le_bytes(word)
    });
    Ok(FixedBitSet::with_capacity_and_blocks(piece_count as usize, words))
}

/// The payload of a bitfield message.
pub fn encode_bitfield(pieces: &FixedBitSet) -> Vec<u8> {
    pieces
        .as_slice()
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .take(pieces.len().div_ceil(8))
        .map(u8::reverse_bits)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_piece_is_the_highest_bit() {
        let mut pieces = FixedBitSet::with_capacity(10);
        pieces.extend([0, 7, 8]);
        assert_eq!(encode_bitfield(&pieces), [0b1000_0001, 0b1000_0000]);
    }

    #[test]
    fn wrong_lengths_and_spare_bits_are_refused() {
        let length = |length, expected| Err(BitfieldError::Length { length, expected });
        assert_eq!(decode_bitfield(&[0], 9), length(1, 2));
        assert_eq!(decode_bitfield(&[0, 0, 0], 9), length(3, 2));
        assert_eq!(decode_bitfield(&[0], 0), length(1, 0));
        let spare = Err(BitfieldError::SpareBits { count: 9 });
        assert_eq!(decode_bitfield(&[0, 0b0100_0000], 9), spare);
        assert!(decode_bitfield(&[0xff, 0b1000_0000], 9).is_ok_and(|pieces| pieces.is_full()));
    }

    proptest! {
        #[test]
        fn a_set_reads_back_from_its_own_bytes(bits in proptest::collection::vec(any::<bool>(), 0..300)) {
            let mut pieces = FixedBitSet::with_capacity(bits.len());
            for (index, bit) in bits.iter().enumerate() {
                pieces.set(index, *bit);
            }
            let read = decode_bitfield(&encode_bitfield(&pieces), bits.len() as u32);
            prop_assert_eq!(read, Ok(pieces));
        }

        #[test]
        fn random_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40), count in 0..320u32) {
            if let Ok(pieces) = decode_bitfield(&bytes, count) {
                prop_assert_eq!(encode_bitfield(&pieces), bytes);
            }
        }
    }
}
