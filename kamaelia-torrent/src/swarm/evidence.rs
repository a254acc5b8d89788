//! Which blocks of a corrupt piece were wrong, and who sent them.
//!
//! A piece's hash does not tell which block is wrong. So the digest of each block of a corrupt piece
//! is kept, with its sender, until the piece has come out right: then those that differ are proof
//! against whoever sent them, and the others clear their senders. One honest copy of one piece is
//! enough to tell all liars that had a part in it from all who were in their company.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use crate::metainfo::PieceIndex;
use crate::swarm::blame::Party;
use crate::wire::BlockForm;

/// Blocks that are remembered, a few megabytes of digests. Beyond that suspects are watched as if
/// there were no evidence.
const BLOCKS_MAX: usize = 65_536;

/// A block that came.
struct Exhibit {
    block: usize,
    digest: u64,
    sender: Party,
}

/// What is kept of corrupt pieces.
pub(super) struct Evidence {
    /// Makes digests that no stranger can foresee.
    key: u64,
    form: BlockForm,
    exhibits: BTreeMap<PieceIndex, Vec<Exhibit>>,
    /// Digests of pieces that came once more, until the driver's verdict.
    retries: BTreeMap<PieceIndex, Vec<u64>>,
    blocks: usize,
}

/// What the right bytes of a piece have shown.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Finding {
    pub(super) guilty: Vec<Party>,
    pub(super) cleared: Vec<Party>,
}

impl Evidence {
    pub(super) fn new(key: u64, form: BlockForm) -> Self {
        Evidence { key, form, exhibits: BTreeMap::new(), retries: BTreeMap::new(), blocks: 0 }
    }

    /// A piece came out corrupt: its bytes, and who sent each block.
    pub(super) fn keep(&mut self, piece: PieceIndex, data: &[u8], senders: &[Party]) {
        self.retries.remove(&piece);
        if self.blocks + senders.len() > BLOCKS_MAX {
            return;
        }
        self.blocks += senders.len();
        let digests = self.digests(data).into_iter().zip(senders).enumerate();
        let exhibits = digests.map(|(block, (digest, sender))| {
            let sender = *sender;
            Exhibit { block, digest, sender }
        });
        self.exhibits.entry(piece).or_default().extend(exhibits);
    }

    /// A piece is whole, and goes to the driver.
    pub(super) fn on_whole(&mut self, piece: PieceIndex, data: &[u8]) {
        if self.exhibits.contains_key(&piece) {
            let digests = self.digests(data);
            self.retries.insert(piece, digests);
        }
    }

    /// A piece is right: what that says about those who sent other bytes for it, or the same.
    pub(super) fn judge(&mut self, piece: PieceIndex) -> Finding {
        let Some(right) = self.retries.remove(&piece) else {
            return Finding::default();
        };
        let exhibits = self.exhibits.remove(&piece).unwrap_or_default();
        self.blocks -= exhibits.len();
        let mut finding = Finding::default();
        let is_wrong = |exhibit: &&Exhibit| right.get(exhibit.block) != Some(&exhibit.digest);
        for exhibit in exhibits.iter().filter(is_wrong) {
            if !finding.guilty.contains(&exhibit.sender) {
                finding.guilty.push(exhibit.sender);
            }
        }
        for Exhibit { sender, .. } in &exhibits {
            let is_known = finding.guilty.contains(sender) || finding.cleared.contains(sender);
            if !is_known && !self.concerns(*sender) {
                finding.cleared.push(*sender);
            }
        }
        finding
    }

    /// Whether something is still kept that may speak against this party.
    fn concerns(&self, party: Party) -> bool {
        self.exhibits.values().flatten().any(|exhibit| exhibit.sender == party)
    }

    fn digests(&self, data: &[u8]) -> Vec<u64> {
        let digest = |block: &[u8]| {
            let mut hasher = DefaultHasher::new();
            hasher.write_u64(self.key);
            hasher.write(block);
            hasher.finish()
        };
        self.form.blocks(data).map(digest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::{BLOCK_LENGTH, FileEntry, Layout};

    const BLOCK: usize = BLOCK_LENGTH as usize;

    fn pieces() -> Vec<PieceIndex> {
        let path = vec!["f".into()];
        let length = 4 * u64::from(BLOCK_LENGTH);
        let layout = Layout::new(length / 2, vec![FileEntry { path, length, padding: false }]);
        layout.expect("sizes of a torrent").pieces().collect()
    }

    fn party(last: u8) -> Party {
        Party::of(([10, 0, 0, last], 1).into())
    }

    #[test]
    fn the_block_that_differs_convicts_and_the_others_clear() {
        let piece = pieces()[0];
        let mut evidence = Evidence::new(1, BlockForm::Whole);
        let right = vec![7; 2 * BLOCK];
        let mut wrong = right.clone();
        wrong[BLOCK] = 8;
        evidence.keep(piece, &wrong, &[party(1), party(2)]);
        evidence.on_whole(piece, &right);
        let expected = Finding { guilty: vec![party(2)], cleared: vec![party(1)] };
        assert_eq!(evidence.judge(piece), expected);
        assert_eq!((evidence.judge(piece), evidence.blocks), (Finding::default(), 0));
    }

    #[test]
    fn who_had_a_part_in_another_corrupt_piece_is_not_cleared_yet() {
        let pieces = pieces();
        let mut evidence = Evidence::new(2, BlockForm::Whole);
        let (right, wrong) = (vec![7; 2 * BLOCK], vec![8; 2 * BLOCK]);
        let mut half = right.clone();
        half[0] = 8;
        evidence.keep(pieces[0], &half, &[party(1), party(2)]);
        evidence.keep(pieces[1], &wrong, &[party(2), party(3)]);
        evidence.on_whole(pieces[0], &right);
        assert_eq!(evidence.judge(pieces[0]), Finding { guilty: vec![party(1)], cleared: vec![] });
        // Corrupt once more, from others: all of it counts when it is right at last.
        evidence.on_whole(pieces[1], &wrong);
        evidence.keep(pieces[1], &half, &[party(4), party(5)]);
        assert_eq!(evidence.judge(pieces[1]), Finding::default());
        evidence.on_whole(pieces[1], &right);
        let guilty = vec![party(2), party(3), party(4)];
        assert_eq!(evidence.judge(pieces[1]), Finding { guilty, cleared: vec![party(5)] });
    }

    #[test]
    fn no_more_is_kept_than_allowed() {
        let pieces = pieces();
        let mut evidence = Evidence::new(3, BlockForm::Whole);
        for _ in 0..BLOCKS_MAX {
            evidence.keep(pieces[0], &[1; 2], &[party(1), party(2)]);
        }
        assert_eq!(evidence.blocks, BLOCKS_MAX);
    }
}
