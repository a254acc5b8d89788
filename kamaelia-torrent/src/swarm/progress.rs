//! What is done, what is left, and how fast it goes.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};
use crate::peer::Rate;

/// A torrent's numbers at one moment: the source of every status.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Bytes in all pieces.
    pub bytes_total: u64,
    /// Bytes in the pieces we lack.
    pub bytes_left: u64,
    /// Bytes of blocks we asked for and got, corrupt ones included, since the swarm began.
    pub downloaded: u64,
    /// Bytes of blocks we sent, since the swarm began.
    pub uploaded: u64,
    /// Bytes of blocks that came too late, unasked, or for a piece that turned out corrupt.
    pub wasted: u64,
    /// Bytes a second over the last few seconds.
    pub download_rate: f64,
    /// Bytes a second over the last few seconds.
    pub upload_rate: f64,
    /// Connected peers that have all pieces.
    pub seeds: usize,
    /// Connected peers that lack some.
    pub leechers: usize,
}

impl Progress {
    /// From 0 to 1; exactly 1 only when nothing is left.
    pub fn fraction_done(&self) -> f64 {
        match self.bytes_left {
            0 => 1.0,
            left => ((self.bytes_total - left) as f64 / self.bytes_total as f64).min(0.999_999),
        }
    }

    /// How long the rest takes at this rate; zero when nothing is left, `None` when nothing moves.
    pub fn time_left(&self) -> Option<Duration> {
        if self.bytes_left == 0 {
            return Some(Duration::ZERO);
        }
        Duration::try_from_secs_f64(self.bytes_left as f64 / self.download_rate).ok()
    }
}

/// The counts behind it.
pub(super) struct Tally {
    pub(super) have: FixedBitSet,
    pub(super) bytes_left: u64,
    pub(super) download: Rate,
    pub(super) upload: Rate,
    pub(super) wasted: u64,
    pieces: usize,
}

impl Tally {
    pub(super) fn new(layout: &Layout, have: FixedBitSet, now: Instant) -> Self {
        assert_eq!(
            have.len(),
            layout.piece_count() as usize,
            "one bit says for each piece whether it is there"
        );
        let lacked = layout.pieces().filter(|piece| !have.contains(piece.as_usize()));
        Tally {
            bytes_left: lacked.map(|piece| u64::from(layout.piece_size(piece))).sum(),
            pieces: have.count_ones(..),
            download: Rate::new(now),
            upload: Rate::new(now),
            wasted: 0,
            have,
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.bytes_left == 0
    }

    /// How many pieces are stored.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// A piece is on disk and right.
    pub(super) fn on_stored(&mut self, layout: &Layout, piece: PieceIndex) {
        if !self.have.put(piece.as_usize()) {
            self.pieces += 1;
            self.bytes_left -= u64::from(layout.piece_size(piece));
        }
    }

    /// A piece is on disk no longer. False if it was not there.
    pub(super) fn on_lost(&mut self, layout: &Layout, piece: PieceIndex) -> bool {
        let had = self.have.contains(piece.as_usize());
        if had {
            self.have.remove(piece.as_usize());
            self.pieces -= 1;
            self.bytes_left += u64::from(layout.piece_size(piece));
        }
        had
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    #[test]
    fn nothing_but_everything_is_all() {
        let path = vec!["f".into()];
        let length = 2_000_000_000;
        let layout = Layout::new(1_000, vec![FileEntry { path, length, padding: false }]);
        let layout = layout.expect("sizes of a torrent");
        let mut have = FixedBitSet::with_capacity(2_000_000);
        have.insert_range(1..);
        let mut tally = Tally::new(&layout, have, Instant::now());
        let progress = |bytes_left| Progress {
            bytes_total: layout.total_length(),
            bytes_left,
            downloaded: 0,
            uploaded: 0,
            wasted: 0,
            download_rate: 500.0,
            upload_rate: 0.0,
            seeds: 0,
            leechers: 0,
        };
        let almost = progress(tally.bytes_left);
        assert!(almost.fraction_done() < 1.0);
        assert_eq!(almost.time_left(), Some(Duration::from_secs(2)));
        let piece = layout.piece(0).expect("the first piece");
        tally.on_stored(&layout, piece);
        tally.on_stored(&layout, piece);
        assert!(tally.is_complete());
        let all = progress(tally.bytes_left);
        assert_eq!((all.fraction_done(), all.time_left()), (1.0, Some(Duration::ZERO)));
    }
}
