//! With whom conversations begin: whom we call, who may call us, and which of two calls stays.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use log::debug;

use crate::metainfo::{InfoHash, PeerId};
use crate::peer::Peer;
use crate::swarm::blame::Party;
use crate::swarm::connections::{Connection, Service, older_stays};
use crate::swarm::exchange::Exchange;
use crate::swarm::upload::asks_for_nothing;
use crate::swarm::{Action, CloseReason, ConnectionId, Refusal, Swarm};
use crate::wire::Handshake;

/// How long a newcomer may take to find something to want, or to ask for it, before it gives way to
/// another.
const IDLE_FOR: Duration = Duration::from_secs(20);

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
        // Called before it was known that the torrent is private, or moved: only those may be in it
        // whom its tracker names (BEP 27).
        let is_stranger = self.is_private() && !self.candidates.knows(address);
        if !is_stranger {
            self.candidates.on_connected(now, address, &mut self.rng);
        }
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
        } else if is_stranger {
            self.close(now, id, CloseReason::Unwanted);
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
        if self.grudges.is_held_against(now, Party::of(address)) {
            return Err(Refusal::Misbehaved);
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
            let idle = self.idlest(now).ok_or(Refusal::Full)?;
            self.close(now, idle, CloseReason::Full);
        }
        Ok(())
    }

    /// Of those who only take up a place, the one who has come first: somebody of whom we want nothing,
    /// and who wants nothing of us either, or says so and makes no use of it.
    pub(super) fn idlest(&self, now: Instant) -> Option<ConnectionId> {
        let is_idle = |c: &&Connection| match c.peer.choking.they_want() {
            _ if c.peer.choking.we_want() => false,
            true => self.is_finished() && asks_for_nothing(c, IDLE_FOR, now),
            false => has_never_traded(c, now),
        };
        let idle = self.connections.iter().filter(is_idle);
        idle.min_by_key(|connection| connection.began).map(|connection| connection.id)
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
        let (ours, form) = (self.handshake(), self.config.block_form);
        let peer = match theirs {
            Some(_) => Peer::answering(now, ours, &self.layout, form),
            None => Peer::calling(now, ours, &self.layout, form),
        };
        let party = Party::of(address);
        self.wake_by(peer.next_timeout());
        self.connections.insert(|id| Connection {
            id,
            address,
            party,
            outgoing: theirs.is_none(),
            began: now,
            peer_id: theirs.map(|theirs| theirs.peer_id),
            peer,
            suspect: self.blame.is_suspect(party),
            current: None,
            is_idle: false,
            is_stirred: false,
            counted_as_seed: false,
            service: Service::default(),
            shown: None,
            advice: Vec::new(),
            listed: false,
            listens_at: None,
            exchange: Exchange::default(),
        })
    }

    /// The peer we called has answered.
    pub(super) fn on_answer(&mut self, now: Instant, id: ConnectionId, theirs: &Handshake) {
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
        let gives_freely = !self.is_steering() && !self.slots.are_none();
        if let Some(connection) = self.connections.get_mut(id) {
            debug!("{}: talking", connection.address);
            connection.peer.greet(theirs, connection.address.ip());
            if !gives_freely {
                connection.peer.fast.withhold();
            }
            let due = connection.peer.next_timeout();
            self.wake_by(due);
        }
        self.tell_what_we_have(id);
        self.introduce(id);
        self.show_more(now);
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
}

/// Whether it came a while ago, and has neither given nor taken anything.
fn has_never_traded(connection: &Connection, now: Instant) -> bool {
    let peer = &connection.peer;
    peer.download.total() + peer.upload.total() == 0 && connection.began + IDLE_FOR <= now
}

/// What we say first, to whomever.
pub(super) fn our_handshake(info_hash: InfoHash, peer_id: PeerId) -> Handshake {
    Handshake::new(info_hash, peer_id).with_extensions().with_fast()
}
