//! Metadata being put together, piece by piece (BEP 9).
//!
//! Nobody knows how long the metadata is until somebody says so, and nobody knows whether a piece is
//! right until all are there. So there is a draft for each size that is claimed, which everybody
//! who claims it fills together. When the hash of a full draft is wrong and several filled it, each
//! of them becomes a suspect and fills a draft of its own from then on: the next wrong one is proof.

use std::time::{Duration, Instant};

use crate::metainfo::InfoHash;
use crate::swarm::ConnectionId;
use crate::swarm::blame::Party;
use crate::wire::extension::{METADATA_BYTES_MAX, METADATA_PIECE_LENGTH};

/// Drafts at a time. A draft holds only what came, so this bounds memory to 32 MiB, and that only
/// where peers send so much of what is not the metadata.
const DRAFTS_MAX: usize = 4;

/// How long a draft may keep its place when somebody waits for one: whoever claims a size of its own
/// and sends it drop by drop must not keep the honest waiting.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many pieces metadata of this size has; `None` when it is empty or larger than any we take.
pub(super) fn piece_count(size: u32) -> Option<u32> {
    let is_taken = size > 0 && size as usize <= METADATA_BYTES_MAX;
    is_taken.then(|| size.div_ceil(METADATA_PIECE_LENGTH as u32))
}

/// Names one draft of one hunt. Never given to another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct DraftId(u64);

/// Metadata of one size, as far as it is there.
pub(super) struct Draft {
    id: DraftId,
    size: u32,
    began: Instant,
    /// The suspect that fills it, if only one may.
    alone: Option<ConnectionId>,
    /// How many may be asked for its pieces.
    members: usize,
    pieces: Vec<Piece>,
    senders: Vec<Party>,
}

#[derive(Default)]
struct Piece {
    data: Option<Box<[u8]>>,
    /// Requests for it that are not answered yet.
    asked: usize,
}

/// What a piece that came has led to.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// More are missing, or the draft is gone.
    Waiting,
    /// It is not as long as it has to be.
    WrongLength,
    /// This is the metadata.
    Found(Vec<u8>),
    /// These together have sent something that is not the metadata. The draft is gone.
    False(Vec<Party>),
}

/// The drafts there are.
#[derive(Default)]
pub(super) struct Drafts {
    open: Vec<Draft>,
    last_id: u64,
}

impl Drafts {
    /// A draft for someone who claims this size to fill: with the others, or alone. `None` when
    /// there is no room for one.
    pub(super) fn join(
        &mut self,
        now: Instant,
        size: u32,
        alone: Option<ConnectionId>,
    ) -> Option<DraftId> {
        if let Some(draft) = self.open.iter_mut().find(|d| d.size == size && d.alone == alone) {
            draft.members += 1;
            return Some(draft.id);
        }
        let count = piece_count(size)?;
        self.make_room(now)?;
        self.last_id += 1;
        let id = DraftId(self.last_id);
        let pieces = (0..count).map(|_| Piece::default()).collect();
        let senders = Vec::new();
        self.open.push(Draft { id, size, began: now, alone, members: 1, pieces, senders });
        Some(id)
    }

    /// Gives up a draft that nobody fills, or the oldest if it has had its time.
    fn make_room(&mut self, now: Instant) -> Option<()> {
        if self.open.len() < DRAFTS_MAX {
            return Some(());
        }
        let left = self.open.iter().position(|draft| draft.members == 0);
        // They stand in the order they were begun.
        let at = left.or_else(|| (self.open[0].began + PATIENCE <= now).then_some(0))?;
        self.open.remove(at);
        Some(())
    }

    /// Somebody fills it no more. What has come is kept for the others, if there may be any.
    pub(super) fn leave(&mut self, id: DraftId) {
        let Some(draft) = self.get_mut(id) else { return };
        draft.members -= 1;
        let is_useless = draft.alone.is_some() || draft.senders.is_empty();
        if draft.members == 0 && is_useless {
            self.remove(id);
        }
    }

    /// The piece to ask for next: one that is missing, and that as few as possible are asked for.
    pub(super) fn ask(&mut self, id: DraftId) -> Option<u32> {
        let pieces = &mut self.get_mut(id)?.pieces;
        let (number, piece) = (0u32..)
            .zip(pieces)
            .filter(|(_, piece)| piece.data.is_none())
            .min_by_key(|(_, piece)| piece.asked)?;
        piece.asked += 1;
        Some(number)
    }

    /// A request will not be answered.
    pub(super) fn withdraw(&mut self, id: DraftId, piece: u32) {
        if let Some(piece) = self.piece(id, piece) {
            piece.asked -= 1;
        }
    }

    /// The answer to a request.
    pub(super) fn put(
        &mut self,
        id: DraftId,
        number: u32,
        data: &[u8],
        sender: Party,
        wanted: InfoHash,
    ) -> Outcome {
        self.withdraw(id, number);
        let Some(draft) = self.get_mut(id) else { return Outcome::Waiting };
        if data.len() != draft.length_of(number) {
            return Outcome::WrongLength;
        }
        let piece = &mut draft.pieces[number as usize];
        if piece.data.is_some() {
            return Outcome::Waiting;
        }
        piece.data = Some(data.into());
        if !draft.senders.contains(&sender) {
            draft.senders.push(sender);
        }
        let Some(metadata) = draft.whole() else { return Outcome::Waiting };
        if InfoHash::of(&metadata) == wanted {
            return Outcome::Found(metadata);
        }
        let senders = std::mem::take(&mut draft.senders);
        self.remove(id);
        Outcome::False(senders)
    }

    /// Whether it is still there.
    pub(super) fn has(&self, id: DraftId) -> bool {
        self.open.iter().any(|draft| draft.id == id)
    }

    /// When the oldest has had its time, if places are short.
    pub(super) fn next_eviction(&self) -> Option<Instant> {
        let oldest = self.open.first().filter(|_| self.open.len() >= DRAFTS_MAX)?;
        Some(oldest.began + PATIENCE)
    }

    /// Pieces that are there, and pieces there are to be, of the draft that is nearest to its end.
    pub(super) fn best(&self) -> Option<(usize, usize)> {
        let progress = |draft: &Draft| {
            let there = draft.pieces.iter().filter(|piece| piece.data.is_some()).count();
            (there, draft.pieces.len())
        };
        self.open.iter().map(progress).max_by_key(|(there, of)| there * 1_000 / of)
    }

    fn piece(&mut self, id: DraftId, number: u32) -> Option<&mut Piece> {
        self.get_mut(id)?.pieces.get_mut(number as usize)
    }

    fn get_mut(&mut self, id: DraftId) -> Option<&mut Draft> {
        self.open.iter_mut().find(|draft| draft.id == id)
    }

    fn remove(&mut self, id: DraftId) {
        self.open.retain(|draft| draft.id != id);
    }
}

impl Draft {
    /// BEP 9: all but the last have the same length.
    fn length_of(&self, number: u32) -> usize {
        let from = number as usize * METADATA_PIECE_LENGTH;
        (self.size as usize - from).min(METADATA_PIECE_LENGTH)
    }

    fn whole(&self) -> Option<Vec<u8>> {
        if self.pieces.iter().any(|piece| piece.data.is_none()) {
            return None;
        }
        let parts: Vec<&[u8]> =
            self.pieces.iter().filter_map(|piece| piece.data.as_deref()).collect();
        Some(parts.concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::connections::tests::connection_ids;

    fn party(number: u8) -> Party {
        Party::of(([192, 0, 2, number], 1).into())
    }

    fn metadata() -> (Vec<u8>, InfoHash) {
        let bytes: Vec<u8> = (0..METADATA_PIECE_LENGTH + 5).map(|i| i as u8).collect();
        let hash = InfoHash::of(&bytes);
        (bytes, hash)
    }

    #[test]
    fn two_who_claim_the_same_size_are_asked_for_different_pieces() {
        let (bytes, hash) = metadata();
        let (now, mut drafts) = (Instant::now(), Drafts::default());
        let size = bytes.len() as u32;
        let id = drafts.join(now, size, None).expect("room");
        assert_eq!(drafts.join(now, size, None), Some(id));
        assert_eq!(drafts.ask(id), Some(0));
        assert_eq!(drafts.ask(id), Some(1));
        // Nothing else is missing, so the first is asked for again, elsewhere.
        assert_eq!(drafts.ask(id), Some(0));
        let (first, last) = bytes.split_at(METADATA_PIECE_LENGTH);
        assert_eq!(drafts.put(id, 1, last, party(1), hash), Outcome::Waiting);
        assert_eq!(drafts.best(), Some((1, 2)));
        assert_eq!(drafts.put(id, 0, first, party(2), hash), Outcome::Found(bytes.clone()));
    }

    #[test]
    fn a_false_draft_names_everybody_who_had_a_part_in_it() {
        let (bytes, _) = metadata();
        let (now, mut drafts) = (Instant::now(), Drafts::default());
        let id = drafts.join(now, bytes.len() as u32, None).expect("room");
        let (first, last) = bytes.split_at(METADATA_PIECE_LENGTH);
        let other = InfoHash([7; 20]);
        for _ in 0..2 {
            drafts.ask(id);
        }
        drafts.put(id, 0, first, party(1), other);
        let outcome = drafts.put(id, 1, last, party(2), other);
        assert_eq!(outcome, Outcome::False(vec![party(1), party(2)]));
        assert!(!drafts.has(id));
    }

    #[test]
    fn a_piece_of_another_length_is_not_taken() {
        let (bytes, hash) = metadata();
        let mut drafts = Drafts::default();
        let id = drafts.join(Instant::now(), bytes.len() as u32, None).expect("room");
        for (number, length) in [(0, METADATA_PIECE_LENGTH - 1), (1, 6), (1, 0)] {
            while drafts.ask(id) != Some(number) {}
            let outcome = drafts.put(id, number, &bytes[..length], party(1), hash);
            assert_eq!(outcome, Outcome::WrongLength, "{number} {length}");
        }
    }

    #[test]
    fn sizes_that_nobody_has_are_refused_before_memory_is_taken() {
        let max = METADATA_BYTES_MAX as u32;
        for (size, expected) in [
            (0, None),
            (1, Some(1)),
            (16_385, Some(2)),
            (max, Some(512)),
            (max + 1, None),
            (u32::MAX, None),
        ] {
            assert_eq!(piece_count(size), expected, "{size}");
        }
    }

    #[test]
    fn drafts_that_stand_still_give_way_when_their_time_is_over() {
        let (start, mut drafts) = (Instant::now(), Drafts::default());
        let ids: Vec<_> =
            (1..=DRAFTS_MAX as u32).map(|size| drafts.join(start, size, None)).collect();
        assert_eq!(drafts.join(start, 99, None), None);
        assert_eq!(drafts.next_eviction(), Some(start + PATIENCE));
        let late = drafts.join(start + PATIENCE, 99, None);
        assert!(late.is_some() && ids[0].is_some_and(|id| !drafts.has(id)));
    }

    #[test]
    fn what_somebody_leaves_behind_is_kept_for_others_until_the_place_is_needed() {
        let (bytes, hash) = metadata();
        let (now, mut drafts) = (Instant::now(), Drafts::default());
        let size = bytes.len() as u32;
        let id = drafts.join(now, size, None).expect("room");
        drafts.ask(id);
        drafts.put(id, 0, &bytes[..METADATA_PIECE_LENGTH], party(1), hash);
        drafts.leave(id);
        assert_eq!(drafts.join(now, size, None), Some(id));
        drafts.leave(id);
        let suspect = connection_ids(1)[0];
        let alone = drafts.join(now, size, Some(suspect)).expect("room");
        assert_ne!(alone, id);
        drafts.leave(alone);
        assert!(drafts.has(id) && !drafts.has(alone));
        for size in 1..=DRAFTS_MAX as u32 {
            assert!(drafts.join(now, size, None).is_some());
        }
        assert!(!drafts.has(id));
    }
}
