//! How long the pieces of a new torrent are.

use super::layout::PIECE_LENGTH_MAX;

/// The length of pieces that suits most torrents: 2^18, as Kamaelia's TorrentMaker has it.
pub const PIECE_LENGTH_DEFAULT: u32 = 256 * 1024;

/// The shortest pieces we make: one block. Shorter ones only make more hashes.
pub const PIECE_LENGTH_MADE_MIN: u32 = 16 * 1024;

/// The longest pieces chosen here. A piece is wasted whole when one byte of it is wrong, and some
/// clients refuse longer ones.
const PIECE_LENGTH_CHOSEN_MAX: u32 = 16 * 1024 * 1024;

/// Pieces a torrent should have at most: 40 KiB of hashes, quick to fetch with a magnet link.
const PIECES_WANTED_MAX: u64 = 2048;

/// A length that pieces of a new torrent cannot have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a piece length of {length} bytes is not a power of two \
     from {PIECE_LENGTH_MADE_MIN} to {PIECE_LENGTH_MAX}"
)]
pub struct PieceLengthError {
    /// What was asked for.
    pub length: u64,
}

/// Checks a length someone asks for. Other lengths exist in torrents and are read, but clients
/// differ in what they take, so none are made.
pub fn check_piece_length(length: u64) -> Result<u32, PieceLengthError> {
    u32::try_from(length)
        .ok()
        .filter(|length| {
            length.is_power_of_two() && (PIECE_LENGTH_MADE_MIN..=PIECE_LENGTH_MAX).contains(length)
        })
        .ok_or(PieceLengthError { length })
}

/// A length of pieces that suits this many bytes: the shortest that makes 2,048 pieces or fewer.
///
/// | all files together | pieces of |
/// |---|---|
/// | up to 512 MiB | 256 KiB, the default |
/// | up to 1 GiB | 512 KiB |
/// | up to 2 GiB | 1 MiB |
/// | up to 4 GiB | 2 MiB |
/// | up to 8 GiB | 4 MiB |
/// | up to 16 GiB | 8 MiB |
/// | more | 16 MiB |
pub fn piece_length_for(total_length: u64) -> u32 {
    let mut length = PIECE_LENGTH_DEFAULT;
    while length < PIECE_LENGTH_CHOSEN_MAX && total_length > u64::from(length) * PIECES_WANTED_MAX {
        length *= 2;
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_at_its_edges() {
        const MIB: u64 = 1024 * 1024;
        for (total, length) in [
            (0, 256 * 1024),
            (512 * MIB, 256 * 1024),
            (512 * MIB + 1, 512 * 1024),
            (1024 * MIB, 512 * 1024),
            (16 * 1024 * MIB, 8 * 1024 * 1024),
            (16 * 1024 * MIB + 1, 16 * 1024 * 1024),
            (u64::MAX, 16 * 1024 * 1024),
        ] {
            assert_eq!(piece_length_for(total), length, "{total} bytes");
            assert_eq!(check_piece_length(length.into()), Ok(length));
        }
    }

    #[test]
    fn lengths_other_clients_may_not_take_are_not_made() {
        for length in [0, 1, 8_192, 16_383, 100_000, 262_145, 268_435_456, u64::MAX] {
            assert_eq!(check_piece_length(length), Err(PieceLengthError { length }));
        }
    }
}
