//! Why one piece is not there.

use std::time::{Duration, Instant};

use super::{PeerCounts, kind};
use crate::metainfo::PieceIndex;
use crate::swarm::Swarm;

/// How a piece stands. Shown, it is one sentence, without a full stop.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WhyPiece {
    /// It is stored.
    Stored {
        /// Which piece.
        piece: PieceIndex,
    },
    /// All its files are skipped.
    NotWanted {
        /// Which piece.
        piece: PieceIndex,
    },
    /// All of it is here, and the driver checks and writes it.
    Storing {
        /// Which piece.
        piece: PieceIndex,
    },
    /// No connected peer has it.
    NobodyHas {
        /// Which piece.
        piece: PieceIndex,
        /// Connected peers.
        peers: usize,
        /// Blocks that came before the last who had it left.
        blocks_here: u32,
    },
    /// Nothing of it was asked for.
    NotBegun {
        /// Which piece.
        piece: PieceIndex,
        /// The peers that have it.
        peers: PeerCounts,
    },
    /// It is on its way.
    Begun {
        /// Which piece.
        piece: PieceIndex,
        /// For how long.
        since: Duration,
        /// Blocks that are here.
        blocks_here: u32,
        /// Blocks it has.
        blocks: u32,
        /// Peers that were asked for some of the others.
        asked: usize,
        /// The peers that have it.
        peers: PeerCounts,
    },
}

impl Swarm {
    /// Why this piece is not stored, or that it is.
    pub fn why_piece(&self, piece: PieceIndex, now: Instant) -> WhyPiece {
        if self.tally.have.contains(piece.as_usize()) {
            return WhyPiece::Stored { piece };
        }
        if self.assembly.is_whole(piece) {
            return WhyPiece::Storing { piece };
        }
        if !self.priority(piece).is_wanted() {
            return WhyPiece::NotWanted { piece };
        }
        let partial = self.assembly.get(piece);
        let blocks = self.layout.block_count(piece);
        let blocks_here = partial.map_or(0, |partial| blocks - partial.missing);
        let greeted = || self.connections.iter().filter(|c| c.peer.is_greeted());
        let mut peers = PeerCounts::default();
        for connection in greeted().filter(|c| c.peer.pieces.has(piece)) {
            peers.add(kind(connection, now, true));
        }
        if peers.all() == 0 {
            return WhyPiece::NobodyHas { piece, peers: greeted().count(), blocks_here };
        }
        let Some(partial) = partial else {
            return WhyPiece::NotBegun { piece, peers };
        };
        let since = now.saturating_duration_since(partial.began);
        let asked = greeted().filter(|c| c.peer.requests.any_of(piece)).count();
        WhyPiece::Begun { piece, since, blocks_here, blocks, asked, peers }
    }
}
