//! What came of a run: who finished when, at what cost, and everything that happened.
//!
//! In come events and counts from the world, through a `Recorder`. Out comes a [`Report`], which is
//! numbers, and in it an [`EventLog`], which is the run itself: two runs can be compared by it, and
//! a [`Replay`] shows how the swarm stood at any moment, without any engine.
//!
//! All times are virtual. Numbers are made by addition, multiplication and division alone, which
//! give the same on every machine.

mod bound;
mod fairness;
mod log;
mod making;
mod recorder;
mod replay;
mod role;
mod samples;
mod snapshot;
mod summary;
#[cfg(test)]
mod tests;
mod times;

pub use bound::{FluidBound, Rates};
pub use fairness::{Fairness, jain};
pub use log::{EventLog, LogError, LogEvent, What};
#[cfg_attr(not(test), allow(unused_imports))]
pub(in crate::simulation) use recorder::{Newcomer, Recorder};
pub use replay::Replay;
pub use role::Role;
pub use samples::Sample;
pub use snapshot::{Snapshot, Standing};
pub use times::Times;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::metainfo::{BLOCK_LENGTH, Layout};
use crate::simulation::{Moment, NodeId};

/// The size of what a swarm shares.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct TorrentSize {
    /// How many pieces there are.
    pub pieces: u32,
    /// Bytes in each piece but perhaps the last.
    pub piece_length: u32,
    /// Bytes in all pieces.
    pub bytes: u64,
}

impl TorrentSize {
    /// Bytes in this piece: the last one may be short.
    fn piece_size(self, piece: u32) -> u64 {
        let start = u64::from(piece) * u64::from(self.piece_length);
        self.bytes.saturating_sub(start).min(self.piece_length.into())
    }
}

impl From<&Layout> for TorrentSize {
    fn from(layout: &Layout) -> Self {
        TorrentSize {
            pieces: layout.piece_count(),
            piece_length: layout.piece_length(),
            bytes: layout.total_length(),
        }
    }
}

/// What came of a run. Moments are serialised as seconds since its start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What decided everything that was left to chance.
    pub seed: u64,
    /// What was shared.
    pub torrent: TorrentSize,
    /// When it was over.
    #[serde(serialize_with = "times::seconds")]
    pub ended: Moment,
    /// How many peers came with everything.
    pub seeds: u32,
    /// How many came to get something.
    pub leechers: u32,
    /// How many were neither: custom peers.
    pub strangers: u32,
    /// How many of the leechers got everything.
    pub finished: u32,
    /// How many did not.
    pub unfinished: u32,
    /// When those finished that did, from the start of the run.
    pub finishing: Option<Times>,
    /// How long they took, each from its own joining.
    pub durations: Option<Times>,
    /// The shortest time in which all could have finished, as far as it can be said.
    pub bound: Option<FluidBound>,
    /// The time from when the first leecher came until the last finished, divided by the bound.
    /// `None` if the bound bounds nothing here: not all finished, some came with a part, rates
    /// changed, or strangers took part.
    pub bound_ratio: Option<f64>,
    /// What was moved.
    pub moved: Moved,
    /// How many messages of each kind were said, by name.
    pub said: BTreeMap<&'static str, u64>,
    /// How evenly.
    pub fairness: Fairness,
    /// How the swarm stood, from the start to the end at even distances of time.
    pub samples: Vec<Sample>,
    /// Everyone who ever joined, by node.
    pub peers: Vec<PeerReport>,
    /// Everything that happened. Serialised as its hash and the number of events.
    pub log: EventLog,
}

/// What was moved between all peers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Moved {
    /// Blocks that arrived, useful or not.
    pub blocks: u64,
    /// Bytes of content in them that came from peers that were seeds from the start.
    pub from_seeds: u64,
    /// Bytes of content in them that came from all others.
    pub from_leechers: u64,
    /// Bytes of content among these that were there already, or that nobody had asked for.
    pub duplicates: u64,
    /// Bytes of content among these that were wrong.
    pub corrupt: u64,
    /// Everything that was said between peers, blocks as well.
    pub messages: u64,
    /// Bytes of all that was no content: handshakes, messages, and the headers of blocks.
    pub overhead: u64,
}

impl Moved {
    /// Bytes of content.
    pub fn bytes(&self) -> u64 {
        self.from_seeds + self.from_leechers
    }

    /// How many blocks the duplicates are, if all are of the usual length.
    pub fn duplicate_blocks(&self) -> u64 {
        self.duplicates.div_ceil(BLOCK_LENGTH.into())
    }
}

/// What came of one peer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PeerReport {
    /// Which one.
    pub node: NodeId,
    /// The group it belongs to.
    pub group: String,
    /// What it is to the swarm.
    pub role: Role,
    /// When it came.
    #[serde(serialize_with = "times::seconds")]
    pub joined: Moment,
    /// When it had everything; `None` for seeds, too.
    #[serde(serialize_with = "times::maybe_seconds")]
    pub finished: Option<Moment>,
    /// When it left, if it was not there at the end.
    #[serde(serialize_with = "times::maybe_seconds")]
    pub left: Option<Moment>,
    /// How many pieces it had at the end.
    pub pieces: u32,
    /// Bytes of content it got from peers that were seeds from the start.
    pub from_seeds: u64,
    /// Bytes of content it got from all others.
    pub from_leechers: u64,
    /// Bytes of content it gave.
    pub uploaded: u64,
    /// Those of them that it gave before it had everything.
    pub uploaded_before_complete: u64,
    /// Bytes of content it got that were of no use: twice, unasked, or corrupt.
    pub wasted: u64,
    /// How often a piece it got was corrupt.
    pub corrupt_pieces: u64,
    /// How many others banned it.
    pub banned_by: u32,
}

impl PeerReport {
    /// Bytes of content it got.
    pub fn downloaded(&self) -> u64 {
        self.from_seeds + self.from_leechers
    }
}
