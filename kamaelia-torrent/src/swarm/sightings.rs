//! Where we are, by the word of those who see us (BEP 10, `yourip`).
//!
//! One stranger may say anything, so an address counts once two parties agree on it, and the one
//! that most agree on is taken.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::swarm::blame::Party;
use crate::swarm::nearness::Nearness;

/// Parties whose word is kept. That is enough for a majority.
const PARTIES_MAX: usize = 64;

/// Parties that must agree.
const AGREE_MIN: usize = 2;

/// What each party said.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    said: BTreeMap<Party, IpAddr>,
}

impl Sightings {
    /// Somebody sees us at this address. True if that may change what is believed.
    pub(super) fn add(&mut self, by: Party, seen_as: IpAddr) -> bool {
        if self.said.len() >= PARTIES_MAX && !self.said.contains_key(&by) {
            return false;
        }
        self.said.insert(by, seen_as) != Some(seen_as)
    }

    /// Our addresses as far as they are believed: of each family one for each nearness.
    pub(super) fn believed(&self) -> Vec<IpAddr> {
        let mut votes: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for address in self.said.values() {
            *votes.entry(*address).or_default() += 1;
        }
        let mut best: BTreeMap<(bool, Nearness), (usize, IpAddr)> = BTreeMap::new();
        for (address, count) in votes.into_iter().filter(|(_, count)| *count >= AGREE_MIN) {
            let kind = (address.is_ipv6(), Nearness::of(address));
            let entry = best.entry(kind).or_insert((count, address));
            *entry = (*entry).max((count, address));
        }
        best.into_values().map(|(_, address)| address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(last: u8) -> Party {
        Party::of(([10, 0, 0, last], 1).into())
    }

    #[test]
    fn one_voice_is_none_and_most_voices_win() {
        let mut sightings = Sightings::default();
        let (real, false_one) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 66]));
        assert!(sightings.add(party(1), real));
        assert!(!sightings.add(party(1), real));
        assert_eq!(sightings.believed(), [] as [IpAddr; 0]);
        for liar in 2..4 {
            sightings.add(party(liar), false_one);
        }
        assert_eq!(sightings.believed(), [false_one]);
        for honest in 5..8 {
            sightings.add(party(honest), real);
        }
        assert_eq!(sightings.believed(), [real]);
    }

    #[test]
    fn a_machine_has_an_address_for_each_distance() {
        let mut sightings = Sightings::default();
        let addresses = ["10.0.0.7", "192.0.2.1", "2001:db8::7"];
        let addresses = addresses.map(|text| text.parse::<IpAddr>().expect("an address"));
        for voice in 0..6 {
            sightings.add(party(voice), addresses[usize::from(voice) % 3]);
        }
        assert_eq!(sightings.believed(), addresses);
    }

    #[test]
    fn voices_are_bounded() {
        let mut sightings = Sightings::default();
        for voice in 0..=255 {
            sightings.add(party(voice), IpAddr::from([192, 0, 2, voice]));
        }
        assert_eq!(sightings.said.len(), PARTIES_MAX);
    }
}
