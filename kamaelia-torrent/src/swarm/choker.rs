//! Who gets to download from us.
//!
//! Most slots go to those who give us most (tit for tat) or, once we have everything, to those who
//! take fastest. The last slot goes to someone by chance, for a while: that is how newcomers get
//! their first piece, and how we find better partners.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::swarm::ConnectionId;

/// How often the slots are given out anew (BEP 3: ten seconds, so that nothing flutters).
const RECHOKE: Duration = Duration::from_secs(10);

/// How long a chance lasts: enough to upload a piece, and to be given one in return.
const OPTIMISTIC: Duration = Duration::from_secs(30);

/// Someone who would like a slot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Contender {
    pub(super) connection: ConnectionId,
    /// Bytes a second: from them while we download, to them when we seed.
    pub(super) rate: u64,
    /// It has a slot now.
    pub(super) served: bool,
}

/// Gives out slots.
pub(super) struct Choker {
    slots: usize,
    due: Instant,
    optimistic: Option<ConnectionId>,
    optimistic_due: Instant,
}

impl Choker {
    pub(super) fn new(slots: usize, now: Instant) -> Self {
        Choker { slots, due: now + RECHOKE, optimistic: None, optimistic_due: now }
    }

    /// When slots are next given out anew.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Slots that stay free when so many are served.
    pub(super) fn free(&self, served: usize) -> usize {
        self.slots.saturating_sub(served)
    }

    /// Gives out all slots anew: those returned are served, all others are not.
    pub(super) fn choose(
        &mut self,
        now: Instant,
        mut contenders: Vec<Contender>,
        rng: &mut Rng,
    ) -> Vec<ConnectionId> {
        self.due = now + RECHOKE;
        // Equals are sorted by chance, but whoever has a slot keeps it.
        rng.shuffle(&mut contenders);
        contenders.sort_by_key(|contender| (Reverse(contender.rate), !contender.served));
        let regular = self.slots.saturating_sub(1).min(contenders.len());
        let rest = contenders.split_off(regular);
        self.choose_optimistic(now, &rest, rng);
        contenders
            .into_iter()
            .map(|contender| contender.connection)
            .chain(self.optimistic)
            .collect()
    }

    fn choose_optimistic(&mut self, now: Instant, rest: &[Contender], rng: &mut Rng) {
        let held = |contender: &Contender| Some(contender.connection) == self.optimistic;
        if now < self.optimistic_due && rest.iter().any(held) {
            return;
        }
        let newcomers: Vec<_> = rest.iter().filter(|contender| !contender.served).collect();
        let chosen = match newcomers.is_empty() {
            true => rest.first(),
            false => Some(newcomers[rng.usize(..newcomers.len())]),
        };
        self.optimistic = chosen.filter(|_| self.slots > 0).map(|contender| contender.connection);
        self.optimistic_due = now + OPTIMISTIC;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::connections::tests::connection_ids;
    use std::collections::BTreeSet;

    fn contenders(ids: &[ConnectionId], served: &[ConnectionId]) -> Vec<Contender> {
        ids.iter()
            .enumerate()
            .map(|(i, id)| Contender {
                connection: *id,
                rate: 1_000 * i as u64,
                served: served.contains(id),
            })
            .collect()
    }

    #[test]
    fn those_who_give_most_are_served_and_one_more_by_chance() {
        let (ids, now) = (connection_ids(20), Instant::now());
        let mut choker = Choker::new(5, now);
        let chosen = choker.choose(now, contenders(&ids, &[]), &mut Rng::with_seed(1));
        let mut regular = chosen[..4].to_vec();
        regular.sort_unstable();
        assert_eq!(regular, ids[16..]);
        assert!(ids[..16].contains(&chosen[4]));
        assert_eq!(chosen.len(), 5);
    }

    #[test]
    fn everyone_gets_a_chance_and_it_lasts_thirty_seconds() {
        let (ids, start) = (connection_ids(10), Instant::now());
        let mut rng = Rng::with_seed(2);
        let mut choker = Choker::new(4, start);
        let mut served = Vec::new();
        let mut chances = Vec::new();
        for round in 0..300 {
            let now = start + RECHOKE * round;
            served = choker.choose(now, contenders(&ids, &served), &mut rng);
            chances.push(served[3]);
        }
        for three in chances.chunks(3) {
            assert!(three.iter().all(|chance| *chance == three[0]), "{three:?}");
        }
        let had: BTreeSet<_> = chances.into_iter().collect();
        assert_eq!(had, ids[..7].iter().copied().collect());
    }

    #[test]
    fn few_contenders_are_all_served() {
        let (ids, now) = (connection_ids(3), Instant::now());
        let mut choker = Choker::new(3, now);
        let mut chosen = choker.choose(now, contenders(&ids, &[]), &mut Rng::with_seed(3));
        chosen.sort_unstable();
        assert_eq!(chosen, ids);
    }

    #[test]
    fn no_slots_serve_nobody() {
        let (ids, now) = (connection_ids(3), Instant::now());
        let mut choker = Choker::new(0, now);
        let chosen = choker.choose(now, contenders(&ids, &[]), &mut Rng::with_seed(4));
        assert_eq!(chosen, []);
    }
}
