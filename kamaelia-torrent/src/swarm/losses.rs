//! What we had and have no longer.

use std::time::Instant;

use log::debug;

use crate::metainfo::PieceIndex;
use crate::swarm::Swarm;

impl Swarm {
    /// A piece that was stored is gone or wrong: its file was cut, or changed by others. It is
    /// fetched again, and peers that can hear it are told that it cannot be had here (BEP 54).
    /// [`Action::Completed`](crate::swarm::Action::Completed) is said anew when it is back.
    pub fn piece_lost(&mut self, now: Instant, piece: PieceIndex) {
        if !self.tally.on_lost(&self.layout, piece) {
            return;
        }
        debug!("{}: piece {} is lost", self.info_hash, piece.get());
        self.picker.reopen(piece);
        for id in self.connections.ids() {
            let Some(connection) = self.connections.get_mut(id).filter(|c| c.peer.is_greeted())
            else {
                continue;
            };
            connection.peer.tell_dont_have(piece);
            connection.peer.pieces.count_wanted(&self.tally.have);
            let wanted = connection.peer.pieces.any_wanted();
            connection.peer.set_interest(wanted);
            self.list(now, id);
        }
        self.refill = true;
        self.connect_more(now);
        self.settle(now);
    }
}
