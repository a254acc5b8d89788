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

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, InfoHash, Layout, PieceIndex};
use crate::wire::Handshake;

mod action;
mod config;
mod connections;
mod progress;

pub use action::{Action, CloseReason, ReadFailed, Refusal};
pub use config::SwarmConfig;
pub use connections::ConnectionId;
pub use progress::Progress;

/// One torrent and all its peers.
pub struct Swarm {}

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
        todo!()
    }

    /// Addresses that may be peers: from a tracker, or from a person. Known ones change nothing.
    pub fn add_candidates(
        &mut self,
        now: Instant,
        addresses: impl IntoIterator<Item = SocketAddr>,
    ) {
        todo!()
    }

    /// A connection asked for by [`Action::Connect`] is up. Everything it brings, the handshake
    /// included, goes to [`received`](Self::received).
    pub fn connected(&mut self, now: Instant, address: SocketAddr) -> ConnectionId {
        todo!()
    }

    /// A connection asked for by [`Action::Connect`] did not come up.
    pub fn connect_failed(&mut self, now: Instant, address: SocketAddr) {
        todo!()
    }

    /// Someone connected to us, and the driver has read the handshake to learn which torrent it is
    /// about. Bytes after the handshake go to [`received`](Self::received).
    pub fn accepted(
        &mut self,
        now: Instant,
        address: SocketAddr,
        handshake: Handshake,
    ) -> Result<ConnectionId, Refusal> {
        todo!()
    }

    /// Bytes from a connection, in any split. A block's data is copied once, from here into its
    /// piece, when the slice holds the whole message.
    pub fn received(&mut self, now: Instant, connection: ConnectionId, bytes: &[u8]) {
        todo!()
    }

    /// The driver's buffer for this connection has shrunk to `queued` bytes. Uploads are paced by
    /// this: after a `Send` that was not taken whole, call it as the socket takes more, the end
    /// (`queued` = 0) included.
    pub fn drained(&mut self, now: Instant, connection: ConnectionId, queued: usize) {
        todo!()
    }

    /// The socket is gone, closed by the other side or broken.
    pub fn closed(&mut self, now: Instant, connection: ConnectionId) {
        todo!()
    }

    /// The answer to [`Action::Read`]. The buffer goes to the wire as it is.
    pub fn block_read(
        &mut self,
        now: Instant,
        connection: ConnectionId,
        block: Block,
        data: Result<Vec<u8>, ReadFailed>,
    ) {
        todo!()
    }

    /// Answer to [`Action::Store`]: the piece is right and written.
    pub fn piece_stored(&mut self, now: Instant, piece: PieceIndex) {
        todo!()
    }

    /// Answer to [`Action::Store`]: the hash does not agree. The piece is fetched again, and whoever
    /// sent it is held to account.
    pub fn piece_corrupt(&mut self, now: Instant, piece: PieceIndex) {
        todo!()
    }

    /// Answer to [`Action::Store`]: the disk failed, and nobody is to blame. The piece is fetched
    /// again, at once unless the driver pauses the swarm first.
    pub fn piece_not_stored(&mut self, now: Instant, piece: PieceIndex) {
        todo!()
    }

    /// Asks for nothing and serves nothing until [`resume`](Self::resume); connections stay open.
    pub fn pause(&mut self, now: Instant) {
        todo!()
    }

    /// Goes on after [`pause`](Self::pause).
    pub fn resume(&mut self, now: Instant) {
        todo!()
    }

    /// Does what is due by `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        todo!()
    }
}

/// Outputs.
impl Swarm {
    /// When to call [`handle_timeout`](Self::handle_timeout), if anything will ever be due.
    pub fn next_timeout(&self) -> Option<Instant> {
        todo!()
    }

    /// What to do next, in the order to do it; `None` until the next input.
    pub fn poll_action(&mut self) -> Option<Action> {
        todo!()
    }
}

/// Questions.
impl Swarm {
    /// One bit for each piece that is stored.
    pub fn have(&self) -> &FixedBitSet {
        todo!()
    }

    /// Whether every piece is stored; true at once for a torrent without pieces.
    pub fn is_complete(&self) -> bool {
        todo!()
    }

    /// Whether the driver has paused it.
    pub fn is_paused(&self) -> bool {
        todo!()
    }

    /// Bytes in the pieces we lack.
    pub fn bytes_left(&self) -> u64 {
        todo!()
    }

    /// Bytes of blocks received, for the tracker.
    pub fn downloaded(&self) -> u64 {
        todo!()
    }

    /// Bytes of blocks sent, for the tracker.
    pub fn uploaded(&self) -> u64 {
        todo!()
    }

    /// Whether more addresses would be of use: there is room for more connections than there are
    /// addresses to try.
    pub fn wants_peers(&self) -> bool {
        todo!()
    }

    /// All numbers at this moment.
    pub fn progress(&self, now: Instant) -> Progress {
        todo!()
    }
}
