//! Calls that wait until fewer connections are being opened, each torrent in its turn.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use crate::engine::TorrentId;

/// Whom swarms would like to call. Bounded, since each swarm waits for its calls and makes no more
/// of them than it may have half open.
#[derive(Debug, Default)]
pub(in crate::engine) struct WaitingCalls {
    by_torrent: BTreeMap<TorrentId, VecDeque<SocketAddr>>,
    /// Whose turn it was last.
    last: Option<TorrentId>,
    /// When a torrent may next lose a connection to another.
    pub(in crate::engine) next_exchange: Option<Instant>,
}

impl WaitingCalls {
    pub(in crate::engine) fn push(&mut self, torrent: TorrentId, address: SocketAddr) {
        self.by_torrent.entry(torrent).or_default().push_back(address);
    }

    /// The next call, of the torrent whose turn it is.
    pub(in crate::engine) fn pop(&mut self) -> Option<(TorrentId, SocketAddr)> {
        let after = self.last.and_then(|last| {
            use std::ops::Bound::{Excluded, Unbounded};
            self.by_torrent.range((Excluded(last), Unbounded)).next()
        });
        let (torrent, _) = after.or_else(|| self.by_torrent.first_key_value())?;
        let torrent = *torrent;
        self.last = Some(torrent);
        Some((torrent, self.pop_of(torrent)?))
    }

    /// This torrent's next call, out of turn.
    pub(in crate::engine) fn pop_of(&mut self, torrent: TorrentId) -> Option<SocketAddr> {
        let calls = self.by_torrent.get_mut(&torrent)?;
        let address = calls.pop_front()?;
        if calls.is_empty() {
            self.by_torrent.remove(&torrent);
        }
        Some(address)
    }

    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.by_torrent.is_empty()
    }

    /// The torrents that have calls waiting.
    pub(in crate::engine) fn torrents(&self) -> impl Iterator<Item = TorrentId> {
        self.by_torrent.keys().copied()
    }

    /// A torrent's calls are not to be made any more.
    pub(in crate::engine) fn forget(&mut self, torrent: TorrentId) {
        self.by_torrent.remove(&torrent);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torrents_take_turns_whatever_they_would_like() {
        let address = |last: u8| SocketAddr::from(([10, 0, 0, last], 6_881));
        let mut calls = WaitingCalls::default();
        for (torrent, last) in [(1, 1), (1, 2), (1, 3), (2, 4), (3, 5), (3, 6)] {
            calls.push(TorrentId(torrent), address(last));
        }
        calls.forget(TorrentId(2));
        let first = calls.pop();
        calls.push(TorrentId(9), address(9));
        let rest = std::iter::from_fn(|| calls.pop());
        let order: Vec<u32> = first.into_iter().chain(rest).map(|(id, _)| id.get()).collect();
        assert_eq!(order, [1, 3, 9, 1, 3, 1]);
    }
}
