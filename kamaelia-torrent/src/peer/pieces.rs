//! What the other side has.

use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};
use crate::peer::ProtocolError;
use crate::wire::{Message, decode_bitfield};

/// The pieces they have, and how many of these we lack and want.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    set: FixedBitSet,
    count: usize,
    /// How many of theirs we lack and want; kept right by the swarm, which knows ours.
    wanted: usize,
    /// They have said something about what they have.
    told: bool,
}

impl Pieces {
    pub(super) fn new(piece_count: u32) -> Self {
        let set = FixedBitSet::with_capacity(piece_count as usize);
        Pieces { set, count: 0, wanted: 0, told: false }
    }

    /// One bit for each piece they have.
    pub(crate) fn set(&self) -> &FixedBitSet {
        &self.set
    }

    pub(crate) fn has(&self, piece: PieceIndex) -> bool {
        self.set.contains(piece.as_usize())
    }

    /// They have said something about what they have.
    pub(super) fn is_told(&self) -> bool {
        self.told
    }

    /// They have all pieces.
    pub(crate) fn is_complete(&self) -> bool {
        self.count == self.set.len()
    }

    /// How many they have.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// They have a piece that we lack and want.
    pub(crate) fn any_wanted(&self) -> bool {
        self.wanted > 0
    }

    /// Counts afresh how many of theirs are among those we lack and want.
    pub(crate) fn count_wanted(&mut self, lacking: &FixedBitSet) {
        self.wanted = self.set.intersection_count(lacking);
    }

    /// They have announced a piece that we lack and want.
    pub(crate) fn add_wanted(&mut self) {
        self.wanted += 1;
    }

    /// We have got a piece that we wanted; if it is one of theirs, there is less to want.
    pub(crate) fn remove_wanted(&mut self, piece: PieceIndex) {
        if self.has(piece) {
            self.wanted -= 1;
        }
    }

    pub(super) fn on_have(
        &mut self,
        layout: &Layout,
        index: u32,
    ) -> Result<Option<PieceIndex>, ProtocolError> {
        let piece = find_piece(layout, index)?;
        self.told = true;
        if self.set.put(piece.as_usize()) {
            return Ok(None);
        }
        self.count += 1;
        Ok(Some(piece))
    }

    /// They have a piece no longer (BEP 54); nothing if they never said that they had.
    pub(super) fn on_dont_have(
        &mut self,
        layout: &Layout,
        index: u32,
    ) -> Result<Option<PieceIndex>, ProtocolError> {
        let piece = find_piece(layout, index)?;
        if !self.has(piece) {
            return Ok(None);
        }
        self.set.remove(piece.as_usize());
        self.count -= 1;
        Ok(Some(piece))
    }

    /// They say at once what they have: by a bitfield, or *have all* or *have none* (BEP 6). Returns
    /// what is new.
    ///
    /// The standards want one of them as the first message only. Some clients (aria2) also send the
    /// first two later, where they are shorter than as many *haves*, so they may come at any time.
    /// They take nothing back, and each piece is news once, so that sending them again and again
    /// costs us no more than reading them. *Have none* does nothing but take back, so it comes
    /// before anything else or breaks the rules.
    pub(super) fn on_told(
        &mut self,
        layout: &Layout,
        message: Message<'_>,
    ) -> Result<Option<FixedBitSet>, ProtocolError> {
        let mut new = match message {
            Message::Bitfield(bits) => decode_bitfield(bits, layout.piece_count())?,
            Message::HaveAll => {
                let mut all = FixedBitSet::with_capacity(self.set.len());
                all.insert_range(..);
                all
            }
            _ if self.told => return Err(ProtocolError::LateHaveNone),
            _ => FixedBitSet::new(),
        };
        self.told = true;
        new.difference_with(&self.set);
        if new.is_clear() {
            return Ok(None);
        }
        self.set.union_with(&new);
        self.count += new.count_ones(..);
        Ok(Some(new))
    }
}

pub(super) fn find_piece(layout: &Layout, index: u32) -> Result<PieceIndex, ProtocolError> {
    let count = layout.piece_count();
    layout.piece(index).ok_or(ProtocolError::NoSuchPiece { index, count })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    fn layout() -> Layout {
        let path = vec!["f".into()];
        let length = 9 * 16;
        Layout::new(16, vec![FileEntry { path, length, padding: false }])
            .expect("sizes of a torrent")
    }

    fn set(new: impl IntoIterator<Item = usize>) -> Result<Option<FixedBitSet>, ProtocolError> {
        let mut set = FixedBitSet::with_capacity(9);
        set.extend(new);
        Ok(Some(set))
    }

    fn told(pieces: &mut Pieces, bits: &[u8]) -> Result<Option<FixedBitSet>, ProtocolError> {
        pieces.on_told(&layout(), Message::Bitfield(bits))
    }

    #[test]
    fn a_bitfield_may_come_at_any_time_and_tells_what_is_new() {
        let layout = layout();
        let mut pieces = Pieces::new(9);
        assert!(pieces.on_have(&layout, 0).is_ok());
        assert_eq!(told(&mut pieces, &[0b1110_0000, 0]), set([1, 2]));
        assert_eq!(told(&mut pieces, &[0b1110_0000, 0]), Ok(None));
        assert_eq!(told(&mut pieces, &[0b0001_1111, 0x80]), set(3..9));
        assert!(pieces.is_complete());
    }

    #[test]
    fn haves_complete_a_peer_and_count_once() {
        let layout = layout();
        let mut pieces = Pieces::new(9);
        assert_eq!(told(&mut pieces, &[0xff, 0]), set(0..8));
        let last = layout.piece(8).expect("the last piece");
        assert!(!pieces.is_complete());
        assert_eq!(pieces.on_have(&layout, 8), Ok(Some(last)));
        assert_eq!(pieces.on_have(&layout, 8), Ok(None));
        assert!(pieces.is_complete());
    }

    #[test]
    fn have_all_is_a_bitfield_of_everything_and_have_none_comes_first_or_not_at_all() {
        let layout = layout();
        let late = Err(ProtocolError::LateHaveNone);
        let mut seed = Pieces::new(9);
        assert_eq!(seed.on_told(&layout, Message::HaveAll), set(0..9));
        assert_eq!(seed.on_told(&layout, Message::HaveAll), Ok(None));
        assert_eq!(seed.on_told(&layout, Message::HaveNone), late);

        let mut newcomer = Pieces::new(9);
        assert_eq!(newcomer.on_told(&layout, Message::HaveNone), Ok(None));
        assert!(newcomer.on_have(&layout, 1).is_ok());
        assert_eq!(newcomer.on_told(&layout, Message::HaveNone), late);
    }

    #[test]
    fn a_piece_that_is_lost_is_lost_once() {
        let layout = layout();
        let lost = layout.piece(3);
        let mut seed = Pieces::new(9);
        assert_eq!(seed.on_told(&layout, Message::HaveAll), set(0..9));
        assert_eq!(seed.on_dont_have(&layout, 3), Ok(lost));
        assert_eq!(seed.on_dont_have(&layout, 3), Ok(None));
        assert!(!seed.is_complete());
        assert_eq!(seed.on_have(&layout, 3), Ok(lost));
        assert!(seed.is_complete());
        let error = ProtocolError::NoSuchPiece { index: 9, count: 9 };
        assert_eq!(seed.on_dont_have(&layout, 9), Err(error));
    }

    #[test]
    fn a_piece_beyond_the_last_is_refused() {
        let error = ProtocolError::NoSuchPiece { index: 9, count: 9 };
        assert_eq!(Pieces::new(9).on_have(&layout(), 9), Err(error));
    }
}
