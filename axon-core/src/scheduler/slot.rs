//! A component as its boxes see it: who it is, where it lives, and how to wake it.

use std::hint;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use crossbeam_channel::Sender;

use super::local;
use super::worker::Mail;
use crate::clock;
use crate::control::Asked;
use crate::linkage::Overflow;

/// Looks of a thread at its flag before it sleeps: about a microsecond. An answer to what was just
/// sent often comes sooner, and waking a sleeping thread costs five times that. Where both have to
/// share a processor, looking longer only takes it from the one who should answer.
const LOOKS_BEFORE_SLEEP: u32 = 30;

/// One component for as long as it lives. Boxes keep the slots of their two owners, so waiting is a
/// flag and waking is a number in a queue: no waker is cloned, registered or dropped on the way.
pub(crate) struct Slot {
    name: String,
    /// Set while a wake is on its way, so that there is at most one per component in any queue.
    queued: AtomicBool,
    asked: AtomicU8,
    /// Its boxes are for the one that comes after it.
    keeps_boxes: AtomicBool,
    home: Home,
    /// It sent more than a link holds that fails then.
    overflow: Mutex<Option<Box<Overflow>>>,
}

/// Where a component runs for life.
pub(crate) enum Home {
    /// Polled by the worker whose mailbox this is, under this number.
    Worker { task: u32, worker: usize, mailbox: Sender<Mail> },
    /// On a thread of its own.
    Thread(ThreadHome),
    /// It is no component, but ordinary code with a box; on whichever thread it waits now.
    Outside(Mutex<Option<Thread>>),
}

impl Home {
    pub(crate) fn outside() -> Self {
        Home::Outside(Mutex::default())
    }
}

/// How to reach a component that has a thread of its own.
#[derive(Default)]
pub(crate) struct ThreadHome {
    thread: OnceLock<Thread>,
    /// For a thread that waits elsewhere than in its boxes, such as in a socket poll.
    elsewhere: OnceLock<Waker>,
}

impl Slot {
    pub(crate) fn new(name: String, home: Home) -> Arc<Self> {
        Arc::new(Slot {
            name,
            queued: AtomicBool::new(false),
            asked: AtomicU8::new(Asked::GoOn as u8),
            keeps_boxes: AtomicBool::new(false),
            home,
            overflow: Mutex::default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The worker that polls this component; none for one with its own thread.
    pub(crate) fn worker(&self) -> Option<usize> {
        match self.home {
            Home::Worker { worker, .. } => Some(worker),
            Home::Thread(_) | Home::Outside(_) => None,
        }
    }

    /// Whether this is ordinary code, which nobody schedules.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self.home, Home::Outside(_))
    }

    #[inline]
    pub(crate) fn asked(&self) -> Asked {
        Asked::from_u8(self.asked.load(Ordering::Relaxed))
    }

    #[inline]
    pub(crate) fn is_stopping(&self) -> bool {
        self.asked.load(Ordering::Relaxed) == Asked::Stop as u8
    }

    /// Asks the component to end; a stronger wish replaces a weaker one.
    pub(crate) fn ask(&self, asked: Asked) {
        self.asked.fetch_max(asked as u8, Ordering::Release);
        self.wake();
    }

    /// Gives the component a turn, from any thread.
    pub(crate) fn wake(&self) {
        if self.queued.swap(true, Ordering::AcqRel) {
            return;
        }
        match &self.home {
            Home::Worker { task, worker, mailbox } => {
                if !local::push_if_on(*worker, *task) {
                    // A worker that is gone has ended all its components.
                    let _ = mailbox.send(Mail::Wake(*task));
                }
            }
            Home::Thread(home) => home.wake(),
            Home::Outside(thread) => {
                if let Some(thread) = &*waiting(thread) {
                    thread.unpark();
                }
            }
        }
    }

    /// The same, by a neighbour known to live on the same worker: plain loads and stores. Racing
    /// with a wake from elsewhere can queue a component twice, which costs one idle poll.
    #[inline]
    pub(crate) fn wake_beside(&self) {
        if self.queued.load(Ordering::Relaxed) {
            return;
        }
        self.queued.store(true, Ordering::Relaxed);
        if let Home::Worker { task, .. } = self.home {
            local::push(task);
        }
    }

    /// Boxes that the component drops from now on leave their ends behind, or again do not.
    #[allow(dead_code)]
    pub(crate) fn keep_boxes(&self, keeps: bool) {
        self.keeps_boxes.store(keeps, Ordering::Release);
    }

    pub(crate) fn keeps_boxes(&self) -> bool {
        self.keeps_boxes.load(Ordering::Acquire)
    }

    /// The component sent more than a link holds that fails then; the first time counts.
    pub(crate) fn overflowed(&self, overflow: Overflow) {
        self.overflow().get_or_insert_with(|| Box::new(overflow));
    }

    /// What it failed by, if by that.
    pub(crate) fn take_overflow(&self) -> Option<Overflow> {
        self.overflow().take().map(|overflow| *overflow)
    }

    fn overflow(&self) -> MutexGuard<'_, Option<Box<Overflow>>> {
        self.overflow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The worker takes the wake: later ones count anew.
    pub(crate) fn begin_turn(&self) {
        self.queued.swap(false, Ordering::AcqRel);
    }

    /// Blocks the calling thread, which must be this component's own, until someone wakes it.
    pub(crate) fn park(&self) {
        self.park_until(None);
    }

    /// The same until this moment at the latest; false if that has come.
    pub(crate) fn park_until(&self, deadline: Option<Instant>) -> bool {
        if let Home::Outside(thread) = &self.home {
            // Before the flag is looked at: who raises it after that finds this thread.
            *waiting(thread) = Some(thread::current());
        }
        for _ in 0..LOOKS_BEFORE_SLEEP {
            if self.queued.load(Ordering::Relaxed) {
                break;
            }
            hint::spin_loop();
        }
        while !self.queued.swap(false, Ordering::AcqRel) {
            let Some(deadline) = deadline else {
                thread::park();
                continue;
            };
            let left = deadline.saturating_duration_since(clock::now());
            if left.is_zero() {
                return false;
            }
            thread::park_timeout(left);
        }
        true
    }

    /// The calling thread is this component's own from now on.
    pub(crate) fn settle_on_this_thread(self: &Arc<Self>) {
        if let Home::Thread(home) = &self.home {
            let _ = home.thread.set(thread::current());
            local::settle(self.clone());
        }
    }

    pub(crate) fn wake_elsewhere_with(&self, waker: Waker) {
        if let Home::Thread(home) = &self.home {
            let _ = home.elsewhere.set(waker);
            // What came before the waker was known.
            if self.queued.load(Ordering::Acquire) {
                home.wake();
            }
        }
    }

    /// A thread that waits elsewhere has come back to look at its boxes.
    pub(crate) fn back_from_elsewhere(&self) {
        // Exchanged and not just set: what was changed before the wake that this takes back is
        // visible to the look that follows.
        self.queued.swap(false, Ordering::AcqRel);
    }

    pub(crate) fn assert_may_block(&self) {
        assert!(
            !matches!(self.home, Home::Worker { .. }),
            "`{}` runs on a shared worker and must await: a blocking call would stop its neighbours",
            self.name
        );
    }
}

fn waiting(thread: &Mutex<Option<Thread>>) -> MutexGuard<'_, Option<Thread>> {
    thread.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ThreadHome {
    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
        if let Some(waker) = self.elsewhere.get() {
            waker.wake_by_ref();
        }
    }
}

/// What a future that is not of this crate wakes. Its count of holders tells whether there is one.
pub(crate) struct ForeignWaker(pub(crate) Arc<Slot>);

impl Wake for ForeignWaker {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake();
    }
}
