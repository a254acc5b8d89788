//! Pieces that come whole from one party, as from a web seed.

use std::time::Instant;

use super::Assembly;
use crate::metainfo::{Layout, PieceIndex};
use crate::swarm::blame::Party;

impl Assembly {
    /// Begins a piece that one party will send whole, if it does.
    pub(in crate::swarm) fn begin_whole(
        &mut self,
        now: Instant,
        layout: &Layout,
        piece: PieceIndex,
    ) {
        self.begin(now, layout, piece, false);
        if let Some(partial) = self.get_mut(piece) {
            partial.reserve_all();
        }
        self.set_finished(piece);
    }

    /// A whole piece has come from one party, whatever of it came from others. False if it is of no
    /// use any more; otherwise it is the driver's now, until [`finish`](Self::finish).
    pub(in crate::swarm) fn take_whole(&mut self, piece: PieceIndex, sender: Party) -> bool {
        let Some(partial) = self.get_mut(piece).filter(|partial| !partial.storing) else {
            return false;
        };
        partial.set_whole(sender);
        self.bytes_storing += u64::from(partial.size);
        self.set_finished(piece);
        true
    }

    /// A piece that was begun whole will not come so. True if it is given up altogether; otherwise
    /// others have a part in it, and go on.
    pub(in crate::swarm) fn release_whole(&mut self, piece: PieceIndex) -> bool {
        let Some(partial) = self.get_mut(piece).filter(|partial| !partial.storing) else {
            return false;
        };
        if partial.release_all() {
            self.remove(piece);
            return true;
        }
        let has_free = partial.free > 0;
        let entry = self.entry_of[piece.as_usize()];
        if has_free && !self.unfinished.contains(&entry) {
            self.unfinished.push(entry);
        }
        false
    }
}
