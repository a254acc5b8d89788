//! How fast a swarm could be at best.

use serde::Serialize;

use crate::simulation::network::Access;

/// Bytes a second that a peer can move; `None` for no limit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rates {
    /// What it can send.
    pub up: Option<u64>,
    /// What it can take in.
    pub down: Option<u64>,
}

impl From<Access> for Rates {
    fn from(access: Access) -> Self {
        Rates { up: access.up, down: access.down }
    }
}

/// The shortest time in which everyone can have everything, if bytes were a fluid.
///
/// It is max(F/u_s, F/d_min, N·F/(u_s + Σu_i)): the seeds must send each byte once, the slowest must
/// take in all of them, and N copies must be sent by all together. Kumar and Ross show that a
/// schedule exists which takes exactly as long (Peer-Assisted File Distribution: The Minimum
/// Distribution Time, IEEE HotWeb 2006).
///
/// The model has everyone there at the start, with nothing or all, until the last has finished.
/// Where some come later or leave before, no swarm is faster than this either, but it cannot be
/// expected to come near.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FluidBound {
    /// The largest of the three below: seconds from when the first leecher came.
    pub seconds: f64,
    /// F/u_s: until the seeds have sent one copy.
    pub one_copy: f64,
    /// F/d_min: until the slowest leecher has taken in its copy.
    pub slowest: f64,
    /// N·F/(u_s + Σu_i): until all together have sent a copy for each leecher.
    pub all_copies: f64,
}

impl FluidBound {
    /// For so many bytes. `None` where it says nothing: nobody to send or to receive, nobody whose
    /// rate is limited, or seeds that cannot send.
    pub fn of(bytes: u64, seeds: &[Rates], leechers: &[Rates]) -> Option<Self> {
        if seeds.is_empty() || leechers.is_empty() {
            return None;
        }
        let from_seeds = sum(seeds.iter().map(|seed| seed.up));
        let from_all = sum(seeds.iter().chain(leechers).map(|peer| peer.up));
        let slowest = leechers.iter().filter_map(|leecher| leecher.down).min();
        let copies = u128::from(bytes) * leechers.len() as u128;
        let one_copy = time(bytes.into(), from_seeds);
        let slowest = time(bytes.into(), slowest.map(u128::from));
        let all_copies = time(copies, from_all);
        let seconds = one_copy.max(slowest).max(all_copies);
        let says_something = seconds.is_finite() && seconds > 0.0;
        says_something.then_some(FluidBound { seconds, one_copy, slowest, all_copies })
    }
}

/// All rates together; `None` if one has no limit.
fn sum(rates: impl Iterator<Item = Option<u64>>) -> Option<u128> {
    rates.map(|rate| rate.map(u128::from)).sum()
}

fn time(bytes: u128, rate: Option<u128>) -> f64 {
    match rate {
        _ if bytes == 0 => 0.0,
        Some(rate) => bytes as f64 / rate as f64,
        None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn rates(up: u64, down: u64) -> Rates {
        Rates { up: Some(up), down: Some(down) }
    }

    fn seconds(seeds: &[Rates], leechers: &[Rates]) -> Option<f64> {
        FluidBound::of(100 * MIB, seeds, leechers).map(|bound| bound.seconds)
    }

    #[test]
    fn a_slow_seed_has_to_send_one_copy() {
        let bound = seconds(&[rates(MIB, MIB)], &[rates(10 * MIB, 20 * MIB); 10]);
        assert_eq!(bound, Some(100.0));
    }

    #[test]
    fn the_slowest_has_to_take_in_its_copy() {
        let leechers = [rates(10 * MIB, 20 * MIB), rates(10 * MIB, MIB / 2)];
        assert_eq!(seconds(&[rates(10 * MIB, MIB)], &leechers), Some(200.0));
    }

    #[test]
    fn all_together_have_to_send_as_many_copies_as_there_are_leechers() {
        let bound = seconds(&[rates(MIB, MIB)], &[rates(MIB, 10 * MIB); 99]);
        assert_eq!(bound, Some(99.0 * 100.0 / 100.0).map(|time: f64| time.max(100.0)));
        let bound = FluidBound::of(100 * MIB, &[rates(4 * MIB, MIB)], &[rates(MIB, 10 * MIB); 96]);
        let expected =
            FluidBound { seconds: 96.0, one_copy: 25.0, slowest: 10.0, all_copies: 96.0 };
        assert_eq!(bound, Some(expected));
    }

    #[test]
    fn several_seeds_count_as_one_that_is_as_fast_as_all_of_them() {
        let leechers = [rates(0, 100 * MIB); 2];
        assert_eq!(seconds(&[rates(MIB, MIB); 4], &leechers), Some(50.0));
    }

    #[test]
    fn what_has_no_limit_takes_no_time() {
        let free = Rates::default();
        assert_eq!(seconds(&[free], &[free; 3]), None);
        assert_eq!(seconds(&[free], &[rates(MIB, 2 * MIB); 3]), Some(50.0));
        assert_eq!(seconds(&[rates(MIB, MIB)], &[free; 3]), Some(100.0));
    }

    #[test]
    fn it_says_nothing_where_nobody_sends_or_receives() {
        let one = rates(MIB, MIB);
        assert_eq!(seconds(&[], &[one]), None);
        assert_eq!(seconds(&[one], &[]), None);
        assert_eq!(seconds(&[rates(0, MIB)], &[one]), None);
        assert_eq!(FluidBound::of(0, &[one], &[one]), None);
    }
}
