//! Which torrent has something due, soonest first.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use super::TorrentId;

/// At most one moment for each torrent.
#[derive(Default)]
pub(super) struct Deadlines {
    by_time: BTreeSet<(Instant, TorrentId)>,
    by_torrent: HashMap<TorrentId, Instant>,
}

impl Deadlines {
    /// Replaces what was known of this torrent.
    pub(super) fn set(&mut self, torrent: TorrentId, at: Option<Instant>) {
        let before = match at {
            Some(at) => self.by_torrent.insert(torrent, at),
            None => self.by_torrent.remove(&torrent),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, torrent));
        }
        if let Some(at) = at {
            self.by_time.insert((at, torrent));
        }
    }

    pub(super) fn soonest(&self) -> Option<Instant> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out a torrent that is due.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<TorrentId> {
        let (at, torrent) = *self.by_time.first()?;
        if at > now {
            return None;
        }
        self.set(torrent, None);
        Some(torrent)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
