//! The peers of one torrent, and which of them to name to whom.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use super::reach::Viewpoint;
use crate::household::household;
use crate::metainfo::PeerId;

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

/// The peers lie side by side, so that an announce looks at those it names and at no others.
#[derive(Clone, Debug)]
pub(super) struct Torrent {
    seeds: Vec<Peer>,
    others: Vec<Peer>,
    places: BTreeMap<SocketAddr, Place>,
    downloaded: u64,
    /// When any of its peers announced last.
    heard: Instant,
    /// None of its peers was last heard of before this: until that is long ago, there is nobody to
    /// be forgotten.
    all_heard_since: Instant,
}

/// Where a peer lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    is_seed: bool,
    /// It was a seed before, or has told that it became one: it does so once.
    is_done: bool,
    index: u32,
}

impl Torrent {
    pub(super) fn new(now: Instant) -> Self {
        Torrent {
            seeds: Vec::new(),
            others: Vec::new(),
            places: BTreeMap::new(),
            downloaded: 0,
            heard: now,
            all_heard_since: now,
        }
    }

    pub(super) fn size(&self) -> Size {
        let (seeds, others) = (self.seeds.len(), self.others.len());
        Size { seeds, others, downloaded: self.downloaded }
    }

    /// How many peers there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn knows(&self, address: SocketAddr) -> bool {
        self.places.contains_key(&address)
    }

    /// When any of its peers announced last.
    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// Takes a peer in, or notes what it says now; whether it is new. `has_completed` counts once for as
    /// long as the peer is there, and for none that was a seed before.
    pub(super) fn insert(&mut self, peer: Peer, has_completed: bool) -> bool {
        self.heard = peer.heard;
        let place = self.places.get(&peer.address).copied();
        let was_done = place.is_some_and(|place| place.is_done);
        let is_done = was_done || has_completed || peer.is_seed;
        if has_completed && !was_done {
            self.downloaded = self.downloaded.saturating_add(1);
        }
        match place.filter(|place| place.is_seed == peer.is_seed) {
            Some(place) if was_done == is_done => {
                self.list(place.is_seed)[place.index as usize] = peer;
            }
            _ => {
                self.remove(peer.address);
                self.push(peer, is_done);
            }
        }
        place.is_none()
    }

    fn push(&mut self, peer: Peer, is_done: bool) {
        let is_seed = peer.is_seed;
        // As many peers as there may be are far fewer than this counts.
        let place = Place { is_seed, is_done, index: self.list(is_seed).len() as u32 };
        self.places.insert(peer.address, place);
        self.list(is_seed).push(peer);
    }

    /// Takes a peer out; whether it was there.
    pub(super) fn remove(&mut self, address: SocketAddr) -> bool {
        let Some(place) = self.places.remove(&address) else {
            return false;
        };
        let list = self.list(place.is_seed);
        list.swap_remove(place.index as usize);
        // The last one lies there now.
        let moved = list.get(place.index as usize).map(|peer| peer.address);
        if let Some(moved) = moved.and_then(|moved| self.places.get_mut(&moved)) {
            moved.index = place.index;
        }
        if self.places.is_empty() {
            self.give_back_room();
        }
        true
    }

    /// Most torrents are left by everybody one day, and their counts are kept for long.
    fn give_back_room(&mut self) {
        self.seeds = Vec::new();
        self.others = Vec::new();
        self.places = BTreeMap::new();
    }

    fn list(&mut self, is_seed: bool) -> &mut Vec<Peer> {
        if is_seed { &mut self.seeds } else { &mut self.others }
    }

    fn all(&self) -> impl Iterator<Item = &Peer> {
        self.others.iter().chain(&self.seeds)
    }

    /// Forgets those who were not heard of since this moment. Gives how many went.
    pub(super) fn forget_silent(&mut self, since: Instant) -> usize {
        if since <= self.all_heard_since {
            return 0;
        }
        let silent = self.all().filter(|peer| peer.heard < since).map(|peer| peer.address);
        let silent: Vec<SocketAddr> = silent.collect();
        for address in &silent {
            self.remove(*address);
        }
        self.all_heard_since = self.all().map(|peer| peer.heard).min().unwrap_or(since);
        silent.len()
    }

    /// Sees to it that one address does not take every place. Gives how many went.
    pub(super) fn make_room_at(&mut self, address: IpAddr) -> usize {
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
        let places = self.places.range(SocketAddr::new(first, 0)..);
        let places = places.take_while(move |(address, _)| household(address.ip()) == first);
        places.map(|(_, Place { is_seed, index, .. })| {
            let list = if *is_seed { &self.seeds } else { &self.others };
            &list[*index as usize]
        })
    }

    /// Drops the peer last heard of longest ago. Gives how many went.
    pub(super) fn drop_most_silent(&mut self) -> usize {
        let silent = self.all().min_by_key(|peer| peer.heard);
        self.drop(silent.map(|peer| peer.address))
    }

    fn drop(&mut self, address: Option<SocketAddr>) -> usize {
        usize::from(address.is_some_and(|address| self.remove(address)))
    }

    /// Up to `wanted` peers that the asker has a use for, each equally likely.
    pub(super) fn choose(
        &self,
        asker: &Asker<'_>,
        wanted: usize,
        chance: &mut fastrand::Rng,
    ) -> Vec<Given> {
        let count = if asker.is_seed { self.others.len() } else { self.len() };
        let mut given = Vec::with_capacity(wanted.min(count));
        let peers = strides(count, chance).map(|index| match self.others.get(index) {
            Some(other) => other,
            None => &self.seeds[index - self.others.len()],
        });
        given.extend(peers.filter_map(|peer| peer.as_given_to(asker)).take(wanted));
        given
    }
}

impl Peer {
    /// This peer as the asker can reach it, unless it is the asker itself.
    fn as_given_to(&self, asker: &Asker<'_>) -> Option<Given> {
        let address = asker.viewpoint.address_of(self.address)?;
        let is_asker = address == asker.address || self.peer_id == asker.peer_id;
        let fits = !asker.takes_own_family || address.is_ipv4() == asker.address.is_ipv4();
        (!is_asker && fits).then_some(Given { address, peer_id: self.peer_id })
    }
}

/// Each number below `count` once, from one on and in steps that chance has chosen. So whoever lies
/// behind somebody who is passed over is not named more often than others.
fn strides(count: usize, chance: &mut fastrand::Rng) -> impl Iterator<Item = usize> + use<> {
    let mut next = chance.usize(..count.max(1));
    // Steps that have no divisor in common with the count pass by everybody.
    let step = match count {
        0..3 => 1,
        _ => std::iter::repeat_with(|| chance.usize(1..count))
            .find(|step| greatest_common_divisor(*step, count) == 1)
            .unwrap_or(1),
    };
    (0..count).map(move |_| {
        let this = next;
        next += step;
        if next >= count {
            next -= count;
        }
        this
    })
}

fn greatest_common_divisor(mut a: usize, mut b: usize) -> usize {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn peer(number: u16, is_seed: bool, heard: Instant) -> Peer {
        let address = SocketAddr::from(([45, 0, (number >> 8) as u8, number as u8], 1));
        let mut peer_id = PeerId([0; 20]);
        peer_id.0[..2].copy_from_slice(&number.to_be_bytes());
        Peer { address, peer_id, is_seed, heard }
    }

    fn asker(address: &str, is_seed: bool) -> Asker<'static> {
        let address: SocketAddr = address.parse().expect("an address");
        let viewpoint = Viewpoint::new(address.ip(), IpAddr::from([44, 0, 0, 1]), &[]);
        Asker { address, viewpoint, peer_id: PeerId([9; 20]), is_seed, takes_own_family: true }
    }

    #[test]
    fn strides_pass_by_everybody_once() {
        let mut chance = fastrand::Rng::with_seed(1);
        for count in 0..300 {
            let mut all: Vec<usize> = strides(count, &mut chance).collect();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..count), "{count}");
        }
    }

    #[test]
    fn everybody_is_named_about_as_often_as_anybody_else() {
        let now = Instant::now();
        let mut torrent = Torrent::new(now);
        for number in 0..97 {
            torrent.insert(peer(number, number < 40, now), false);
        }
        let mut chance = fastrand::Rng::with_seed(2);
        for (is_seed, named_each) in [(false, 1_000..1_270), (true, 1_760..2_100)] {
            let mut named = BTreeMap::<SocketAddr, u32>::new();
            // Eleven of 97, or of the 57 that are no seeds, ten thousand times.
            for _ in 0..10_000 {
                for given in torrent.choose(&asker("46.0.0.1:1", is_seed), 11, &mut chance) {
                    *named.entry(given.address).or_default() += 1;
                }
            }
            assert_eq!(named.len(), if is_seed { 57 } else { 97 });
            assert!(named.values().all(|times| named_each.contains(times)), "{named:?}");
        }
    }

    #[test]
    fn peers_that_come_go_and_finish_are_found_where_they_lie() {
        let mut chance = fastrand::Rng::with_seed(3);
        let mut now = Instant::now();
        let mut torrent = Torrent::new(now);
        let mut expected = BTreeMap::new();
        for _ in 0..5_000 {
            now += Duration::from_secs(1);
            let peer = peer(chance.u16(..60), chance.bool(), now);
            let was_there = expected.contains_key(&peer.address);
            if chance.u8(..4) == 0 {
                assert_eq!(torrent.remove(peer.address), expected.remove(&peer.address).is_some());
            } else {
                assert_eq!(torrent.insert(peer.clone(), false), !was_there);
                expected.insert(peer.address, peer);
            }
            if chance.u8(..100) == 0 {
                let since = now - Duration::from_secs(100);
                let before = expected.len();
                expected.retain(|_, peer| peer.heard >= since);
                assert_eq!(torrent.forget_silent(since), before - expected.len());
            }
            let mut all: Vec<Peer> = torrent.all().cloned().collect();
            all.sort_by_key(|peer| peer.address);
            assert!(all.iter().eq(expected.values()));
            assert!(torrent.seeds.iter().all(|peer| peer.is_seed));
            assert!(torrent.others.iter().all(|peer| !peer.is_seed));
        }
    }
}
