//! What the other side has.

use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};
use crate::peer::{Event, ProtocolError};
use crate::wire::decode_bitfield;

/// The pieces they have, and how many of these we lack and want.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    set: FixedBitSet,
    count: usize,
    /// How many of theirs we lack and want; kept right by the swarm, which knows ours.
    wanted: usize,
}

impl Pieces {
    pub(super) fn new(piece_count: u32) -> Self {
        Pieces { set: FixedBitSet::with_capacity(piece_count as usize), count: 0, wanted: 0 }
    }

    /// One bit for each piece they have.
    pub(crate) fn set(&self) -> &FixedBitSet {
        &self.set
    }

    pub(crate) fn has(&self, piece: PieceIndex) -> bool {
        self.set.contains(piece.as_usize())
    }

    /// They have all pieces.
    pub(crate) fn is_complete(&self) -> bool {
        self.count == self.set.len()
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
    ) -> Result<Option<Event>, ProtocolError> {
        let piece = layout
            .piece(index)
            .ok_or(ProtocolError::NoSuchPiece { index, count: layout.piece_count() })?;
        if self.set.put(piece.as_usize()) {
            return Ok(None);
        }
        self.count += 1;
        Ok(Some(Event::Have(piece)))
    }

    /// BEP 3 wants it as the first message only. Some clients (aria2) also send it later, where it
    /// is shorter than as many *haves*, so it may come at any time. It takes nothing back, and each
    /// piece is news once, so that sending it again and again costs us no more than reading it.
    pub(super) fn on_bitfield(
        &mut self,
        layout: &Layout,
        bits: &[u8],
    ) -> Result<Option<Event>, ProtocolError> {
        let mut new = decode_bitfield(bits, layout.piece_count())?;
        new.difference_with(&self.set);
        if new.is_clear() {
            return Ok(None);
        }
        self.set.union_with(&new);
        self.count += new.count_ones(..);
        Ok(Some(Event::Bitfield(new)))
    }
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

    fn bitfield(new: impl IntoIterator<Item = usize>) -> Result<Option<Event>, ProtocolError> {
        let mut set = FixedBitSet::with_capacity(9);
        set.extend(new);
        Ok(Some(Event::Bitfield(set)))
    }

    #[test]
    fn a_bitfield_may_come_at_any_time_and_tells_what_is_new() {
        let layout = layout();
        let mut pieces = Pieces::new(9);
        assert!(pieces.on_have(&layout, 0).is_ok());
        assert_eq!(pieces.on_bitfield(&layout, &[0b1110_0000, 0]), bitfield([1, 2]));
        assert_eq!(pieces.on_bitfield(&layout, &[0b1110_0000, 0]), Ok(None));
        assert_eq!(pieces.on_bitfield(&layout, &[0b0001_1111, 0x80]), bitfield(3..9));
        assert!(pieces.is_complete());
    }

    #[test]
    fn haves_complete_a_peer_and_count_once() {
        let layout = layout();
        let mut pieces = Pieces::new(9);
        assert_eq!(pieces.on_bitfield(&layout, &[0xff, 0]), bitfield(0..8));
        let last = layout.piece(8).expect("the last piece");
        assert!(!pieces.is_complete());
        assert_eq!(pieces.on_have(&layout, 8), Ok(Some(Event::Have(last))));
        assert_eq!(pieces.on_have(&layout, 8), Ok(None));
        assert!(pieces.is_complete());
    }

    #[test]
    fn a_piece_beyond_the_last_is_refused() {
        let error = ProtocolError::NoSuchPiece { index: 9, count: 9 };
        assert_eq!(Pieces::new(9).on_have(&layout(), 9), Err(error));
    }
}
