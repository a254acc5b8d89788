//! Which pieces give way when memory is short.

use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;

use super::Assembly;
use crate::metainfo::PieceIndex;

/// How long a piece may take while others wait for memory, the first time.
pub(super) const ALLOWANCE: Duration = Duration::from_secs(60);

impl Assembly {
    /// The piece with the least to lose that nobody works on and that is one of `among`.
    pub(in crate::swarm) fn find_abandoned(
        &self,
        among: Option<&FixedBitSet>,
    ) -> Option<PieceIndex> {
        self.unfinished
            .iter()
            .filter_map(|entry| self.entries[*entry as usize].as_deref())
            .filter(|partial| partial.reserved == 0)
            .filter(|partial| among.is_none_or(|set| set.contains(partial.piece.as_usize())))
            .max_by_key(|partial| partial.missing)
            .map(|partial| partial.piece)
    }

    /// A piece that takes too long, when others wait for memory: the one that lacks most. It is given
    /// twice the time when it is begun again, so that it cannot give way for ever.
    pub(in crate::swarm) fn find_overlong(&mut self, now: Instant) -> Option<PieceIndex> {
        let allowance = |piece| self.allowances.get(&piece).copied().unwrap_or(ALLOWANCE);
        let partials = self.entries.iter().flatten().filter(|partial| !partial.storing);
        let overlong = partials
            .filter(|partial| partial.began + allowance(partial.piece) <= now)
            .max_by_key(|partial| partial.missing)
            .map(|partial| partial.piece)?;
        let next = 2 * allowance(overlong);
        self.allowances.insert(overlong, next);
        Some(overlong)
    }
}
