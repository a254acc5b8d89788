//! What we ask of web seeds, and what becomes of the pieces.

use std::ops::Range;
use std::time::{Duration, Instant};

use log::info;

use crate::metainfo::PieceIndex;
use crate::swarm::blame::Party;
use crate::swarm::picking::Choice;
use crate::swarm::web_seeds::{FetchFailed, Outlook, WebSeedId, WebSeedState};
use crate::swarm::{Action, Swarm};

/// How long peers may take for a piece before a web seed without other work fetches it too.
const PATIENCE: Duration = Duration::from_secs(5);

/// Web seeds: inputs and questions.
impl Swarm {
    /// A web server that has every piece. `None` if there are enough of them
    /// ([`WEB_SEEDS_MAX`](crate::swarm::WEB_SEEDS_MAX)).
    pub fn add_web_seed(&mut self, now: Instant) -> Option<WebSeedId> {
        let id = self.web_seeds.add(&self.layout)?;
        self.count_in(id);
        self.refill = true;
        self.settle(now);
        Some(id)
    }

    /// So many bytes came from a web seed, of the pieces it was asked for with
    /// [`Action::Fetch`].
    pub fn web_bytes(&mut self, now: Instant, web_seed: WebSeedId, bytes: u64) {
        if self.web_seeds.on_bytes(web_seed, bytes) {
            self.tally.download.add(now, bytes);
        }
    }

    /// A whole piece came from a web seed: the first of those it was asked for that had not come.
    pub fn web_piece(
        &mut self,
        now: Instant,
        web_seed: WebSeedId,
        piece: PieceIndex,
        data: Vec<u8>,
    ) {
        let size = self.layout.piece_size(piece);
        let bytes = self.config.block_form.piece_bytes(size);
        let is_asked = self.web_seeds.on_piece(web_seed, piece) && data.len() == bytes;
        if is_asked && self.assembly.take_whole(piece, Party::WebSeed(web_seed)) {
            self.call_off(now, piece);
            self.store(piece, data);
        } else {
            // Peers were faster, or nobody wants it any more.
            self.tally.wasted += u64::from(size);
        }
        self.settle(now);
    }

    /// The order of a web seed has come to its end, good or bad; what has not come will not.
    pub fn web_ended(
        &mut self,
        now: Instant,
        web_seed: WebSeedId,
        result: Result<(), FetchFailed>,
    ) {
        let Some(left) = self.web_seeds.end(now, web_seed) else {
            return;
        };
        self.release_whole(left);
        if let Err(failed) = result {
            self.give_up(now, web_seed, failed);
            if let Some(due) = self.web_seeds.next_timeout() {
                self.wake_by(due);
            }
        }
        self.refill = true;
        self.settle(now);
    }

    /// Every web seed there ever was, and how it stands.
    pub fn web_seeds(&self) -> impl Iterator<Item = (WebSeedId, WebSeedState)> {
        self.web_seeds.ids().filter_map(|id| Some((id, self.web_seeds.state(id)?)))
    }
}

impl Swarm {
    /// Finds work for web seeds that have none, and calls back those whose work is done by others.
    pub(super) fn employ_web_seeds(&mut self, now: Instant) {
        if self.web_seeds.is_empty() {
            return;
        }
        if self.paused || self.held || self.is_finished() {
            return self.recall_web_seeds(now);
        }
        for (id, left) in self.web_seeds.fetching() {
            let mut pieces = left.clone().filter_map(|index| self.layout.piece(index));
            // One that has sent everything is about to say so.
            if !left.is_empty() && !pieces.any(|piece| self.assembly.is_underway(piece)) {
                self.recall(now, id);
            }
        }
        for id in self.web_seeds.idle() {
            if !self.employ(now, id) {
                self.lend_a_hand(now, id);
            }
        }
    }

    /// Nothing is asked of any web seed.
    pub(super) fn recall_web_seeds(&mut self, now: Instant) {
        for (id, _) in self.web_seeds.fetching() {
            self.recall(now, id);
        }
    }

    /// Those that waited long enough are seeds again.
    pub(super) fn wake_web_seeds(&mut self, now: Instant) {
        for id in self.web_seeds.handle_timeout(now) {
            self.count_in(id);
        }
        // Those without work may lend a hand by now.
        self.refill |= !self.is_finished() && !self.web_seeds.idle().is_empty();
    }

    /// A web seed that sent a wrong piece is done with.
    pub(super) fn drop_web_seed(&mut self, now: Instant, id: WebSeedId) {
        self.recall(now, id);
        let reason = "it sent a piece that is not what its hash says".to_owned();
        info!("{}: a web seed is dropped: {reason}", self.info_hash);
        self.give_up(now, id, FetchFailed { reason, outlook: Outlook::Hopeless });
    }

    /// A web seed that is at nothing has failed.
    fn give_up(&mut self, now: Instant, id: WebSeedId, failed: FetchFailed) {
        let is_idle = |swarm: &Swarm| swarm.web_seeds.state(id) == Some(WebSeedState::Idle);
        if is_idle(self) {
            self.count_out(id);
        }
        self.web_seeds.fail(now, id, failed, &self.layout);
        if is_idle(self) {
            self.count_in(id);
        }
    }

    /// A web seed can be asked: there is one more who has its pieces.
    fn count_in(&mut self, id: WebSeedId) {
        if self.web_seeds.is_seed(id) {
            return self.board.add_seed();
        }
        for piece in self.web_seeds.theirs(id).ones() {
            self.board.add(piece, &mut self.rng);
        }
    }

    /// A web seed cannot be asked: there is one less who has its pieces.
    fn count_out(&mut self, id: WebSeedId) {
        if self.web_seeds.is_seed(id) {
            return self.board.remove_seed();
        }
        for piece in self.web_seeds.theirs(id).ones() {
            self.board.remove(piece, &mut self.rng);
        }
    }

    fn recall(&mut self, now: Instant, id: WebSeedId) {
        if let Some(left) = self.web_seeds.end(now, id) {
            self.release_whole(left);
            self.actions.push_back(Action::StopFetch { web_seed: id });
        }
    }

    /// Asks a web seed for free pieces, if there are any.
    fn employ(&mut self, now: Instant, id: WebSeedId) -> bool {
        let Some(first) = self.choose_for_web_seed(now, id) else {
            return false;
        };
        let run = self.run_around(id, first);
        let (start, mut end) = (run.start, run.start);
        for piece in run.filter_map(|index| self.layout.piece(index)) {
            if !self.has_room_for_web_seeds(piece, end - start) {
                break;
            }
            self.board.begin(piece);
            self.assembly.begin_whole(now, &self.layout, piece);
            end = piece.get() + 1;
        }
        if start == end {
            self.starved = true;
            return false;
        }
        self.order(now, id, start..end, true);
        true
    }

    fn order(&mut self, now: Instant, id: WebSeedId, pieces: Range<u32>, reserved: bool) {
        self.web_seeds.begin(now, id, pieces.clone(), reserved);
        self.actions.push_back(Action::Fetch { web_seed: id, pieces });
    }

    /// A free piece to begin with: what is needed soonest, or what the picker would ask a seed for.
    fn choose_for_web_seed(&mut self, now: Instant, id: WebSeedId) -> Option<PieceIndex> {
        let theirs = self.web_seeds.theirs(id);
        let mut needed = self.deadlines.iter().map(|(_, piece)| piece);
        let on_offer =
            |piece: &PieceIndex| theirs.contains(piece.as_usize()) && self.board.is_open(*piece);
        if let Some(piece) = needed.find(on_offer) {
            return Some(piece);
        }
        let choice = Choice {
            now,
            layout: &self.layout,
            board: &self.board,
            theirs,
            is_seed: self.web_seeds.is_seed(id),
            download_rate: self.web_seeds.speed(id),
            stored: self.tally.pieces(),
            suggested: &[],
        };
        let picked = self.picker.pick(&choice, &mut self.rng);
        picked.filter(|piece| choice.offers(*piece))
    }

    /// The pieces to fetch together with this one. A run begins where its gap does, if that is not
    /// far, so that gaps are filled from their beginning and do not become many (BEP 19).
    fn run_around(&self, id: WebSeedId, piece: PieceIndex) -> Range<u32> {
        let length = u64::from(self.layout.piece_length());
        // At most the pieces of 16 MiB.
        let count = (self.web_seeds.run_bytes(id) / length).max(1) as u32;
        let theirs = self.web_seeds.theirs(id);
        let alike = |index: &u32| {
            let other = self
                .layout
                .piece(*index)
                .filter(|other| theirs.contains(other.as_usize()) && self.board.is_open(*other));
            other.is_some_and(|other| self.priority(other) == self.priority(piece))
        };
        let index = piece.get();
        let before = (0..index).rev().take(count as usize).take_while(alike).count() as u32;
        let is_needed = self.deadlines.iter().any(|(_, needed)| needed == piece);
        let start = if is_needed || before == count { index } else { index - before };
        let behind = (index + 1..self.layout.piece_count()).take_while(alike);
        let last = behind.take_while(|index| index - start < count).last();
        start..last.unwrap_or(index) + 1
    }

    /// Half the memory is left to peers. `begun` pieces were just reserved.
    fn has_room_for_web_seeds(&self, piece: PieceIndex, begun: u32) -> bool {
        let pieces = self.web_seeds.reserved() as u64 + u64::from(begun);
        let bytes = pieces * u64::from(self.layout.piece_length());
        let is_fair = bytes == 0 || 2 * bytes < self.config.pieces_in_memory_max;
        is_fair && self.assembly.has_room(&self.layout, piece)
    }

    /// For a web seed that finds no free piece: what peers are slow with, or have left half done, is
    /// fetched too, so that nothing is ever left to those who do not send.
    fn lend_a_hand(&mut self, now: Instant, id: WebSeedId) {
        let theirs = self.web_seeds.theirs(id);
        let can_help =
            |piece: PieceIndex| theirs.contains(piece.as_usize()) && !self.web_seeds.are_at(piece);
        match self.assembly.oldest(can_help) {
            Some((began, piece)) if began + PATIENCE <= now => {
                self.order(now, id, piece.get()..piece.get() + 1, false);
            }
            Some((began, _)) => self.wake_by(began + PATIENCE),
            None => {}
        }
    }

    /// Pieces that a web seed was to send are free for others.
    fn release_whole(&mut self, pieces: Range<u32>) {
        for piece in pieces.filter_map(|index| self.layout.piece(index)) {
            if self.assembly.release_whole(piece) {
                self.board.reopen(piece);
            }
            self.refill = true;
        }
    }

    /// No peer needs to send any of this piece.
    fn call_off(&mut self, now: Instant, piece: PieceIndex) {
        for id in self.connections.ids() {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.peer.cancel_piece(piece);
            }
            self.list(now, id);
        }
        self.refill = true;
    }
}
