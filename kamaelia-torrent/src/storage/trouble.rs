//! A torrent's trouble with its disk: why it waits, and when it looks whether that is over.

use std::time::{Duration, Instant};

/// What one torrent knows of its disk.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    waiting: Option<Waiting>,
    /// Pieces on their way to the disk.
    storing: usize,
    /// The disk is looked at.
    looking: bool,
}

#[derive(Debug)]
struct Waiting {
    reason: String,
    again: Instant,
    /// The disk was looked at since it last failed.
    looked: bool,
    tries_in_vain: u32,
}

impl Trouble {
    /// Something could not be read or written. Whether that is news.
    pub(crate) fn on_failed(&mut self, reason: &str, again: Instant) -> bool {
        let before = self.waiting.take();
        let is_news = before.as_ref().is_none_or(|waiting| waiting.reason != reason);
        // Pieces that were under way together fail together: that is one try.
        let in_vain = |waiting: &Waiting| waiting.tries_in_vain + u32::from(waiting.looked);
        let tries_in_vain = before.as_ref().map_or(0, in_vain);
        let reason = reason.to_owned();
        self.waiting = Some(Waiting { reason, again, looked: false, tries_in_vain });
        is_news
    }

    /// It is over.
    pub(crate) fn on_mended(&mut self) {
        self.waiting = None;
    }

    /// Somebody thinks that it is over: there is nothing to wait for.
    pub(crate) fn hurry(&mut self, now: Instant) {
        if let Some(waiting) = &mut self.waiting {
            waiting.again = now;
        }
    }

    pub(crate) fn on_storing(&mut self) {
        self.storing += 1;
    }

    pub(crate) fn on_storing_ended(&mut self) {
        self.storing = self.storing.saturating_sub(1);
    }

    /// Whether to look at the disk now, and then at this moment if it is as bad as before. Never
    /// while pieces are being written: what is known of them would be out of date at once.
    pub(crate) fn poll(&mut self, now: Instant, next: Instant) -> bool {
        if self.looking || self.storing > 0 {
            return false;
        }
        match &mut self.waiting {
            Some(waiting) if waiting.again <= now => {
                waiting.again = next;
                waiting.looked = true;
                self.looking = true;
                true
            }
            _ => false,
        }
    }

    /// Nothing keeps the torrent from going on: if nothing has failed until it was to look again, it
    /// is over.
    pub(crate) fn pass(&mut self, now: Instant) {
        if self.waiting.as_ref().is_some_and(|waiting| waiting.again <= now) {
            self.waiting = None;
        }
    }

    /// The disk was looked at.
    pub(crate) fn on_looked(&mut self) {
        self.looking = false;
    }

    /// Why it waits, and when it tries again.
    pub(crate) fn told(&self) -> Option<(&str, Instant)> {
        self.waiting.as_ref().map(|waiting| (waiting.reason.as_str(), waiting.again))
    }

    /// How often it has tried again and failed again.
    pub(crate) fn tries_in_vain(&self) -> u32 {
        self.waiting.as_ref().map_or(0, |waiting| waiting.tries_in_vain)
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        // What is under way will be heard of.
        let waiting = self.waiting.as_ref().filter(|_| !self.looking && self.storing == 0);
        waiting.map(|waiting| waiting.again)
    }
}

/// How long a torrent waits for its disk before it tries again, unless told otherwise.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_that_does_not_come_again_is_over() {
        let start = Instant::now();
        let mut trouble = Trouble::default();
        trouble.on_failed("full", start + RETRY_AFTER);
        trouble.pass(start);
        assert_eq!(trouble.told(), Some(("full", start + RETRY_AFTER)));
        trouble.pass(start + RETRY_AFTER);
        assert_eq!((trouble.told(), trouble.next_timeout()), (None, None));
    }

    #[test]
    fn the_disk_is_looked_at_when_it_is_time_and_nothing_is_being_written() {
        let start = Instant::now();
        let (again, next) = (start + RETRY_AFTER, start + 2 * RETRY_AFTER);
        let mut trouble = Trouble::default();
        assert!(!trouble.poll(start, next));
        trouble.on_storing();
        assert!(trouble.on_failed("full", again));
        assert!(!trouble.on_failed("full", again), "that is no news");
        assert!(trouble.on_failed("gone", again));
        assert!(!trouble.poll(again, next), "a piece is being written");
        trouble.on_storing_ended();
        assert_eq!((trouble.poll(start, next), trouble.next_timeout()), (false, Some(again)));
        assert!(trouble.poll(again, next));
        assert_eq!((trouble.poll(next, next), trouble.next_timeout()), (false, None));
        trouble.on_looked();
        assert_eq!((trouble.told(), trouble.next_timeout()), (Some(("gone", next)), Some(next)));
        trouble.hurry(start);
        assert!(trouble.poll(start, next));
        trouble.on_mended();
        trouble.on_looked();
        assert_eq!((trouble.told(), trouble.next_timeout()), (None, None));
    }

    #[test]
    fn each_look_that_ends_in_another_failure_is_a_try_in_vain_and_an_end_forgets_them() {
        let start = Instant::now();
        let mut trouble = Trouble::default();
        trouble.on_failed("full", start);
        trouble.on_failed("full", start);
        assert_eq!(trouble.tries_in_vain(), 0, "two pieces failed, and nothing was tried since");
        for tries in 1..3 {
            assert!(trouble.poll(start, start));
            trouble.on_looked();
            assert_eq!(trouble.tries_in_vain(), tries - 1, "it may still work");
            trouble.on_failed("full", start);
            trouble.on_failed("gone", start);
            assert_eq!(trouble.tries_in_vain(), tries);
        }
        trouble.on_mended();
        trouble.on_failed("full", start);
        assert_eq!(trouble.tries_in_vain(), 0);
    }
}
