//! How often one address may ask.
//!
//! Counted are addresses that have shown to be the sender's own, by a TCP connection or by a
//! connection id. One that is only claimed must not be: whoever wants to silence somebody would
//! ask in that one's name.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::household::household;

/// Each request costs this much of an address's time: fifty a second may go on for ever.
const COST: Duration = Duration::from_millis(20);

/// So much may be owed: two thousand at once. A seeder of a thousand torrents announces them all
/// when it starts.
const DEBT_MAX: Duration = Duration::from_secs(40);

/// Addresses that may be in debt. More are let in by forgetting who owes least.
const DEBTORS_MAX: usize = 20_000;

/// Who asked of late, and how much.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    /// When each address is out of debt.
    debts: BTreeMap<IpAddr, Instant>,
    /// The same, by when they seemed to be out of debt: who has asked since is so later, which is noted
    /// when it matters.
    by_time: BTreeSet<(Instant, IpAddr)>,
}

impl Rates {
    /// Whether this address may ask one more thing now.
    pub(super) fn allow(&mut self, now: Instant, address: IpAddr) -> bool {
        self.forgive(now);
        let key = household(address);
        if let Some(debt) = self.debts.get_mut(&key) {
            let free = (*debt).max(now) + COST;
            let is_allowed = free <= now + DEBT_MAX;
            if is_allowed {
                *debt = free;
            }
            return is_allowed;
        }
        if self.debts.len() >= DEBTORS_MAX {
            self.forget_first();
        }
        self.debts.insert(key, now + COST);
        self.by_time.insert((now + COST, key));
        true
    }

    fn forgive(&mut self, now: Instant) {
        // Most are not even looked at.
        while self.by_time.first().is_some_and(|(free, _)| *free <= now)
            && self.first().is_some_and(|(free, _)| free <= now)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.first() {
            self.by_time.remove(&first);
            self.debts.remove(&first.1);
        }
    }

    /// Who is out of debt first.
    fn first(&mut self) -> Option<(Instant, IpAddr)> {
        loop {
            let noted = *self.by_time.first()?;
            let free = self.debts.get(&noted.1).map_or(noted.0, |free| *free);
            if free == noted.0 {
                return Some(noted);
            }
            self.by_time.remove(&noted);
            self.by_time.insert((free, noted.1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> IpAddr {
        IpAddr::from(number.to_be_bytes())
    }

    #[test]
    fn two_thousand_at_once_and_fifty_a_second_are_allowed() {
        let mut rates = Rates::default();
        let mut now = Instant::now();
        let mut allowed = |now| (0..3_000).filter(|_| rates.allow(now, address(1))).count();
        assert_eq!(allowed(now), 2_000);
        now += Duration::from_secs(1);
        assert_eq!(allowed(now), 50);
        now += Duration::from_secs(60);
        assert_eq!(allowed(now), 2_000);
    }

    #[test]
    fn one_that_floods_takes_nothing_from_others() {
        let mut rates = Rates::default();
        let now = Instant::now();
        while rates.allow(now, address(1)) {}
        assert!(rates.allow(now, address(2)));
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_as_one() {
        let mut rates = Rates::default();
        let now = Instant::now();
        let address = |text: &str| text.parse().expect("an address");
        while rates.allow(now, address("2001:db8:1:2::1")) {}
        assert!(!rates.allow(now, address("2001:db8:1:2:ffff::2")));
        assert!(rates.allow(now, address("2001:db8:1:3::1")));
    }

    #[test]
    fn no_more_than_the_bound_are_remembered_and_nobody_for_long() {
        let mut rates = Rates::default();
        let now = Instant::now();
        for number in 0..50_000 {
            assert!(rates.allow(now, address(number)));
        }
        assert_eq!((rates.debts.len(), rates.by_time.len()), (DEBTORS_MAX, DEBTORS_MAX));
        rates.allow(now + DEBT_MAX, address(1));
        assert_eq!((rates.debts.len(), rates.by_time.len()), (1, 1));
    }
}
