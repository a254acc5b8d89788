//! All torrents, and how many peers they may have.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Limits;
use super::torrent::{Peer, Size, Torrent};
use crate::metainfo::InfoHash;

/// How long the count of downloads outlives the last peer of its torrent.
const EMPTY_TORRENT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// All torrents, bounded.
#[derive(Clone, Debug)]
pub(super) struct Swarms {
    limits: Limits,
    torrents: BTreeMap<InfoHash, Torrent>,
    /// Every torrent, the one that seemed to be silent longest first: it may have been heard of since,
    /// which is noted when it matters.
    by_age: BTreeSet<(Instant, InfoHash)>,
    /// Peers of all torrents.
    peers: usize,
}

impl Swarms {
    pub(super) fn new(limits: Limits) -> Self {
        Swarms { limits, torrents: BTreeMap::new(), by_age: BTreeSet::new(), peers: 0 }
    }

    pub(super) fn torrents(&self) -> usize {
        self.torrents.len()
    }

    pub(super) fn peers(&self) -> usize {
        self.peers
    }

    /// Every torrent and its size, in the order of their hashes.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (InfoHash, Size)> {
        let sizes = self.torrents.iter();
        sizes.map(|(hash, torrent)| (*hash, torrent.size()))
    }

    pub(super) fn knows(&self, hash: InfoHash) -> bool {
        self.torrents.contains_key(&hash)
    }

    /// The size of a swarm; nobody is in one that is not known.
    pub(super) fn size(&self, hash: InfoHash) -> Size {
        self.torrents.get(&hash).map(Torrent::size).unwrap_or_default()
    }

    /// Takes a peer in, or notes what it says now, and gives its torrent. `has_completed` counts once,
    /// for a peer that was not a seed before.
    pub(super) fn insert(&mut self, hash: InfoHash, peer: Peer, has_completed: bool) -> &Torrent {
        let now = peer.heard;
        self.make_room(hash, &peer);
        let torrent = self.torrents.entry(hash).or_insert_with(|| {
            self.by_age.insert((now, hash));
            Torrent::new(now)
        });
        self.peers += usize::from(torrent.insert(peer, has_completed));
        torrent
    }

    /// Takes a peer out, if it is there.
    pub(super) fn remove(&mut self, hash: InfoHash, address: SocketAddr) {
        let torrent = self.torrents.get_mut(&hash);
        self.peers -= usize::from(torrent.is_some_and(|torrent| torrent.remove(address)));
    }

    /// Forgets the peers of a torrent that were not heard of since this moment.
    pub(super) fn forget_silent_of(&mut self, hash: InfoHash, since: Option<Instant>) {
        if let (Some(torrent), Some(since)) = (self.torrents.get_mut(&hash), since) {
            self.peers -= torrent.forget_silent(since);
        }
    }

    /// Forgets the peers of all torrents that were not heard of since this moment, and torrents
    /// that have long had none.
    pub(super) fn forget_silent(&mut self, since: Option<Instant>, now: Instant) {
        let Some(since) = since else {
            return;
        };
        for torrent in self.torrents.values_mut() {
            self.peers -= torrent.forget_silent(since);
        }
        while let Some((heard, hash)) = self.oldest(None) {
            if now < heard + EMPTY_TORRENT_KEPT {
                return;
            }
            self.drop_torrent(hash);
        }
    }

    /// Sees to it that this peer fits: whoever has been silent longest goes.
    fn make_room(&mut self, hash: InfoHash, peer: &Peer) {
        if let Some(torrent) = self.torrents.get_mut(&hash) {
            if torrent.knows(peer.address) {
                return;
            }
            self.peers -= torrent.make_room_at(peer.address.ip());
            if torrent.len() >= self.limits.torrent_peers_max {
                self.peers -= torrent.drop_most_silent();
            }
        } else if self.torrents.len() >= self.limits.torrents_max {
            self.drop_oldest_but(hash);
        }
        while self.peers >= self.limits.peers_max && self.drop_oldest_but(hash) {}
        if self.peers >= self.limits.peers_max
            && let Some(torrent) = self.torrents.get_mut(&hash)
        {
            self.peers -= torrent.drop_most_silent();
        }
    }

    /// Drops the torrent last heard of longest ago, save this one; says whether there was any.
    fn drop_oldest_but(&mut self, kept: InfoHash) -> bool {
        let oldest = self.oldest(Some(kept));
        oldest.inspect(|(_, hash)| self.drop_torrent(*hash)).is_some()
    }

    /// The torrent last heard of longest ago, save this one, and when that was.
    fn oldest(&mut self, kept: Option<InfoHash>) -> Option<(Instant, InfoHash)> {
        loop {
            let noted = *self.by_age.iter().find(|(_, hash)| Some(*hash) != kept)?;
            let heard = self.torrents.get(&noted.1).map_or(noted.0, Torrent::heard);
            if heard == noted.0 {
                return Some(noted);
            }
            self.by_age.remove(&noted);
            self.by_age.insert((heard, noted.1));
        }
    }

    /// One that [`oldest`](Self::oldest) has found.
    fn drop_torrent(&mut self, hash: InfoHash) {
        if let Some(torrent) = self.torrents.remove(&hash) {
            self.peers -= torrent.len();
            self.by_age.remove(&(torrent.heard(), hash));
        }
    }
}
