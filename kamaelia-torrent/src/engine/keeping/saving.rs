//! When what was stored is made safe: not with every piece, which would have the disk do little
//! else, but a few seconds after the first that is not.

use std::time::{Duration, Instant};

/// How much a loss of power may cost.
const SAVE_AFTER: Duration = Duration::from_secs(3);

/// Whether a torrent has something on its disk that is not safe yet.
#[derive(Debug, Default, Eq, PartialEq)]
pub(in crate::engine) struct Saving {
    /// When to make it safe.
    due: Option<Instant>,
    /// The disk is at it.
    under_way: bool,
}

impl Saving {
    /// A piece was stored.
    pub(in crate::engine) fn on_stored(&mut self, now: Instant) {
        self.due.get_or_insert(now + SAVE_AFTER);
    }

    /// Nothing more will be stored for now: there is nothing to wait for.
    pub(in crate::engine) fn hurry(&mut self, now: Instant) {
        self.due = Some(now);
    }

    /// The disk has tried.
    pub(in crate::engine) fn on_saved(&mut self) {
        self.under_way = false;
    }

    /// Whether to have the disk do it now.
    pub(in crate::engine) fn poll(&mut self, now: Instant) -> bool {
        let due = !self.under_way && self.due.is_some_and(|due| due <= now);
        if due {
            self.due = None;
            self.under_way = true;
        }
        due
    }

    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        self.due.filter(|_| !self.under_way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_made_safe_together_and_not_twice_at_a_time() {
        let start = Instant::now();
        let mut saving = Saving::default();
        assert_eq!((saving.poll(start), saving.next_timeout()), (false, None));
        saving.on_stored(start);
        saving.on_stored(start + SAVE_AFTER / 2);
        assert_eq!(saving.next_timeout(), Some(start + SAVE_AFTER));
        assert!(!saving.poll(start));
        let now = start + SAVE_AFTER;
        assert!(saving.poll(now));
        saving.on_stored(now);
        assert_eq!((saving.poll(now + SAVE_AFTER), saving.next_timeout()), (false, None));
        saving.on_saved();
        assert_eq!(saving.next_timeout(), Some(now + SAVE_AFTER));
        saving.hurry(now);
        assert!(saving.poll(now));
    }
}
