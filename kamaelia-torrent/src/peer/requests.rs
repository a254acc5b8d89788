//! What we asked them for: how much at a time, how long we wait, and what may come unasked.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::metainfo::{Block, PieceIndex};
use crate::peer::ProtocolError;
use crate::peer::pipeline::Pipeline;

/// A peer that owes us blocks and sends none for this long is snubbed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A peer that serves us for so long, sends nothing of what it owes and then chokes us might as well
/// have been silent: most are served for ten seconds at least (BEP 3).
const FRUITLESS: Duration = Duration::from_secs(10);

/// A peer that sends, but not this block, loses the request after this long.
const REQUEST_AGE_MAX: Duration = Duration::from_secs(60);

/// Blocks that may come although nobody asked for them. Those that were asked for and withdrawn do
/// not count: they were on their way.
const UNASKED_MAX: u32 = 16;

/// Refusals of requests that nobody made (BEP 6), likewise.
const UNASKED_REJECTS_MAX: u32 = 64;

/// Withdrawn requests remembered as reasons for a late block or refusal.
const WITHDRAWN_MAX: u32 = 4_096;

/// One open request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Asked {
    /// What was asked for.
    pub(crate) block: Block,
    /// Whether nobody else need be asked for it: not so when the peer is on trial after silence, or
    /// when several are asked for the same block at the end.
    pub(crate) reserved: bool,
    at: Instant,
}

/// What a block that came is to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Answer {
    /// It answers this request.
    Asked(Asked),
    /// It was asked for, but not any more; as far as can be told.
    Late,
    /// Nobody asked for it.
    Unasked,
}

/// Open requests, the oldest first.
#[derive(Debug)]
pub(crate) struct Requests {
    asked: VecDeque<Asked>,
    pipeline: Pipeline,
    /// How many they keep, as they say.
    limit: usize,
    last_block: Instant,
    /// Time-outs and fruitless services since the last block: a peer with any is on trial, with one request at a time.
    timeouts: u32,
    withdrawn: u32,
    unasked: u32,
    unasked_rejects: u32,
}

impl Requests {
    pub(super) fn new(now: Instant) -> Self {
        Requests {
            asked: VecDeque::new(),
            pipeline: Pipeline::new(now),
            limit: usize::MAX,
            last_block: now,
            timeouts: 0,
            withdrawn: 0,
            unasked: 0,
            unasked_rejects: 0,
        }
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.asked.len()
    }

    /// Whether they were asked for this block and owe it.
    pub(crate) fn contains(&self, block: Block) -> bool {
        self.asked.iter().any(|asked| asked.block == block)
    }

    /// Whether they were asked for a block of this piece and owe it.
    pub(crate) fn any_of(&self, piece: PieceIndex) -> bool {
        self.asked.iter().any(|asked| asked.block.piece() == piece)
    }

    /// What they owe, the oldest first.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Block> {
        self.asked.iter().map(|asked| asked.block)
    }

    /// Since when they owe us something and have sent nothing.
    pub(crate) fn waiting_since(&self) -> Option<Instant> {
        let oldest = self.asked.front()?;
        Some(oldest.at.max(self.last_block))
    }

    /// How many may be open: what their line carries, measured in blocks.
    pub(crate) fn depth(&self) -> usize {
        self.pipeline.depth()
    }

    /// They let requests time out and have sent nothing since.
    pub(crate) fn is_snubbed(&self) -> bool {
        self.timeouts > 0
    }

    /// How many times in a row they let requests time out.
    pub(crate) fn timeouts(&self) -> u32 {
        self.timeouts
    }

    /// They say how many requests they keep before some are lost (`reqq`, BEP 10).
    pub(super) fn set_limit(&mut self, limit: Option<u32>) {
        self.limit = limit.map_or(usize::MAX, |limit| limit.max(1) as usize);
    }

    /// How many more to ask for now.
    pub(super) fn room(&self) -> usize {
        let depth = match self.is_snubbed() {
            true => 1,
            false => self.pipeline.depth().min(self.limit),
        };
        depth.saturating_sub(self.asked.len())
    }

    pub(super) fn ask(&mut self, now: Instant, block: Block, reserved: bool) {
        self.asked.push_back(Asked { block, reserved, at: now });
    }

    /// A block came.
    pub(super) fn on_piece(&mut self, now: Instant, block: Block) -> Result<Answer, ProtocolError> {
        let Some(asked) = self.remove(block) else {
            return self.on_unasked();
        };
        self.pipeline.on_block(now, asked.at, block.length());
        self.on_useful(now);
        Ok(Answer::Asked(asked))
    }

    /// They have sent something that we can use, asked for or late.
    pub(super) fn on_useful(&mut self, now: Instant) {
        self.last_block = now;
        self.timeouts = 0;
    }

    fn on_unasked(&mut self) -> Result<Answer, ProtocolError> {
        if self.withdrawn > 0 {
            self.withdrawn -= 1;
            return Ok(Answer::Late);
        }
        self.unasked += 1;
        match self.unasked {
            blocks if blocks > UNASKED_MAX => Err(ProtocolError::UnaskedBlocks { blocks }),
            _ => Ok(Answer::Unasked),
        }
    }

    /// They will not answer a request (BEP 6): which one, or nothing when it was withdrawn before.
    pub(super) fn on_reject(&mut self, block: Block) -> Result<Option<Asked>, ProtocolError> {
        if let Some(asked) = self.remove(block) {
            return Ok(Some(asked));
        }
        if self.withdrawn > 0 {
            self.withdrawn -= 1;
            return Ok(None);
        }
        self.unasked_rejects += 1;
        match self.unasked_rejects {
            rejects if rejects > UNASKED_REJECTS_MAX => {
                Err(ProtocolError::UnaskedRejects { rejects })
            }
            _ => Ok(None),
        }
    }

    /// They serve us no longer.
    pub(super) fn on_choked(&mut self, now: Instant) {
        if self.waiting_since().is_some_and(|since| since + FRUITLESS <= now) {
            self.timeouts += 1;
        }
    }

    /// Takes every request back. The line is measured afresh afterwards.
    pub(crate) fn withdraw(&mut self) -> Vec<Asked> {
        self.pipeline = Pipeline::new(self.last_block);
        let all: Vec<Asked> = self.asked.drain(..).collect();
        self.remember_withdrawn(all.len());
        all
    }

    pub(super) fn withdraw_one(&mut self, block: Block) -> Option<Asked> {
        let asked = self.remove(block)?;
        self.remember_withdrawn(1);
        Some(asked)
    }

    pub(super) fn withdraw_piece(&mut self, piece: PieceIndex) -> Vec<Asked> {
        let (of_piece, others) =
            self.asked.drain(..).partition::<Vec<_>, _>(|asked| asked.block.piece() == piece);
        self.asked.extend(others);
        self.remember_withdrawn(of_piece.len());
        of_piece
    }

    /// Takes back what has waited too long: everything from a peer that sends nothing, or the oldest
    /// from one that passes them over. Only a peer that `served` us all the while is to blame.
    pub(super) fn withdraw_overdue(&mut self, now: Instant, served: bool) -> Vec<Asked> {
        if self.silent_at().is_some_and(|at| at <= now) {
            self.timeouts += u32::from(served);
            return self.withdraw();
        }
        let old = |asked: &Asked| asked.at + REQUEST_AGE_MAX <= now;
        let count = self.asked.iter().take_while(|asked| old(asked)).count();
        self.remember_withdrawn(count);
        self.asked.drain(..count).collect()
    }

    /// When the first request will be overdue.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let oldest = self.asked.front()?;
        let silent = self.silent_at()?;
        Some(silent.min(oldest.at + REQUEST_AGE_MAX))
    }

    fn silent_at(&self) -> Option<Instant> {
        Some(self.waiting_since()? + PATIENCE)
    }

    fn remove(&mut self, block: Block) -> Option<Asked> {
        // Peers answer in order, so the first is almost always the one.
        let position = self.asked.iter().position(|asked| asked.block == block)?;
        self.asked.remove(position)
    }

    fn remember_withdrawn(&mut self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.withdrawn = self.withdrawn.saturating_add(count).min(WITHDRAWN_MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{FileEntry, Layout};
    use crate::peer::pipeline::DEPTH_MIN;

    fn blocks() -> Vec<Block> {
        let path = vec!["f".into()];
        let length = 1 << 20;
        let layout = Layout::new(length, vec![FileEntry { path, length, padding: false }]);
        let layout = layout.expect("sizes of a torrent");
        layout.pieces().flat_map(|piece| layout.blocks(piece)).collect()
    }

    fn withdrawn(asked: Vec<Asked>) -> Vec<Block> {
        asked.into_iter().map(|asked| asked.block).collect()
    }

    #[test]
    fn a_silent_peer_loses_all_requests_and_gets_one_at_a_time() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        assert_eq!(requests.room(), DEPTH_MIN);
        for block in &blocks[..4] {
            requests.ask(start, *block, true);
        }
        assert_eq!(requests.next_timeout(), Some(start + PATIENCE));
        let almost = start + PATIENCE - Duration::from_millis(1);
        assert_eq!(requests.withdraw_overdue(almost, true), []);
        assert_eq!(withdrawn(requests.withdraw_overdue(start + PATIENCE, true)), blocks[..4]);
        assert_eq!((requests.room(), requests.timeouts()), (1, 1));

        requests.ask(start + PATIENCE, blocks[0], false);
        let answer = requests.on_piece(start + PATIENCE, blocks[0]);
        assert!(matches!(answer, Ok(Answer::Asked(_))));
        assert!(!requests.is_snubbed());
    }

    #[test]
    fn no_more_is_asked_for_than_they_keep() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        requests.set_limit(Some(3));
        requests.ask(start, blocks[0], true);
        assert_eq!(requests.room(), 2);
        requests.set_limit(None);
        assert_eq!(requests.room(), DEPTH_MIN - 1);
    }

    #[test]
    fn progress_buys_time_but_not_for_ever() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        for block in &blocks[..4] {
            requests.ask(start, *block, true);
        }
        let mut now = start;
        for block in &blocks[1..3] {
            now += Duration::from_secs(25);
            assert!(requests.on_piece(now, *block).is_ok());
            assert_eq!(requests.withdraw_overdue(now, true), []);
        }
        let overdue = requests.withdraw_overdue(start + REQUEST_AGE_MAX, true);
        assert_eq!(withdrawn(overdue), [blocks[0], blocks[3]]);
        assert!(!requests.is_snubbed());
    }

    #[test]
    fn a_refusal_ends_a_request_and_those_of_nothing_are_counted() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        requests.ask(start, blocks[0], true);
        requests.ask(start, blocks[1], true);
        let asked = requests.on_reject(blocks[0]).map(|asked| asked.map(|asked| asked.block));
        assert_eq!(asked, Ok(Some(blocks[0])));
        assert_eq!(requests.withdraw().len(), 1);
        for _ in 0..=UNASKED_REJECTS_MAX {
            assert_eq!(requests.on_reject(blocks[1]), Ok(None));
        }
        let rejects = UNASKED_REJECTS_MAX + 1;
        let error = ProtocolError::UnaskedRejects { rejects };
        assert_eq!(requests.on_reject(blocks[1]), Err(error));
    }

    #[test]
    fn a_peer_that_chokes_and_answers_nothing_is_no_snubber() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        requests.ask(start, blocks[0], true);
        assert_eq!(withdrawn(requests.withdraw_overdue(start + PATIENCE, false)), blocks[..1]);
        assert!(!requests.is_snubbed());
    }

    #[test]
    fn a_peer_that_serves_in_turns_and_sends_nothing_is_found_out() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        requests.ask(start, blocks[0], true);
        requests.on_choked(start + FRUITLESS - Duration::from_millis(1));
        assert!(!requests.is_snubbed(), "it had little time");
        requests.on_choked(start + FRUITLESS);
        assert!(requests.is_snubbed());
        let answer = requests.on_piece(start + FRUITLESS, blocks[0]);
        assert!(matches!(answer, Ok(Answer::Asked(_))));
        requests.on_choked(start + 3 * FRUITLESS);
        assert!(!requests.is_snubbed(), "it owed nothing");
    }

    #[test]
    fn late_blocks_are_forgiven_and_floods_are_not() {
        let (start, blocks) = (Instant::now(), blocks());
        let mut requests = Requests::new(start);
        requests.ask(start, blocks[0], true);
        assert_eq!(requests.withdraw().len(), 1);
        assert_eq!(requests.on_piece(start, blocks[0]), Ok(Answer::Late));
        for _ in 0..UNASKED_MAX {
            assert_eq!(requests.on_piece(start, blocks[0]), Ok(Answer::Unasked));
        }
        let blocks_sent = UNASKED_MAX + 1;
        let error = ProtocolError::UnaskedBlocks { blocks: blocks_sent };
        assert_eq!(requests.on_piece(start, blocks[0]), Err(error));
    }
}
