//! Who broke the protocol of late, again and again.
//!
//! One who did is let go, and may call again: its program may be broken in one place only, and others may
//! share its address. Who has done so several times in a row only costs, each time as much as it takes to
//! be found out, and is not let in for a while.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::swarm::blame::Party;

/// Breaches in a row until they are held against their party.
const BREACHES_MAX: u32 = 3;

/// How long until a breach is forgotten.
const REMEMBERED_FOR: Duration = Duration::from_secs(600);

/// Parties remembered; beyond that, some are forgotten.
const PARTIES_MAX: usize = 1_024;

/// The breaches of each party.
#[derive(Debug, Default)]
pub(super) struct Grudges(BTreeMap<Party, Grudge>);

#[derive(Clone, Copy, Debug)]
struct Grudge {
    breaches: u32,
    last: Instant,
}

impl Grudge {
    fn is_fresh(&self, now: Instant) -> bool {
        now < self.last + REMEMBERED_FOR
    }
}

impl Grudges {
    /// A conversation with this party has ended since it broke the protocol.
    pub(super) fn on_breach(&mut self, now: Instant, party: Party) {
        self.0.retain(|_, grudge| grudge.is_fresh(now));
        if self.0.len() >= PARTIES_MAX && !self.0.contains_key(&party) {
            self.0.pop_first();
        }
        let grudge = self.0.entry(party).or_insert(Grudge { breaches: 0, last: now });
        grudge.breaches += 1;
        grudge.last = now;
    }

    /// Whether nothing more is wanted from it for now.
    pub(super) fn is_held_against(&self, now: Instant, party: Party) -> bool {
        let grudge = self.0.get(&party).filter(|grudge| grudge.is_fresh(now));
        grudge.is_some_and(|grudge| grudge.breaches >= BREACHES_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(number: u32) -> Party {
        Party::of((std::net::Ipv4Addr::from(number), 6_881).into())
    }

    #[test]
    fn the_third_breach_in_a_row_is_held_against_its_party_for_ten_minutes() {
        let (mut grudges, now) = (Grudges::default(), Instant::now());
        for _ in 0..BREACHES_MAX {
            assert!(!grudges.is_held_against(now, party(1)));
            grudges.on_breach(now, party(1));
        }
        assert!(grudges.is_held_against(now, party(1)));
        assert!(!grudges.is_held_against(now, party(2)));
        assert!(!grudges.is_held_against(now + REMEMBERED_FOR, party(1)));
        grudges.on_breach(now + REMEMBERED_FOR, party(1));
        assert!(!grudges.is_held_against(now + REMEMBERED_FOR, party(1)), "it begins anew");
    }

    #[test]
    fn only_so_many_parties_are_remembered() {
        let (mut grudges, now) = (Grudges::default(), Instant::now());
        for number in 0..2 * PARTIES_MAX as u32 {
            grudges.on_breach(now, party(number));
        }
        assert_eq!(grudges.0.len(), PARTIES_MAX);
    }
}
