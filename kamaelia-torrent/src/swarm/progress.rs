//! What is done, what is left, and how fast it goes.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};
use crate::peer::Rate;

/// Parts into which a torrent is divided to be shown as a picture.
pub const STRETCHES_MAX: usize = 128;

/// A torrent's numbers at one moment: the source of every status.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// Bytes in all pieces.
    pub bytes_total: u64,
    /// Bytes in the pieces we lack.
    pub bytes_left: u64,
    /// Bytes in the pieces that are wanted.
    pub bytes_wanted: u64,
    /// Bytes in the pieces that are wanted and that we lack.
    pub bytes_wanted_left: u64,
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
    /// Whole copies that the connected peers have among them: 2.4 says that each piece is with two or
    /// more, and four in ten of them with three or more.
    pub copies: f64,
    /// Its pieces.
    pub pieces: Pieces,
    /// Where they are: the torrent in at most [`STRETCHES_MAX`] stretches of as many pieces each, and how
    /// much of each is there, from 0 to 255; those only if all of it is lacking, or none.
    pub stretches: Vec<u8>,
    /// Whether anyone has ever connected to us, which says that others can reach us.
    pub was_called: bool,
}

/// How many pieces are how far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Pieces {
    /// All of them.
    pub total: usize,
    /// Those that are there.
    pub stored: usize,
    /// Those that are being fetched.
    pub begun: usize,
    /// Those that turned out corrupt since the swarm began, each as often as it did.
    pub corrupt: usize,
}

impl Progress {
    /// How much of what is wanted is there, from 0 to 1; exactly 1 only when nothing is left.
    pub fn fraction_done(&self) -> f64 {
        let wanted = self.bytes_wanted;
        match self.bytes_wanted_left {
            0 => 1.0,
            left => ((wanted - left) as f64 / wanted as f64).min(0.999_999),
        }
    }

    /// How long the rest of what is wanted takes at this rate; zero when nothing is left, `None`
    /// when nothing moves.
    pub fn time_left(&self) -> Option<Duration> {
        if self.bytes_wanted_left == 0 {
            return Some(Duration::ZERO);
        }
        Duration::try_from_secs_f64(self.bytes_wanted_left as f64 / self.download_rate).ok()
    }
}

/// The counts behind it.
pub(super) struct Tally {
    pub(super) have: FixedBitSet,
    /// Pieces that are wanted and not stored.
    pub(super) lacking: FixedBitSet,
    pub(super) bytes_left: u64,
    pub(super) bytes_wanted: u64,
    pub(super) bytes_wanted_left: u64,
    pub(super) download: Rate,
    pub(super) upload: Rate,
    pub(super) wasted: u64,
    /// The part of it that nobody had asked for, or no longer.
    pub(super) unasked: u64,
    /// Pieces that turned out corrupt.
    pub(super) corrupt: usize,
    /// Someone has connected to us.
    pub(super) was_called: bool,
    pieces: usize,
}

impl Tally {
    /// Everything is wanted.
    pub(super) fn new(layout: &Layout, have: FixedBitSet, now: Instant) -> Self {
        assert_eq!(
            have.len(),
            layout.piece_count() as usize,
            "one bit says for each piece whether it is there"
        );
        let mut lacking = have.clone();
        lacking.toggle_range(..);
        let bytes_left = bytes_in(layout, &lacking);
        Tally {
            bytes_left,
            bytes_wanted: layout.total_length(),
            bytes_wanted_left: bytes_left,
            pieces: have.count_ones(..),
            download: Rate::new(now),
            upload: Rate::new(now),
            wasted: 0,
            unasked: 0,
            corrupt: 0,
            was_called: false,
            have,
            lacking,
        }
    }

    /// A block came that nobody had asked for, or no longer.
    pub(super) fn add_unasked(&mut self, length: u32) {
        self.unasked += u64::from(length);
        self.wasted += u64::from(length);
    }

    /// How many are how far, while so many are being fetched.
    pub(super) fn counts(&self, begun: usize) -> Pieces {
        let (total, stored) = (self.have.len(), self.pieces);
        Pieces { total, stored, begun, corrupt: self.corrupt }
    }

    /// How much of each stretch is there.
    pub(super) fn stretches(&self) -> Vec<u8> {
        let pieces = self.have.len();
        let count = pieces.min(STRETCHES_MAX);
        let share = |at: usize| {
            let range = at * pieces / count..(at + 1) * pieces / count;
            let (all, there) = (range.len(), self.have.count_ones(range));
            match (all - there, there) {
                (0, _) => 255,
                (_, 0) => 0,
                // One that lacks a piece never looks whole, nor empty one that has one.
                _ => (there * 255 / all).clamp(1, 254) as u8,
            }
        };
        (0..count).map(share).collect()
    }

    /// These are wanted from now on.
    pub(super) fn set_wanted(&mut self, layout: &Layout, wanted: &FixedBitSet) {
        self.bytes_wanted = bytes_in(layout, wanted);
        self.lacking.clone_from(wanted);
        self.lacking.difference_with(&self.have);
        self.bytes_wanted_left = bytes_in(layout, &self.lacking);
    }

    /// Nothing is lacking.
    pub(super) fn is_complete(&self) -> bool {
        self.bytes_left == 0
    }

    /// Nothing that is wanted is lacking.
    pub(super) fn is_finished(&self) -> bool {
        self.bytes_wanted_left == 0
    }

    /// How many pieces are stored.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// A piece is on disk and right. True if it was wanted and lacking.
    pub(super) fn on_stored(&mut self, layout: &Layout, piece: PieceIndex) -> bool {
        if self.have.put(piece.as_usize()) {
            return false;
        }
        let size = u64::from(layout.piece_size(piece));
        self.pieces += 1;
        self.bytes_left -= size;
        let was_wanted = self.lacking.contains(piece.as_usize());
        if was_wanted {
            self.lacking.remove(piece.as_usize());
            self.bytes_wanted_left -= size;
        }
        was_wanted
    }

    /// A piece is on disk no longer; `wanted` says whether it is missed. False if it was not there.
    pub(super) fn on_lost(&mut self, layout: &Layout, piece: PieceIndex, wanted: bool) -> bool {
        if !self.have.contains(piece.as_usize()) {
            return false;
        }
        let size = u64::from(layout.piece_size(piece));
        self.have.remove(piece.as_usize());
        self.pieces -= 1;
        self.bytes_left += size;
        if wanted {
            self.lacking.insert(piece.as_usize());
            self.bytes_wanted_left += size;
        }
        true
    }
}

fn bytes_in(layout: &Layout, pieces: &FixedBitSet) -> u64 {
    let pieces = pieces.ones().filter_map(|index| layout.piece(index as u32));
    pieces.map(|piece| u64::from(layout.piece_size(piece))).sum()
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
            bytes_wanted: layout.total_length(),
            bytes_wanted_left: bytes_left,
            downloaded: 0,
            uploaded: 0,
            wasted: 0,
            download_rate: 500.0,
            upload_rate: 0.0,
            seeds: 0,
            leechers: 0,
            copies: 0.0,
            pieces: Pieces::default(),
            stretches: Vec::new(),
            was_called: false,
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

    #[test]
    fn what_is_not_wanted_is_left_but_not_waited_for() {
        let path = vec!["f".into()];
        let layout = Layout::new(10, vec![FileEntry { path, length: 95, padding: false }]);
        let layout = layout.expect("sizes of a torrent");
        let pieces: Vec<_> = layout.pieces().collect();
        let mut tally = Tally::new(&layout, FixedBitSet::with_capacity(10), Instant::now());
        assert!(tally.on_stored(&layout, pieces[0]));
        let mut wanted = FixedBitSet::with_capacity(10);
        wanted.extend([0, 1, 9]);
        tally.set_wanted(&layout, &wanted);
        assert_eq!((tally.bytes_wanted, tally.bytes_wanted_left), (25, 15));
        assert!(!tally.on_stored(&layout, pieces[5]), "nobody wanted it");
        assert!(tally.on_stored(&layout, pieces[1]));
        assert!(tally.on_stored(&layout, pieces[9]));
        assert!(tally.is_finished() && !tally.is_complete());
        assert_eq!(tally.bytes_left, 60);
        wanted.insert(2);
        tally.set_wanted(&layout, &wanted);
        assert!(!tally.is_finished());
    }

    #[test]
    fn a_stretch_is_whole_or_empty_only_if_all_its_pieces_are_or_none() {
        let stretches = |pieces: u64, missing: &[usize]| {
            let path = vec!["f".into()];
            let files = vec![FileEntry { path, length: pieces, padding: false }];
            let layout = Layout::new(1, files).expect("sizes of a torrent");
            let mut have = FixedBitSet::with_capacity(pieces as usize);
            have.insert_range(..);
            missing.iter().for_each(|piece| have.remove(*piece));
            Tally::new(&layout, have, Instant::now()).stretches()
        };
        assert_eq!(stretches(3, &[1]), [255, 0, 255]);
        let many = stretches(1000 * STRETCHES_MAX as u64, &[0]);
        assert_eq!((many.len(), many[0], many[1]), (STRETCHES_MAX, 254, 255));
        let last: Vec<usize> = (1..1000).collect();
        assert_eq!(stretches(1000 * STRETCHES_MAX as u64, &last)[..2], [1, 255]);
        // More pieces than stretches, and not a multiple.
        let odd = STRETCHES_MAX + 1;
        assert_eq!(stretches(odd as u64, &(0..odd).collect::<Vec<_>>()), [0; STRETCHES_MAX]);
    }
}
