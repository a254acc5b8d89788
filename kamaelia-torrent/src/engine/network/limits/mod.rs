//! How fast bytes may move: a tree of token buckets for each direction, and who waits for tokens.
//!
//! At the root is what all torrents may use together, below it what some may use each; bytes are
//! taken from both. Comes in: rates, bytes that have moved, and when. Goes out: how many may move
//! now, whose turn it is, and when to look again. Nothing here touches a socket or reads a clock.

mod bucket;

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::time::Instant;

use bucket::Bucket;

use crate::engine::TorrentId;

/// How fast bytes may move, in bytes a second, everything that peers send counted. `None` is as
/// fast as possible; 0 is not at all.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RateLimits {
    /// To peers.
    pub up: Option<u64>,
    /// From peers.
    pub down: Option<u64>,
}

/// Both directions.
pub(in crate::engine) struct Limits<S> {
    pub(in crate::engine) up: Direction<S>,
    pub(in crate::engine) down: Direction<S>,
}

/// One direction.
pub(in crate::engine) struct Direction<S> {
    root: Bucket,
    /// Torrents with a rate of their own.
    leaves: HashMap<TorrentId, Bucket>,
    /// Sockets that have something to move, in the order of their turns.
    line: VecDeque<(S, TorrentId)>,
    in_line: HashSet<S>,
}

impl<S: Copy + Eq + Hash> Limits<S> {
    pub(in crate::engine) fn new(all: RateLimits, now: Instant) -> Self {
        Limits { up: Direction::new(all.up, now), down: Direction::new(all.down, now) }
    }

    /// For all torrents together, from now on.
    pub(in crate::engine) fn set_all(&mut self, limits: RateLimits, now: Instant) {
        self.up.root.set(limits.up, now);
        self.down.root.set(limits.down, now);
    }

    /// For one torrent, from now on.
    pub(in crate::engine) fn set(&mut self, torrent: TorrentId, limits: RateLimits, now: Instant) {
        self.up.set(torrent, limits.up, now);
        self.down.set(torrent, limits.down, now);
    }

    /// When a socket that waits can move something, if any does.
    pub(in crate::engine) fn next_due(&self) -> Option<Instant> {
        [self.up.next_due(), self.down.next_due()].into_iter().flatten().min()
    }
}

impl<S: Copy + Eq + Hash> Direction<S> {
    fn new(all: Option<u64>, now: Instant) -> Self {
        Direction {
            root: Bucket::new(all, now),
            leaves: HashMap::new(),
            line: VecDeque::new(),
            in_line: HashSet::new(),
        }
    }

    fn set(&mut self, torrent: TorrentId, rate: Option<u64>, now: Instant) {
        match rate {
            None => drop(self.leaves.remove(&torrent)),
            Some(_) => {
                let leaf = self.leaves.entry(torrent);
                leaf.and_modify(|leaf| leaf.set(rate, now)).or_insert(Bucket::new(rate, now));
            }
        }
    }

    /// Whether nothing has to be counted for this torrent.
    pub(in crate::engine) fn is_free(&self, torrent: TorrentId) -> bool {
        self.root.is_free() && (self.leaves.is_empty() || !self.leaves.contains_key(&torrent))
    }

    /// How many bytes one of the torrent's sockets may move now.
    pub(in crate::engine) fn allowance(&mut self, torrent: TorrentId, now: Instant) -> usize {
        let all = self.root.allowance(now);
        let own = self.leaves.get_mut(&torrent).map_or(usize::MAX, |leaf| leaf.allowance(now));
        all.min(own)
    }

    /// So many bytes of the torrent's have moved.
    pub(in crate::engine) fn take(&mut self, torrent: TorrentId, bytes: usize) {
        self.root.take(bytes);
        if let Some(leaf) = self.leaves.get_mut(&torrent) {
            leaf.take(bytes);
        }
    }

    /// The socket has more to move, and waits for its turn.
    pub(in crate::engine) fn wait(&mut self, socket: S, torrent: TorrentId) {
        if self.in_line.insert(socket) {
            self.line.push_back((socket, torrent));
        }
    }

    /// How many wait.
    pub(in crate::engine) fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Lets sockets that are gone out of the line.
    pub(in crate::engine) fn keep(&mut self, is_there: impl Fn(S) -> bool) {
        self.line.retain(|(socket, _)| is_there(*socket));
        self.in_line.retain(|socket| is_there(*socket));
    }

    /// The first socket in line that may move something now. It is in line no longer.
    pub(in crate::engine) fn next(&mut self, now: Instant) -> Option<S> {
        if self.root.allowance(now) == 0 {
            return None;
        }
        let leaves = &mut self.leaves;
        let may_move = |(_, torrent): &(S, TorrentId)| {
            leaves.get_mut(torrent).is_none_or(|leaf| leaf.allowance(now) > 0)
        };
        let at = self.line.iter().position(may_move)?;
        let (socket, _) = self.line.remove(at)?;
        self.in_line.remove(&socket);
        Some(socket)
    }

    fn next_due(&self) -> Option<Instant> {
        let ready = |(_, torrent): &(S, TorrentId)| match self.leaves.get(torrent) {
            Some(leaf) => leaf.ready_at(),
            None => self.root.ready_at(),
        };
        let first = self.line.iter().filter_map(ready).min()?;
        Some(first.max(self.root.ready_at()?))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Sockets that always have more to move, for so many seconds; and what each has moved.
    fn run(limits: &mut Direction<u32>, sockets: &[(u32, u32)], seconds: u64) -> Vec<u64> {
        let start = Instant::now();
        let (mut now, mut moved) = (start, vec![0; sockets.len()]);
        for (socket, torrent) in sockets {
            limits.wait(*socket, TorrentId(*torrent));
        }
        while now < start + Duration::from_secs(seconds) {
            while let Some(socket) = limits.next(now) {
                let torrent = TorrentId(sockets[socket as usize].1);
                let allowed = limits.allowance(torrent, now);
                limits.take(torrent, allowed);
                moved[socket as usize] += allowed as u64;
                limits.wait(socket, torrent);
            }
            now = limits.next_due().expect("someone waits, and the rate is not zero").max(now);
        }
        moved
    }

    fn about(bytes: u64, wanted: u64) -> bool {
        bytes.abs_diff(wanted) < wanted / 20
    }

    #[test]
    fn all_sockets_get_the_same_share() {
        let mut limits = Direction::new(Some(400_000), Instant::now());
        let moved = run(&mut limits, &[(0, 1), (1, 1), (2, 2), (3, 3)], 60);
        assert!(moved.iter().all(|bytes| about(*bytes, 6_000_000)), "{moved:?}");
    }

    #[test]
    fn what_a_slow_torrent_leaves_the_others_use() {
        let now = Instant::now();
        let mut limits = Direction::new(Some(400_000), now);
        limits.set(TorrentId(1), Some(50_000), now);
        let moved = run(&mut limits, &[(0, 1), (1, 1), (2, 2)], 60);
        assert!(about(moved[0], 1_500_000) && about(moved[1], 1_500_000), "{moved:?}");
        assert!(about(moved[2], 21_000_000), "{moved:?}");
    }

    #[test]
    fn a_torrent_may_be_limited_where_all_together_are_not() {
        let now = Instant::now();
        let mut limits = Direction::new(None, now);
        assert!(limits.is_free(TorrentId(1)));
        limits.set(TorrentId(1), Some(100_000), now);
        assert!(!limits.is_free(TorrentId(1)) && limits.is_free(TorrentId(2)));
        let moved = run(&mut limits, &[(0, 1)], 60);
        assert!(about(moved[0], 6_000_000), "{moved:?}");
        limits.set(TorrentId(1), None, now);
        assert!(limits.is_free(TorrentId(1)));
    }

    #[test]
    fn who_is_stopped_waits_until_the_limit_changes_and_nobody_is_woken_for_it() {
        let now = Instant::now();
        let mut limits = Limits::new(RateLimits { up: Some(0), down: None }, now);
        limits.up.wait(7, TorrentId(1));
        limits.up.wait(7, TorrentId(1));
        assert_eq!((limits.up.next(now), limits.up.waiting(), limits.next_due()), (None, 1, None));
        limits.set_all(RateLimits::default(), now);
        assert_eq!(limits.next_due(), Some(now));
        assert_eq!((limits.up.next(now), limits.up.next(now)), (Some(7), None));
    }
}
