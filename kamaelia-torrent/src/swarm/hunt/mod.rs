//! A torrent of which nothing is known but the info-hash: finding its metadata (BEP 9).
//!
//! Comes in: what happened to sockets, and when. Goes out: [`Action`]s, of which only those about
//! connections occur, and in the end the metadata. The driver treats it as it treats a
//! [`Swarm`](super::Swarm), and asks [`Hunt::take_found`] after every input. Then the hunt is over,
//! and [`Hunt::into_acquaintances`] tells whom the swarm should call.
//!
//! Connections are not handed over: the driver closes them, and the swarm calls the same peers
//! again, at once and before all others. That costs each a new connection and handshake, a few
//! round trips once in the life of a torrent, and a peer that called us and did not say where it
//! listens has to call again. In return a conversation always has one owner, from its first byte
//! on: nothing that was said before the pieces were known has to be kept, for as long as files are
//! checked, and understood later; and BEP 3 lets nobody tell what is on disk in one bitfield but at
//! the beginning.
//!
//! Whether the torrent is private (BEP 27) stands in the metadata, so nobody can know it here: peers
//! are heard of in every way, and told apart for the swarm, which knows.

mod asking;
mod draft;
mod hearing;
mod meetings;
mod source;
mod why;

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use fastrand::Rng;

use super::blame::Party;
use super::candidates::{Candidates, Ending};
use super::connections::Connections;
use super::grudges::Grudges;
use super::meetings::our_handshake;
use super::{Action, CloseReason, ConnectionId, Refusal, SwarmConfig};
use crate::metainfo::InfoHash;
use crate::wire::Handshake;
use draft::Drafts;
use hearing::Record;
use source::Source;

pub use why::HuntWhy;

/// The search for one torrent's metadata.
pub struct Hunt {
    config: SwarmConfig,
    info_hash: InfoHash,
    rng: Rng,
    connections: Connections<Source>,
    candidates: Candidates,
    drafts: Drafts,
    /// Who had a part in false metadata.
    records: BTreeMap<Party, Record>,
    grudges: Grudges,
    held: bool,
    actions: VecDeque<Action>,
    found: Option<Vec<u8>>,
    timer: Option<Instant>,
}

/// Whom a hunt has met, for the swarm that follows it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Acquaintances {
    /// Those it talked with: to be called first, in this order.
    pub met: Vec<SocketAddr>,
    /// Those it has only heard of.
    pub heard_of: Vec<SocketAddr>,
    /// Those of either kind that neither a tracker nor a person has named: for a private torrent,
    /// they are nobody (BEP 27).
    pub hearsay: Vec<SocketAddr>,
}

/// Inputs.
impl Hunt {
    /// A hunt without peers.
    pub fn new(config: SwarmConfig, info_hash: InfoHash, seed: u64) -> Self {
        Hunt {
            candidates: Candidates::new(config.candidates_max),
            config,
            info_hash,
            rng: Rng::with_seed(seed),
            connections: Connections::default(),
            drafts: Drafts::default(),
            records: BTreeMap::new(),
            grudges: Grudges::default(),
            held: false,
            actions: VecDeque::new(),
            found: None,
            timer: None,
        }
    }

    /// Addresses that may be peers. Known ones change nothing.
    pub fn add_candidates(
        &mut self,
        now: Instant,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) {
        for address in addresses {
            self.candidates.add(now, address, &mut self.rng);
        }
        self.settle(now);
    }

    /// The same, from somebody whose word does not count if the torrent is found to be private.
    pub fn overhear(&mut self, now: Instant, address: SocketAddr) {
        self.candidates.overhear(now, address, &mut self.rng);
        self.settle(now);
    }

    /// A connection asked for by [`Action::Connect`] is up.
    pub fn connected(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
        let id = self.connected_and_greeted(now, address);
        let ours = self.handshake();
        if let Some(source) = self.connections.get_mut(id) {
            source.greet(&ours);
        }
        self.settle(now);
        id
    }

    /// The same, when the driver has sent our [`handshake`](Self::handshake) already.
    pub fn connected_and_greeted(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
        self.candidates.on_connected(now, address, &mut self.rng);
        let full = self.connections.len() >= self.config.connections_max;
        let id = self.open(now, address, None);
        if self.held {
            self.close(now, id, CloseReason::Held);
        } else if self.is_banned(Party::of(address)) {
            self.close(now, id, CloseReason::Banned);
        } else if full {
            self.close(now, id, CloseReason::Full);
        }
        self.settle(now);
        id
    }

    /// Our side of the handshake: that of a swarm, since a call may be answered when it is one.
    pub fn handshake(&self) -> Handshake {
        our_handshake(self.info_hash, self.config.peer_id)
    }

    /// A connection asked for by [`Action::Connect`] did not come up.
    pub fn connect_failed(&mut self, now: Instant, address: SocketAddr) {
        self.candidates.on_failed(now, address, &mut self.rng);
        self.settle(now);
    }

    /// Someone connected to us, and the driver has read their handshake.
    pub fn accepted(
        &mut self,
        now: Instant,
        address: SocketAddr,
        handshake: Handshake,
    ) -> Result<ConnectionId, Refusal> {
        self.admit(now, address, &handshake)?;
        let id = self.open(now, address, Some(&handshake));
        let ours = self.handshake();
        if let Some(source) = self.connections.get_mut(id) {
            source.greet(&ours);
        }
        self.on_greeted(id, &handshake);
        self.settle(now);
        Ok(id)
    }

    /// Bytes from a connection, in any split.
    pub fn received(&mut self, now: Instant, connection: ConnectionId, bytes: &[u8]) {
        let mut input = bytes;
        while self.receive_one(now, connection, &mut input) {}
        self.settle(now);
    }

    /// So many bytes for this connection wait in the driver's buffer.
    pub fn drained(&mut self, now: Instant, connection: ConnectionId, queued: usize) {
        if let Some(source) = self.connections.get_mut(connection) {
            source.sending.on_drained(queued);
        }
        self.settle(now);
    }

    /// The socket is gone.
    pub fn closed(&mut self, now: Instant, connection: ConnectionId) {
        self.forget(now, connection, Ending::Idle);
        self.settle(now);
    }

    /// Lets every peer go, and neither calls nor takes any until [`release`](Self::release). What
    /// has come is kept.
    pub fn hold(&mut self, now: Instant) {
        self.held = true;
        for id in self.connections.ids() {
            self.close(now, id, CloseReason::Held);
        }
        self.settle(now);
    }

    /// Goes on after [`hold`](Self::hold).
    pub fn release(&mut self, now: Instant) {
        self.held = false;
        self.settle(now);
    }

    /// Lets go of all peers at such addresses.
    pub fn part_from(&mut self, now: Instant, is_unwanted: impl Fn(IpAddr) -> bool) {
        for id in self.connections.ids() {
            let source = self.connections.get(id);
            if source.is_some_and(|source| is_unwanted(source.ip())) {
                self.close(now, id, CloseReason::Unwanted);
            }
        }
        self.settle(now);
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.check_conversations(now);
        self.settle(now);
    }
}

/// Outputs.
impl Hunt {
    /// When to call [`handle_timeout`](Self::handle_timeout), if anything will ever be due.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timer
    }

    /// What to do next, in the order to do it; `None` until the next input.
    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// The metadata, once, when its hash is the one that was looked for.
    pub fn take_found(&mut self) -> Option<Vec<u8>> {
        self.found.take()
    }

    /// Whom to call now that the metadata is known.
    pub fn into_acquaintances(self) -> Acquaintances {
        let mut met: Vec<&Source> =
            self.connections.iter().filter(|source| source.is_greeted()).collect();
        met.sort_by_key(|source| (!source.has_given, !source.has_metadata()));
        let honest = |address: &SocketAddr| !self.is_banned(Party::of(*address));
        let callers = met.iter().filter(|source| !source.outgoing);
        let mut hearsay: Vec<SocketAddr> =
            callers.filter_map(|source| source.call_address()).collect();
        hearsay.extend(self.candidates.hearsay());
        let met: Vec<SocketAddr> =
            met.iter().filter_map(|source| source.call_address()).filter(honest).collect();
        let known = self.candidates.by_promise().into_iter();
        let heard_of = known.filter(|address| !met.contains(address)).filter(honest).collect();
        Acquaintances { met, heard_of, hearsay }
    }
}

/// Questions.
impl Hunt {
    /// Whether more addresses would be of use.
    pub fn wants_peers(&self) -> bool {
        let coming = self.connections.len() + self.candidates.connecting();
        !self.held && coming + self.candidates.hopeful() < self.config.connections_max
    }

    /// Peers it talks with.
    pub fn peers(&self) -> usize {
        self.connections.iter().filter(|source| source.is_greeted()).count()
    }

    /// Why the metadata is not there.
    pub fn why(&self) -> HuntWhy {
        let greeted = || self.connections.iter().filter(|source| source.is_greeted());
        HuntWhy {
            peers: greeted().count(),
            with_metadata: greeted().filter(|source| source.has_metadata()).count(),
            answering: greeted()
                .filter(|source| source.refusals() == 0 && source.has_metadata())
                .count(),
            calling: self.connections.len() - greeted().count() + self.candidates.connecting(),
            to_call: self.candidates.waiting(),
            liars: self.records.values().filter(|record| record.is_banned()).count(),
            pieces: self.drafts.best(),
        }
    }
}

#[cfg(test)]
mod tests;
