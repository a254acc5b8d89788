//! What the world tells while it runs, until a report is made of it.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::log::{EventLog, LogEvent, What};
use super::samples::Samples;
use super::snapshot::Snapshot;
use super::{Rates, Report, Role, TorrentSize};
use crate::simulation::{Moment, NodeId};

/// Takes down what happens, in the order of time.
///
/// What is told of a node that never joined is in the log and nowhere else.
#[derive(Clone, Debug)]
pub(in crate::simulation) struct Recorder {
    pub(super) log: EventLog,
    pub(super) snapshot: Snapshot,
    pub(super) samples: Samples,
    /// By node; as long as the highest of those that joined.
    pub(super) tallies: Vec<Tally>,
    /// Blocks that arrived.
    pub(super) blocks: u64,
    /// Whether someone came with some pieces, got another access, or is a stranger: then the fluid
    /// bound does not bound anything.
    pub(super) out_of_model: bool,
    pub(super) said: BTreeMap<&'static str, u64>,
}

/// Somebody who joins.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) struct Newcomer<'a> {
    pub(in crate::simulation) group: &'a str,
    pub(in crate::simulation) role: Role,
    pub(in crate::simulation) rates: Rates,
}

/// What is counted of a node and not in any event.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) rates: Rates,
    pub(super) from_seeds: u64,
    pub(super) from_leechers: u64,
    pub(super) uploaded: u64,
    pub(super) uploaded_before_complete: u64,
    pub(super) wasted: u64,
    pub(super) corrupt: u64,
    pub(super) corrupt_pieces: u64,
    pub(super) banned_by: u32,
    pub(super) messages: u64,
    pub(super) overhead: u64,
    is_seed: bool,
    is_complete: bool,
}

impl Recorder {
    pub(in crate::simulation) fn new(seed: u64, torrent: TorrentSize, keep_log: bool) -> Self {
        Recorder {
            log: EventLog::new(seed, torrent, keep_log),
            snapshot: Snapshot::new(torrent.pieces),
            samples: Samples::new(),
            tallies: Vec::new(),
            blocks: 0,
            out_of_model: false,
            said: BTreeMap::new(),
        }
    }

    /// How the swarm stands, to be shown while it runs.
    pub(in crate::simulation) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// A node comes for the first time. What it has already is told by `piece_found`, except of
    /// those that have everything.
    pub(in crate::simulation) fn joined(&mut self, at: Moment, node: NodeId, who: Newcomer) {
        if self.tallies.len() <= node.as_usize() {
            self.tallies.resize(node.as_usize() + 1, Tally::default());
        }
        let Newcomer { group, role, rates } = who;
        let is_seed = role == Role::Seed;
        self.tallies[node.as_usize()] =
            Tally { rates, is_seed, is_complete: is_seed, ..Tally::default() };
        self.out_of_model |= role == Role::Stranger;
        self.note(at, node, What::Joined { role, group: group.to_owned() });
    }

    /// It had this piece when it joined.
    pub(in crate::simulation) fn piece_found(&mut self, at: Moment, node: NodeId, piece: u32) {
        self.out_of_model = true;
        self.note(at, node, What::PieceFound(piece));
    }

    /// Another access to the network. The event itself is told by `event`.
    pub(in crate::simulation) fn access_changed(&mut self, node: NodeId, rates: Rates) {
        let Some(tally) = self.tallies.get_mut(node.as_usize()) else { return };
        self.out_of_model |= tally.rates != rates;
        tally.rates = rates;
    }

    /// The node's call to another was answered. Told once for a line.
    pub(in crate::simulation) fn connected(&mut self, at: Moment, node: NodeId, to: NodeId) {
        self.note(at, node, What::Connected(to));
    }

    /// The line between them is gone.
    pub(in crate::simulation) fn disconnected(
        &mut self,
        at: Moment,
        node: NodeId,
        from: NodeId,
        why: impl Display,
    ) {
        self.note(at, node, What::Disconnected { from, why: why.to_string() });
    }

    /// The node got, checked and stored a piece.
    pub(in crate::simulation) fn piece_stored(&mut self, at: Moment, node: NodeId, piece: u32) {
        self.note(at, node, What::PieceStored(piece));
    }

    /// The node got a piece that is not what it should be.
    pub(in crate::simulation) fn piece_corrupt(&mut self, at: Moment, node: NodeId, piece: u32) {
        if let Some(tally) = self.tallies.get_mut(node.as_usize()) {
            tally.corrupt_pieces += 1;
            tally.corrupt += self.log.torrent().piece_size(piece);
        }
        self.note(at, node, What::PieceCorrupt(piece));
    }

    /// The node will not hear of this one again.
    pub(in crate::simulation) fn banned(&mut self, at: Moment, node: NodeId, whom: NodeId) {
        if let Some(tally) = self.tallies.get_mut(whom.as_usize()) {
            tally.banned_by += 1;
        }
        self.note(at, node, What::Banned(whom));
    }

    /// The node has everything. Not told of seeds.
    pub(in crate::simulation) fn finished(&mut self, at: Moment, node: NodeId) {
        if let Some(tally) = self.tallies.get_mut(node.as_usize()) {
            tally.is_complete = true;
        }
        self.note(at, node, What::Finished);
    }

    /// The node is gone, for good or not.
    pub(in crate::simulation) fn left(&mut self, at: Moment, node: NodeId) {
        self.note(at, node, What::Left);
    }

    /// The node is back with what it had.
    pub(in crate::simulation) fn returned(&mut self, at: Moment, node: NodeId) {
        self.note(at, node, What::Returned);
    }

    /// Anything else, in words; about a node or about the world.
    pub(in crate::simulation) fn event(
        &mut self,
        at: Moment,
        node: Option<NodeId>,
        text: impl Display,
    ) {
        self.put(LogEvent { at, node, what: What::Event(text.to_string()) });
    }

    /// Blocks arrived: so many, with so many bytes of content. Not in the log, where their pieces
    /// are.
    pub(in crate::simulation) fn blocks_moved(
        &mut self,
        from: NodeId,
        to: NodeId,
        blocks: u32,
        bytes: u64,
    ) {
        self.blocks += u64::from(blocks);
        let mut from_seed = false;
        if let Some(giver) = self.tallies.get_mut(from.as_usize()) {
            giver.uploaded += bytes;
            giver.uploaded_before_complete += if giver.is_complete { 0 } else { bytes };
            from_seed = giver.is_seed;
        }
        if let Some(taker) = self.tallies.get_mut(to.as_usize()) {
            *(if from_seed { &mut taker.from_seeds } else { &mut taker.from_leechers }) += bytes;
        }
    }

    /// The node sent so many messages with so many bytes that are no content: handshakes, all
    /// messages, and the headers of blocks.
    pub(in crate::simulation) fn overhead(&mut self, node: NodeId, messages: u64, bytes: u64) {
        if let Some(tally) = self.tallies.get_mut(node.as_usize()) {
            tally.messages += messages;
            tally.overhead += bytes;
        }
    }

    /// The node got so many bytes more, since this was last told, that were of no use: blocks it had
    /// already, or nobody had asked for, or of pieces that were corrupt.
    pub(in crate::simulation) fn wasted(&mut self, node: NodeId, bytes: u64) {
        if let Some(tally) = self.tallies.get_mut(node.as_usize()) {
            tally.wasted += bytes;
        }
    }

    /// So many messages of each kind were said, by name.
    pub(in crate::simulation) fn said(&mut self, kinds: impl Iterator<Item = (&'static str, u64)>) {
        self.said.extend(kinds);
    }

    /// It is over.
    pub(in crate::simulation) fn finish(self, at: Moment) -> Report {
        Report::of(self, at)
    }

    fn note(&mut self, at: Moment, node: NodeId, what: What) {
        self.put(LogEvent { at, node: Some(node), what });
    }

    fn put(&mut self, event: LogEvent) {
        self.samples.before(event.at, &self.snapshot);
        self.snapshot.apply(&event);
        self.log.push(&event);
    }
}
