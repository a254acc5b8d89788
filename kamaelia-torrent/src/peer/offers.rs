//! Which of their pieces they can be asked for now.
//!
//! Served, we may ask for everything they have; choked, only for what they allow to newcomers
//! (BEP 6, *allowed fast*). What they have just refused is left alone for a while, or the same
//! question would go back and forth without end.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use crate::metainfo::{Layout, PieceIndex};
use crate::peer::ProtocolError;
use crate::peer::pieces::find_piece;

/// Allowed pieces that are noted for one peer. BEP 6 proposes ten.
const ALLOWED_MAX: usize = 64;

/// Suggested pieces that are remembered, the latest.
const SUGGESTED_MAX: usize = 16;

/// How long a refused piece is not asked for again, unless they choke and unchoke us before.
const REFUSED_FOR: Duration = Duration::from_secs(10);

/// No piece of any torrent.
static NOTHING: FixedBitSet = FixedBitSet::new();

/// What they can be asked for.
#[derive(Debug, Default)]
pub(crate) struct Offers {
    /// Pieces they give even to the choked.
    allowed: Vec<PieceIndex>,
    /// Pieces they would like to give, the latest last.
    suggested: Vec<PieceIndex>,
    /// Pieces they have refused although they serve us.
    refused: Option<FixedBitSet>,
    refused_until: Option<Instant>,
    /// What can be asked for, when it is not simply all they have.
    narrowed: Option<FixedBitSet>,
}

impl Offers {
    /// What can be asked for: `theirs`, or less.
    pub(super) fn set<'a>(&'a self, theirs: &'a FixedBitSet, served: bool) -> &'a FixedBitSet {
        match &self.narrowed {
            Some(narrowed) => narrowed,
            None if served => theirs,
            None => &NOTHING,
        }
    }

    /// Whether there is anything to ask for while they choke us.
    pub(super) fn any_allowed(&self) -> bool {
        !self.allowed.is_empty()
    }

    /// Pieces they would like to be asked for, the latest last.
    pub(super) fn suggested(&self) -> &[PieceIndex] {
        &self.suggested
    }

    pub(super) fn on_allowed(
        &mut self,
        layout: &Layout,
        index: u32,
        theirs: &FixedBitSet,
        served: bool,
    ) -> Result<(), ProtocolError> {
        let piece = find_piece(layout, index)?;
        if self.allowed.len() < ALLOWED_MAX && !self.allowed.contains(&piece) {
            self.allowed.push(piece);
            self.narrow(theirs, served);
        }
        Ok(())
    }

    pub(super) fn on_suggested(
        &mut self,
        layout: &Layout,
        index: u32,
    ) -> Result<(), ProtocolError> {
        let piece = find_piece(layout, index)?;
        self.suggested.retain(|known| *known != piece);
        if self.suggested.len() >= SUGGESTED_MAX {
            self.suggested.remove(0);
        }
        self.suggested.push(piece);
        Ok(())
    }

    /// They refused a request for this piece.
    pub(super) fn on_refused(
        &mut self,
        now: Instant,
        piece: PieceIndex,
        theirs: &FixedBitSet,
        served: bool,
    ) {
        self.suggested.retain(|known| *known != piece);
        if served {
            let none = || FixedBitSet::with_capacity(theirs.len());
            self.refused.get_or_insert_with(none).insert(piece.as_usize());
            self.refused_until = Some(now + REFUSED_FOR);
        } else {
            self.allowed.retain(|known| *known != piece);
        }
        self.narrow(theirs, served);
    }

    /// They have begun or ceased to serve us, which is a new beginning for what they refused.
    pub(super) fn on_service(&mut self, theirs: &FixedBitSet, served: bool) {
        self.forgive();
        self.narrow(theirs, served);
    }

    /// They have one piece more.
    pub(super) fn on_have(&mut self, piece: PieceIndex, served: bool) {
        if let Some(narrowed) = &mut self.narrowed
            && (served || self.allowed.contains(&piece))
        {
            narrowed.insert(piece.as_usize());
        }
    }

    /// They have other pieces than before.
    pub(super) fn on_pieces(&mut self, theirs: &FixedBitSet, served: bool) {
        if self.narrowed.is_some() {
            self.narrow(theirs, served);
        }
    }

    /// When refused pieces may be asked for again.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.refused_until
    }

    /// Lets refused pieces be asked for again when the time has come; true when it has.
    pub(super) fn handle_timeout(
        &mut self,
        now: Instant,
        theirs: &FixedBitSet,
        served: bool,
    ) -> bool {
        let due = self.refused_until.is_some_and(|due| due <= now);
        if due {
            self.on_service(theirs, served);
        }
        due
    }

    fn forgive(&mut self) {
        self.refused = None;
        self.refused_until = None;
    }

    fn narrow(&mut self, theirs: &FixedBitSet, served: bool) {
        self.narrowed = match (&self.refused, served) {
            (None, true) => None,
            (Some(refused), true) => {
                let mut set = theirs.clone();
                set.difference_with(refused);
                Some(set)
            }
            (_, false) if self.allowed.is_empty() => None,
            (_, false) => {
                let mut set = FixedBitSet::with_capacity(theirs.len());
                let allowed = self.allowed.iter().map(|piece| piece.as_usize());
                set.extend(allowed.filter(|piece| theirs.contains(*piece)));
                Some(set)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;

    fn layout(pieces: u64) -> Layout {
        let path = vec!["f".into()];
        let length = 16 * pieces;
        Layout::new(16, vec![FileEntry { path, length, padding: false }])
            .expect("sizes of a torrent")
    }

    fn theirs(pieces: impl IntoIterator<Item = usize>) -> FixedBitSet {
        let mut set = FixedBitSet::with_capacity(200);
        set.extend(pieces);
        set
    }

    fn ones(set: &FixedBitSet) -> Vec<usize> {
        set.ones().collect()
    }

    #[test]
    fn the_choked_may_ask_for_allowed_pieces_that_are_there() {
        let (layout, mut offers) = (layout(200), Offers::default());
        let mut has = theirs([1, 2]);
        assert_eq!(ones(offers.set(&has, false)), [0; 0]);
        for index in [2, 3] {
            assert_eq!(offers.on_allowed(&layout, index, &has, false), Ok(()));
        }
        assert_eq!(ones(offers.set(&has, false)), [2]);
        has.insert(3);
        offers.on_have(layout.piece(3).expect("a piece"), false);
        assert_eq!(ones(offers.set(&has, false)), [2, 3]);
        has.remove(2);
        offers.on_pieces(&has, false);
        assert_eq!(ones(offers.set(&has, false)), [3]);
        offers.on_service(&has, true);
        assert_eq!(ones(offers.set(&has, true)), [1, 3]);
    }

    #[test]
    fn a_refused_piece_rests_for_ten_seconds() {
        let (layout, now) = (layout(200), Instant::now());
        let (mut offers, has) = (Offers::default(), theirs([1, 2]));
        let piece = layout.piece(1).expect("a piece");
        offers.on_service(&has, true);
        offers.on_refused(now, piece, &has, true);
        assert_eq!(ones(offers.set(&has, true)), [2]);
        let due = now + REFUSED_FOR;
        assert_eq!(offers.next_timeout(), Some(due));
        assert!(!offers.handle_timeout(now, &has, true));
        assert!(offers.handle_timeout(due, &has, true));
        assert_eq!(ones(offers.set(&has, true)), [1, 2]);
        assert_eq!(offers.next_timeout(), None);
    }

    #[test]
    fn an_allowed_piece_that_is_refused_is_allowed_no_longer() {
        let (layout, now) = (layout(200), Instant::now());
        let (mut offers, has) = (Offers::default(), theirs([1, 2]));
        for index in [1, 2] {
            assert_eq!(offers.on_allowed(&layout, index, &has, false), Ok(()));
        }
        offers.on_refused(now, layout.piece(1).expect("a piece"), &has, false);
        assert_eq!(ones(offers.set(&has, false)), [2]);
    }

    #[test]
    fn what_they_allow_and_suggest_is_bounded_and_exists() {
        let (layout, has) = (layout(200), theirs(0..200));
        let mut offers = Offers::default();
        for index in 0..200 {
            assert_eq!(offers.on_allowed(&layout, index, &has, false), Ok(()));
            assert_eq!(offers.on_suggested(&layout, index), Ok(()));
        }
        assert_eq!((offers.allowed.len(), offers.suggested.len()), (ALLOWED_MAX, SUGGESTED_MAX));
        assert_eq!(offers.suggested().last().map(|piece| piece.get()), Some(199));
        let error = Err(ProtocolError::NoSuchPiece { index: 200, count: 200 });
        assert_eq!(offers.on_allowed(&layout, 200, &has, false), error);
        assert_eq!(offers.on_suggested(&layout, 200), error);
    }
}
