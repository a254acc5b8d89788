//! What we ask of whom, and what becomes of the answers.

use std::time::{Duration, Instant};

use log::debug;

use crate::metainfo::{Block, PieceIndex};
use crate::swarm::blame::Party;
use crate::swarm::connections::Connection;
use crate::swarm::evidence::Finding;
use crate::swarm::partial::{Arrival, Taker};
use crate::swarm::picking::Choice;
use crate::swarm::stalling::STALLED;
use crate::swarm::{Action, CloseReason, ConnectionId, Swarm};

/// When a picker that leaves a peer without work is asked again at the latest.
const HELD_BACK: Duration = Duration::from_secs(1);

/// When open requests should first be looked after.
const LOOK_AFTER: Duration = Duration::from_secs(30);

impl Swarm {
    /// Asks a peer for as many blocks as it should have on request.
    pub(super) fn ask_for_blocks(&mut self, now: Instant, id: ConnectionId) {
        if self.paused || self.is_finished() {
            return;
        }
        let mut asked = false;
        while let Some(taker) = self.taker(id) {
            let urgent = self.urgent_block(now, id, taker);
            if urgent.is_none() && self.ask_in_haste(now, id, taker) {
                asked = true;
                continue;
            }
            let Some(block) = urgent.or_else(|| self.next_block(now, id, taker)) else {
                asked |= self.ask_once_more(now, id, taker);
                break;
            };
            if let Some(connection) = self.connections.get_mut(id) {
                connection.peer.ask(now, block, !taker.on_trial);
                asked = true;
            }
        }
        if asked {
            self.look_after(now);
        }
    }

    /// Asks to be woken when what was asked for now may have been waited for too long.
    fn look_after(&mut self, now: Instant) {
        let patience = if self.hungry { STALLED } else { LOOK_AFTER };
        self.wake_by(now + patience);
    }

    /// The peer as one who looks for blocks, if it may be asked for more.
    fn taker(&self, id: ConnectionId) -> Option<Taker> {
        let connection = self.connections.get(id).filter(|c| !c.is_idle)?;
        (connection.peer.request_room() > 0).then(|| connection.as_taker())
    }

    fn next_block(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> Option<Block> {
        let connection = self.connections.get(id)?;
        let theirs = connection.peer.obtainable();
        let current = connection.current.filter(|piece| theirs.contains(piece.as_usize()));
        let block = current.and_then(|piece| self.take(piece, taker));
        let block = block.or_else(|| self.take_suggested(now, id, taker)).or_else(|| {
            let connection = self.connections.get(id)?;
            let peer = &connection.peer;
            let is_news = |block| !peer.requests.contains(block);
            self.assembly.take_any(&self.layout, peer.obtainable(), taker, is_news)
        });
        let block = block.or_else(|| {
            let piece = self.begin_piece(now, id, taker)?;
            self.take(piece, taker)
        })?;
        if let Some(connection) = self.connections.get_mut(id) {
            connection.current = Some(block.piece());
        }
        Some(block)
    }

    /// Begins a piece that a seed suggests, before others are finished with its help: it may be the
    /// only one who has it.
    fn take_suggested(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> Option<Block> {
        let peer = &self.connections.get(id)?.peer;
        let is_open = |piece: &PieceIndex| self.board.is_open(*piece);
        if !peer.pieces.is_complete() || !peer.suggested().iter().any(is_open) {
            return None;
        }
        // The picker may think otherwise.
        let piece = self.pick(now, id)?;
        let is_suggested = self.connections.get(id)?.peer.suggested().contains(&piece);
        (is_suggested && self.begin(now, piece, taker)).then(|| self.take(piece, taker))?
    }

    /// The next free block of this begun piece, if the taker may have it.
    pub(super) fn take(&mut self, piece: PieceIndex, taker: Taker) -> Option<Block> {
        let requests = &self.connections.get(taker.connection)?.peer.requests;
        let is_news = |block| !requests.contains(block);
        self.assembly.take(&self.layout, piece, taker, is_news)
    }

    /// Begins a piece for a peer, if it has one that nobody has begun and there is memory for it.
    fn begin_piece(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> Option<PieceIndex> {
        let piece = self.pick(now, id).or_else(|| self.start_over(now, id, taker))?;
        self.begin(now, piece, taker).then_some(piece)
    }

    /// Begins this open piece, if there is memory for it.
    pub(super) fn begin(&mut self, now: Instant, piece: PieceIndex, taker: Taker) -> bool {
        if self.assembly.is_driver_behind() {
            self.starved = true;
            return false;
        }
        if !self.assembly.has_room(&self.layout, piece)
            && let Some(weak) = self.find_weak(now)
        {
            self.drop_piece(now, weak);
        }
        if !self.assembly.has_room(&self.layout, piece) {
            self.starved = true;
            return false;
        }
        self.board.begin(piece);
        let alone = taker.suspect || self.blame.is_tainted(piece);
        self.assembly.begin(now, &self.layout, piece, alone);
        true
    }

    /// A begun piece that gives way to another.
    fn find_weak(&mut self, now: Instant) -> Option<PieceIndex> {
        let abandoned = self.assembly.find_abandoned(None);
        // A slow disk is no reason to give up what peers have sent.
        let by_peers = abandoned.is_none() && self.assembly.is_held_by_peers();
        abandoned.or_else(|| by_peers.then(|| self.assembly.find_overlong(now)).flatten())
    }

    fn pick(&mut self, now: Instant, id: ConnectionId) -> Option<PieceIndex> {
        let connection = self.connections.get(id)?;
        let peer = &connection.peer;
        let choice = Choice {
            now,
            layout: &self.layout,
            board: &self.board,
            theirs: peer.obtainable(),
            is_seed: peer.pieces.is_complete(),
            download_rate: peer.download.per_second(now),
            stored: self.tally.pieces(),
            suggested: peer.suggested(),
        };
        // A picker may be anyone's, so what it says is checked.
        let picked = self.picker.pick(&choice, &mut self.rng);
        let picked = picked.filter(|piece| choice.offers(*piece));
        if picked.is_none() && choice.first().is_some() {
            self.held_back = true;
            self.wake_by(now + HELD_BACK);
        }
        picked
    }

    /// For a suspect without other work: a piece that others have left half done is begun afresh, so
    /// that it comes from one hand.
    fn start_over(&mut self, now: Instant, id: ConnectionId, taker: Taker) -> Option<PieceIndex> {
        let connection = self.connections.get(id).filter(|_| taker.suspect)?;
        let theirs = connection.peer.obtainable();
        let piece = self.assembly.find_abandoned(Some(theirs))?;
        self.drop_piece(now, piece);
        Some(piece)
    }

    /// A block that was asked for is here, and of use if `arrival` says so.
    pub(super) fn on_block(&mut self, now: Instant, block: Block, arrival: Option<Arrival>) {
        self.tally.download.add(now, block.length().into());
        let Some(arrival) = arrival else {
            self.tally.wasted += u64::from(block.length());
            return;
        };
        self.on_arrival(now, block, arrival);
    }

    /// A block that was asked for and given up is here all the same, and of use if `arrival` says so.
    /// On a line so slow that every request is overdue, nothing would ever come otherwise.
    pub(super) fn on_late_block(
        &mut self,
        now: Instant,
        id: ConnectionId,
        block: Block,
        arrival: Option<Arrival>,
    ) {
        let Some(arrival) = arrival else {
            self.tally.add_unasked(block.length());
            return;
        };
        self.tally.download.add(now, block.length().into());
        if let Some(connection) = self.connections.get_mut(id) {
            connection.peer.credit_late(now, block);
        }
        self.on_arrival(now, block, arrival);
    }

    fn on_arrival(&mut self, now: Instant, block: Block, arrival: Arrival) {
        if arrival.asked_elsewhere {
            self.cancel_everywhere(now, block);
        }
        if arrival.whole
            && let Some(data) = self.assembly.hand_over(block.piece())
        {
            self.store(block.piece(), data);
        }
    }

    /// All of a piece is here.
    pub(super) fn store(&mut self, piece: PieceIndex, data: Vec<u8>) {
        self.evidence.on_whole(piece, &data);
        self.actions.push_back(Action::Store { piece, data });
    }

    /// Nobody need send this block any more.
    fn cancel_everywhere(&mut self, now: Instant, block: Block) {
        for id in self.connections.ids() {
            let connection = self.connections.get_mut(id);
            if let Some(asked) = connection.and_then(|c| c.peer.cancel(block)) {
                self.assembly.release(asked);
                self.list(now, id);
                self.refill = true;
            }
        }
    }

    /// The piece is on disk and right.
    pub(super) fn on_stored(&mut self, now: Instant, piece: PieceIndex) {
        let Some(verdict) = self.assembly.finish(piece) else {
            return;
        };
        self.blame.on_stored(piece, &verdict.senders);
        self.judge(now, piece);
        let was_wanted = self.tally.on_stored(&self.layout, piece);
        self.deadlines.set(piece, None);
        self.refill |= std::mem::take(&mut self.starved) | std::mem::take(&mut self.held_back);
        let tells_all = self.config.redundant_haves;
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                tell_stored(connection, piece, was_wanted, tells_all);
            }
            self.list(now, id);
        }
        if self.is_complete() {
            debug!("{}: complete", self.info_hash);
            self.actions.push_back(Action::Completed);
        } else if was_wanted && self.is_finished() {
            debug!("{}: finished", self.info_hash);
            self.actions.push_back(Action::Finished);
        }
        if self.is_finished() {
            self.recall_web_seeds(now);
            self.part_from_seeds(now);
        }
    }

    /// The piece is not what its hash says.
    pub(super) fn on_corrupt(&mut self, now: Instant, piece: PieceIndex, data: &[u8]) {
        let Some(verdict) = self.assembly.finish(piece) else {
            return;
        };
        debug!("{}: piece {} is corrupt", self.info_hash, piece.get());
        self.tally.wasted += u64::from(self.layout.piece_size(piece));
        self.tally.corrupt += 1;
        self.board.reopen(piece);
        self.refill = true;
        if verdict.senders.len() > 1 {
            self.evidence.keep(piece, data, &verdict.block_senders);
        }
        let banned = self.blame.on_corrupt(now, piece, verdict.began, &verdict.senders);
        for connection in self.connections.iter_mut() {
            connection.suspect |= verdict.senders.contains(&connection.party);
        }
        for party in banned {
            self.ban(now, party);
        }
    }

    /// A piece that was corrupt before is right: those who sent wrong blocks of it are known now, and
    /// those who did not are as good as anyone.
    fn judge(&mut self, now: Instant, piece: PieceIndex) {
        let Finding { guilty, cleared } = self.evidence.judge(piece);
        for party in cleared {
            if self.blame.acquit(party) {
                let theirs = self.connections.iter_mut().filter(|c| c.party == party);
                theirs.for_each(|connection| connection.suspect = false);
                self.refill = true;
            }
        }
        for party in guilty {
            self.blame.convict(now, party);
            self.ban(now, party);
        }
    }

    /// Nothing more is taken from this party, and what it sent is not trusted.
    fn ban(&mut self, now: Instant, party: Party) {
        if let Party::WebSeed(id) = party {
            return self.drop_web_seed(now, id);
        }
        for id in self.connections.ids() {
            if self.connections.get(id).is_some_and(|c| c.party == party) {
                self.close(now, id, CloseReason::Banned);
            }
        }
        for piece in self.assembly.pieces_from(party) {
            self.drop_piece(now, piece);
        }
    }

    /// Gives up an unstored piece: it may be begun again.
    pub(super) fn drop_piece(&mut self, now: Instant, piece: PieceIndex) {
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.peer.cancel_piece(piece);
            }
            self.list(now, id);
        }
        self.assembly.discard(piece);
        self.board.reopen(piece);
    }

    /// The peer owes us nothing any more: it has choked us, or is gone.
    pub(super) fn withdraw_all(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        for asked in connection.peer.requests.withdraw() {
            self.assembly.release(asked);
            self.refill = true;
        }
        self.refill |= self.assembly.disown(id);
    }

    /// What a peer should have sent long ago goes to others.
    pub(super) fn withdraw_overdue(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let overdue = connection.peer.cancel_overdue(now);
        if overdue.is_empty() {
            return;
        }
        debug!("{}: {} requests overdue", connection.address, overdue.len());
        for asked in overdue {
            self.assembly.release(asked);
        }
        self.assembly.disown(id);
        self.refill = true;
    }

    /// Takes every request back from everyone.
    pub(super) fn ask_nobody(&mut self, now: Instant) {
        for id in self.connections.ids() {
            let Some(connection) = self.connections.get_mut(id) else {
                continue;
            };
            for asked in connection.peer.cancel_all() {
                self.assembly.release(asked);
            }
            self.assembly.disown(id);
            self.list(now, id);
        }
    }
}

fn tell_stored(connection: &mut Connection, piece: PieceIndex, was_wanted: bool, tells_all: bool) {
    let peer = &mut connection.peer;
    if was_wanted {
        peer.pieces.remove_wanted(piece);
    }
    if peer.is_greeted() {
        if tells_all || !peer.can_miss(piece) {
            peer.tell_have(piece);
        }
        let wanted = peer.pieces.any_wanted();
        peer.set_interest(wanted);
    }
}
