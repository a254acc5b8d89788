//! Why nothing moves, in one sentence, from what the swarm knows.
//!
//! [`Swarm::why`] answers for the torrent, [`Swarm::why_piece`] for one piece. Both give a value to
//! look at, and the value can be shown to a person. Nothing here changes anything, and nothing is
//! counted before somebody asks.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::PieceIndex;
use crate::swarm::connections::Connection;
use crate::swarm::{Swarm, WebSeedState};

mod piece;
mod sentence;

pub use piece::WhyPiece;

/// How a torrent stands. Shown, it is one sentence, without a full stop.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The driver has paused it, and knows the reason.
    Paused,
    /// Every piece is stored.
    Complete,
    /// Every piece that is wanted is stored, and so many others are not.
    Finished {
        /// Pieces that were not wanted.
        skipped: usize,
    },
    /// Something is missing.
    Wanting(Wanting),
}

/// What is known about a torrent that lacks something.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Wanting {
    /// Bytes of blocks a second.
    pub download_rate: f64,
    /// Peers, by what they are to us. All handshakes are through.
    pub peers: PeerCounts,
    /// Web seeds that serve us.
    pub web_seeds: usize,
    /// Connections being opened, or without an answer to our handshake.
    pub connecting: usize,
    /// Addresses that wait to be tried.
    pub addresses: usize,
    /// How long until the next of them is.
    pub next_try: Option<Duration>,
    /// The first piece that is wanted and that no connected peer has, and how many there are.
    pub nobody_has: Option<(PieceIndex, usize)>,
    /// The same of those that only peers have who choke us, refuse them or are silent.
    pub nobody_gives: Option<(PieceIndex, usize)>,
    /// Pieces that the driver has and has not yet stored.
    pub storing: usize,
    /// Nothing is begun, since pieces that are being put together take up all memory.
    pub memory_is_full: bool,
    /// The picker leaves peers without work although they have what is wanted.
    pub picker_waits: bool,
}

/// Peers, each counted once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct PeerCounts {
    /// They have nothing we lack and want.
    pub useless: usize,
    /// They have, and do not serve us.
    pub choking: usize,
    /// They let our requests time out and have sent nothing since.
    pub silent: usize,
    /// They owe us blocks, and send.
    pub sending: usize,
    /// They owe us blocks, and have sent none lately.
    pub asked: usize,
    /// They would serve us, but others were asked for all they have, or they have refused it.
    pub idle: usize,
}

impl PeerCounts {
    /// All of them.
    pub fn all(&self) -> usize {
        self.useless + self.choking + self.silent + self.sending + self.asked + self.idle
    }

    fn add(&mut self, kind: PeerKind) {
        *match kind {
            PeerKind::Useless => &mut self.useless,
            PeerKind::Choking => &mut self.choking,
            PeerKind::Silent => &mut self.silent,
            PeerKind::Sending => &mut self.sending,
            PeerKind::Asked => &mut self.asked,
            PeerKind::Idle => &mut self.idle,
        } += 1;
    }
}

/// What one peer is to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum PeerKind {
    Useless,
    Choking,
    Silent,
    Sending,
    Asked,
    Idle,
}

impl Swarm {
    /// Why this torrent is not done, or that it is.
    pub fn why(&self, now: Instant) -> Why {
        if self.paused {
            return Why::Paused;
        }
        if self.is_complete() {
            return Why::Complete;
        }
        if self.is_finished() {
            return Why::Finished { skipped: self.tally.have.count_zeroes(..) };
        }
        let mut peers = PeerCounts::default();
        for connection in self.connections.iter().filter(|c| c.peer.is_greeted()) {
            peers.add(kind(connection, now, connection.peer.pieces.any_wanted()));
        }
        let given = self.pieces_given();
        let next_try = self.candidates.next_due(true).map(|due| due.saturating_duration_since(now));
        Why::Wanting(Wanting {
            download_rate: self.tally.download.per_second(now),
            peers,
            web_seeds: self.working_web_seeds(),
            connecting: self.candidates.connecting() + self.connections.len() - peers.all(),
            addresses: self.candidates.waiting(),
            next_try,
            nobody_has: self.first_lacking(|piece| self.board.availability(piece) == 0),
            nobody_gives: self.first_lacking(|piece| {
                self.board.availability(piece) > 0 && !given.contains(piece.as_usize())
            }),
            storing: self.assembly.storing(),
            memory_is_full: self.starved,
            picker_waits: self.held_back,
        })
    }

    fn working_web_seeds(&self) -> usize {
        let works = |state: &WebSeedState| {
            matches!(state, WebSeedState::Idle | WebSeedState::Fetching { .. })
        };
        self.web_seeds().filter(|(_, state)| works(state)).count()
    }

    /// Pieces that someone can be asked for who has not just let us wait.
    fn pieces_given(&self) -> FixedBitSet {
        let mut given = FixedBitSet::with_capacity(self.layout.piece_count() as usize);
        if self.working_web_seeds() > 0 {
            given.insert_range(..);
        }
        let giving = self.connections.iter().filter(|c| !c.peer.requests.is_snubbed());
        giving.for_each(|connection| given.union_with(connection.peer.obtainable()));
        given
    }

    /// The first such piece that is wanted and not here, and how many there are.
    fn first_lacking(&self, is_such: impl Fn(PieceIndex) -> bool) -> Option<(PieceIndex, usize)> {
        let lacking = self.tally.lacking.ones().filter_map(|index| self.layout.piece(index as u32));
        let mut lacking =
            lacking.filter(|piece| is_such(*piece) && !self.assembly.is_whole(*piece));
        let first = lacking.next()?;
        Some((first, 1 + lacking.count()))
    }
}

/// What a peer is to us that has something we want, or not.
fn kind(connection: &Connection, now: Instant, has_some: bool) -> PeerKind {
    let peer = &connection.peer;
    if !has_some {
        PeerKind::Useless
    } else if peer.requests.is_snubbed() {
        PeerKind::Silent
    } else if peer.requests.len() > 0 {
        match peer.download.per_second(now) > 0.0 {
            true => PeerKind::Sending,
            false => PeerKind::Asked,
        }
    } else if peer.choking.they_serve() {
        PeerKind::Idle
    } else {
        PeerKind::Choking
    }
}
