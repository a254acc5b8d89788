//! How much a flow may have on its way: slow start, and what comes after a loss.
//!
//! As in RFC 5681 a flow begins small, doubles with each round trip in which it used all it was
//! allowed, and after a loss goes on from half of that, a segment more with each round trip.
//! A flow that paused goes on where it was: the restart after idle time is left out.

use crate::simulation::Moment;

/// A full segment, in bytes: Ethernet's 1,500 without the headers of TCP and IP.
pub(super) const SEGMENT: u32 = 1_460;
/// The first window, after RFC 6928. In segments, as all windows.
const FIRST: u16 = 10;
/// What a window grows to: 4 MiB, what common systems give a socket without being asked.
const MOST: u16 = 2_872;
/// What is left of a window after many losses.
const LEAST: u16 = 2;

/// A flow sends at most its window in each round trip.
pub(super) struct Window {
    /// When the round trip began, in microseconds.
    began: u64,
    /// Bytes sent in this round trip.
    used: u32,
    /// In segments.
    size: u16,
    /// Up to here it doubles; from here it grows by segments.
    threshold: u16,
}

/// How long a round trip takes, and how often one can send.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Microseconds.
    pub(super) round_trip: u64,
    /// Microseconds.
    pub(super) tick: u64,
}

impl Pace {
    /// Round trips that are shorter than a tick are counted together.
    fn round(self) -> u64 {
        self.round_trip.max(self.tick)
    }
}

impl Default for Window {
    fn default() -> Self {
        Window { began: 0, size: FIRST, threshold: MOST, used: 0 }
    }
}

impl Window {
    /// Bytes that may be sent now.
    pub(super) fn room(&mut self, now: Moment, pace: Pace) -> u32 {
        let since = now.0.saturating_sub(self.began);
        if since >= pace.round() {
            let was_full = self.used >= self.most(pace);
            if was_full {
                self.grow();
            }
            // One that is never idle keeps its rhythm though ticks do not fall on its round trips.
            let goes_on = was_full && since < 2 * pace.round();
            self.began = if goes_on { self.began + pace.round() } else { now.0 };
            self.used = 0;
        }
        self.most(pace).saturating_sub(self.used)
    }

    pub(super) fn on_sent(&mut self, bytes: u32) {
        self.used += bytes;
    }

    /// When there is room again, if there is none.
    pub(super) fn opens(&self, pace: Pace) -> Moment {
        Moment(self.began + pace.round())
    }

    pub(super) fn on_loss(&mut self) {
        self.size = (self.size / 2).max(LEAST);
        self.threshold = self.size;
    }

    fn most(&self, pace: Pace) -> u32 {
        let bytes = u32::from(self.size) * SEGMENT;
        if pace.round_trip >= pace.tick {
            return bytes;
        }
        let many = u64::from(bytes).saturating_mul(pace.tick) / pace.round_trip.max(1);
        u32::try_from(many).unwrap_or(u32::MAX)
    }

    fn grow(&mut self) {
        self.size = if self.size < self.threshold {
            (self.size * 2).min(self.threshold)
        } else {
            (self.size + 1).min(MOST)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { round_trip: 100_000, tick: 10_000 };

    /// The segments sent in so many round trips by one who always has more to send.
    fn rounds(window: &mut Window, count: u64, from: u64) -> Vec<u32> {
        let round = |n| {
            let room = window.room(Moment((from + n) * PACE.round_trip), PACE);
            window.on_sent(room);
            room / SEGMENT
        };
        (1..=count).map(round).collect()
    }

    #[test]
    fn a_window_doubles_with_each_full_round_trip() {
        let mut window = Window::default();
        assert_eq!(rounds(&mut window, 4, 0), [10, 20, 40, 80]);
        assert_eq!(rounds(&mut window, 10, 4).last(), Some(&u32::from(MOST)));
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut window = Window::default();
        for round in 1..10 {
            assert_eq!(window.room(Moment(round * 100_000), PACE), 10 * SEGMENT);
            window.on_sent(10 * SEGMENT - 1);
        }
    }

    #[test]
    fn after_a_loss_a_window_goes_on_from_half_by_segments() {
        let mut window = Window::default();
        rounds(&mut window, 3, 0);
        window.on_loss();
        assert_eq!(rounds(&mut window, 3, 3), [21, 22, 23]);
        (0..20).for_each(|_| window.on_loss());
        assert_eq!(window.size, LEAST);
    }

    #[test]
    fn one_tick_takes_as_much_as_the_round_trips_in_it() {
        let pace = Pace { round_trip: 2_000, tick: 10_000 };
        let mut window = Window::default();
        assert_eq!(window.room(Moment(10_000), pace), 50 * SEGMENT);
        window.on_sent(50 * SEGMENT);
        assert_eq!(window.room(Moment(10_000), pace), 0);
        assert_eq!(window.opens(pace), Moment(20_000));
        assert_eq!(window.room(Moment(20_000), pace), 100 * SEGMENT);
    }
}
