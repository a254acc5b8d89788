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
        let wanted = self.priority(piece).is_wanted();
        if !self.tally.on_lost(&self.layout, piece, wanted) {
            return;
        }
        debug!("{}: piece {} is lost", self.info_hash, piece.get());
        self.board.reopen(piece);
        for connection in self.connections.iter_mut().filter(|c| c.peer.is_greeted()) {
            connection.peer.tell_dont_have(piece);
        }
        self.tell_interest(now);
        self.refill = true;
        self.connect_more(now);
        self.settle(now);
    }
}
