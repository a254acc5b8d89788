//! What they asked us for.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;

use crate::metainfo::{Block, PieceIndex};
use crate::peer::ProtocolError;
use crate::peer::allowed_fast::Grant;
use crate::peer::asked_pieces::AskedPieces;
use crate::peer::request_queue::RequestQueue;

/// Requests that a peer may have open, as it is told where it can hear it (`reqq`, BEP 10). More are
/// [kept](RequestQueue) for those who do not.
pub(super) const REQUESTS_MAX: usize = 2_048;

/// Blocks read for one peer at a time, however short: the disk has others to read for, and as much
/// work with one byte as with a whole block.
const READS_MAX: usize = 64;

/// Requests for pieces we never announced, until the peer is taken for broken.
const HOPELESS_MAX: u32 = 256;

/// Requests since a choke, until the peer is taken for one that ignores it: all it may have had on
/// the way, and as many again.
const CHOKED_MAX: u32 = 2 * REQUESTS_MAX as u32;

/// Requests in the order they will be served.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    wanted: RequestQueue,
    /// Blocks the driver was told to read, and whether they are still wanted. A cancelled one stays
    /// until its answer comes, so that asking and cancelling cannot pile up work for the disk.
    reading: VecDeque<(Block, bool)>,
    reading_bytes: usize,
    /// Of both.
    pieces: AskedPieces,
    hopeless: u32,
    /// Requests refused since the last choke because of it.
    choked: u32,
    /// What they may have while they are choked.
    grant: Grant,
}

impl Uploads {
    /// From now on they may ask for these pieces even when choked (BEP 6).
    pub(super) fn allow(&mut self, grant: Grant) {
        self.grant = grant;
    }

    /// Whether they asked for something that is not being read yet.
    pub(crate) fn any_wanted(&self) -> bool {
        !self.wanted.is_empty()
    }

    /// Whether they asked for something that was not sent yet.
    pub(crate) fn any_open(&self) -> bool {
        !self.wanted.is_empty() || !self.reading.is_empty()
    }

    /// Whether they asked for a block of this piece and have not been sent it.
    pub(crate) fn any_of(&self, piece: PieceIndex) -> bool {
        self.pieces.contains(piece)
    }

    /// Whether a request for this block could be kept.
    pub(super) fn has_room(&self, block: Block) -> bool {
        self.wanted.has_room(block)
    }

    /// True when the request is kept, false when it will not be answered with the block.
    pub(super) fn on_request(
        &mut self,
        block: Block,
        served: bool,
        have: &FixedBitSet,
    ) -> Result<bool, ProtocolError> {
        if !have.contains(block.piece().as_usize()) {
            return self.on_hopeless();
        }
        if !self.wanted.has_room(block) {
            return Ok(false);
        }
        if !served && !self.grant.spend(block) {
            return self.on_choked();
        }
        self.wanted.push(block);
        self.pieces.add(block.piece());
        Ok(true)
    }

    /// Without service it was most likely sent before our choke arrived: nobody's fault.
    fn on_choked(&mut self) -> Result<bool, ProtocolError> {
        self.choked += 1;
        match self.choked {
            requests if requests > CHOKED_MAX => Err(ProtocolError::ChokedRequests { requests }),
            _ => Ok(false),
        }
    }

    fn on_hopeless(&mut self) -> Result<bool, ProtocolError> {
        self.hopeless += 1;
        match self.hopeless {
            requests if requests > HOPELESS_MAX => {
                Err(ProtocolError::HopelessRequests { requests })
            }
            _ => Ok(false),
        }
    }

    /// True when the block was still to be sent, which it is not any more.
    pub(super) fn on_cancel(&mut self, block: Block) -> bool {
        if self.wanted.remove(block) {
            self.pieces.remove(block.piece());
            return true;
        }
        let mut reading = self.reading.iter_mut();
        let found = reading.find(|(reading, wanted)| *reading == block && *wanted);
        found.is_some_and(|(_, wanted)| std::mem::replace(wanted, false))
    }

    /// They are choked now: gives up all they asked for that is not theirs in spite of it, and says
    /// what that was.
    pub(super) fn on_choke(&mut self) -> Vec<Block> {
        self.choked = 0;
        let grant = &mut self.grant;
        let mut refused = Vec::new();
        for (block, wanted) in &mut self.reading {
            if *wanted && !grant.spend(*block) {
                *wanted = false;
                refused.push(*block);
            }
        }
        for block in self.wanted.take_unless(|block| grant.spend(block)) {
            self.pieces.remove(block.piece());
            refused.push(block);
        }
        refused
    }

    /// The next block to read, if less than `ahead_max` bytes are being read or `waiting` to be sent,
    /// and no more than a few blocks are being read.
    pub(super) fn poll_read(&mut self, waiting: usize, ahead_max: usize) -> Option<Block> {
        if self.reading.len() >= READS_MAX || waiting + self.reading_bytes >= ahead_max {
            return None;
        }
        let block = self.wanted.pop()?;
        self.reading.push_back((block, true));
        self.reading_bytes += block.range().len();
        Some(block)
    }

    /// A read has ended; true if the block is still wanted.
    pub(super) fn on_read(&mut self, block: Block) -> bool {
        let found = self.reading.iter().position(|(read, _)| *read == block);
        let Some((_, wanted)) = found.and_then(|position| self.reading.remove(position)) else {
            return false;
        };
        self.reading_bytes -= block.range().len();
        self.pieces.remove(block.piece());
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{BLOCK_LENGTH, FileEntry, InfoHash, Layout};
    use crate::peer::request_queue::RUNS_MAX;
    use std::net::IpAddr;

    const BLOCK: usize = BLOCK_LENGTH as usize;

    fn layout() -> Layout {
        let path = vec!["f".into()];
        let length = 8 * u64::from(BLOCK_LENGTH);
        let piece_length = length / 2;
        Layout::new(piece_length, vec![FileEntry { path, length, padding: false }])
            .expect("sizes of a torrent")
    }

    fn first_piece() -> (Vec<Block>, FixedBitSet) {
        let layout = layout();
        let piece = layout.piece(0).expect("the first piece");
        let mut have = FixedBitSet::with_capacity(2);
        have.insert(0);
        (layout.blocks(piece).collect(), have)
    }

    #[test]
    fn reads_stop_when_enough_is_on_its_way() {
        let (blocks, have) = first_piece();
        let mut uploads = Uploads::default();
        for block in &blocks {
            assert_eq!(uploads.on_request(*block, true, &have), Ok(true));
        }
        assert_eq!(uploads.poll_read(0, 2 * BLOCK), Some(blocks[0]));
        assert_eq!(uploads.poll_read(0, 2 * BLOCK), Some(blocks[1]));
        assert_eq!(uploads.poll_read(0, 2 * BLOCK), None);
        assert!(uploads.on_read(blocks[0]));
        assert_eq!(uploads.poll_read(BLOCK, 2 * BLOCK), None);
        assert_eq!(uploads.poll_read(0, 2 * BLOCK), Some(blocks[2]));
    }

    #[test]
    fn many_tiny_blocks_are_no_more_work_for_the_disk_than_a_few_whole_ones() {
        let (_, have) = first_piece();
        let layout = layout();
        let mut uploads = Uploads::default();
        let mut asked = Vec::new();
        for offset in 0..3 * READS_MAX as u32 {
            let block = layout.block(0, offset, 1).expect("one byte is a block");
            assert_eq!(uploads.on_request(block, true, &have), Ok(true));
            asked.extend(uploads.poll_read(0, 32 * BLOCK));
        }
        assert_eq!(asked.len(), READS_MAX);
        assert!(uploads.on_read(asked[0]));
        assert!(uploads.poll_read(0, 32 * BLOCK).is_some(), "one has come, and one may be read");
        assert_eq!(uploads.poll_read(0, 32 * BLOCK), None);
    }

    #[test]
    fn asking_and_cancelling_does_not_pile_up_reads() {
        let (blocks, have) = first_piece();
        let mut uploads = Uploads::default();
        let mut reads = 0;
        for _ in 0..100 {
            assert_eq!(uploads.on_request(blocks[0], true, &have), Ok(true));
            reads += usize::from(uploads.poll_read(0, 2 * BLOCK).is_some());
            assert!(uploads.on_cancel(blocks[0]));
        }
        assert_eq!(reads, 2);
        assert!(!uploads.on_read(blocks[0]), "a cancelled block is not sent");
    }

    #[test]
    fn a_choked_peer_is_not_served_and_not_blamed_for_long() {
        let (blocks, have) = first_piece();
        let mut uploads = Uploads::default();
        for _ in 0..CHOKED_MAX {
            assert_eq!(uploads.on_request(blocks[0], false, &have), Ok(false));
        }
        assert_eq!(uploads.poll_read(0, BLOCK), None);
        let error = ProtocolError::ChokedRequests { requests: CHOKED_MAX + 1 };
        assert_eq!(uploads.on_request(blocks[0], false, &have), Err(error));
    }

    #[test]
    fn a_newcomer_gets_what_it_is_allowed_once_and_keeps_it_through_a_choke() {
        let (blocks, have) = first_piece();
        let mut uploads = Uploads::default();
        uploads.allow(Grant::new(&layout(), InfoHash([0; 20]), IpAddr::from([10, 0, 0, 1])));
        assert_eq!(uploads.on_request(blocks[0], false, &have), Ok(true));
        assert_eq!(uploads.on_request(blocks[1], true, &have), Ok(true));
        assert_eq!(uploads.on_choke(), [blocks[0]; 0]);
        assert_eq!(uploads.poll_read(0, BLOCK), Some(blocks[0]));
        assert_eq!(uploads.poll_read(0, 2 * BLOCK), Some(blocks[1]));
    }

    #[test]
    fn a_choke_gives_up_what_is_waiting_and_what_is_being_read() {
        let (blocks, have) = first_piece();
        let mut uploads = Uploads::default();
        for block in &blocks[..2] {
            assert_eq!(uploads.on_request(*block, true, &have), Ok(true));
        }
        assert_eq!(uploads.poll_read(0, BLOCK), Some(blocks[0]));
        assert_eq!(uploads.on_choke(), blocks[..2]);
        assert!(!uploads.on_read(blocks[0]));
    }

    #[test]
    fn a_piece_is_asked_for_until_its_last_block_is_served_or_given_up() {
        let (blocks, have) = first_piece();
        let piece = blocks[0].piece();
        let mut uploads = Uploads::default();
        let ask = |uploads: &mut Uploads| {
            for block in &blocks[..2] {
                assert_eq!(uploads.on_request(*block, true, &have), Ok(true));
            }
        };
        assert!(!uploads.any_of(piece));
        ask(&mut uploads);
        assert_eq!(uploads.poll_read(0, BLOCK), Some(blocks[0]));
        assert!(uploads.on_cancel(blocks[0]) && uploads.on_cancel(blocks[1]));
        assert!(uploads.any_of(piece), "one is still being read");
        assert!(!uploads.on_read(blocks[0]));
        assert!(!uploads.any_of(piece));
        ask(&mut uploads);
        uploads.on_choke();
        assert!(!uploads.any_of(piece));
    }

    #[test]
    fn the_queue_is_bounded() {
        let (blocks, have) = first_piece();
        let mut uploads = Uploads::default();
        for count in 0..3 * RUNS_MAX {
            let kept = count < RUNS_MAX;
            assert_eq!(uploads.on_request(blocks[0], true, &have), Ok(kept));
        }
    }

    #[test]
    fn pieces_we_lack_may_be_asked_for_only_so_often() {
        let layout = layout();
        let (_, have) = first_piece();
        let block = layout.block(1, 0, 1).expect("a block of the second piece");
        let mut uploads = Uploads::default();
        for _ in 0..HOPELESS_MAX {
            assert_eq!(uploads.on_request(block, true, &have), Ok(false));
        }
        let requests = HOPELESS_MAX + 1;
        let error = ProtocolError::HopelessRequests { requests };
        assert_eq!(uploads.on_request(block, true, &have), Err(error));
    }
}
