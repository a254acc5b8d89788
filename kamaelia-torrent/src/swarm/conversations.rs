//! What peers say, and what follows from it for the torrent.

use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::PieceIndex;
use crate::peer::{Asked, Event, Received};
use crate::swarm::{CloseReason, ConnectionId, Swarm};

impl Swarm {
    /// Takes one message off the front of the input; false when there is no whole one.
    pub(super) fn receive_one(
        &mut self,
        now: Instant,
        id: ConnectionId,
        input: &mut &[u8],
    ) -> bool {
        let Some(connection) = self.connections.get_mut(id) else {
            return false;
        };
        let taker = connection.as_taker();
        let peer = &mut connection.peer;
        let ours = connection.shown.as_ref().map_or(&self.tally.have, |shown| &shown.pieces);
        match peer.receive(now, &self.layout, ours, input) {
            Ok(Some(Received::Block { asked, data })) => {
                connection.is_stirred = true;
                let arrival = self.assembly.put(asked, data, taker.party);
                self.on_block(now, asked.block, arrival);
            }
            Ok(Some(Received::Late { block, data })) => {
                connection.is_stirred = true;
                let arrival = self.assembly.put_late(block, data, taker);
                self.on_late_block(now, id, block, arrival);
            }
            Ok(Some(Received::Event(event))) => self.on_event(now, id, event),
            Ok(Some(Received::Settled)) => connection.is_stirred = true,
            Ok(None) => return false,
            Err(error) => self.close(now, id, CloseReason::Protocol(error)),
        }
        true
    }

    fn on_event(&mut self, now: Instant, id: ConnectionId, event: Event) {
        if !matches!(event, Event::Have(_)) {
            self.rouse(id);
        }
        match event {
            Event::Greeted(theirs) => self.on_answer(now, id, &theirs),
            Event::Bitfield(new) => self.on_bitfield(now, id, &new),
            Event::Have(piece) => self.on_have(now, id, piece),
            Event::Lost(piece, asked) => self.on_lost(id, piece, &asked),
            Event::Introduced => self.on_introduced(now, id),
            Event::Peers(peers) => self.on_peers(now, id, &peers),
            Event::Choked => self.on_choked(id),
            Event::Rejected(asked) => self.on_rejected(id, asked),
            // All make it possible to ask, which every input ends with.
            Event::Unchoked | Event::Offered => {}
            Event::Interested => self.on_interested(now, id),
            Event::NotInterested => self.on_not_interested(now, id),
            Event::Unasked { length } => self.tally.add_unasked(length),
        }
    }

    fn on_bitfield(&mut self, now: Instant, id: ConnectionId, new: &FixedBitSet) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let pieces = &mut connection.peer.pieces;
        pieces.count_wanted(&self.tally.lacking);
        let wanted = pieces.any_wanted();
        if new.is_full() {
            connection.counted_as_seed = true;
            self.board.add_seed();
        } else {
            for piece in new.ones() {
                self.board.add(piece, &mut self.rng);
            }
        }
        connection.peer.set_interest(wanted);
        self.on_spread(now, id, new.ones());
        self.part_if_done(now, id);
    }

    fn on_have(&mut self, now: Instant, id: ConnectionId, piece: PieceIndex) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        self.board.add(piece.as_usize(), &mut self.rng);
        if self.tally.lacking.contains(piece.as_usize()) {
            connection.is_idle = false;
            connection.is_stirred = true;
            connection.peer.pieces.add_wanted();
            connection.peer.set_interest(true);
        }
        let is_complete = connection.peer.pieces.is_complete();
        self.on_spread(now, id, std::iter::once(piece.as_usize()));
        if is_complete {
            self.part_if_done(now, id);
        }
    }

    /// They have a piece no longer (BEP 54), and what they were asked for of it is free for others.
    fn on_lost(&mut self, id: ConnectionId, piece: PieceIndex, asked: &[Asked]) {
        for asked in asked {
            self.assembly.release(*asked);
        }
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let pieces = &mut connection.peer.pieces;
        if std::mem::take(&mut connection.counted_as_seed) {
            self.board.remove_seed();
            for piece in pieces.set().ones() {
                self.board.add(piece, &mut self.rng);
            }
        } else {
            self.board.remove(piece.as_usize(), &mut self.rng);
        }
        pieces.count_wanted(&self.tally.lacking);
        let wanted = pieces.any_wanted();
        connection.peer.set_interest(wanted);
        // It may not have been told as long as it had the piece itself.
        let shows_all = connection.shown.is_none() && !self.config.redundant_haves;
        if shows_all && self.tally.have.contains(piece.as_usize()) {
            connection.peer.tell_have(piece);
        }
        self.assembly.disown(id);
        self.refill = true;
    }

    /// They serve us no longer. With the fast extension each request is answered all the same, if only
    /// by a refusal (BEP 6).
    fn on_choked(&mut self, id: ConnectionId) {
        match self.connections.get(id) {
            Some(connection) if connection.peer.fast.is_agreed() => {
                self.refill |= self.assembly.disown(id);
            }
            _ => self.withdraw_all(id),
        }
    }

    /// A block is free for others at once, and so is a piece that was reserved for this peer. The peer
    /// itself is asked again later.
    fn on_rejected(&mut self, id: ConnectionId, asked: Asked) {
        self.assembly.release(asked);
        self.refill = true;
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let (suspect, due) = (connection.suspect, connection.peer.next_timeout());
        if suspect || connection.peer.choking.they_serve() {
            self.assembly.disown(id);
        }
        self.wake_by(due);
    }
}
