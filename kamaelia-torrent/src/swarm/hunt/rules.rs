//! Who is talked with, who is asked for what, and who is let go.

use std::time::Instant;

use log::debug;

use super::draft::Outcome;
use super::source::{Heard, Source};
use super::*;
use crate::peer::Lapse;
use crate::swarm::connections::older_stays;
use crate::swarm::partings::ending;
use crate::wire::{Extension, ExtensionHandshake, ExtensionIds};

/// False metadata that one peer alone may send before it is banned: one could be a piece that was
/// torn on the way.
const FALSE_MAX: u32 = 2;

/// Parties remembered for false metadata. Beyond that none is added: a hunt among so many liars is
/// lost anyway.
const RECORDS_MAX: usize = 4_096;

/// Bytes that may wait for a peer. All we say is short, so more means that it does not read.
const WAITING_MAX: usize = 64 * 1024;

/// What is held against a party.
#[derive(Clone, Copy, Default)]
pub(super) struct Record {
    /// False metadata that came from it alone.
    proven: u32,
}

impl Record {
    pub(super) fn is_banned(self) -> bool {
        self.proven >= FALSE_MAX
    }
}

/// Conversations begin and end.
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
                your_ip: Some(source.ip()),
                ..ExtensionHandshake::default()
            });
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

/// What is said, and what it leads to.
impl Hunt {
    /// Takes one message off the front of the input; false when there is no whole one.
    pub(super) fn receive_one(
        &mut self,
        now: Instant,
        id: ConnectionId,
        input: &mut &[u8],
    ) -> bool {
        let Some(source) = self.connections.get_mut(id) else { return false };
        let (address, party, draft) = (source.address, source.party, source.draft);
        match source.receive(now, input) {
            Ok(Some(Heard::Greeted(theirs))) => self.on_answer(now, id, &theirs),
            Ok(Some(Heard::Piece { number, data })) => {
                if let Some(draft) = draft {
                    let outcome = self.drafts.put(draft, number, data, party, self.info_hash);
                    self.on_outcome(now, party, outcome);
                }
            }
            Ok(Some(Heard::Refused(piece))) => {
                if let Some(draft) = draft {
                    self.drafts.withdraw(draft, piece);
                }
                self.leave_draft(id);
                if self.connections.get(id).is_some_and(|source| source.is_useless(now)) {
                    self.close(now, id, CloseReason::NoMetadata);
                }
            }
            Ok(Some(Heard::Peers(peers))) => {
                self.candidates.hear_of(now, address, &peers, &mut self.rng);
            }
            Ok(Some(Heard::Introduced | Heard::Nothing)) => {}
            Ok(None) => return false,
            Err(error) => self.close(now, id, CloseReason::Protocol(error)),
        }
        true
    }

    fn on_outcome(&mut self, now: Instant, sender: Party, outcome: Outcome) {
        match outcome {
            Outcome::Waiting => {}
            Outcome::Found(metadata) => self.found = Some(metadata),
            Outcome::WrongLength => self.blame(now, &[sender]),
            Outcome::False(senders) => self.blame(now, &senders),
        }
    }

    /// These have sent false metadata together: each is a suspect, and one alone has proven it.
    fn blame(&mut self, now: Instant, senders: &[Party]) {
        for sender in senders {
            if self.records.len() < RECORDS_MAX || self.records.contains_key(sender) {
                let record = self.records.entry(*sender).or_default();
                record.proven += u32::from(senders.len() == 1);
            }
        }
        for id in self.connections.ids() {
            let Some(source) = self.connections.get_mut(id) else { continue };
            let (address, party) = (source.address, source.party);
            if !senders.contains(&party) {
                continue;
            }
            source.is_suspect = true;
            self.leave_draft(id);
            if self.is_banned(party) {
                self.close(now, id, CloseReason::Banned);
                self.candidates.forget(address);
            }
        }
    }
}

/// What every input ends with.
impl Hunt {
    /// Calls whom it may, asks whom it can, and hands over what there is to send.
    pub(super) fn settle(&mut self, now: Instant) {
        self.connect_more(now);
        self.ask_all(now);
        self.send_all(now);
        self.set_timer(now);
    }

    fn connect_more(&mut self, now: Instant) {
        while self.may_connect() {
            let Some(address) = self.candidates.poll(now, true) else { break };
            if self.is_banned(Party::of(address)) {
                self.candidates.forget(address);
                continue;
            }
            self.actions.push_back(Action::Connect(address));
        }
    }

    fn may_connect(&self) -> bool {
        let connecting = self.candidates.connecting();
        !self.held
            && connecting < self.config.half_open_max
            && self.connections.len() + connecting < self.config.connections_max
    }

    /// Gives everybody who can help a draft, and asks for what it lacks. Those who have answered
    /// best come first, since places are few.
    fn ask_all(&mut self, now: Instant) {
        let mut ids: Vec<_> = self
            .connections
            .entries()
            .filter(|(_, source)| source.offers(now).is_some())
            .map(|(id, source)| (source.refusals(), id))
            .collect();
        ids.sort_unstable();
        for (_, id) in ids {
            self.ask(now, id);
        }
    }

    fn ask(&mut self, now: Instant, id: ConnectionId) {
        if self
            .connections
            .get(id)
            .and_then(|s| s.draft)
            .is_some_and(|draft| !self.drafts.has(draft))
        {
            // It had to give way to another.
            self.leave_draft(id);
        }
        let Some(source) = self.connections.get_mut(id) else { return };
        let Some(size) = source.offers(now) else { return };
        if source.draft.is_none() {
            let alone = source.is_suspect.then_some(id);
            source.draft = self.drafts.join(now, size, alone);
        }
        let Some(draft) = source.draft else { return };
        if source.is_asked() {
            return;
        }
        if let Some(piece) = self.drafts.ask(draft) {
            source.ask(now, piece);
        }
    }

    /// Takes back what a peer was asked for, and lets it join another draft.
    fn leave_draft(&mut self, id: ConnectionId) {
        let Some(source) = self.connections.get_mut(id) else { return };
        let Some(draft) = source.draft.take() else { return };
        if let Some(piece) = source.withdraw() {
            self.drafts.withdraw(draft, piece);
        }
        self.drafts.leave(draft);
    }

    fn send_all(&mut self, now: Instant) {
        for id in self.connections.ids() {
            let Some(source) = self.connections.get_mut(id) else { continue };
            let bytes = source.sending.waiting();
            if bytes > WAITING_MAX {
                self.close(now, id, CloseReason::NotReading { bytes });
                continue;
            }
            while let Some(bytes) = source.sending.poll() {
                source.liveness.on_said(now);
                self.actions.push_back(Action::Send { connection: id, bytes });
            }
        }
    }

    fn set_timer(&mut self, now: Instant) {
        let conversations = self.connections.iter().map(|source| source.next_timeout(now)).min();
        let connect = self.may_connect().then(|| self.candidates.next_due(true)).flatten();
        let eviction = self.drafts.next_eviction().filter(|at| *at > now);
        self.timer = [conversations, connect, eviction].into_iter().flatten().min();
    }
}
