//! Moments at which somebody on this thread wants a turn.

use std::collections::BTreeMap;
use std::task::Waker;
use std::time::Instant;

/// The moments, soonest first. One that is no longer wanted is taken out, so there are never more
/// than futures that wait.
#[derive(Default)]
pub(crate) struct Timers {
    due: BTreeMap<Timer, Waker>,
    next: u64,
}

/// One of them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Timer {
    at: Instant,
    number: u64,
}

impl Timers {
    pub(crate) const fn new() -> Self {
        Timers { due: BTreeMap::new(), next: 0 }
    }

    pub(crate) fn add(&mut self, at: Instant, waker: Waker) -> Timer {
        let timer = Timer { at, number: self.next };
        self.next += 1;
        self.due.insert(timer, waker);
        timer
    }

    /// Whether this is the waker of a timer that is not due yet, or there is none.
    pub(crate) fn wakes(&self, timer: Timer, waker: &Waker) -> bool {
        self.due.get(&timer).is_none_or(|known| known.will_wake(waker))
    }

    /// Gives a timer another waker, and gives back the one it had.
    pub(crate) fn replace(&mut self, timer: Timer, waker: Waker) -> Option<Waker> {
        self.due.insert(timer, waker)
    }

    pub(crate) fn remove(&mut self, timer: Timer) -> Option<Waker> {
        self.due.remove(&timer)
    }

    /// When the first is due.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|(timer, _)| timer.at)
    }

    /// The first that is due by now.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<Waker> {
        let first = self.due.first_entry()?;
        (first.key().at <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timers_come_due_in_the_order_of_their_moments() {
        let start = Instant::now();
        let mut timers = Timers::new();
        for seconds in [3, 1, 2] {
            timers.add(start + Duration::from_secs(seconds), Waker::noop().clone());
        }
        assert_eq!(timers.next_due(), Some(start + Duration::from_secs(1)));
        assert!(timers.pop_due(start).is_none());
        assert!(timers.pop_due(start + Duration::from_secs(2)).is_some());
        assert!(timers.pop_due(start + Duration::from_secs(2)).is_some());
        assert!(timers.pop_due(start + Duration::from_secs(2)).is_none());
    }

    #[test]
    fn a_timer_that_is_taken_out_leaves_nothing() {
        let mut timers = Timers::new();
        let timer = timers.add(Instant::now(), Waker::noop().clone());
        assert!(timers.remove(timer).is_some());
        assert!(timers.remove(timer).is_none());
        assert_eq!(timers.next_due(), None);
    }
}
