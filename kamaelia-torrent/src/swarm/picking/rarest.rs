//! The rarest piece first: what the swarm could lose, and what others will want of us.

use fastrand::Rng;

use super::{Choice, Picker};
use crate::metainfo::PieceIndex;

/// Until so many pieces are stored they are chosen by chance: what is rare comes slowly, and a
/// newcomer needs something to trade with.
const RANDOM_FIRST: usize = 4;

/// Begins the rarest of the most wanted pieces, by chance among equals. The first four of a torrent
/// are chosen by chance, and what a peer suggests is taken from it instead.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RarestFirst;

impl Picker for RarestFirst {
    fn pick(&mut self, choice: &Choice<'_>, rng: &mut Rng) -> Option<PieceIndex> {
        let best = match choice.stored() < RANDOM_FIRST {
            true => choice.any(rng)?,
            false => choice.rarest(rng)?,
        };
        let wanted = choice.priority(best);
        let suggested = choice.suggested().find(|piece| choice.priority(*piece) == wanted);
        Some(suggested.unwrap_or(best))
    }
}
