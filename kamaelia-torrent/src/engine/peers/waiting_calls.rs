//! Calls that wait: until fewer connections are being opened, each torrent in its turn, and until
//! nobody else calls the same address.
//!
//! Several torrents often have a peer in common. Many clients shake hands with one caller from an
//! address at a time and hang up on all others, as Transmission does: calls made at once would fail
//! at random, and each failure doubles the wait for the next. So the second waits for the first.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;

use crate::engine::TorrentId;
use crate::engine::network::transport::SocketId;

/// Whom swarms would like to call. Bounded, since each swarm waits for its calls and makes no more
/// of them than it may have half open.
#[derive(Debug, Default)]
pub(in crate::engine) struct WaitingCalls {
    by_torrent: BTreeMap<TorrentId, VecDeque<SocketAddr>>,
    /// Whose turn it was last.
    last: Option<TorrentId>,
    /// When a torrent may next lose a connection to another.
    pub(in crate::engine) next_exchange: Option<Instant>,
    /// Addresses at which nobody has answered yet.
    ringing: BTreeMap<SocketAddr, Ringing>,
}

/// A call that nobody has answered yet.
#[derive(Debug)]
struct Ringing {
    socket: SocketId,
    /// Who would like to call the same address.
    behind: VecDeque<TorrentId>,
}

impl WaitingCalls {
    pub(in crate::engine) fn push(&mut self, torrent: TorrentId, address: SocketAddr) {
        self.by_torrent.entry(torrent).or_default().push_back(address);
    }

    /// The next call, of the torrent whose turn it is.
    pub(in crate::engine) fn pop(&mut self) -> Option<(TorrentId, SocketAddr)> {
        loop {
            let after = self.last.and_then(|last| {
                use std::ops::Bound::{Excluded, Unbounded};
                self.by_torrent.range((Excluded(last), Unbounded)).next()
            });
            let (torrent, _) = after.or_else(|| self.by_torrent.first_key_value())?;
            let torrent = *torrent;
            self.last = Some(torrent);
            if let Some(address) = self.pop_of(torrent) {
                return Some((torrent, address));
            }
        }
    }

    /// This torrent's next call, out of turn.
    pub(in crate::engine) fn pop_of(&mut self, torrent: TorrentId) -> Option<SocketAddr> {
        let calls = self.by_torrent.get_mut(&torrent)?;
        let mut free = None;
        while free.is_none()
            && let Some(address) = calls.pop_front()
        {
            match self.ringing.get_mut(&address) {
                Some(ringing) => ringing.behind.push_back(torrent),
                None => free = Some(address),
            }
        }
        if calls.is_empty() {
            self.by_torrent.remove(&torrent);
        }
        free
    }

    /// Whether no call waits but for an answer to another.
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
        for ringing in self.ringing.values_mut() {
            ringing.behind.retain(|behind| *behind != torrent);
        }
    }

    /// The address is being called, instead of by an earlier call if there was one.
    pub(in crate::engine) fn ring(&mut self, address: SocketAddr, socket: SocketId) {
        let ringing = Ringing { socket, behind: VecDeque::new() };
        self.ringing.entry(address).or_insert(ringing).socket = socket;
    }

    /// A peer has said something on this socket, which answers the call if it was one.
    pub(in crate::engine) fn on_answer(&mut self, socket: SocketId) {
        self.end_ringing(|ringing| ringing != socket);
    }

    /// Ends the calls that do not go on. Those who waited for them are the next of their torrents.
    pub(in crate::engine) fn end_ringing(&mut self, goes_on: impl Fn(SocketId) -> bool) {
        let by_torrent = &mut self.by_torrent;
        self.ringing.retain(|address, ringing| {
            let goes_on = goes_on(ringing.socket);
            if !goes_on {
                for torrent in ringing.behind.drain(..) {
                    by_torrent.entry(torrent).or_default().push_front(*address);
                }
            }
            goes_on
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 6_881))
    }

    fn order(calls: &mut WaitingCalls) -> Vec<u32> {
        std::iter::from_fn(|| calls.pop()).map(|(id, _)| id.get()).collect()
    }

    #[test]
    fn torrents_take_turns_whatever_they_would_like() {
        let mut calls = WaitingCalls::default();
        for (torrent, last) in [(1, 1), (1, 2), (1, 3), (2, 4), (3, 5), (3, 6)] {
            calls.push(TorrentId(torrent), address(last));
        }
        calls.forget(TorrentId(2));
        assert_eq!(calls.pop(), Some((TorrentId(1), address(1))));
        calls.push(TorrentId(9), address(9));
        assert_eq!(order(&mut calls), [3, 9, 1, 3, 1]);
    }

    #[test]
    fn who_is_being_called_is_not_called_by_others_until_there_is_an_answer_or_none_to_come() {
        let (first, second) = (SocketId::from_u64(1), SocketId::from_u64(2));
        let mut calls = WaitingCalls::default();
        for (torrent, last) in [(1, 1), (2, 1), (3, 1), (3, 2), (4, 1)] {
            calls.push(TorrentId(torrent), address(last));
        }
        assert_eq!(calls.pop(), Some((TorrentId(1), address(1))));
        calls.ring(address(1), first);
        assert_eq!(calls.pop(), Some((TorrentId(3), address(2))), "the others share an address");
        assert_eq!((calls.pop(), calls.is_empty()), (None, true));
        // It is called again, plainly.
        calls.ring(address(1), second);
        calls.on_answer(first);
        calls.forget(TorrentId(4));
        assert_eq!(calls.pop(), None);
        calls.end_ringing(|socket| socket != second);
        assert_eq!(calls.pop(), Some((TorrentId(2), address(1))));
        assert_eq!(calls.pop(), Some((TorrentId(3), address(1))));
        assert_eq!(calls.pop(), None);
    }
}
