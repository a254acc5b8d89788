//! Conversations begin, are heard, and end.

use std::net::SocketAddr;
use std::time::Instant;

use fixedbitset::FixedBitSet;
use log::debug;

use crate::metainfo::{InfoHash, PeerId, PieceIndex};
use crate::peer::{Asked, Event, Lapse, Peer, Received};
use crate::swarm::blame::Party;
use crate::swarm::candidates::Ending;
use crate::swarm::connections::{Connection, Service, older_stays};
use crate::swarm::{Action, CloseReason, ConnectionId, Refusal, Swarm};
use crate::wire::Handshake;

/// A peer that lets requests time out so often in a row only takes up a place.
const TIMEOUTS_MAX: u32 = 4;

impl Swarm {
    /// Opens connections as long as there are addresses and room.
    pub(super) fn connect_more(&mut self, now: Instant) {
        while self.may_connect() {
            let Some(address) = self.candidates.poll(now, !self.is_finished()) else {
                break;
            };
            if self.blame.is_banned(Party::of(address)) {
                self.candidates.forget(address);
                continue;
            }
            self.actions.push_back(Action::Connect(address));
        }
        if let Some(due) = self.next_connect() {
            self.wake_by(due);
        }
    }

    /// When the next connection may be opened.
    pub(super) fn next_connect(&self) -> Option<Instant> {
        self.may_connect().then(|| self.candidates.next_due(!self.is_finished())).flatten()
    }

    fn may_connect(&self) -> bool {
        let connecting = self.candidates.connecting();
        !self.paused
            && !self.held
            && self.layout.piece_count() > 0
            && connecting < self.config.half_open_max
            && self.connections.len() + connecting < self.config.connections_max
    }

    /// A connection that we opened is up; `greeted` if our handshake is on its way already.
    pub(super) fn on_connected(
        &mut self,
        now: Instant,
        address: SocketAddr,
        greeted: bool,
    ) -> ConnectionId {
        self.candidates.on_connected(now, address, &mut self.rng);
        let full = self.connections.len() >= self.config.connections_max;
        let banned = self.blame.is_banned(Party::of(address));
        let id = self.open(now, address, None);
        if greeted && let Some(connection) = self.connections.get_mut(id) {
            connection.peer.sending.forget();
        }
        if self.held {
            self.close(now, id, CloseReason::Held);
        } else if banned {
            self.close(now, id, CloseReason::Banned);
        } else if full {
            self.close(now, id, CloseReason::Full);
        }
        self.serve(now, id);
        self.settle(now);
        id
    }

    /// Whether to talk with someone who connected to us.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        address: SocketAddr,
        theirs: &Handshake,
    ) -> Result<(), Refusal> {
        if theirs.info_hash != self.info_hash {
            return Err(Refusal::OtherTorrent);
        }
        if theirs.peer_id == self.config.peer_id {
            return Err(Refusal::Ourselves);
        }
        if self.held {
            return Err(Refusal::Held);
        }
        if self.blame.is_banned(Party::of(address)) {
            return Err(Refusal::Banned);
        }
        if self.count_from(address) >= self.config.per_address_max {
            return Err(Refusal::FullForAddress);
        }
        if let Some(other) = self.find_peer(theirs.peer_id, None) {
            if self.keeps(other, theirs.peer_id, false) {
                return Err(Refusal::Duplicate);
            }
            self.close(now, other, CloseReason::Duplicate);
        }
        if self.connections.len() >= self.config.connections_max {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// Incoming connections from one IP address. Peers on this machine are told apart by port, and
    /// not limited.
    fn count_from(&self, address: SocketAddr) -> usize {
        let party = Party::of(address);
        let incoming = self.connections.iter().filter(|c| !c.outgoing);
        incoming.filter(|c| c.party == party).count()
    }

    /// Begins a conversation: with their handshake when they connected, without when we did.
    pub(super) fn open(
        &mut self,
        now: Instant,
        address: SocketAddr,
        theirs: Option<Handshake>,
    ) -> ConnectionId {
        let ours = self.handshake();
        let peer = match theirs {
            Some(_) => Peer::answering(now, ours, &self.layout),
            None => Peer::calling(now, ours, &self.layout),
        };
        let party = Party::of(address);
        self.wake_by(peer.next_timeout());
        self.connections.insert(|id| Connection {
            id,
            address,
            party,
            outgoing: theirs.is_none(),
            peer_id: theirs.map(|theirs| theirs.peer_id),
            peer,
            suspect: self.blame.is_suspect(party),
            current: None,
            counted_as_seed: false,
            service: Service::default(),
            listed: false,
        })
    }

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
        let sender = connection.party;
        let peer = &mut connection.peer;
        match peer.receive(now, &self.layout, &self.tally.have, input) {
            Ok(Some(Received::Block { asked, data })) => {
                let arrival = self.assembly.put(asked, data, sender);
                self.on_block(now, id, asked.block, arrival);
            }
            Ok(Some(Received::Event(event))) => self.on_event(now, id, event),
            Ok(Some(Received::Settled)) => {}
            Ok(None) => return false,
            Err(error) => self.close(now, id, CloseReason::Protocol(error)),
        }
        true
    }

    fn on_event(&mut self, now: Instant, id: ConnectionId, event: Event) {
        match event {
            Event::Greeted(theirs) => self.on_answer(now, id, &theirs),
            Event::Bitfield(new) => self.on_bitfield(now, id, &new),
            Event::Have(piece) => self.on_have(now, id, piece),
            Event::Choked => self.on_choked(id),
            Event::Rejected(asked) => self.on_rejected(id, asked),
            // Both make it possible to ask, which every input ends with.
            Event::Unchoked => {}
            Event::Interested => self.on_interested(now),
            Event::NotInterested => self.serve_newcomers(now),
            Event::Unasked { length } => self.tally.wasted += u64::from(length),
        }
    }

    /// The peer we called has answered.
    fn on_answer(&mut self, now: Instant, id: ConnectionId, theirs: &Handshake) {
        if theirs.info_hash != self.info_hash {
            return self.close(now, id, CloseReason::OtherTorrent);
        }
        if theirs.peer_id == self.config.peer_id {
            return self.close(now, id, CloseReason::Ourselves);
        }
        if let Some(other) = self.find_peer(theirs.peer_id, Some(id)) {
            if self.keeps(other, theirs.peer_id, true) {
                return self.close(now, id, CloseReason::Duplicate);
            }
            self.close(now, other, CloseReason::Duplicate);
        }
        if let Some(connection) = self.connections.get_mut(id) {
            connection.peer_id = Some(theirs.peer_id);
        }
        self.on_greeted(now, id, theirs);
    }

    /// Both handshakes are through.
    pub(super) fn on_greeted(&mut self, now: Instant, id: ConnectionId, theirs: &Handshake) {
        if let Some(connection) = self.connections.get_mut(id) {
            debug!("{}: talking", connection.address);
            connection.peer.greet(theirs, connection.address.ip());
            connection.peer.tell_bitfield(&self.tally.have);
            if theirs.knows_extensions() {
                connection.peer.tell_limits();
            }
            let due = connection.peer.next_timeout();
            self.wake_by(due);
        }
        self.part_if_done(now, id);
    }

    fn find_peer(&self, peer_id: PeerId, except: Option<ConnectionId>) -> Option<ConnectionId> {
        self.connections
            .iter()
            .find(|c| c.peer_id == Some(peer_id) && Some(c.id) != except)
            .map(|c| c.id)
    }

    /// Whether an older connection to the same peer is to be kept, rather than a new one.
    fn keeps(&self, older: ConnectionId, peer_id: PeerId, new_is_outgoing: bool) -> bool {
        self.connections.get(older).is_some_and(|older| {
            older_stays(self.config.peer_id, peer_id, older.outgoing, new_is_outgoing)
        })
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
        self.part_if_done(now, id);
    }

    fn on_have(&mut self, now: Instant, id: ConnectionId, piece: PieceIndex) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        self.board.add(piece.as_usize(), &mut self.rng);
        if self.tally.lacking.contains(piece.as_usize()) {
            connection.peer.pieces.add_wanted();
            connection.peer.set_interest(true);
        }
        self.part_if_done(now, id);
    }

    /// They serve us no longer. With the fast extension each request is answered all the same, if only
    /// by a refusal (BEP 6).
    fn on_choked(&mut self, id: ConnectionId) {
        match self.connections.get(id) {
            Some(connection) if connection.peer.fast.is_agreed() => self.assembly.disown(id),
            _ => self.withdraw_all(id),
        }
    }

    /// A block is free for others at once, and so is a piece that was reserved for this peer.
    fn on_rejected(&mut self, id: ConnectionId, asked: Asked) {
        self.assembly.release(asked);
        if self.connections.get(id).is_some_and(|c| c.suspect || c.peer.choking.they_serve()) {
            self.assembly.disown(id);
        }
        self.refill = true;
    }

    /// Who has everything and who wants nothing more have nothing to say to each other.
    fn part_if_done(&mut self, now: Instant, id: ConnectionId) {
        let connection = self.connections.get(id);
        if self.is_finished() && connection.is_some_and(|c| c.peer.pieces.is_complete()) {
            self.close(now, id, CloseReason::NothingToShare);
        }
    }

    /// We want nothing more: those who have everything are let go.
    pub(super) fn part_from_seeds(&mut self, now: Instant) {
        for id in self.connections.ids() {
            self.part_if_done(now, id);
        }
    }

    /// What time alone does to conversations.
    pub(super) fn check_conversations(&mut self, now: Instant) {
        for id in self.connections.ids() {
            self.withdraw_overdue(now, id);
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            let peer = &mut connection.peer;
            self.refill |= peer.forget_refusals(now);
            let timeouts = peer.requests.timeouts();
            match peer.liveness.lapse(now, peer.is_greeted()) {
                Some(Lapse::NoHandshake(seconds)) => {
                    self.close(now, id, CloseReason::HandshakeTimeout { seconds });
                }
                Some(Lapse::Silent(seconds)) => {
                    self.close(now, id, CloseReason::Silent { seconds });
                }
                None if timeouts >= TIMEOUTS_MAX => {
                    self.close(now, id, CloseReason::Unresponsive { timeouts });
                }
                None => {
                    peer.keep_alive(now);
                    self.list(now, id);
                }
            }
        }
    }

    /// Has the driver close a connection, and forgets it.
    pub(super) fn close(&mut self, now: Instant, id: ConnectionId, reason: CloseReason) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        debug!("{}: {reason}", connection.address);
        self.actions.push_back(Action::Close { connection: id, reason });
        self.forget(now, id, ending(reason));
    }

    /// The connection is gone: what it was asked for is free, and its slot is too.
    pub(super) fn forget(&mut self, now: Instant, id: ConnectionId, ending: Ending) {
        self.withdraw_all(id);
        let Some(connection) = self.connections.remove(id) else {
            return;
        };
        let peer = &connection.peer;
        if connection.counted_as_seed {
            self.board.remove_seed();
        } else {
            for piece in peer.pieces.set().ones() {
                self.board.remove(piece, &mut self.rng);
            }
        }
        if connection.outgoing {
            let useful = peer.download.total() + peer.upload.total() > 0;
            let ending = match ending {
                Ending::Idle if useful => Ending::Useful,
                other => other,
            };
            self.candidates.on_ended(now, connection.address, ending, &mut self.rng);
        }
        // A piece that only this peer had no longer stands in the way of the endgame.
        self.refill = true;
        self.serve_newcomers(now);
        self.connect_more(now);
    }
}

/// What we say first, to whomever.
pub(super) fn our_handshake(info_hash: InfoHash, peer_id: PeerId) -> Handshake {
    Handshake::new(info_hash, peer_id).with_extensions().with_fast()
}

/// What the end of a conversation means for calling that peer again.
pub(super) fn ending(reason: CloseReason) -> Ending {
    match reason {
        CloseReason::Ourselves => Ending::Ourselves,
        CloseReason::NothingToShare => Ending::Seed,
        CloseReason::Protocol(_)
        | CloseReason::OtherTorrent
        | CloseReason::Duplicate
        | CloseReason::Banned
        | CloseReason::Unresponsive { .. } => Ending::Useless,
        CloseReason::HandshakeTimeout { .. }
        | CloseReason::Silent { .. }
        | CloseReason::NotReading { .. }
        | CloseReason::NoMetadata
        | CloseReason::Full
        | CloseReason::Held => Ending::Idle,
    }
}
