//! The flag with which a component says that it waits, and its neighbour that it need not.
//!
//! One side sleeps, the other changes the box. With the two on different threads each could miss
//! the other: the sleeper looks before the change, the changer looks before the flag. So both order
//! their write before their look with a fence (Dekker's rule), and at least one of them sees the
//! other. `cargo test` under `--cfg loom` tries every interleaving.

use super::sync::{AtomicBool, Ordering::*, fence};

/// Raised while its owner waits for a box to change.
#[derive(Debug)]
pub(crate) struct WaitFlag(AtomicBool);

impl Default for WaitFlag {
    fn default() -> Self {
        WaitFlag::new()
    }
}

impl WaitFlag {
    pub(crate) fn new() -> Self {
        WaitFlag(AtomicBool::new(false))
    }

    /// The owner is about to sleep. It must look at the box once more after this.
    #[inline]
    pub(crate) fn raise(&self) {
        self.set(true);
        fence(SeqCst);
    }

    /// The same where only neighbours on the same worker can change the box: nothing can happen
    /// between the last look and this.
    #[inline]
    pub(crate) fn raise_beside(&self) {
        self.set(true);
    }

    /// The last look found something after all.
    #[inline]
    pub(crate) fn lower(&self) {
        self.set(false);
    }

    #[cfg(not(loom))]
    #[inline]
    fn set(&self, raised: bool) {
        self.0.store(raised, Relaxed);
    }

    /// Where another thread has taken this thread's last store by an exchange, this one comes after
    /// that: an exchange follows what it takes at once. Loom does not see that of a plain store.
    #[cfg(loom)]
    fn set(&self, raised: bool) {
        self.0.swap(raised, Relaxed);
    }

    #[inline]
    pub(crate) fn is_raised(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Whether the owner must be woken, asked by a neighbour on the same worker.
    #[inline]
    pub(crate) fn take_beside(&self) -> bool {
        let raised = self.0.load(Relaxed);
        if raised {
            self.0.store(false, Relaxed);
        }
        raised
    }

    /// Whether the owner must be woken, asked from any thread, after the box changed and after
    /// [`publish`].
    #[inline]
    pub(crate) fn take_apart(&self) -> bool {
        self.0.load(Relaxed) && self.0.swap(false, AcqRel)
    }
}

/// Orders every change made to boxes before the look at the flags of those who wait for them.
#[inline]
pub(crate) fn publish() {
    fence(SeqCst);
}

#[cfg(all(test, loom))]
mod tests {
    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicUsize;
    use loom::thread;

    /// Stands for the ring: a count written by one side with release and read with acquire, as
    /// the ring does.
    #[derive(Default)]
    struct Shared {
        pushed: AtomicUsize,
        popped: AtomicUsize,
    }

    fn wait_until(flag: &WaitFlag, ready: impl Fn() -> bool) {
        while !ready() {
            flag.raise();
            if ready() {
                flag.lower();
                return;
            }
            // A lost wake leaves this thread parked for ever, and loom reports the deadlock.
            thread::park();
        }
    }

    #[test]
    fn a_message_is_never_slept_through() {
        loom::model(|| {
            let shared = Arc::new(Shared::default());
            let flag = Arc::new(WaitFlag::new());
            let receiver = thread::spawn({
                let (shared, flag) = (shared.clone(), flag.clone());
                move || wait_until(&flag, || shared.pushed.load(Acquire) == 1)
            });
            shared.pushed.store(1, Release);
            publish();
            if flag.take_apart() {
                receiver.thread().unpark();
            }
            receiver.join().expect("the receiver got its message");
        });
    }

    #[test]
    fn two_changes_and_one_flush_wake_both_sides() {
        loom::model(|| {
            let shared = Arc::new(Shared::default());
            let room = Arc::new(WaitFlag::new());
            let news = Arc::new(WaitFlag::new());
            let main = thread::current();
            let receiver = thread::spawn({
                let (shared, room, news) = (shared.clone(), room.clone(), news.clone());
                move || {
                    wait_until(&news, || shared.pushed.load(Acquire) == 1);
                    shared.popped.store(1, Release);
                    publish();
                    if room.take_apart() {
                        main.unpark();
                    }
                }
            });
            shared.pushed.store(1, Release);
            publish();
            if news.take_apart() {
                receiver.thread().unpark();
            }
            wait_until(&room, || shared.popped.load(Acquire) == 1);
            receiver.join().expect("the receiver made room");
        });
    }
}
