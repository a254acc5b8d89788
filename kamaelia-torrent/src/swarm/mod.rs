//! One torrent, many conversations: what to ask of whom, whom to serve, and when to let go.
//!
//! Comes in: what happened to sockets and disk, and when. Goes out: [`Action`]s. Nothing here opens
//! a socket or file or reads a clock; chance comes from one seed, so the same inputs give the same
//! actions. The driver calls, in any order:
//!
//! - **inputs**, as things happen: [`connected`](Swarm::connected), [`received`](Swarm::received),
//!   [`block_read`](Swarm::block_read), [`piece_stored`](Swarm::piece_stored) and the others;
//! - [`poll_action`](Swarm::poll_action) until it gives `None`, after every input;
//! - [`next_timeout`](Swarm::next_timeout), to know when to call
//!   [`handle_timeout`](Swarm::handle_timeout) if nothing else happens first;
//! - questions, such as [`progress`](Swarm::progress), whenever it likes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, InfoHash, Layout, PieceIndex, PiecePriorities};
use crate::peer::Parcel;
use crate::wire::Handshake;

mod action;
mod assembly;
mod blame;
mod candidates;
mod choking;
mod config;
mod connections;
mod conversations;
mod crowd;
mod download;
mod endgame;
mod evidence;
mod exchange;
mod factory;
mod grudges;
mod hold;
mod hunt;
mod introductions;
mod losses;
mod meetings;
mod nearness;
mod partial;
mod partings;
mod peer_priority;
mod picking;
mod progress;
mod selecting;
mod settling;
mod shedding;
mod sightings;
mod spare_pieces;
mod stalling;
mod steering;
mod streaming;
mod super_seeding;
mod upload;
mod web_fetching;
mod web_seeds;
mod why;

use assembly::Assembly;
use blame::{Blame, Party};
use candidates::{Candidates, Ending};
use choking::Slots;
use connections::Connections;
use evidence::Evidence;
use grudges::Grudges;
use introductions::Ourselves;
use meetings::our_handshake;
use picking::{Board, Deadlines};
use progress::Tally;
use steering::Steering;
use super_seeding::SuperSeeding;
use web_seeds::WebSeeds;

pub use action::{Action, CloseReason, ReadFailed, Refusal};
pub use choking::{Choker, Contender, Round, RoundRobin, StandardChoker, TitForTat};
pub use config::SwarmConfig;
pub use connections::ConnectionId;
pub use crowd::Crowd;
pub use factory::Factory;
pub use hunt::{Acquaintances, Hunt, HuntWhy};
pub use picking::{Choice, Picker, RarestFirst, Rng, Sequential};
pub use progress::{Pieces, Progress, STRETCHES_MAX};
pub use spare_pieces::SparePieces;
pub use web_seeds::{FetchFailed, Outlook, WEB_SEEDS_MAX, WebSeedId, WebSeedState};
pub use why::{PeerCounts, Wanting, Why, WhyPiece};

/// One torrent and all its peers.
pub struct Swarm {
    config: SwarmConfig,
    info_hash: InfoHash,
    layout: Arc<Layout>,
    rng: Rng,
    tally: Tally,
    connections: Connections,
    candidates: Candidates,
    slots: Slots,
    /// Those who have one, interested or not.
    served: Vec<ConnectionId>,
    picker: Box<dyn Picker>,
    board: Board,
    deadlines: Deadlines,
    assembly: Assembly,
    blame: Blame,
    grudges: Grudges,
    evidence: Evidence,
    ourselves: Ourselves,
    web_seeds: WebSeeds,
    super_seeding: Option<SuperSeeding>,
    steering: Steering,
    paused: bool,
    /// Somebody wants it to rest.
    held: bool,
    /// What the driver has not taken yet, `Send`s apart.
    actions: VecDeque<Action>,
    /// Connections with bytes to send.
    ready: VecDeque<ConnectionId>,
    /// Someone found nothing to ask for because memory is full.
    starved: bool,
    /// The picker left someone without work although there was some.
    held_back: bool,
    /// Someone has nothing for us while others have, but do not serve us.
    hungry: bool,
    /// What was owed at the last look by peers who had sent nothing for long.
    stalled: Vec<Block>,
    /// When to look next, if memory is full, for what slow peers hold up.
    next_rescue: Instant,
    /// There may be something to ask for now that was not there before.
    refill: bool,
    /// When something is due, or earlier.
    timer: Option<Instant>,
}

/// Inputs.
impl Swarm {
    /// A swarm without peers. `have` has one bit for each piece that is on disk and right.
    ///
    /// # Panics
    ///
    /// When `have` has not as many bits as the layout has pieces.
    pub fn new(
        config: SwarmConfig,
        info_hash: InfoHash,
        layout: Arc<Layout>,
        have: FixedBitSet,
        seed: u64,
        now: Instant,
    ) -> Self {
        let mut rng = Rng::with_seed(seed);
        let priorities = PiecePriorities::all(&layout);
        let tally = Tally::new(&layout, have, now);
        let super_seeding = config.super_seeding;
        let mut swarm = Swarm {
            picker: config.picker.make(),
            board: Board::new(&tally.have, priorities, &mut rng),
            deadlines: Deadlines::default(),
            assembly: Assembly::new(&layout, config.pieces_in_memory_max, config.block_form),
            ourselves: Ourselves::new(tally.is_finished()),
            tally,
            connections: Connections::default(),
            candidates: Candidates::new(config.candidates_max),
            served: Vec::new(),
            slots: Slots::new(config.choker.make(), config.upload_slots, now),
            blame: Blame::default(),
            grudges: Grudges::default(),
            evidence: Evidence::new(rng.u64(..), config.block_form),
            web_seeds: WebSeeds::default(),
            super_seeding: None,
            steering: Steering::default(),
            paused: false,
            held: false,
            actions: VecDeque::new(),
            ready: VecDeque::new(),
            starved: false,
            held_back: false,
            hungry: false,
            stalled: Vec::new(),
            next_rescue: now,
            refill: false,
            timer: None,
            config,
            info_hash,
            layout,
            rng,
        };
        swarm.set_super_seeding(now, super_seeding);
        swarm
    }

    /// Addresses that may be peers: from a tracker, or from a person. Known ones change nothing.
    pub fn add_candidates(
        &mut self,
        now: Instant,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) {
        for address in addresses {
            self.candidates.add(now, address, &mut self.rng);
        }
        self.connect_more(now);
    }

    /// What we say first on every connection.
    pub fn handshake(&self) -> Handshake {
        our_handshake(self.info_hash, self.config.peer_id)
    }

    /// Pieces that are begun use the memory of these first: whoever stores pieces puts it there.
    pub fn set_spare_pieces(&mut self, spare: SparePieces) {
        self.assembly.set_spare(spare);
    }

    /// Takes over from the hunt that found the metadata: whom it met is called before all others.
    pub fn take_over(&mut self, now: Instant, acquaintances: Acquaintances) {
        let Acquaintances { met, heard_of, hearsay } = acquaintances;
        let is_private = self.is_private();
        let may_be_called = |address: &SocketAddr| !is_private || !hearsay.contains(address);
        for address in met.into_iter().filter(may_be_called) {
            self.candidates.add_first(now, address, &mut self.rng);
        }
        self.add_candidates(now, heard_of.into_iter().filter(may_be_called));
    }

    /// A connection asked for by [`Action::Connect`] is up. Everything it brings, the handshake
    /// included, goes to [`received`](Self::received).
    pub fn connected(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
        self.on_connected(now, address, false)
    }

    /// The same, when the driver has sent our [`handshake`](Self::handshake) already, as those do
    /// who agree on encryption first.
    pub fn connected_and_greeted(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
        self.on_connected(now, address, true)
    }

    /// A connection asked for by [`Action::Connect`] did not come up.
    pub fn connect_failed(&mut self, now: Instant, address: SocketAddr) {
        self.candidates.on_failed(now, address, &mut self.rng);
        self.connect_more(now);
    }

    /// Someone connected to us, and the driver has read the handshake to learn which torrent it is
    /// about. Bytes after the handshake go to [`received`](Self::received).
    pub fn accepted(
        &mut self,
        now: Instant,
        address: SocketAddr,
        handshake: Handshake,
    ) -> Result<ConnectionId, Refusal> {
        self.admit(now, address, &handshake)?;
        self.tally.was_called = true;
        let id = self.open(now, address, Some(handshake));
        self.on_greeted(now, id, &handshake);
        self.serve(now, id);
        self.settle(now);
        Ok(id)
    }

    /// Bytes from a connection, in any split. A block's data is copied once, from here into its
    /// piece, when the slice holds the whole message.
    pub fn received(&mut self, now: Instant, connection: ConnectionId, bytes: &[u8]) {
        let mut input = bytes;
        while self.receive_one(now, connection, &mut input) {}
        self.serve_stirred(now, connection);
        self.settle(now);
    }

    /// `queued` bytes for this connection wait in the driver's buffer, omitted ones included. Say so
    /// after every attempt to write, zero included: uploads are paced by this, and a peer is taken for
    /// one that does not read when what it was sent is never reported gone.
    pub fn drained(&mut self, now: Instant, connection: ConnectionId, queued: usize) {
        if let Some(connection) = self.connections.get_mut(connection) {
            connection.peer.sending.on_drained(queued);
        }
        self.read_ahead(now, connection);
        self.serve_metadata(connection);
        self.list(now, connection);
        self.settle(now);
    }

    /// The socket is gone, closed by the other side or broken.
    pub fn closed(&mut self, now: Instant, connection: ConnectionId) {
        self.forget(now, connection, Ending::Idle);
        self.settle(now);
    }

    /// The answer to [`Action::Read`]: the block, or its mark if blocks are abridged. The buffer of a
    /// whole block goes to the wire as it is.
    pub fn block_read(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        block: Block,
        data: Result<Vec<u8>, ReadFailed>,
    ) {
        self.on_block_read(now, connection, block, data.ok());
        self.read_ahead(now, connection);
        self.list(now, connection);
        self.settle(now);
    }

    /// Answer to [`Action::Store`]: the piece is right and written.
    pub fn piece_stored(&mut self, now: Instant, piece: PieceIndex) {
        self.on_stored(now, piece);
        self.settle(now);
    }

    /// Answer to [`Action::Store`]: the hash does not agree. The piece is fetched again, and whoever
    /// sent it is held to account.
    /// `data` are the bytes that [`Action::Store`] brought.
    pub fn piece_corrupt(&mut self, now: Instant, piece: PieceIndex, data: &[u8]) {
        self.on_corrupt(now, piece, data);
        self.settle(now);
    }

    /// Answer to [`Action::Store`]: the disk failed, and nobody is to blame. The piece is fetched
    /// again, at once unless the driver pauses the swarm first.
    pub fn piece_not_stored(&mut self, now: Instant, piece: PieceIndex) {
        if self.assembly.finish(piece).is_some() {
            self.board.reopen(piece);
            self.refill = true;
        }
        self.settle(now);
    }

    /// Asks for nothing and serves nothing until [`resume`](Self::resume); connections stay open.
    pub fn pause(&mut self, now: Instant) {
        self.paused = true;
        self.ask_nobody(now);
        self.recall_web_seeds(now);
        self.serve_nobody(now);
        self.settle(now);
    }

    /// Goes on after [`pause`](Self::pause).
    pub fn resume(&mut self, now: Instant) {
        self.paused = false;
        self.refill = true;
        self.rechoke(now);
        self.connect_more(now);
        self.settle(now);
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.check_conversations(now);
        if self.next_rechoke().is_some_and(|due| due <= now) {
            self.rechoke(now);
        }
        self.serve_newcomers(now);
        self.exchange_peers(now);
        self.connect_more(now);
        self.wake_web_seeds(now);
        // What was held up may be old enough to be asked for elsewhere.
        self.refill |= self.starved | std::mem::take(&mut self.held_back);
        self.look_for_the_stalled(now);
        // Those without other work may be asked for what is needed soon, or waits for one hand.
        self.refill |= !self.deadlines.is_empty() || self.assembly.owned().next().is_some();
        if self.next_show().is_some_and(|due| due <= now) {
            self.show_more(now);
        }
        self.set_timer(now);
        self.settle(now);
    }
}

/// Outputs.
impl Swarm {
    /// When to call [`handle_timeout`](Self::handle_timeout), if anything will ever be due.
    pub fn next_timeout(&self) -> Option<Instant> {
        self.timer
    }

    /// What to do next, in the order to do it; `None` until the next input.
    pub fn poll_action(&mut self) -> Option<Action> {
        if let Some(action) = self.actions.pop_front() {
            return Some(action);
        }
        while let Some(connection) = self.ready.front().copied() {
            if let Some(Parcel { bytes, omitted }) = self.next_parcel(connection) {
                return Some(Action::Send { connection, bytes, omitted });
            }
            self.ready.pop_front();
        }
        None
    }
}

/// Questions.
impl Swarm {
    /// One bit for each piece that is stored.
    pub fn have(&self) -> &FixedBitSet {
        &self.tally.have
    }

    /// Whether every piece is stored; true at once for a torrent without pieces.
    pub fn is_complete(&self) -> bool {
        self.tally.is_complete()
    }

    /// Whether every piece that is wanted is stored. A finished torrent that is not complete is a
    /// partial seed (BEP 21).
    pub fn is_finished(&self) -> bool {
        self.tally.is_finished()
    }

    /// Whether the driver has paused it.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Bytes in the pieces that are wanted.
    pub fn bytes_wanted(&self) -> u64 {
        self.tally.bytes_wanted
    }

    /// Bytes in the pieces we lack, wanted or not: what a tracker is told.
    pub fn bytes_left(&self) -> u64 {
        self.tally.bytes_left
    }

    /// Bytes of blocks received, for the tracker.
    pub fn downloaded(&self) -> u64 {
        self.tally.download.total()
    }

    /// Bytes of all blocks that came, asked for or not.
    pub(crate) fn arrived(&self) -> u64 {
        self.downloaded() + self.tally.unasked
    }

    /// Bytes of blocks sent, for the tracker.
    pub fn uploaded(&self) -> u64 {
        self.tally.upload.total()
    }

    /// Whether what comes from this address is watched: it had a part in a corrupt piece, and is not
    /// cleared.
    pub fn is_suspect(&self, address: SocketAddr) -> bool {
        self.blame.is_suspect(Party::of(address))
    }

    /// Whether more addresses would be of use: there is room for more connections than there are
    /// addresses to try.
    pub fn wants_peers(&self) -> bool {
        let coming = self.connections.len() + self.candidates.connecting();
        !self.paused
            && !self.held
            && self.layout.piece_count() > 0
            && coming + self.candidates.hopeful() < self.config.connections_max
    }

    /// All numbers at this moment.
    pub fn progress(&self, now: Instant) -> Progress {
        let greeted = || self.connections.iter().filter(|c| c.peer.is_greeted());
        let seeds = greeted().filter(|c| c.peer.pieces.is_complete()).count();
        Progress {
            bytes_total: self.layout.total_length(),
            bytes_left: self.tally.bytes_left,
            bytes_wanted: self.tally.bytes_wanted,
            bytes_wanted_left: self.tally.bytes_wanted_left,
            downloaded: self.tally.download.total(),
            uploaded: self.tally.upload.total(),
            wasted: self.tally.wasted,
            download_rate: self.tally.download.per_second(now),
            upload_rate: self.tally.upload.per_second(now),
            seeds,
            leechers: greeted().count() - seeds,
            copies: self.board.copies(),
            pieces: self.tally.counts(self.assembly.len()),
            stretches: self.tally.stretches(),
            was_called: self.tally.was_called,
        }
    }
}
