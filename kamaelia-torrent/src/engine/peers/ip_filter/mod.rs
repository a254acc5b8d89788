//! Addresses that no peer of ours may have.
//!
//! Lists as people pass them on come in, and answers go out. A list is kept as sorted ranges: one
//! of 250,000 entries takes 2 MiB, and a question some twenty comparisons.

mod read;

use std::net::IpAddr;

/// Which addresses are blocked. The default blocks none.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct IpFilter {
    v4: Ranges<u32>,
    v6: Ranges<u128>,
    ignored: Ignored,
}

/// Lines of a list that mean nothing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ignored {
    /// How many.
    pub count: usize,
    /// The number of the first, from 1.
    pub first: Option<usize>,
}

impl IpFilter {
    /// Reads a list, one range a line, in any of the forms in use:
    ///
    /// - `192.0.2.0/24`, `192.0.2.1`, `192.0.2.1-192.0.2.9`, and the same of IPv6;
    /// - `name:192.0.2.1-192.0.2.9` (PeerGuardian's `.p2p`);
    /// - `192.000.002.001 - 192.000.002.009 , 100 , name` (eMule's `.dat`), where a level above 127
    ///   means that the range is not blocked.
    ///
    /// What follows `#` or `//` at the start of a line is a comment. Lists come from strangers and
    /// have lines that mean nothing: see [`ignored`](Self::ignored).
    pub fn read(list: &[u8]) -> Self {
        read::read(list)
    }

    /// The lines that meant nothing.
    pub fn ignored(&self) -> Ignored {
        self.ignored
    }

    /// Whether it blocks nothing.
    pub fn is_empty(&self) -> bool {
        self.v4.0.is_empty() && self.v6.0.is_empty()
    }

    /// Whether it blocks this address.
    pub fn blocks(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            IpAddr::V4(ip) => self.v4.contains(ip.to_bits()),
            IpAddr::V6(ip) => self.v6.contains(ip.to_bits()),
        }
    }
}

/// Ranges with both ends in them: sorted, and none overlaps another.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Ranges<T>(Vec<(T, T)>);

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Ranges(Vec::new())
    }
}

impl<T: Copy + Ord> Ranges<T> {
    /// In any order, overlapping or not.
    fn new(mut ranges: Vec<(T, T)>) -> Self {
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let overlap = next.0 <= kept.1;
            if overlap {
                kept.1 = kept.1.max(next.1);
            }
            overlap
        });
        ranges.shrink_to_fit();
        Ranges(ranges)
    }

    fn contains(&self, number: T) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after > 0 && number <= self.0[after - 1].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_answer_as_if_each_were_asked() {
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..200 {
            let one = |rng: &mut fastrand::Rng| {
                let first = rng.u8(..);
                (first, rng.u8(first..))
            };
            let all: Vec<_> = (0..rng.usize(..12)).map(|_| one(&mut rng)).collect();
            let ranges = Ranges::new(all.clone());
            for number in 0..=u8::MAX {
                let blocked = all.iter().any(|(first, last)| (*first..=*last).contains(&number));
                assert_eq!(ranges.contains(number), blocked, "{number} in {all:?}");
            }
        }
    }
}
