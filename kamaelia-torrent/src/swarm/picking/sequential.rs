//! Pieces in the order they lie: for someone who reads along.

use fastrand::Rng;

use super::{Choice, Picker};
use crate::metainfo::PieceIndex;

/// Begins the first of the most wanted pieces. Friendlier to a reader than to the swarm: all who
/// download so have the same pieces to offer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sequential;

impl Picker for Sequential {
    fn pick(&mut self, choice: &Choice<'_>, _rng: &mut Rng) -> Option<PieceIndex> {
        choice.first()
    }
}
