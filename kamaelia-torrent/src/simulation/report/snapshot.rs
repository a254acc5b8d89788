//! Who has what at one moment, as far as a log tells.

use fixedbitset::FixedBitSet;

use super::log::{LogEvent, What};
use super::{Role, Times};
use crate::simulation::{Moment, NodeId};

/// A swarm at one moment: who is there, how many pieces everyone has, how many copies there are.
///
/// It knows what a log knows and is moved by the same events, so a picture drawn from it is the same
/// while a swarm runs and when its log is replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    at: Moment,
    /// By node; `None` for those that never joined, such as a tracker.
    standings: Vec<Option<Standing>>,
    copies: Vec<u32>,
    copies_sum: u64,
    present: u32,
    finished: u32,
    stored: u64,
}

/// How one peer stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Which one.
    pub node: NodeId,
    /// The group it belongs to.
    pub group: String,
    /// When it joined.
    pub joined: Moment,
    /// What it is to the swarm.
    pub role: Role,
    /// Whether it is there.
    pub is_present: bool,
    /// How many pieces it has.
    pub pieces: u32,
    /// When it had everything; `None` for seeds.
    pub finished: Option<Moment>,
    /// When it left, if it is not there.
    pub left: Option<Moment>,
    have: FixedBitSet,
}

impl Standing {
    /// Whether it has this piece.
    pub fn has(&self, piece: u32) -> bool {
        self.have.contains(piece as usize)
    }
}

impl Snapshot {
    /// Before anyone has joined a swarm for a torrent of so many pieces.
    pub fn new(pieces: u32) -> Self {
        Snapshot {
            at: Moment::START,
            standings: Vec::new(),
            copies: vec![0; pieces as usize],
            copies_sum: 0,
            present: 0,
            finished: 0,
            stored: 0,
        }
    }

    /// When this is.
    pub fn at(&self) -> Moment {
        self.at
    }

    /// Everyone who ever joined, by node.
    pub fn peers(&self) -> impl Iterator<Item = &Standing> {
        self.standings.iter().flatten()
    }

    /// How many of those who ever joined are this to the swarm.
    pub fn count(&self, role: Role) -> u32 {
        self.peers().filter(|peer| peer.role == role).count() as u32 // Nodes are numbered in 32 bits.
    }

    /// How one peer stands, if it ever joined.
    pub fn peer(&self, node: NodeId) -> Option<&Standing> {
        self.standings.get(node.as_usize())?.as_ref()
    }

    /// For each piece, how many of those that are there have it.
    pub fn copies(&self) -> &[u32] {
        &self.copies
    }

    /// The copies of the piece that fewest have.
    pub fn least_copies(&self) -> u32 {
        self.copies.iter().copied().min().unwrap_or(0)
    }

    /// Copies of a piece, on average.
    pub fn mean_copies(&self) -> f64 {
        match self.copies.len() {
            0 => 0.0,
            pieces => self.copies_sum as f64 / pieces as f64,
        }
    }

    /// How many peers are there.
    pub fn present(&self) -> u32 {
        self.present
    }

    /// How many peers had everything at some time, without those that came with it.
    pub fn finished(&self) -> u32 {
        self.finished
    }

    /// When these had everything; `None` while nobody has.
    pub fn finishing(&self) -> Option<Times> {
        Times::of(self.peers().filter_map(|peer| peer.finished))
    }

    /// How many pieces were got so far, by everyone together.
    pub fn pieces_stored(&self) -> u64 {
        self.stored
    }

    /// Moves on to what happened next. Words about nodes that never joined change nothing.
    pub fn apply(&mut self, event: &LogEvent) {
        self.at = self.at.max(event.at);
        let Some(node) = event.node else { return };
        match &event.what {
            What::Joined { role, group } => self.join(node, *role, group),
            What::PieceFound(piece) => self.gain(node, *piece),
            What::PieceStored(piece) => {
                self.stored += 1;
                self.gain(node, *piece);
            }
            What::Finished => self.finish(node),
            What::Left => self.leave(node),
            What::Returned => self.come_back(node),
            What::Connected(_)
            | What::Disconnected { .. }
            | What::PieceCorrupt(_)
            | What::Banned(_)
            | What::Event(_) => {}
        }
    }

    /// Moves on to a moment up to which nothing happened.
    pub(super) fn pass_to(&mut self, moment: Moment) {
        self.at = self.at.max(moment);
    }

    fn join(&mut self, node: NodeId, role: Role, group: &str) {
        let complete = role == Role::Seed;
        if self.standings.len() <= node.as_usize() {
            self.standings.resize(node.as_usize() + 1, None);
        }
        if self.standings[node.as_usize()].is_some() {
            return;
        }
        let mut have = FixedBitSet::with_capacity(self.copies.len());
        have.set_range(.., complete);
        self.standings[node.as_usize()] = Some(Standing {
            node,
            group: group.to_owned(),
            joined: self.at,
            role,
            is_present: false,
            pieces: if complete { self.copies.len() as u32 } else { 0 },
            finished: None,
            left: None,
            have,
        });
        self.come_back(node);
    }

    fn gain(&mut self, node: NodeId, piece: u32) {
        let Some(Some(peer)) = self.standings.get_mut(node.as_usize()) else { return };
        if peer.have.put(piece as usize) {
            return;
        }
        peer.pieces += 1;
        if peer.is_present {
            self.copies[piece as usize] += 1;
            self.copies_sum += 1;
        }
    }

    fn finish(&mut self, node: NodeId) {
        let Some(Some(peer)) = self.standings.get_mut(node.as_usize()) else { return };
        if peer.finished.is_none() && peer.role != Role::Seed {
            peer.finished = Some(self.at);
            self.finished += 1;
        }
    }

    fn leave(&mut self, node: NodeId) {
        let Some(Some(peer)) = self.standings.get_mut(node.as_usize()) else { return };
        if !std::mem::replace(&mut peer.is_present, false) {
            return;
        }
        peer.left = Some(self.at);
        self.present -= 1;
        self.copies_sum -= u64::from(peer.pieces);
        peer.have.ones().for_each(|piece| self.copies[piece] -= 1);
    }

    fn come_back(&mut self, node: NodeId) {
        let Some(Some(peer)) = self.standings.get_mut(node.as_usize()) else { return };
        if std::mem::replace(&mut peer.is_present, true) {
            return;
        }
        peer.left = None;
        self.present += 1;
        self.copies_sum += u64::from(peer.pieces);
        peer.have.ones().for_each(|piece| self.copies[piece] += 1);
    }
}
