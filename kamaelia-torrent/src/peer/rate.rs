//! How many bytes a second, smoothed.

use std::time::Instant;

/// Seconds that are averaged over.
const WINDOW: u64 = 8;

/// Bytes counted by the second, for the last few seconds.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    started: Instant,
    /// The second that was last counted in, from the start.
    newest: u64,
    /// Bytes of each second, at the second's number modulo the window.
    seconds: [u64; WINDOW as usize],
    total: u64,
}

impl Rate {
    pub(crate) fn new(now: Instant) -> Self {
        Rate { started: now, newest: 0, seconds: [0; WINDOW as usize], total: 0 }
    }

    /// Counts bytes that just passed.
    pub(crate) fn add(&mut self, now: Instant, bytes: u64) {
        let second = self.second(now).max(self.newest);
        for stale in (self.newest + 1..=second).rev().take(WINDOW as usize) {
            self.seconds[(stale % WINDOW) as usize] = 0;
        }
        self.newest = second;
        self.seconds[(second % WINDOW) as usize] += bytes;
        self.total += bytes;
    }

    /// All bytes ever counted.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Bytes a second, over the window or since the start, whichever is shorter.
    pub(crate) fn per_second(&self, now: Instant) -> f64 {
        let second = self.second(now).max(self.newest);
        let oldest = second.saturating_sub(WINDOW - 1);
        let bytes: u64 =
            (oldest..=self.newest).map(|second| self.seconds[(second % WINDOW) as usize]).sum();
        let age = now.saturating_duration_since(self.started).as_secs_f64();
        // The first second counts whole, or one block would look like a flood.
        bytes as f64 / (age - oldest as f64).max(1.0)
    }

    fn second(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_steady_flow_is_measured_and_then_forgotten() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        for tenth in 0..200 {
            rate.add(start + Duration::from_millis(100 * tenth), 50);
        }
        let end = start + Duration::from_millis(19_900);
        assert!((rate.per_second(end) - 500.0).abs() < 10.0);
        assert_eq!(rate.per_second(end + Duration::from_secs(9)), 0.0);
        assert_eq!(rate.total(), 10_000);
    }

    #[test]
    fn a_long_silence_leaves_nothing_of_the_past() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        rate.add(start, 1_000);
        let later = start + Duration::from_secs(1_000);
        rate.add(later, 80);
        assert!(rate.per_second(later) <= 80.0);
    }
}
