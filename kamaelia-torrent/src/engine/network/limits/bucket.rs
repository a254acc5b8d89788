//! Bytes that may move now, which grow with time.

use std::time::{Duration, Instant};

/// What may move at once after a pause: as much as a rate brings in this time. Long enough to fill
/// the line again, and too short to be noticed by others who share it.
const BURST: Duration = Duration::from_millis(250);

/// What may move at once at the least: below it, slow rates would send crumbs.
const BURST_MIN: f64 = 16.0 * 1024.0;

/// Nothing moves before there is something for this long, or [`BURST_MIN`]: it is not worth a wake
/// for every byte.
const GRAIN: Duration = Duration::from_millis(50);

/// A token bucket: one token is one byte.
#[derive(Debug)]
pub(super) struct Bucket {
    /// Bytes a second; `None` for as many as there are.
    rate: Option<u64>,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// A full one.
    pub(super) fn new(rate: Option<u64>, now: Instant) -> Self {
        let mut bucket = Bucket { rate, tokens: 0.0, filled: now };
        bucket.tokens = bucket.size();
        bucket
    }

    /// Another rate from now on. What is in it stays, as far as it fits.
    pub(super) fn set(&mut self, rate: Option<u64>, now: Instant) {
        self.fill(now);
        self.rate = rate;
        self.tokens = self.tokens.min(self.size());
    }

    pub(super) fn is_free(&self) -> bool {
        self.rate.is_none()
    }

    /// How many bytes one socket may move now: none until it is worth it, and then no more than
    /// was worth waiting for, so that every turn brings the same.
    pub(super) fn allowance(&mut self, now: Instant) -> usize {
        self.fill(now);
        match self.rate {
            None => usize::MAX,
            Some(_) if self.tokens < self.grain() => 0,
            Some(_) => self.grain() as usize,
        }
    }

    /// So many bytes have moved.
    pub(super) fn take(&mut self, bytes: usize) {
        if self.rate.is_some() {
            self.tokens -= bytes as f64;
        }
    }

    /// When something may move, if nothing does before; `None` if never.
    pub(super) fn ready_at(&self) -> Option<Instant> {
        let missing = self.grain() - self.tokens;
        match self.rate {
            None => Some(self.filled),
            Some(_) if missing <= 0.0 => Some(self.filled),
            Some(0) => None,
            Some(rate) => {
                // A little more than exactly, since time is cut into whole nanoseconds.
                let wait = Duration::from_secs_f64(missing / rate as f64);
                Some(self.filled + wait + Duration::from_micros(1))
            }
        }
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.filled = self.filled.max(now);
        if let Some(rate) = self.rate {
            self.tokens = (self.tokens + passed * rate as f64).min(self.size());
        }
    }

    fn size(&self) -> f64 {
        match self.rate {
            None | Some(0) => 0.0,
            Some(rate) => (rate as f64 * BURST.as_secs_f64()).max(BURST_MIN),
        }
    }

    fn grain(&self) -> f64 {
        let rate = self.rate.unwrap_or_default() as f64;
        (rate * GRAIN.as_secs_f64()).clamp(1.0, BURST_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_long_run_no_more_moves_than_the_rate_allows_and_hardly_less() {
        for rate in [1_000, 50_000, 10_000_000] {
            let start = Instant::now();
            let (mut now, mut moved) = (start, 0);
            let mut bucket = Bucket::new(Some(rate), now);
            while now < start + Duration::from_secs(100) {
                let allowed = bucket.allowance(now);
                bucket.take(allowed);
                moved += allowed;
                now = bucket.ready_at().expect("the rate is not zero");
            }
            let (most, burst) = (100 * rate, (rate / 4).max(16 * 1024));
            let moved = moved as u64;
            assert!((most - most / 100..=most + burst).contains(&moved), "{rate}: {moved}");
        }
    }

    #[test]
    fn nothing_moves_at_rate_zero_and_everything_without_a_rate() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Some(0), now);
        let later = now + Duration::from_secs(1_000);
        assert_eq!((bucket.allowance(later), bucket.ready_at()), (0, None));
        bucket.set(None, later);
        bucket.take(1 << 40);
        assert_eq!((bucket.allowance(later), bucket.ready_at()), (usize::MAX, Some(later)));
    }
}
