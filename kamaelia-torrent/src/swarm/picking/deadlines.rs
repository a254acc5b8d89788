//! Pieces that somebody waits for, each until a moment of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::metainfo::PieceIndex;

/// Deadlines, at most one for a piece.
#[derive(Default)]
pub(in crate::swarm) struct Deadlines {
    of: BTreeMap<PieceIndex, Instant>,
    soonest: BTreeSet<(Instant, PieceIndex)>,
}

impl Deadlines {
    /// The piece is needed by then, or at no particular time.
    pub(in crate::swarm) fn set(&mut self, piece: PieceIndex, by: Option<Instant>) {
        let before = match by {
            Some(by) => self.of.insert(piece, by),
            None => self.of.remove(&piece),
        };
        if let Some(before) = before {
            self.soonest.remove(&(before, piece));
        }
        if let Some(by) = by {
            self.soonest.insert((by, piece));
        }
    }

    pub(in crate::swarm) fn clear(&mut self) {
        *self = Deadlines::default();
    }

    pub(in crate::swarm) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The soonest first.
    pub(in crate::swarm) fn iter(&self) -> impl Iterator<Item = (Instant, PieceIndex)> {
        self.soonest.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};
    use std::time::Duration;

    #[test]
    fn the_soonest_comes_first_and_the_last_word_counts() {
        let path = vec!["f".into()];
        let layout = Layout::new(16, vec![FileEntry { path, length: 48, padding: false }]);
        let pieces: Vec<_> = layout.expect("sizes of a torrent").pieces().collect();
        let by = |seconds| Instant::now().checked_add(Duration::from_secs(seconds));
        let (early, late, latest) = (by(10), by(20), by(30));
        let mut deadlines = Deadlines::default();
        deadlines.set(pieces[0], early);
        deadlines.set(pieces[1], late);
        deadlines.set(pieces[2], early);
        deadlines.set(pieces[0], latest);
        let order = |deadlines: &Deadlines| deadlines.iter().map(|(_, p)| p).collect::<Vec<_>>();
        assert_eq!(order(&deadlines), [pieces[2], pieces[1], pieces[0]]);
        deadlines.set(pieces[1], None);
        assert_eq!(order(&deadlines), [pieces[2], pieces[0]]);
        deadlines.clear();
        assert!(deadlines.is_empty());
    }
}
