//! The peers of all torrents, and which of them to name to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::Limits;
use super::rates::household;
use super::reach::Viewpoint;
use crate::metainfo::{InfoHash, PeerId};

/// How long the count of downloads outlives the last peer of its torrent.
const EMPTY_TORRENT_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Peers of one torrent that may have the same address, behind one router or in one place. A
/// stranger who invents peers can push out none but its own.
const ADDRESS_PEERS_MAX: usize = 64;

/// One peer of one torrent. The same program reached by IPv4 and by IPv6 is two of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Peer {
    /// Where its announce came from, with the port it named.
    pub(super) address: SocketAddr,
    pub(super) peer_id: PeerId,
    pub(super) is_seed: bool,
    /// When it announced last.
    pub(super) heard: Instant,
}

/// Who is to be given peers.
pub(super) struct Asker<'a> {
    pub(super) address: SocketAddr,
    pub(super) viewpoint: Viewpoint<'a>,
    pub(super) peer_id: PeerId,
    /// Whether it has no use for seeds.
    pub(super) is_seed: bool,
    /// Whether its answer has no place for addresses of the other family.
    pub(super) takes_own_family: bool,
}

/// A peer as the asker can reach it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Given {
    pub(super) address: SocketAddr,
    pub(super) peer_id: PeerId,
}

/// How large a swarm is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Size {
    pub(super) seeds: usize,
    pub(super) others: usize,
    /// Downloads that became complete.
    pub(super) downloaded: u64,
}

#[derive(Clone, Debug)]
struct Torrent {
    peers: BTreeMap<SocketAddr, Peer>,
    seeds: usize,
    downloaded: u64,
    /// When any of its peers announced last.
    heard: Instant,
    /// None of its peers has been silent for longer than since then, and perhaps none for so long.
    silent_since: Instant,
}

/// All torrents, bounded.
#[derive(Clone, Debug)]
pub(super) struct Swarms {
    limits: Limits,
    torrents: BTreeMap<InfoHash, Torrent>,
    /// Every torrent, the one last heard of longest ago first.
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

    /// Takes a peer in, or notes what it says now. `has_completed` counts once, for a peer that
    /// was not a seed before.
    pub(super) fn insert(&mut self, hash: InfoHash, peer: Peer, has_completed: bool) {
        self.make_room(hash, &peer);
        let now = peer.heard;
        let torrent = self.torrents.entry(hash).or_insert_with(|| Torrent {
            peers: BTreeMap::new(),
            seeds: 0,
            downloaded: 0,
            heard: now,
            silent_since: now,
        });
        self.by_age.remove(&(torrent.heard, hash));
        self.by_age.insert((now, hash));
        torrent.heard = now;
        let before = torrent.remove(peer.address);
        let was_seed = before.as_ref().is_some_and(|before| before.is_seed);
        if has_completed && !was_seed {
            torrent.downloaded = torrent.downloaded.saturating_add(1);
        }
        torrent.seeds += usize::from(peer.is_seed);
        torrent.peers.insert(peer.address, peer);
        self.peers += usize::from(before.is_none());
    }

    /// Takes a peer out, if it is there.
    pub(super) fn remove(&mut self, hash: InfoHash, address: SocketAddr) {
        let torrent = self.torrents.get_mut(&hash);
        let removed = torrent.and_then(|torrent| torrent.remove(address));
        self.peers -= usize::from(removed.is_some());
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
        while let Some((heard, hash)) = self.by_age.first().copied() {
            if now < heard + EMPTY_TORRENT_KEPT {
                return;
            }
            self.drop_torrent(hash);
        }
    }

    /// Up to `wanted` peers of a torrent that the asker has a use for, each equally likely.
    pub(super) fn choose(
        &self,
        hash: InfoHash,
        asker: &Asker<'_>,
        wanted: usize,
        chance: &mut fastrand::Rng,
    ) -> Vec<Given> {
        let peers = self.torrents.get(&hash).into_iter().flat_map(|torrent| torrent.peers.values());
        chance.choose_multiple(peers.filter_map(|peer| peer.as_given_to(asker)), wanted)
    }

    /// Sees to it that this peer fits: whoever has been silent longest goes.
    fn make_room(&mut self, hash: InfoHash, peer: &Peer) {
        if let Some(torrent) = self.torrents.get_mut(&hash) {
            if torrent.peers.contains_key(&peer.address) {
                return;
            }
            self.peers -= torrent.make_room_at(peer.address.ip());
            if torrent.peers.len() >= self.limits.torrent_peers_max {
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
        let oldest = self.by_age.iter().find(|(_, hash)| *hash != kept);
        let Some((_, hash)) = oldest.copied() else {
            return false;
        };
        self.drop_torrent(hash);
        true
    }

    fn drop_torrent(&mut self, hash: InfoHash) {
        if let Some(torrent) = self.torrents.remove(&hash) {
            self.peers -= torrent.peers.len();
            self.by_age.remove(&(torrent.heard, hash));
        }
    }
}

impl Torrent {
    fn size(&self) -> Size {
        Size {
            seeds: self.seeds,
            others: self.peers.len() - self.seeds,
            downloaded: self.downloaded,
        }
    }

    fn remove(&mut self, address: SocketAddr) -> Option<Peer> {
        let peer = self.peers.remove(&address)?;
        self.seeds -= usize::from(peer.is_seed);
        Some(peer)
    }

    /// Gives how many went. They are looked for only if there may be some: it is done with each
    /// announce.
    fn forget_silent(&mut self, since: Instant) -> usize {
        if self.silent_since >= since {
            return 0;
        }
        let before = self.peers.len();
        self.peers.retain(|_, peer| peer.heard >= since);
        self.seeds = self.peers.values().filter(|peer| peer.is_seed).count();
        let silent = self.peers.values().map(|peer| peer.heard).min();
        self.silent_since = silent.unwrap_or(self.heard);
        before - self.peers.len()
    }

    /// Sees to it that one address does not take every place. Gives how many went.
    fn make_room_at(&mut self, address: IpAddr) -> usize {
        let there = || self.peers_at(address);
        if there().nth(ADDRESS_PEERS_MAX - 1).is_none() {
            return 0;
        }
        let silent = there().min_by_key(|peer| peer.heard).map(|peer| peer.address);
        self.drop(silent)
    }

    /// Those of its household. They stand beside each other, as addresses are in order.
    fn peers_at(&self, address: IpAddr) -> impl Iterator<Item = &Peer> {
        let first = household(address);
        let peers = self.peers.range(SocketAddr::new(first, 0)..).map(|(_, peer)| peer);
        peers.take_while(move |peer| household(peer.address.ip()) == first)
    }

    /// Gives how many went.
    fn drop_most_silent(&mut self) -> usize {
        let silent = self.peers.values().min_by_key(|peer| peer.heard);
        self.drop(silent.map(|peer| peer.address))
    }

    /// Gives how many went.
    fn drop(&mut self, address: Option<SocketAddr>) -> usize {
        let removed = address.and_then(|address| self.remove(address));
        usize::from(removed.is_some())
    }
}

impl Peer {
    /// This peer as the asker can reach it, if it has a use for it: it is not the asker itself,
    /// and not both have everything.
    fn as_given_to(&self, asker: &Asker<'_>) -> Option<Given> {
        let address = asker.viewpoint.address_of(self.address)?;
        let is_asker = address == asker.address || self.peer_id == asker.peer_id;
        let is_useless = self.is_seed && asker.is_seed;
        let fits = !asker.takes_own_family || address.is_ipv4() == asker.address.is_ipv4();
        let is_given = !is_asker && !is_useless && fits;
        is_given.then_some(Given { address, peer_id: self.peer_id })
    }
}
