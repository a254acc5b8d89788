//! What peers asked for, read by the loop as far as it is in memory.
//!
//! Reads wait in one line until every socket was heard, and each turn takes a bounded part of it, so
//! nobody who asks for much keeps others waiting. What stands next to each other in the line and is
//! for one peer is read and then written at a stretch, while a core has it close.

use std::collections::VecDeque;
use std::time::Instant;

use crate::engine::network::transport::SocketId;
use crate::engine::{Engine, TorrentId};
use crate::metainfo::Block;

use super::work;

/// Blocks after which sockets have their turn again: a mebibyte of whole ones, so less than a
/// millisecond of reading and writing. The stretch of one peer is not broken off for it.
const BLOCKS_PER_TURN: usize = 64;

/// Blocks that peers wait for and nobody has tried to read.
#[derive(Default)]
pub(in crate::engine) struct Wanted {
    line: VecDeque<(TorrentId, SocketId, Block)>,
}

impl Wanted {
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// The peer to be served now.
    fn next_peer(&self) -> Option<(TorrentId, SocketId)> {
        self.line.front().map(|(id, socket, _)| (*id, *socket))
    }

    /// The next block of this peer, if none of another one comes first.
    fn next_of(&mut self, peer: SocketId) -> Option<Block> {
        self.line.front().filter(|(_, socket, _)| *socket == peer)?;
        self.line.pop_front().map(|(.., block)| block)
    }
}

impl Engine {
    /// Has a block read for a peer.
    pub(in crate::engine) fn want(&mut self, id: TorrentId, socket: SocketId, block: Block) {
        if !self.disk.is_in_line() {
            self.wanted.line.push_back((id, socket, block));
        } else if let Some(torrent) = self.torrents.get(&id) {
            // What this machine has in memory is not to be seen in an imagined world.
            self.submit(work::read(torrent, socket, block));
        }
    }

    /// Serves the peers in line, for a bounded time.
    pub(in crate::engine) fn serve_wanted(&mut self, now: Instant) {
        let mut blocks = 0;
        while blocks < BLOCKS_PER_TURN
            && let Some((id, socket)) = self.wanted.next_peer()
        {
            while let Some(block) = self.wanted.next_of(socket) {
                blocks += 1;
                self.read_wanted(id, socket, block, now);
            }
            self.settle(id, now);
        }
    }

    fn read_wanted(&mut self, id: TorrentId, socket: SocketId, block: Block, now: Instant) {
        // Either may be gone by now.
        if self.transport.role(socket).is_none() {
            return;
        }
        let Some(torrent) = self.torrents.get(&id) else { return };
        match self.disk.read_at_once(&*torrent.storage, block) {
            Some(bytes) => self.on_read(id, socket, block, Ok(bytes), now),
            None => self.submit(work::read(torrent, socket, block)),
        }
    }
}
