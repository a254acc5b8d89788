//! Who is talked with, and who is let go.

use std::time::Instant;

use log::debug;

use super::source::Source;
use super::*;
use crate::peer::Lapse;
use crate::swarm::connections::older_stays;
use crate::swarm::introductions::CLIENT;
use crate::swarm::partings::ending;
use crate::wire::{Extension, ExtensionHandshake, ExtensionIds};

impl Hunt {
    pub(super) fn is_banned(&self, party: Party) -> bool {
        self.records.get(&party).is_some_and(|record| record.is_banned())
    }

    /// Whether to talk with someone who connected to us.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        address: SocketAddr,
        theirs: &Handshake,
    ) -> Result<(), Refusal> {
        let party = Party::of(address);
        if theirs.info_hash != self.info_hash {
            return Err(Refusal::OtherTorrent);
        }
        if theirs.peer_id == self.config.peer_id {
            return Err(Refusal::Ourselves);
        }
        if self.held {
            return Err(Refusal::Held);
        }
        if self.is_banned(party) {
            return Err(Refusal::Banned);
        }
        if self.grudges.is_held_against(now, party) {
            return Err(Refusal::Misbehaved);
        }
        let same = self.connections.iter().filter(|other| !other.outgoing && other.party == party);
        if same.count() >= self.config.per_address_max {
            return Err(Refusal::FullForAddress);
        }
        if let Some((other, stays)) = self.find_other(theirs, None) {
            if stays {
                return Err(Refusal::Duplicate);
            }
            self.close(now, other, CloseReason::Duplicate);
        }
        if self.connections.len() >= self.config.connections_max {
            return Err(Refusal::Full);
        }
        Ok(())
    }

    /// Another connection to the same peer, and whether it stays rather than `new`, which is an
    /// incoming one if it has no number yet.
    fn find_other(
        &self,
        theirs: &Handshake,
        new: Option<ConnectionId>,
    ) -> Option<(ConnectionId, bool)> {
        let (id, other) = self
            .connections
            .entries()
            .find(|(id, other)| other.peer_id == Some(theirs.peer_id) && Some(*id) != new)?;
        let ours = self.config.peer_id;
        Some((id, older_stays(ours, theirs.peer_id, other.outgoing, new.is_some())))
    }

    pub(super) fn open(
        &mut self,
        now: Instant,
        address: SocketAddr,
        theirs: Option<&Handshake>,
    ) -> ConnectionId {
        let mut source = Source::new(now, address, theirs);
        source.is_suspect = self.records.contains_key(&source.party);
        self.connections.insert(|_| source)
    }

    /// Both handshakes are through.
    pub(super) fn on_greeted(&mut self, id: ConnectionId, theirs: &Handshake) {
        let Some(source) = self.connections.get_mut(id) else { return };
        debug!("{}: talking, for the metadata", source.address);
        source.tell_pieces(theirs);
        if theirs.knows_extensions() {
            source.introduce(&ExtensionHandshake {
                extensions: ExtensionIds::ours([Extension::Metadata, Extension::PeerExchange]),
                client: Some(CLIENT.to_owned()),
                listen_port: self.config.listen_port.filter(|_| source.outgoing),
                your_ip: Some(source.ip()),
                ..ExtensionHandshake::default()
            });
        }
    }

    /// The peer we called has answered.
    pub(super) fn on_answer(&mut self, now: Instant, id: ConnectionId, theirs: &Handshake) {
        if theirs.info_hash != self.info_hash {
            return self.close(now, id, CloseReason::OtherTorrent);
        }
        if theirs.peer_id == self.config.peer_id {
            return self.close(now, id, CloseReason::Ourselves);
        }
        if let Some((other, stays)) = self.find_other(theirs, Some(id)) {
            if stays {
                return self.close(now, id, CloseReason::Duplicate);
            }
            self.close(now, other, CloseReason::Duplicate);
        }
        if let Some(source) = self.connections.get_mut(id) {
            source.peer_id = Some(theirs.peer_id);
        }
        self.on_greeted(id, theirs);
    }

    pub(super) fn close(&mut self, now: Instant, id: ConnectionId, reason: CloseReason) {
        let Some(source) = self.connections.get(id) else { return };
        debug!("{}: {reason}", source.address);
        if let CloseReason::Protocol(_) = reason {
            self.grudges.on_breach(now, source.party);
        }
        self.actions.push_back(Action::Close { connection: id, reason });
        self.forget(now, id, ending(reason));
    }

    pub(super) fn forget(&mut self, now: Instant, id: ConnectionId, ending: Ending) {
        self.leave_draft(id);
        let Some(source) = self.connections.remove(id) else { return };
        if source.outgoing {
            self.candidates.on_ended(now, source.address, ending, &mut self.rng);
        }
    }

    /// What time alone does to conversations.
    pub(super) fn check_conversations(&mut self, now: Instant) {
        for id in self.connections.ids() {
            let Some(source) = self.connections.get_mut(id) else { continue };
            if source.is_overdue(now) {
                self.leave_draft(id);
            }
            let Some(source) = self.connections.get_mut(id) else { continue };
            match source.liveness.lapse(now, source.is_greeted()) {
                Some(Lapse::NoHandshake(seconds)) => {
                    self.close(now, id, CloseReason::HandshakeTimeout { seconds });
                }
                Some(Lapse::Silent(seconds)) => {
                    self.close(now, id, CloseReason::Silent { seconds });
                }
                None if source.is_useless(now) => self.close(now, id, CloseReason::NoMetadata),
                None => source.keep_alive(now),
            }
        }
    }
}
