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
}

impl Trouble {
    /// Something could not be read or written. Whether that is news.
    pub(crate) fn on_failed(&mut self, reason: &str, again: Instant) -> bool {
        let is_news = self.waiting.as_ref().is_none_or(|waiting| waiting.reason != reason);
        self.waiting = Some(Waiting { reason: reason.to_owned(), again });
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
}
