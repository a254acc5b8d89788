//! Which pieces one peer has asked us for.

use crate::metainfo::PieceIndex;

/// How many blocks of each piece a peer waits for. Peers ask piece by piece, so there are few, and the
/// one asked for is the last, the one answered the first.
#[derive(Debug, Default)]
pub(super) struct AskedPieces {
    /// None is counted zero times.
    counts: Vec<(PieceIndex, u32)>,
}

impl AskedPieces {
    /// One more block of this piece.
    pub(super) fn add(&mut self, piece: PieceIndex) {
        match self.counts.iter_mut().rev().find(|(asked, _)| *asked == piece) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((piece, 1)),
        }
    }

    /// One block less of a piece that was added.
    pub(super) fn remove(&mut self, piece: PieceIndex) {
        let Some(at) = self.counts.iter().position(|(asked, _)| *asked == piece) else { return };
        self.counts[at].1 -= 1;
        if self.counts[at].1 == 0 {
            self.counts.remove(at);
        }
    }

    pub(super) fn contains(&self, piece: PieceIndex) -> bool {
        self.counts.iter().any(|(asked, _)| *asked == piece)
    }
}
