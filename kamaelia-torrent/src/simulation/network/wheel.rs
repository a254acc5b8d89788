//! What is to come, tick by tick: a ring of buckets for the near future, a tree for the far one.

use std::collections::BTreeMap;

use crate::simulation::Moment;

/// Buckets of the ring, in ticks. A power of two.
const NEAR: u64 = 1024;
const WORDS: usize = NEAR as usize / 64;
/// Empty buckets kept for their room.
const SPARE_MAX: usize = 16;

/// Items in the order of their ticks, and within a tick in the order they were put in.
pub(super) struct Wheel<T> {
    /// Length of a tick, in microseconds.
    tick: u64,
    /// The last tick that was taken out; all items lie behind it.
    current: u64,
    near: Vec<Vec<T>>,
    /// One bit for each bucket with items.
    marks: [u64; WORDS],
    far: BTreeMap<u64, Vec<T>>,
    spare: Vec<Vec<T>>,
}

impl<T> Wheel<T> {
    pub(super) fn new(tick: u64) -> Self {
        Wheel {
            tick,
            current: 0,
            near: (0..NEAR).map(|_| Vec::new()).collect(),
            marks: [0; WORDS],
            far: BTreeMap::new(),
            spare: Vec::new(),
        }
    }

    /// The tick in which something is due that happens at this moment: the first that is neither
    /// before the moment nor begun already.
    pub(super) fn tick_of(&self, moment: Moment) -> u64 {
        moment.0.div_ceil(self.tick).max(self.current + 1)
    }

    pub(super) fn moment_of(&self, tick: u64) -> Moment {
        Moment(tick.saturating_mul(self.tick))
    }

    /// Puts an item into a tick given by [`tick_of`](Self::tick_of). The place is for
    /// [`get_mut`](Self::get_mut), and none in the far future.
    pub(super) fn put(&mut self, tick: u64, item: T) -> Option<u32> {
        if tick - self.current > NEAR {
            self.far.entry(tick).or_default().push(item);
            return None;
        }
        let slot = (tick % NEAR) as usize;
        let bucket = &mut self.near[slot];
        if bucket.is_empty() {
            self.marks[slot / 64] |= 1 << (slot % 64);
            if bucket.capacity() == 0 {
                *bucket = self.spare.pop().unwrap_or_default();
            }
        }
        bucket.push(item);
        Some(bucket.len() as u32 - 1)
    }

    /// An item of a tick to come.
    pub(super) fn get_mut(&mut self, tick: u64, place: u32) -> Option<&mut T> {
        self.near[(tick % NEAR) as usize].get_mut(place as usize)
    }

    /// The next tick with items.
    pub(super) fn next(&self) -> Option<u64> {
        let far = self.far.first_key_value().map(|(tick, _)| *tick);
        match (self.next_near(), far) {
            (Some(near), Some(far)) => Some(near.min(far)),
            (near, far) => near.or(far),
        }
    }

    /// Goes on to this tick, and takes out what is in it. No tick with items may be passed by.
    pub(super) fn take(&mut self, tick: u64) -> Vec<T> {
        self.current = tick;
        let slot = (tick % NEAR) as usize;
        self.marks[slot / 64] &= !(1 << (slot % 64));
        let near = std::mem::take(&mut self.near[slot]);
        // What was put in when the tick was still far was put in earlier.
        match self.far.remove(&tick) {
            Some(mut far) => {
                far.extend(near);
                far
            }
            None => near,
        }
    }

    /// Goes on to a tick, all before having been taken.
    pub(super) fn advance(&mut self, tick: u64) {
        self.current = self.current.max(tick);
    }

    /// Takes back a bucket for its room.
    pub(super) fn reuse(&mut self, mut bucket: Vec<T>) {
        bucket.clear();
        if self.spare.len() < SPARE_MAX {
            self.spare.push(bucket);
        }
    }

    fn next_near(&self) -> Option<u64> {
        let first = self.current + 1;
        let start = (first % NEAR) as usize;
        // The word of the first bucket is looked at twice: its later bits first, its earlier last.
        for step in 0..=WORDS {
            let word = (start / 64 + step) % WORDS;
            let mask = match step {
                0 => u64::MAX << (start % 64),
                WORDS => !(u64::MAX << (start % 64)),
                _ => u64::MAX,
            };
            let marks = self.marks[word] & mask;
            if marks != 0 {
                let slot = (word * 64) as u64 + u64::from(marks.trailing_zeros());
                return Some(first + (slot + NEAR - start as u64) % NEAR);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(wheel: &mut Wheel<u32>) -> Vec<(u64, Vec<u32>)> {
        let mut taken = Vec::new();
        while let Some(tick) = wheel.next() {
            taken.push((tick, wheel.take(tick)));
        }
        taken
    }

    #[test]
    fn items_come_out_by_tick_and_then_as_they_were_put_in() {
        let mut wheel = Wheel::new(10);
        for (tick, item) in [(5, 1), (3, 2), (5, 3), (1024, 4), (1025, 5), (900_000, 6), (1, 7)] {
            wheel.put(tick, item);
        }
        assert_eq!(
            drain(&mut wheel),
            [
                (1, vec![7]),
                (3, vec![2]),
                (5, vec![1, 3]),
                (1024, vec![4]),
                (1025, vec![5]),
                (900_000, vec![6])
            ]
        );
    }

    #[test]
    fn what_was_put_in_from_far_away_comes_first_in_its_tick() {
        let mut wheel = Wheel::new(10);
        wheel.put(2_000, 1);
        wheel.advance(1_500);
        wheel.put(2_000, 2);
        assert_eq!(drain(&mut wheel), [(2_000, vec![1, 2])]);
    }

    #[test]
    fn a_moment_is_due_in_the_first_tick_that_is_not_before_it() {
        let mut wheel: Wheel<u32> = Wheel::new(10);
        assert_eq!([0, 1, 10, 11].map(|at| wheel.tick_of(Moment(at))), [1, 1, 1, 2]);
        wheel.advance(7);
        assert_eq!(wheel.tick_of(Moment(11)), 8, "a tick that has begun takes nothing more");
        assert_eq!(wheel.moment_of(8), Moment(80));
    }

    #[test]
    fn a_random_wheel_agrees_with_a_sorted_list() {
        let mut rng = fastrand::Rng::with_seed(11);
        let mut wheel = Wheel::new(10);
        let mut list: Vec<(u64, u32)> = Vec::new();
        let mut now = 0;
        for number in 0..20_000 {
            let ahead = if rng.u8(..4) == 0 { 3_000 } else { 50 };
            let tick = now + rng.u64(1..=ahead);
            wheel.put(tick, number);
            list.push((tick, number));
            if rng.u8(..3) == 0 {
                let next = wheel.next().expect("something was put in");
                now = next;
                list.sort_by_key(|(tick, number)| (*tick, *number));
                let count = list.iter().take_while(|(tick, _)| *tick == next).count();
                let due: Vec<u32> = list.drain(..count).map(|(_, number)| number).collect();
                let mut taken = wheel.take(next);
                taken.sort_unstable();
                assert_eq!(taken, due);
            }
        }
    }
}
