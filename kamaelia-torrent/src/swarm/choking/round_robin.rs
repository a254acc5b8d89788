//! Turns: a seed spreads what it gives, whoever is fast or slow.
//!
//! Serving the fastest looks good on our own meter, and feeds a few who may leave when they have
//! what they want. Served in turn, different peers get different pieces, and trade them.

use std::cmp::Reverse;
use std::time::Duration;

use fastrand::Rng;

use super::{Choker, Contender, Round};
use crate::swarm::ConnectionId;

/// How long a turn is: some pieces' worth on most lines, and nobody waits long.
const TURN: Duration = Duration::from_secs(60);

/// How long a turn is for one that takes nothing.
const TURN_UNUSED: Duration = Duration::from_secs(20);

/// Serves everyone in turn, a minute each: next is who has waited longest, and among those who have
/// had no turn yet who has got least, by chance among equals. A turn goes on while nobody waits.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RoundRobin;

impl Choker for RoundRobin {
    fn choose(&mut self, round: &Round<'_>, rng: &mut Rng) -> Vec<ConnectionId> {
        let mut contenders = round.contenders.to_vec();
        rng.shuffle(&mut contenders);
        contenders.sort_by_key(|contender| place(contender, round));
        contenders.iter().take(round.slots).map(|contender| contender.connection).collect()
    }
}

/// The smaller, the sooner served.
fn place(contender: &Contender, round: &Round<'_>) -> impl Ord + use<> {
    let served_for = contender.served_since.map(|since| round.now.duration_since(since));
    let turn = if contender.upload_rate > 0 { TURN } else { TURN_UNUSED };
    let is_on = served_for.is_some_and(|served| served < turn);
    // Whose turn is over has waited no time at all.
    let waited_since = contender.served_until.or(served_for.map(|_| round.now));
    (Reverse(is_on), waited_since, contender.uploaded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::swarm::choking::tests::{RECHOKE, contender};
    use crate::swarm::connections::tests::connection_ids;
    use std::time::Instant;

    /// Runs rounds with as many contenders as `rates`, what each takes in a second when served.
    /// Returns them as the last round left them.
    fn run(rates: &[u64], slots: usize, rounds: u32) -> Vec<Contender> {
        let (ids, start) = (connection_ids(rates.len() as u32), Instant::now());
        let mut contenders: Vec<_> = ids.iter().map(|id| contender(*id, None)).collect();
        let mut rng = Rng::with_seed(1);
        for number in 0..rounds {
            let now = start + RECHOKE * number;
            let round = Round { now, slots, seeding: true, contenders: &contenders };
            let chosen = RoundRobin.choose(&round, &mut rng);
            assert_eq!(chosen.len(), slots.min(rates.len()));
            for (contender, rate) in contenders.iter_mut().zip(rates) {
                if chosen.contains(&contender.connection) {
                    contender.served_since = contender.served_since.or(Some(now));
                    contender.served_until = None;
                    contender.upload_rate = *rate;
                    contender.uploaded += rate * RECHOKE.as_secs();
                } else if contender.served_since.take().is_some() {
                    contender.served_until = Some(now);
                }
            }
        }
        contenders
    }

    #[test]
    fn everyone_has_as_many_turns_as_the_others() {
        // Forty peers, four slots, turns of six rounds: in sixty rounds one turn each.
        let after = run(&[1_000; 40], 4, 60);
        assert!(after.iter().all(|contender| contender.uploaded == 60_000), "{after:?}");
    }

    #[test]
    fn the_fast_do_not_crowd_out_the_slow() {
        let mut rates = [10; 20];
        rates[..4].fill(1_000_000);
        let after = run(&rates, 4, 300);
        let turns = |contender: &Contender, rate: u64| contender.uploaded / (rate * 60);
        let turns: Vec<u64> = after.iter().zip(rates).map(|(c, rate)| turns(c, rate)).collect();
        assert!(turns.iter().all(|turns| (9..=11).contains(turns)), "{turns:?}");
    }

    #[test]
    fn who_takes_nothing_gives_way_sooner() {
        let after = run(&[0, 0, 0, 1_000], 1, 13);
        assert!(after[3].uploaded >= 60_000, "{after:?}");
    }

    #[test]
    fn nobody_is_choked_while_there_is_room() {
        let after = run(&[1_000; 3], 4, 60);
        assert!(after.iter().all(|contender| contender.uploaded == 600_000));
    }
}
