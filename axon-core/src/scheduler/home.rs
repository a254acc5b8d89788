//! Where a component runs, and how it is reached there.

use std::sync::{Arc, PoisonError};
use std::task::Waker;
use std::time::Instant;

use super::census::Census;
use super::mailroom::Mailroom;
use super::stage::Stage;
use super::sync::{self, Mutex, MutexGuard, Thread};
use crate::error::caught;

/// Where a component runs for life.
pub(crate) enum Home {
    /// Polled by the worker whose mailroom this is, under this number.
    Worker { task: u32, mailroom: Arc<Mailroom> },
    /// On a thread of its own.
    Thread(Box<ThreadHome>),
    /// It is no component, but ordinary code with a box.
    Outside(Box<OutsideHome>),
}

impl Home {
    pub(crate) fn outside() -> Self {
        Home::Outside(Box::new(OutsideHome(Mutex::new(None))))
    }
}

/// Whichever thread waits now.
pub(crate) struct OutsideHome(Mutex<Option<Thread>>);

impl OutsideHome {
    /// The calling thread is about to wait.
    pub(super) fn settle(&self) {
        *lock(&self.0) = Some(sync::current());
    }

    pub(super) fn wake(&self) {
        if let Some(thread) = &*lock(&self.0) {
            thread.unpark();
        }
    }
}

/// Until somebody wakes this thread, or a little longer or shorter.
pub(super) fn sleep(deadline: Option<Instant>) {
    match deadline {
        None => sync::park(),
        Some(deadline) => {
            sync::park_timeout(deadline.saturating_duration_since(Instant::now()));
        }
    }
}

/// How to reach a component that has a thread of its own.
pub(crate) struct ThreadHome {
    way: Mutex<Way>,
    /// A thread that waits for its boxes gives its token back; a wake on its way is a token.
    pub(super) census: Arc<Census>,
}

/// A component that begins again has another thread, and other ways to be reached.
#[derive(Default)]
struct Way {
    thread: Option<Thread>,
    /// For a thread that waits elsewhere than in its boxes, such as in a socket poll.
    elsewhere: Option<Arc<Waker>>,
    /// Which of a seeded run's actors it is.
    actor: Option<usize>,
}

impl ThreadHome {
    pub(crate) fn new(census: Arc<Census>) -> Box<Self> {
        Box::new(ThreadHome { way: Mutex::new(Way::default()), census })
    }

    pub(super) fn is_on_stage(&self) -> bool {
        self.census.stage().is_some()
    }

    /// Which actor of which stage it is.
    pub(super) fn staged(&self) -> Option<(&Stage, usize)> {
        let stage = self.census.stage()?;
        Some((stage, self.actor()?))
    }

    pub(super) fn actor(&self) -> Option<usize> {
        self.way().actor
    }

    /// Before the component has its thread.
    pub(super) fn play(&self, actor: usize) {
        self.way().actor = Some(actor);
    }

    /// The calling thread is the component's from now on.
    pub(super) fn settle(&self) {
        self.way().thread = Some(sync::current());
        if let Some((stage, actor)) = self.staged() {
            stage.enter(actor);
        }
    }

    /// From now on this waker is called, and no other.
    pub(super) fn wait_elsewhere(&self, waker: Waker) {
        let before = self.way().elsewhere.replace(Arc::new(waker));
        // It may do anything when it is dropped: nothing is locked then.
        drop(before);
    }

    /// The thread has ended.
    pub(super) fn leave(&self) {
        let elsewhere = self.way().elsewhere.take();
        // What breaks here must not keep the thread from telling of its end.
        let _ = caught(|| drop(elsewhere));
    }

    /// Until somebody wakes it, or a little longer or shorter.
    pub(super) fn sleep(&self, deadline: Option<Instant>) {
        match self.staged() {
            Some((stage, actor)) => stage.wait(actor, deadline),
            None => sleep(deadline),
        }
    }

    pub(super) fn wake(&self) {
        let way = self.way();
        let elsewhere = way.elsewhere.clone();
        match (self.census.stage(), way.actor, &way.thread) {
            (Some(stage), Some(actor), _) => stage.rouse(actor),
            (_, _, Some(thread)) => thread.unpark(),
            _ => {}
        }
        drop(way);
        if let Some(waker) = elsewhere {
            // Whoever wakes may be a worker in the midst of its own affairs: a waker that breaks, be
            // it as the last who has it lets go of it, is no fault of its.
            let _ = caught(move || waker.wake_by_ref());
        }
    }

    fn way(&self) -> MutexGuard<'_, Way> {
        lock(&self.way)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
