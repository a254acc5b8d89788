//! Who has something due, soonest first: torrents of an engine, nodes of a simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// At most one moment for each.
pub(crate) struct Deadlines<K, T = Instant> {
    by_time: BTreeSet<(T, K)>,
    of_each: BTreeMap<K, T>,
}

impl<K, T> Default for Deadlines<K, T> {
    fn default() -> Self {
        Deadlines { by_time: BTreeSet::new(), of_each: BTreeMap::new() }
    }
}

impl<K: Copy + Ord, T: Copy + Ord> Deadlines<K, T> {
    /// Replaces what was known of this one.
    pub(crate) fn set(&mut self, who: K, at: Option<T>) {
        let before = match at {
            Some(at) => self.of_each.insert(who, at),
            None => self.of_each.remove(&who),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, who));
        }
        if let Some(at) = at {
            self.by_time.insert((at, who));
        }
    }

    pub(crate) fn soonest(&self) -> Option<T> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out one that is due; of those due at the same moment, in their order.
    pub(crate) fn pop_due(&mut self, now: T) -> Option<K> {
        let (at, who) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(who, None);
        Some(who)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::TorrentId;

    #[test]
    fn what_is_due_comes_soonest_first_and_once() {
        let start = Instant::now();
        let at = |seconds| Some(start + Duration::from_secs(seconds));
        let mut deadlines = Deadlines::default();
        deadlines.set(TorrentId(1), at(5));
        deadlines.set(TorrentId(2), at(3));
        deadlines.set(TorrentId(3), at(9));
        deadlines.set(TorrentId(1), at(1));
        deadlines.set(TorrentId(3), None);
        assert_eq!(deadlines.soonest(), at(1));
        let now = start + Duration::from_secs(60);
        let due: Vec<_> = std::iter::from_fn(|| deadlines.pop_due(now)).collect();
        assert_eq!(due, [TorrentId(1), TorrentId(2)]);
        assert_eq!(deadlines.soonest(), None);
    }
}
