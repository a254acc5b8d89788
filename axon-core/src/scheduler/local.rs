//! What a worker keeps for its own thread: who is ready, and which links to other threads changed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

use super::census::Census;
use super::flag::publish;
use super::slot::Slot;
use super::stage::Stage;
use super::timers::{Timer, Timers};
use crate::linkage::{End, LinkState};

/// Messages a component may pass to or from other threads in one turn. Links on one worker need no
/// such limit: their boxes run empty or full. 512 is a few boxes' worth.
const TURN_BUDGET: u32 = 512;

/// No worker runs on this thread.
const NOBODY: usize = 0;

struct Local {
    worker: Cell<usize>,
    ready: RefCell<VecDeque<u32>>,
    /// Links whose other end lives elsewhere and that changed in this turn.
    touched: RefCell<Vec<(Arc<LinkState>, End)>>,
    turn: Cell<u64>,
    budget: Cell<u32>,
    /// The component whose turn it is was asked to stop.
    stopping: Cell<bool>,
    /// The component whose own thread this is.
    own: RefCell<Option<Arc<Slot>>>,
    timers: RefCell<Timers>,
    /// Of the graph whose worker or component this thread is, if it runs seeded.
    staged: RefCell<Option<Arc<Census>>>,
    is_staged: Cell<bool>,
}

thread_local! {
    static LOCAL: Local = const {
        Local {
            worker: Cell::new(NOBODY),
            ready: RefCell::new(VecDeque::new()),
            touched: RefCell::new(Vec::new()),
            turn: Cell::new(1),
            budget: Cell::new(0),
            stopping: Cell::new(false),
            own: RefCell::new(None),
            timers: RefCell::new(Timers::new()),
            staged: RefCell::new(None),
            is_staged: Cell::new(false),
        }
    };
}

/// This thread belongs to a worker until this is dropped.
pub(crate) struct Occupied(());

/// Makes this thread the worker's, unless another graph is already running on it.
pub(crate) fn occupy(worker: usize, census: Arc<Census>) -> Option<Occupied> {
    LOCAL.with(|local| {
        if local.worker.get() != NOBODY {
            return None;
        }
        local.worker.set(worker);
        local.take_turns(census);
        Some(Occupied(()))
    })
}

impl Drop for Occupied {
    fn drop(&mut self) {
        LOCAL.with(|local| {
            local.worker.set(NOBODY);
            local.stopping.set(false);
            local.ready.borrow_mut().clear();
            local.touched.borrow_mut().clear();
            local.timers.borrow_mut().clear();
            local.is_staged.set(false);
            local.staged.borrow_mut().take();
        });
    }
}

impl Local {
    /// As chance will have it, if the graph runs seeded.
    fn take_turns(&self, census: Arc<Census>) {
        if census.stage().is_some() {
            *self.staged.borrow_mut() = Some(census);
            self.is_staged.set(true);
        }
    }
}

/// What time it is in the seeded run that this thread is part of.
pub(crate) fn staged_now() -> Option<Instant> {
    let now = |local: &Local| {
        let census = local.is_staged.get().then(|| local.staged.borrow().clone())??;
        census.stage().map(Stage::now)
    };
    LOCAL.try_with(now).ok().flatten()
}

#[inline]
pub(crate) fn push(task: u32) {
    LOCAL.with(|local| local.ready.borrow_mut().push_back(task));
}

/// Queues the task if this thread is that worker's.
pub(crate) fn push_if_on(worker: usize, task: u32) -> bool {
    let push = |local: &Local| {
        let here = local.worker.get() == worker;
        if here {
            local.ready.borrow_mut().push_back(task);
        }
        here
    };
    // A thread that is ending may drop an address after what is kept here; a worker's does not end.
    LOCAL.try_with(push).unwrap_or(false)
}

pub(crate) fn pop() -> Option<u32> {
    LOCAL.with(|local| {
        if local.is_staged.get() {
            return local.pop_by_chance();
        }
        local.ready.borrow_mut().pop_front()
    })
}

impl Local {
    #[cold]
    fn pop_by_chance(&self) -> Option<u32> {
        let staged = self.staged.borrow();
        let stage = staged.as_ref().and_then(|census| census.stage())?;
        let mut ready = self.ready.borrow_mut();
        if ready.is_empty() {
            return None;
        }
        let chosen = stage.choose(ready.len());
        ready.remove(chosen)
    }
}

pub(crate) fn is_anyone_ready() -> bool {
    LOCAL.with(|local| !local.ready.borrow().is_empty())
}

/// Has `waker` woken on this thread at that moment. None if neither a worker nor a component's own
/// thread is there to do it.
pub(crate) fn wake_at(at: Instant, waker: &Waker) -> Option<Timer> {
    LOCAL.with(|local| {
        let heeded = local.worker.get() != NOBODY || local.own.borrow().is_some();
        heeded.then(|| local.timers.borrow_mut().add(at, waker.clone()))
    })
}

pub(crate) fn forget(timer: Timer) {
    // A waker may hold the last of something, which must not find the timers in use.
    let _ = LOCAL.try_with(|local| local.timers.borrow_mut().remove(timer));
}

pub(crate) fn next_due() -> Option<Instant> {
    LOCAL.with(|local| local.timers.borrow().next_due())
}

/// Wakes everybody whose moment has come.
pub(crate) fn wake_due() {
    if next_due().is_none() {
        return;
    }
    let now = crate::time::now();
    while let Some(waker) = LOCAL.with(|local| local.timers.borrow_mut().pop_due(now)) {
        waker.wake();
    }
}

pub(crate) fn begin_turn(stopping: bool) {
    LOCAL.with(|local| {
        local.turn.set(local.turn.get() + 1);
        local.budget.set(TURN_BUDGET);
        local.stopping.set(stopping);
    });
}

/// This thread is the component's own from now on.
pub(crate) fn settle(slot: Arc<Slot>, census: Arc<Census>) {
    LOCAL.with(|local| {
        *local.own.borrow_mut() = Some(slot);
        local.take_turns(census);
    });
}

/// The component whose own thread this is.
pub(crate) fn own() -> Option<Arc<Slot>> {
    LOCAL.with(|local| local.own.borrow().clone())
}

/// Whether the component that asks was asked to stop; for boxes that do not know their owner.
pub(crate) fn is_stopping() -> bool {
    LOCAL.with(|local| match local.worker.get() {
        NOBODY => local.own.borrow().as_ref().is_some_and(|slot| slot.is_stopping()),
        _ => local.stopping.get(),
    })
}

/// Tells the owners elsewhere about everything this turn changed: one fence for all of them.
pub(crate) fn end_turn() {
    LOCAL.with(|local| {
        let mut touched = local.touched.borrow_mut();
        if touched.is_empty() {
            return;
        }
        publish();
        for (link, this) in touched.drain(..) {
            link.wake_across(this);
        }
    });
}

/// The number of the running turn, by which a link knows whether it was noted already.
#[inline]
pub(crate) fn turn() -> u64 {
    LOCAL.with(|local| local.turn.get())
}

/// Whether this thread runs a worker, which flushes its links at the end of each turn.
#[inline]
pub(crate) fn on_worker() -> bool {
    LOCAL.with(|local| local.worker.get() != NOBODY)
}

/// This end of a link to elsewhere changed in this turn.
pub(crate) fn touch(link: &Arc<LinkState>, this: End) {
    LOCAL.with(|local| local.touched.borrow_mut().push((link.clone(), this)));
}

/// Counts messages passed to or from other threads; false once the turn should end.
#[inline]
pub(crate) fn spend(messages: u32) -> bool {
    LOCAL.with(|local| {
        let left = local.budget.get().saturating_sub(messages);
        local.budget.set(left);
        left > 0
    })
}
