//! Addresses that peers tell us of (BEP 11): anybody's word, so none may fill our list with its own.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use fastrand::Rng;

use super::Candidates;
use crate::swarm::blame::Party;
use crate::swarm::nearness::Nearness;
use crate::wire::extension::{PeerExchange, PeerFlags};

/// Untried addresses kept from one party.
const PER_PARTY_MAX: usize = 50;

impl Candidates {
    /// Somebody at `from` says with whom it talks, and no longer talks.
    pub(in crate::swarm) fn hear_of(
        &mut self,
        now: Instant,
        from: SocketAddr,
        peers: &PeerExchange,
        rng: &mut Rng,
    ) {
        let party = Party::of(from);
        for address in &peers.dropped {
            self.forget_hearsay(*address, party);
        }
        let mut room = self.room_for_hearsay(party);
        for peer in &peers.added {
            if room == 0 {
                break;
            }
            let address = SocketAddr::new(peer.address.ip().to_canonical(), peer.address.port());
            if self.believes(address, from) {
                room -= 1;
                self.add(now, address, rng);
                if let Some(candidate) = self.known.get_mut(&address) {
                    candidate.hearsay = Some(party);
                    candidate.seed = peer.flags.has(PeerFlags::UPLOAD_ONLY);
                }
            }
        }
    }

    /// A neighbour has told of itself (BEP 14). Known ones change nothing.
    pub(in crate::swarm) fn overhear(&mut self, now: Instant, address: SocketAddr, rng: &mut Rng) {
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        if self.known.contains_key(&address) {
            return;
        }
        self.add(now, address, rng);
        if let Some(candidate) = self.known.get_mut(&address) {
            candidate.hearsay = Some(Party::of(address));
        }
    }

    /// Whether an address that somebody at `from` names may be worth a try. One per IP address: many
    /// ports of one machine are no peers, but somebody we are meant to flood (BEP 11).
    fn believes(&self, address: SocketAddr, from: SocketAddr) -> bool {
        Nearness::of(address.ip()).is_known_at(Nearness::of(from.ip()))
            && (address.ip().is_loopback() || !self.knows_ip(address.ip()))
            && !self.known.contains_key(&address)
    }

    fn knows_ip(&self, ip: IpAddr) -> bool {
        let ports = SocketAddr::new(ip, 0)..=SocketAddr::new(ip, u16::MAX);
        self.known.range(ports).next().is_some()
    }

    /// How many more addresses may be kept on this party's word. What peers say takes at most half of
    /// the list.
    fn room_for_hearsay(&self, party: Party) -> usize {
        let untried = || self.known.values().filter(|candidate| candidate.is_untried());
        let by_party = untried().filter(|candidate| candidate.hearsay == Some(party)).count();
        let by_all = untried().filter(|candidate| candidate.hearsay.is_some()).count();
        PER_PARTY_MAX.saturating_sub(by_party).min((self.max / 2).saturating_sub(by_all))
    }

    /// Addresses that nobody but peers and neighbours has named.
    pub(in crate::swarm) fn hearsay(&self) -> Vec<SocketAddr> {
        let hearsay = self.known.iter().filter(|(_, candidate)| candidate.hearsay.is_some());
        hearsay.map(|(address, _)| *address).collect()
    }

    /// They do not talk with it any more, and we never tried.
    fn forget_hearsay(&mut self, address: SocketAddr, party: Party) {
        if let Some(candidate) = self.known.get(&address)
            && candidate.hearsay == Some(party)
            && candidate.is_untried()
        {
            self.known.remove(&address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::extension::ExchangedPeer;

    fn world(last: u8) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last], 6_881))
    }

    fn added(addresses: impl IntoIterator<Item = SocketAddr>) -> PeerExchange {
        let peer = |address| ExchangedPeer { address, flags: PeerFlags::default() };
        PeerExchange { added: addresses.into_iter().map(peer).collect(), dropped: Vec::new() }
    }

    fn none(max: usize) -> (Candidates, Instant, Rng) {
        (Candidates::new(max), Instant::now(), Rng::with_seed(3))
    }

    fn all(candidates: &mut Candidates, now: Instant) -> Vec<SocketAddr> {
        let mut all: Vec<_> = std::iter::from_fn(|| candidates.poll(now, true)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn nobody_fills_the_list_alone_nor_all_of_them_together() {
        let (mut candidates, now, mut rng) = none(200);
        candidates.hear_of(now, world(200), &added((0..100).map(world)), &mut rng);
        assert_eq!(candidates.known.len(), PER_PARTY_MAX);
        for teller in 0..10 {
            let from = SocketAddr::from(([198, 51, 100, teller], 1));
            let told = (0..100).map(|last| SocketAddr::from(([203, 0, teller, last], 1)));
            candidates.hear_of(now, from, &added(told), &mut rng);
        }
        assert_eq!(candidates.known.len(), 100);
        candidates.add(now, world(150), &mut rng);
        assert_eq!(candidates.known.len(), 101);
    }

    #[test]
    fn many_ports_of_one_machine_are_one() {
        let (mut candidates, now, mut rng) = none(200);
        let ports = (1..50).map(|port| SocketAddr::from(([192, 0, 2, 9], port)));
        candidates.hear_of(now, world(200), &added(ports), &mut rng);
        assert_eq!(all(&mut candidates, now), [SocketAddr::from(([192, 0, 2, 9], 1))]);
    }

    #[test]
    fn strangers_cannot_send_us_into_our_own_network() {
        let (mut candidates, now, mut rng) = none(200);
        let near = [SocketAddr::from(([10, 0, 0, 2], 1)), SocketAddr::from(([127, 0, 0, 1], 1))];
        candidates.hear_of(now, world(1), &added(near), &mut rng);
        assert_eq!(all(&mut candidates, now), []);
        let neighbour = SocketAddr::from(([10, 0, 0, 1], 1));
        candidates.hear_of(now, neighbour, &added(near), &mut rng);
        assert_eq!(all(&mut candidates, now), near[..1]);
    }

    #[test]
    fn what_is_dropped_is_forgotten_unless_others_know_it() {
        let (mut candidates, now, mut rng) = none(200);
        candidates.hear_of(now, world(100), &added([world(1), world(2), world(3)]), &mut rng);
        candidates.add(now, world(2), &mut rng);
        let dropped = vec![world(1), world(2), world(3), world(4)];
        let message = PeerExchange { added: Vec::new(), dropped };
        candidates.hear_of(now, world(101), &message, &mut rng);
        assert_eq!(candidates.known.len(), 3);
        candidates.hear_of(now, world(100), &message, &mut rng);
        assert_eq!(all(&mut candidates, now), [world(2)]);
    }

    #[test]
    fn seeds_are_of_no_use_to_seeds() {
        let (mut candidates, now, mut rng) = none(200);
        let mut message = added([world(1)]);
        message.added[0].flags = PeerFlags::UPLOAD_ONLY;
        candidates.hear_of(now, world(100), &message, &mut rng);
        assert_eq!(candidates.next_due(false), None);
        assert_eq!(all(&mut candidates, now), [world(1)]);
    }
}
