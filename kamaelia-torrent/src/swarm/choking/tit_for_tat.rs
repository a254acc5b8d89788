//! Tit for tat: slots for those who give most, and one for somebody new.
//!
//! Most slots go to those who give us most or, once we have everything, to those who take fastest.
//! The last slot goes to someone by chance, for a while: that is how newcomers get their first
//! piece, and how we find better partners.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::{Choker, Contender, Round};
use crate::swarm::ConnectionId;

/// How long a chance lasts: enough to upload a piece, and to be given one in return.
const OPTIMISTIC: Duration = Duration::from_secs(30);

/// Serves those with the best rates, and one more by chance (BEP 3).
#[derive(Clone, Debug, Default)]
pub struct TitForTat {
    chance: Option<Chance>,
}

/// Whoever has the last slot.
#[derive(Clone, Copy, Debug)]
struct Chance {
    connection: ConnectionId,
    until: Instant,
}

impl Choker for TitForTat {
    fn choose(&mut self, round: &Round<'_>, rng: &mut Rng) -> Vec<ConnectionId> {
        let mut contenders = round.contenders.to_vec();
        // Equals are sorted by chance, but whoever has a slot keeps it.
        rng.shuffle(&mut contenders);
        contenders.sort_by_key(|c| (Reverse(rate(c, round.seeding)), !c.is_served()));
        let regular = round.slots.saturating_sub(1).min(contenders.len());
        let rest = contenders.split_off(regular);
        self.choose_one_more(round, &rest, rng);
        let chance = self.chance.map(|chance| chance.connection);
        contenders.into_iter().map(|contender| contender.connection).chain(chance).collect()
    }
}

impl TitForTat {
    fn choose_one_more(&mut self, round: &Round<'_>, rest: &[Contender], rng: &mut Rng) {
        if let Some(chance) = self.chance
            && round.now < chance.until
            && rest.iter().any(|contender| contender.connection == chance.connection)
        {
            return;
        }
        let newcomers: Vec<_> = rest.iter().filter(|contender| !contender.is_served()).collect();
        let chosen = match newcomers.is_empty() {
            true => rest.first(),
            false => Some(newcomers[rng.usize(..newcomers.len())]),
        };
        let until = round.now + OPTIMISTIC;
        self.chance = chosen
            .filter(|_| round.slots > 0)
            .map(|contender| Chance { connection: contender.connection, until });
    }
}

/// Bytes a second that speak for a slot.
fn rate(contender: &Contender, seeding: bool) -> u64 {
    match seeding {
        true => contender.upload_rate,
        // Who owes us blocks and sends none gives us nothing, whatever it gave before.
        false if contender.snubbed => 0,
        false => contender.download_rate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::choking::tests::{RECHOKE, contender};
    use crate::swarm::connections::tests::connection_ids;
    use std::collections::BTreeSet;

    /// Those who come later are faster.
    fn choose(
        choker: &mut TitForTat,
        (now, slots): (Instant, usize),
        ids: &[ConnectionId],
        served: &[ConnectionId],
        rng: &mut Rng,
    ) -> Vec<ConnectionId> {
        let contenders: Vec<_> = ids
            .iter()
            .enumerate()
            .map(|(i, id)| Contender {
                download_rate: 1_000 * i as u64,
                ..contender(*id, served.contains(id).then_some(now))
            })
            .collect();
        choker.choose(&Round { now, slots, seeding: false, contenders: &contenders }, rng)
    }

    #[test]
    fn those_who_give_most_are_served_and_one_more_by_chance() {
        let (ids, now) = (connection_ids(20), Instant::now());
        let mut choker = TitForTat::default();
        let chosen = choose(&mut choker, (now, 5), &ids, &[], &mut Rng::with_seed(1));
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
        let mut choker = TitForTat::default();
        let mut served = Vec::new();
        let mut chances = Vec::new();
        for round in 0..300 {
            let now = start + RECHOKE * round;
            served = choose(&mut choker, (now, 4), &ids, &served, &mut rng);
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
        let mut choker = TitForTat::default();
        let mut chosen = choose(&mut choker, (now, 3), &ids, &[], &mut Rng::with_seed(3));
        chosen.sort_unstable();
        assert_eq!(chosen, ids);
    }

    #[test]
    fn no_slots_serve_nobody() {
        let (ids, now) = (connection_ids(3), Instant::now());
        let mut choker = TitForTat::default();
        let chosen = choose(&mut choker, (now, 0), &ids, &[], &mut Rng::with_seed(4));
        assert_eq!(chosen, []);
    }

    #[test]
    fn who_owes_us_blocks_and_sends_none_has_given_nothing() {
        let (ids, now) = (connection_ids(3), Instant::now());
        let rates = [(10, false), (99, true), (20, false)];
        let contenders: Vec<_> = std::iter::zip(&ids, rates)
            .map(|(id, (download_rate, snubbed))| Contender {
                download_rate,
                snubbed,
                ..contender(*id, None)
            })
            .collect();
        let round = Round { now, slots: 3, seeding: false, contenders: &contenders };
        let chosen = TitForTat::default().choose(&round, &mut Rng::with_seed(5));
        assert_eq!(chosen, [ids[2], ids[0], ids[1]]);
    }
}
