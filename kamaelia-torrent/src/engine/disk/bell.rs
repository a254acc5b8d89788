//! Wakes a sleeper once, however many have news for it.

use super::Wake;
use std::sync::atomic::{AtomicBool, Ordering};

/// Rings on the first news after the sleeper has looked and found none.
pub(super) struct Bell {
    wake: Wake,
    /// It has rung, and the sleeper has not yet looked everything through.
    rung: AtomicBool,
}

impl Bell {
    pub(super) fn new(wake: Wake) -> Self {
        Bell { wake, rung: AtomicBool::new(false) }
    }

    /// There is news: call this after it can be seen.
    pub(super) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            (self.wake)();
        }
    }

    /// The sleeper found no news. It must look once more after this: news that came before it did
    /// not ring. Both sides exchange the flag rather than set it, so that whoever comes second
    /// sees what the first did.
    pub(super) fn rearm(&self) {
        self.rung.swap(false, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    #[test]
    fn it_rings_once_until_the_sleeper_has_looked() {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&count);
        let bell = Bell::new(Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        }));
        bell.ring();
        bell.ring();
        assert_eq!(count.load(Ordering::Relaxed), 1);
        bell.rearm();
        bell.ring();
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
