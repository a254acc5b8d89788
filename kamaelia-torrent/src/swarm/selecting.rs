//! What is wanted, how soon, and in which order: changed at any time.

use std::time::Instant;

use crate::metainfo::{PieceIndex, PiecePriorities, Priority, Selection};
use crate::swarm::choking::Choker;
use crate::swarm::picking::Picker;
use crate::swarm::{Action, Swarm};

impl Swarm {
    /// How much each file is wanted, from now on. What is wanted no longer is given up, even half
    /// done; what is wanted more is begun first.
    ///
    /// # Panics
    ///
    /// When the selection is for a torrent with another number of files.
    pub fn select(&mut self, now: Instant, selection: &Selection) {
        let priorities = selection.pieces(&self.layout);
        if priorities == *self.board.priorities() {
            return;
        }
        self.board.set_priorities(priorities, &mut self.rng);
        let was_finished = self.is_finished();
        let wanted = self.board.priorities().wanted();
        self.tally.set_wanted(&self.layout, &wanted);
        for piece in self.assembly.unstored_pieces() {
            if !wanted.contains(piece.as_usize()) {
                self.drop_piece(now, piece);
            }
        }
        self.tell_interest(now);
        if self.is_finished() && !was_finished {
            self.actions.push_back(Action::Finished);
        }
        if self.is_finished() {
            self.part_from_seeds(now);
        } else {
            self.connect_more(now);
        }
        self.refill = true;
        self.settle(now);
    }

    /// How much this piece is wanted.
    pub fn priority(&self, piece: PieceIndex) -> Priority {
        self.priorities().of(piece)
    }

    /// How much each piece is wanted.
    pub fn priorities(&self) -> &PiecePriorities {
        self.board.priorities()
    }

    /// Another picker chooses from now on. What is begun is finished all the same.
    pub fn set_picker(&mut self, now: Instant, picker: Box<dyn Picker>) {
        self.picker = picker;
        self.refill = true;
        self.settle(now);
    }

    /// Another choker gives out slots, from the next round on.
    pub fn set_choker(&mut self, choker: Box<dyn Choker>) {
        self.slots.set_choker(choker);
    }

    /// Tells every peer whether it has something we want.
    pub(super) fn tell_interest(&mut self, now: Instant) {
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                let peer = &mut connection.peer;
                peer.pieces.count_wanted(&self.tally.lacking);
                if peer.is_greeted() {
                    let wanted = peer.pieces.any_wanted();
                    peer.set_interest(wanted);
                }
            }
            self.list(now, id);
        }
    }
}
