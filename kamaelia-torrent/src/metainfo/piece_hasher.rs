//! The hashes of a torrent's pieces, from its bytes in any portions.

use crate::hash::Sha1;

/// Cuts bytes into pieces and hashes each. Feed it the files end to end, in the order they lie.
pub struct PieceHasher {
    piece_length: usize,
    /// Bytes of the current piece taken in so far; less than `piece_length`.
    filled: usize,
    current: Sha1,
    hashes: Vec<[u8; 20]>,
}

impl PieceHasher {
    /// For pieces of this many bytes.
    ///
    /// # Panics
    ///
    /// When the length is 0: lengths come from [`check_piece_length`](super::check_piece_length)
    /// or a [`Layout`](super::Layout).
    pub fn new(piece_length: u32) -> Self {
        assert!(piece_length > 0, "a piece has at least one byte");
        PieceHasher {
            piece_length: piece_length as usize,
            filled: 0,
            current: Sha1::new(),
            hashes: Vec::new(),
        }
    }

    /// Takes in the next bytes. How they are split makes no difference.
    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let wanted = self.piece_length - self.filled;
            let (now, later) = bytes.split_at(wanted.min(bytes.len()));
            self.current.update(now);
            self.filled += now.len();
            if self.filled == self.piece_length {
                self.end_piece();
            }
            bytes = later;
        }
    }

    /// The hashes of all pieces in order, the last of what was left over.
    pub fn finish(mut self) -> Vec<[u8; 20]> {
        if self.filled > 0 {
            self.end_piece();
        }
        self.hashes
    }

    fn end_piece(&mut self) {
        self.hashes.push(std::mem::take(&mut self.current).finish());
        self.filled = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha1;

    #[test]
    fn the_split_makes_no_difference() {
        let mut chance = fastrand::Rng::with_seed(7);
        for length in [0, 1, 31, 32, 33, 64, 1000] {
            let bytes: Vec<u8> = (0..length).map(|_| chance.u8(..)).collect();
            let mut hasher = PieceHasher::new(32);
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (now, later) = rest.split_at(chance.usize(..=rest.len()));
                hasher.update(now);
                rest = later;
            }
            let expected: Vec<[u8; 20]> = bytes.chunks(32).map(sha1).collect();
            assert_eq!(hasher.finish(), expected, "{length} bytes");
        }
    }
}
