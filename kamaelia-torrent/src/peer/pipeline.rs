//! How many requests to keep open with one peer.
//!
//! A peer is kept busy when as many bytes are on request as its line carries during one round trip:
//! bandwidth × delay. Both are measured. Asking for twice that makes the measured bandwidth grow
//! until the line is full, and no further; a fixed slack on top rides out a late thread or disk, and
//! clients that send in ticks.
//!
//! Nobody is asked for much more than it has given. Whoever limits its rate has some saved up and
//! begins with a burst, which says nothing about the line; asked for all that such a line would carry,
//! it would keep for itself what others could have sent long before.

use std::time::{Duration, Instant};

use crate::metainfo::BLOCK_LENGTH;

/// Enough to begin measuring with, and to feed a slow line.
pub(super) const DEPTH_MIN: usize = 8;

/// Other clients drop what goes beyond the five hundred or so that they keep for one peer.
pub(super) const DEPTH_MAX: usize = 500;

/// The shortest time to measure a rate over: shorter ones see bursts, not bandwidth.
const ROUND_MIN: Duration = Duration::from_millis(10);

/// Work the peer should have in hand beyond a round trip. Some clients send only every half second:
/// with less than two such ticks in hand, the rate they reach would never ask for more.
const SLACK: Duration = Duration::from_secs(2);

/// The measured line to one peer.
#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    depth: usize,
    /// Blocks that have come.
    given: usize,
    /// The shortest time from a request to its block: the delay without our own queue.
    delay: Duration,
    /// Bytes a second, at the best of the recent rounds.
    bandwidth: f64,
    round_began: Instant,
    round_bytes: u64,
}

impl Pipeline {
    pub(super) fn new(now: Instant) -> Self {
        Pipeline {
            depth: DEPTH_MIN,
            given: 0,
            delay: Duration::MAX,
            bandwidth: 0.0,
            round_began: now,
            round_bytes: 0,
        }
    }

    /// Requests to keep open.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// A block came that was asked for at `asked_at`.
    pub(super) fn on_block(&mut self, now: Instant, asked_at: Instant, length: u32) {
        self.given += 1;
        self.delay = self.delay.min(now.saturating_duration_since(asked_at));
        self.round_bytes += u64::from(length);
        let elapsed = now.saturating_duration_since(self.round_began);
        if elapsed >= self.delay.max(ROUND_MIN) {
            self.end_round(now, elapsed.as_secs_f64());
        }
    }

    fn end_round(&mut self, now: Instant, seconds: f64) {
        let measured = self.round_bytes as f64 / seconds;
        // A round in which there was little to ask for says nothing about the line, so a lower
        // figure is believed slowly.
        self.bandwidth = measured.max(self.bandwidth * 0.875);
        let ahead = 2.0 * self.delay.as_secs_f64() + SLACK.as_secs_f64();
        let blocks = self.bandwidth * ahead / f64::from(BLOCK_LENGTH);
        let earned = DEPTH_MIN + self.given;
        self.depth = (blocks.ceil() as usize).clamp(DEPTH_MIN, earned.min(DEPTH_MAX));
        self.round_began = now;
        self.round_bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A line that carries a block each `interval` and has this round trip; returns the depth after
    /// `seconds`.
    fn depth_on(interval: Duration, round_trip: Duration, seconds: u64) -> usize {
        let start = Instant::now();
        let mut pipeline = Pipeline::new(start);
        let mut asked = VecDeque::new();
        let (mut now, mut free) = (start, start);
        while now < start + Duration::from_secs(seconds) {
            while asked.len() < pipeline.depth() {
                free = free.max(now + round_trip) + interval;
                asked.push_back((now, free));
            }
            let (asked_at, arrives) = asked.pop_front().expect("a request");
            now = arrives;
            pipeline.on_block(now, asked_at, BLOCK_LENGTH);
        }
        pipeline.depth()
    }

    #[test]
    fn depth_grows_to_two_seconds_of_the_line_and_little_beyond() {
        // 1 MB/s is 61 blocks a second.
        let interval = Duration::from_micros(16_384);
        let depth = depth_on(interval, Duration::from_millis(100), 20);
        assert!((120..300).contains(&depth), "{depth}");
    }

    #[test]
    fn a_slow_line_gets_the_least_and_a_very_fast_one_the_most() {
        let slow = depth_on(Duration::from_secs(1), Duration::from_millis(50), 60);
        assert_eq!(slow, DEPTH_MIN);
        let fast = depth_on(Duration::from_micros(20), Duration::from_micros(200), 1);
        assert_eq!(fast, DEPTH_MAX);
    }

    #[test]
    fn a_peer_that_serves_in_ticks_is_asked_for_more_until_it_is_busy() {
        let mut now = Instant::now();
        let mut pipeline = Pipeline::new(now);
        // One block comes at once, and makes the line look short.
        pipeline.on_block(now + Duration::from_millis(1), now, BLOCK_LENGTH);
        for _ in 0..20 {
            let (asked_at, depth) = (now, pipeline.depth());
            now += Duration::from_millis(500);
            for _ in 0..depth {
                pipeline.on_block(now, asked_at, BLOCK_LENGTH);
            }
        }
        assert_eq!(pipeline.depth(), DEPTH_MAX);
    }

    #[test]
    fn a_burst_is_not_taken_for_a_fast_line() {
        let start = Instant::now();
        let mut pipeline = Pipeline::new(start);
        // A quarter of a second's worth at once, as limits of rates let through, and the next in time.
        (0..8).for_each(|_| pipeline.on_block(start, start, BLOCK_LENGTH));
        pipeline.on_block(start + Duration::from_millis(50), start, BLOCK_LENGTH);
        assert_eq!(pipeline.depth(), DEPTH_MIN + 9);
    }

    #[test]
    fn no_time_at_all_measures_nothing() {
        let start = Instant::now();
        let mut pipeline = Pipeline::new(start);
        for _ in 0..1_000 {
            pipeline.on_block(start, start, BLOCK_LENGTH);
        }
        assert_eq!(pipeline.depth(), DEPTH_MIN);
    }
}
