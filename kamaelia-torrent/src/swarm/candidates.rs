//! Addresses worth trying, and when to try them again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::swarm::blame::Party;
use crate::swarm::nearness::Nearness;
use crate::swarm::peer_priority::peer_priority;

mod hearsay;

/// How long the first failure keeps us from trying again; each further one doubles it.
const RETRY_MIN: Duration = Duration::from_secs(3);

/// The longest wait between tries.
const RETRY_MAX: Duration = Duration::from_secs(15 * 60);

/// Failures in a row after which an address is forgotten. A tracker may name it again.
const FAILURES_MAX: u32 = 12;

/// Failures that a peer of no use counts as: a wrong torrent, a broken protocol.
const USELESS: u32 = 6;

/// Own addresses remembered, so as not to connect to ourselves each time a tracker names us.
const OURS_MAX: usize = 64;

/// How a connection that we opened has ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ending {
    /// Blocks were exchanged.
    Useful,
    /// Nothing was exchanged.
    Idle,
    /// The peer cannot be worked with, or is reached at another address.
    Useless,
    /// The peer has everything, and so have we.
    Seed,
    /// We had reached ourselves.
    Ourselves,
}

/// Addresses, each with its history.
pub(super) struct Candidates {
    known: BTreeMap<SocketAddr, Candidate>,
    /// Addresses that led to ourselves.
    ours: BTreeSet<SocketAddr>,
    /// Where others see us, by which they and we choose each other (BEP 40).
    seen_at: Vec<SocketAddr>,
    max: usize,
    connecting: usize,
}

struct Candidate {
    state: State,
    failures: u32,
    /// It has everything, so it is of use only while we lack something.
    seed: bool,
    /// Its place among equals: a swarm must not all begin at the same peer.
    lot: u32,
    /// Who told us of it, if that was a peer and nobody else did (BEP 11).
    hearsay: Option<Party>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Waiting { due: Instant },
    Connecting,
    Connected,
}

impl Candidates {
    pub(super) fn new(max: usize) -> Self {
        Candidates {
            known: BTreeMap::new(),
            ours: BTreeSet::new(),
            seen_at: Vec::new(),
            max,
            connecting: 0,
        }
    }

    /// Remembers an address, if it can be a peer's and there is room.
    pub(super) fn add(&mut self, now: Instant, address: SocketAddr, rng: &mut Rng) {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        if let Some(candidate) = self.known.get_mut(&address) {
            candidate.hearsay = None;
        } else if is_reachable(address) && !self.ours.contains(&address) && self.make_room() {
            let candidate = Candidate {
                state: State::Waiting { due: now },
                failures: 0,
                seed: false,
                lot: self.lot(address, rng),
                hearsay: None,
            };
            self.known.insert(address, candidate);
        }
    }

    /// Others see us at these addresses. From now on those are called first who, by BEP 40, should
    /// like to be connected with us most.
    pub(super) fn set_seen_at(&mut self, seen_at: Vec<SocketAddr>, rng: &mut Rng) {
        self.seen_at = seen_at;
        let addresses: Vec<_> = self.known.keys().copied().collect();
        for address in addresses {
            let lot = self.lot(address, rng);
            if let Some(candidate) = self.known.get_mut(&address) {
                candidate.lot = lot;
            }
        }
    }

    /// The smaller, the sooner: by priority (BEP 40) or, as long as we do not know who we are to this
    /// peer, by chance.
    fn lot(&self, address: SocketAddr, rng: &mut Rng) -> u32 {
        let near = Nearness::of(address.ip());
        let priority = self
            .seen_at
            .iter()
            .filter(|ours| Nearness::of(ours.ip()) == near)
            .find_map(|ours| peer_priority(*ours, address));
        priority.map_or_else(|| rng.u32(..), |priority| !priority)
    }

    /// [Remembers](Self::add) an address that is tried before all others, as it is a peer for
    /// certain.
    pub(super) fn add_first(&mut self, now: Instant, address: SocketAddr, rng: &mut Rng) {
        self.add(now, address, rng);
        if let Some(candidate) = self.known.get_mut(&address) {
            candidate.lot = 0;
        }
    }

    /// Forgets the address that failed most when there are too many. False if none has failed.
    fn make_room(&mut self) -> bool {
        if self.known.len() < self.max {
            return true;
        }
        let waiting = |candidate: &Candidate| matches!(candidate.state, State::Waiting { .. });
        let worst = self
            .known
            .iter()
            .filter(|(_, candidate)| candidate.failures > 0 && waiting(candidate))
            .max_by_key(|(_, candidate)| candidate.failures)
            .map(|(address, _)| *address);
        worst.is_some_and(|address| self.known.remove(&address).is_some())
    }

    /// The next address to connect to; it counts as half open from now on.
    pub(super) fn poll(&mut self, now: Instant, seeds_too: bool) -> Option<SocketAddr> {
        let (address, candidate) = self
            .known
            .iter_mut()
            .filter(|(_, candidate)| candidate.due(seeds_too).is_some_and(|due| due <= now))
            .min_by_key(|(_, candidate)| (candidate.failures, candidate.lot))?;
        candidate.state = State::Connecting;
        self.connecting += 1;
        Some(*address)
    }

    /// When the next address is due.
    pub(super) fn next_due(&self, seeds_too: bool) -> Option<Instant> {
        self.known.values().filter_map(|candidate| candidate.due(seeds_too)).min()
    }

    /// Connections being opened.
    pub(super) fn connecting(&self) -> usize {
        self.connecting
    }

    /// Addresses that wait for a first try, or for another after few failures.
    pub(super) fn hopeful(&self) -> usize {
        self.known
            .values()
            .filter(|candidate| candidate.due(false).is_some() && candidate.failures < USELESS)
            .count()
    }

    /// Whether this is one of them.
    pub(super) fn knows(&self, address: SocketAddr) -> bool {
        self.known.contains_key(&address)
    }

    /// Addresses that are neither connected nor being connected to.
    pub(super) fn waiting(&self) -> usize {
        self.known.values().filter(|candidate| candidate.due(true).is_some()).count()
    }

    /// Every address, those that failed least first.
    pub(super) fn by_promise(&self) -> Vec<SocketAddr> {
        let mut addresses: Vec<_> = self.known.iter().collect();
        addresses.sort_by_key(|(_, candidate)| (candidate.failures, candidate.lot));
        addresses.into_iter().map(|(address, _)| *address).collect()
    }

    /// The connection is up. An address the swarm did not ask for is remembered too.
    pub(super) fn on_connected(&mut self, now: Instant, address: SocketAddr, rng: &mut Rng) {
        self.end_connecting(address);
        if !self.knows(address) {
            // One that is known stays somebody's hearsay: to meet it does not say who named it.
            self.add(now, address, rng);
        }
        if let Some(candidate) = self.known.get_mut(&address) {
            candidate.state = State::Connected;
        }
    }

    /// Someone who called us can be called at this address, too, but need not be now. True if the
    /// connection with it counts as one to this address.
    pub(super) fn on_called(&mut self, now: Instant, address: SocketAddr, rng: &mut Rng) -> bool {
        self.add(now, address, rng);
        let candidate = self.known.get_mut(&address);
        let Some(candidate) = candidate.filter(|c| matches!(c.state, State::Waiting { .. })) else {
            return false;
        };
        candidate.state = State::Connected;
        true
    }

    /// The connection did not come up.
    pub(super) fn on_failed(&mut self, now: Instant, address: SocketAddr, rng: &mut Rng) {
        self.end_connecting(address);
        self.retry_later(now, address, 1, rng);
    }

    /// A connection that we opened is over.
    pub(super) fn on_ended(
        &mut self,
        now: Instant,
        address: SocketAddr,
        ending: Ending,
        rng: &mut Rng,
    ) {
        // It may have been one of two, and called again since the other ended.
        self.end_connecting(address);
        let Some(candidate) = self.known.get_mut(&address) else {
            return;
        };
        candidate.seed = ending == Ending::Seed;
        match ending {
            Ending::Useful => candidate.failures = 0,
            Ending::Idle | Ending::Useless | Ending::Seed => {}
            Ending::Ourselves => return self.on_ourselves(address),
        }
        let failures = if ending == Ending::Useless { USELESS } else { 1 };
        self.retry_later(now, address, failures, rng);
    }

    /// The address is not to be tried, whatever its state.
    pub(super) fn forget(&mut self, address: SocketAddr) {
        self.end_connecting(address);
        self.known.remove(&address);
    }

    /// No address is to be tried.
    pub(super) fn forget_all(&mut self) {
        self.known.clear();
        self.connecting = 0;
    }

    fn on_ourselves(&mut self, address: SocketAddr) {
        self.known.remove(&address);
        if self.ours.len() < OURS_MAX {
            self.ours.insert(address);
        }
    }

    fn end_connecting(&mut self, address: SocketAddr) {
        let state = self.known.get(&address).map(|candidate| candidate.state);
        if state == Some(State::Connecting) {
            self.connecting -= 1;
        }
    }

    fn retry_later(&mut self, now: Instant, address: SocketAddr, failures: u32, rng: &mut Rng) {
        let Some(candidate) = self.known.get_mut(&address) else {
            return;
        };
        candidate.failures += failures;
        if candidate.failures > FAILURES_MAX {
            self.known.remove(&address);
            return;
        }
        let wait = RETRY_MIN * (1 << (candidate.failures - 1));
        // Spread, or two peers that connect to each other at once would do so again and again.
        let spread = 0.75 + rng.f64() / 2.0;
        let due = now + wait.min(RETRY_MAX).mul_f64(spread);
        candidate.state = State::Waiting { due };
    }
}

impl Candidate {
    fn is_untried(&self) -> bool {
        self.failures == 0 && matches!(self.state, State::Waiting { .. })
    }

    fn due(&self, seeds_too: bool) -> Option<Instant> {
        match self.state {
            State::Waiting { due } if seeds_too || !self.seed => Some(due),
            _ => None,
        }
    }
}

/// For sorting out what no connection can lead to.
fn is_reachable(address: SocketAddr) -> bool {
    let ip = address.ip();
    address.port() != 0 && !ip.is_unspecified() && !ip.is_multicast()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, last], 6_881))
    }

    fn some(count: u8, max: usize) -> (Candidates, Instant, Rng) {
        let (mut rng, now) = (Rng::with_seed(7), Instant::now());
        let mut candidates = Candidates::new(max);
        for last in 0..count {
            candidates.add(now, address(last), &mut rng);
            candidates.add(now, address(last), &mut rng);
        }
        (candidates, now, rng)
    }

    #[test]
    fn each_address_is_tried_once() {
        let (mut candidates, now, _) = some(5, 10);
        let mut tried: Vec<_> = std::iter::from_fn(|| candidates.poll(now, true)).collect();
        assert_eq!(candidates.connecting(), 5);
        tried.sort_unstable();
        assert_eq!(tried, (0..5).map(address).collect::<Vec<_>>());
    }

    #[test]
    fn failures_wait_longer_each_time_and_are_forgotten_in_the_end() {
        let (mut candidates, mut now, mut rng) = some(1, 10);
        let mut waits = Vec::new();
        while let Some(tried) = candidates.poll(now, true) {
            candidates.on_failed(now, tried, &mut rng);
            let Some(due) = candidates.next_due(true) else {
                break;
            };
            waits.push(due - now);
            now = due;
        }
        assert!((2..5).contains(&waits[0].as_secs()), "{:?}", waits[0]);
        assert!(waits[3] > 3 * waits[0]);
        assert!(waits.iter().all(|wait| *wait <= RETRY_MAX.mul_f64(1.25)));
        assert_eq!(waits.len(), FAILURES_MAX as usize);
        assert_eq!(candidates.connecting(), 0);
    }

    #[test]
    fn a_useful_peer_is_tried_again_soon() {
        let (mut candidates, now, mut rng) = some(1, 10);
        for _ in 0..5 {
            candidates.on_failed(now, address(0), &mut rng);
        }
        candidates.on_connected(now, address(0), &mut rng);
        candidates.on_ended(now, address(0), Ending::Useful, &mut rng);
        let due = candidates.next_due(true).expect("another try");
        assert!(due - now < Duration::from_secs(5));
    }

    #[test]
    fn memory_is_bounded_and_failures_make_room() {
        let (mut candidates, now, mut rng) = some(20, 10);
        assert_eq!(candidates.known.len(), 10);
        candidates.on_failed(now, address(3), &mut rng);
        candidates.add(now, address(99), &mut rng);
        assert!(candidates.known.contains_key(&address(99)));
        assert!(!candidates.known.contains_key(&address(3)));
    }

    #[test]
    fn two_connections_to_one_address_leave_no_place_taken() {
        let (mut candidates, now, mut rng) = some(1, 10);
        candidates.on_connected(now, address(0), &mut rng);
        candidates.on_ended(now, address(0), Ending::Useless, &mut rng);
        let due = candidates.next_due(true).expect("another try");
        assert_eq!(candidates.poll(due, true), Some(address(0)));
        // A second one was up all the while, and ends as the address is called again.
        candidates.on_ended(due, address(0), Ending::Idle, &mut rng);
        assert_eq!(candidates.connecting(), 0);
        candidates.on_failed(due, address(0), &mut rng);
        assert_eq!(candidates.connecting(), 0);
    }

    #[test]
    fn our_own_address_is_never_tried_again() {
        let (mut candidates, now, mut rng) = some(1, 10);
        candidates.on_connected(now, address(0), &mut rng);
        candidates.on_ended(now, address(0), Ending::Ourselves, &mut rng);
        candidates.add(now, address(0), &mut rng);
        assert_eq!(candidates.next_due(true), None);
    }

    #[test]
    fn those_who_should_like_us_most_are_called_first() {
        let (mut candidates, now, mut rng) = some(5, 10);
        let ours: SocketAddr = ([10, 0, 7, 1], 6_881).into();
        candidates.set_seen_at(vec![([192, 0, 2, 1], 6_881).into(), ours], &mut rng);
        candidates.add(now, address(77), &mut rng);
        let tried: Vec<_> = std::iter::from_fn(|| candidates.poll(now, true)).collect();
        let priorities = tried.iter().map(|theirs| peer_priority(ours, *theirs));
        let priorities: Vec<_> = priorities.collect();
        assert_eq!(priorities.len(), 6);
        assert!(priorities.is_sorted_by(|sooner, later| sooner >= later), "{priorities:?}");
    }

    #[test]
    fn someone_who_called_us_is_not_called_until_it_is_gone() {
        let (mut candidates, now, mut rng) = some(1, 10);
        assert!(candidates.on_called(now, address(0), &mut rng));
        assert!(!candidates.on_called(now, address(0), &mut rng));
        assert_eq!(candidates.poll(now, true), None);
        candidates.on_ended(now, address(0), Ending::Idle, &mut rng);
        assert!(candidates.next_due(true).is_some());
    }

    #[test]
    fn a_seed_is_left_alone_while_we_are_one() {
        let (mut candidates, now, mut rng) = some(1, 10);
        candidates.on_connected(now, address(0), &mut rng);
        candidates.on_ended(now, address(0), Ending::Seed, &mut rng);
        assert_eq!(candidates.next_due(false), None);
        assert!(candidates.next_due(true).is_some());
    }

    #[test]
    fn addresses_that_lead_nowhere_are_not_kept() {
        let (mut candidates, now, mut rng) = some(0, 10);
        for text in ["10.0.0.1:0", "0.0.0.0:6881", "224.0.0.1:6881", "[::]:6881"] {
            let address = text.parse().expect("an address");
            candidates.add(now, address, &mut rng);
        }
        assert_eq!(candidates.next_due(true), None);
    }
}
