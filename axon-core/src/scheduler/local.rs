//! What a worker keeps for its own thread: who is ready, and which links to other threads changed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::task::Waker;
use std::time::Instant;

use super::census::Census;
use super::flag::publish;
use super::slot::{ForeignWaker, Slot};
use super::stage::Stage;
use super::timers::{Timer, Timers};
use crate::error::caught;
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
    own: RefCell<Option<Own>>,
    /// It was woken from a wait, be it for something else.
    has_heard: Cell<bool>,
    timers: RefCell<Timers>,
    /// Of the graph whose worker or component this thread is, if it runs seeded.
    staged: RefCell<Option<Arc<Census>>>,
    is_staged: Cell<bool>,
}

struct Own {
    slot: Arc<Slot>,
    /// By which others wake it. Held by whoever polls the component, and counted there.
    waker: Weak<ForeignWaker>,
}

impl Local {
    const fn new() -> Self {
        Local {
            worker: Cell::new(NOBODY),
            ready: RefCell::new(VecDeque::new()),
            touched: RefCell::new(Vec::new()),
            turn: Cell::new(1),
            budget: Cell::new(0),
            stopping: Cell::new(false),
            own: RefCell::new(None),
            has_heard: Cell::new(false),
            timers: RefCell::new(Timers::new()),
            staged: RefCell::new(None),
            is_staged: Cell::new(false),
        }
    }
}

#[cfg(not(loom))]
thread_local! {
    static LOCAL: Local = const { Local::new() };
}

#[cfg(loom)]
loom::thread_local! {
    static LOCAL: Local = Local::new();
}

/// This thread belongs to a worker until this is dropped.
pub(crate) struct Occupied {
    /// Of the component whose own thread this is, while it runs a graph.
    timers: Timers,
    staged: Option<Arc<Census>>,
}

/// Makes this thread the worker's, unless another graph is already running on it.
pub(crate) fn occupy(worker: usize, census: Arc<Census>) -> Option<Occupied> {
    LOCAL.with(|local| {
        if local.worker.get() != NOBODY {
            return None;
        }
        local.worker.set(worker);
        let (timers, staged) = (local.timers.take(), local.staged.take());
        local.is_staged.set(false);
        local.take_turns(census);
        Some(Occupied { timers, staged })
    })
}

impl Drop for Occupied {
    fn drop(&mut self) {
        let (timers, staged) = (std::mem::take(&mut self.timers), self.staged.take());
        let left = LOCAL.with(|local| {
            local.worker.set(NOBODY);
            local.stopping.set(false);
            local.ready.borrow_mut().clear();
            local.is_staged.set(staged.is_some());
            let staged = local.staged.replace(staged);
            (local.timers.replace(timers), local.touched.take(), staged)
        });
        // A waker may hold the last of something, which must find nothing of this in use.
        drop(left);
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
    ask_stage(Stage::now)
}

/// Whether time jumps in the run that this thread is part of.
pub(crate) fn time_jumps() -> bool {
    ask_stage(Stage::time_jumps).unwrap_or(false)
}

fn ask_stage<T>(ask: impl FnOnce(&Stage) -> T) -> Option<T> {
    let answer = |local: &Local| {
        let census = local.is_staged.get().then(|| local.staged.borrow().clone())??;
        census.stage().map(ask)
    };
    LOCAL.try_with(answer).ok().flatten()
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
        if !heeded {
            return None;
        }
        let waker = waker.clone();
        Some(local.timers.borrow_mut().add(at, waker))
    })
}

/// Has another waker woken at the moment of this timer, if that is not past.
pub(crate) fn rewake(timer: Timer, waker: &Waker) {
    let replaced = LOCAL.with(|local| {
        let is_other = !local.timers.borrow().wakes(timer, waker);
        is_other.then(|| {
            let waker = waker.clone();
            local.timers.borrow_mut().replace(timer, waker)
        })
    });
    drop(replaced);
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
        // It may be of a future that wakes its parts in its own way: what breaks there must not
        // break the worker.
        let _ = caught(|| waker.wake());
    }
}

pub(crate) fn begin_turn(stopping: bool) {
    LOCAL.with(|local| {
        local.turn.set(local.turn.get() + 1);
        local.budget.set(TURN_BUDGET);
        local.stopping.set(stopping);
    });
}

/// The same on a component's own thread.
pub(crate) fn begin_own_turn() {
    LOCAL.with(|local| local.budget.set(TURN_BUDGET));
}

/// In a seeded run, on a component's own thread, lets chance decide whether others go first.
pub(crate) fn step_aside() {
    let may_be = |local: &Local| local.is_staged.get() && local.worker.get() == NOBODY;
    if LOCAL.with(may_be)
        && let Some(own) = own()
    {
        own.step_aside();
    }
}

/// This thread is the component's own from now on.
pub(crate) fn settle(waker: &Arc<ForeignWaker>, census: Arc<Census>) {
    LOCAL.with(|local| {
        let own = Own { slot: waker.0.clone(), waker: Arc::downgrade(waker) };
        *local.own.borrow_mut() = Some(own);
        local.take_turns(census);
    });
}

/// The component whose own thread this is.
pub(crate) fn own() -> Option<Arc<Slot>> {
    LOCAL.with(|local| local.own.borrow().as_ref().map(|own| own.slot.clone()))
}

/// The component whose own thread this is was woken.
pub(crate) fn hear() {
    LOCAL.with(|local| local.has_heard.set(true));
}

/// Whether it was since this was last asked.
pub(crate) fn has_heard() -> bool {
    LOCAL.with(|local| local.has_heard.replace(false))
}

/// By which others wake the component whose own thread this is; as long as one is held, somebody
/// may.
pub(crate) fn own_waker() -> Option<Waker> {
    let own = LOCAL.with(|local| local.own.borrow().as_ref()?.waker.upgrade());
    own.map(Waker::from)
}

/// Whether the component that asks was asked to stop; for boxes that do not know their owner.
pub(crate) fn is_stopping() -> bool {
    LOCAL.with(|local| match local.worker.get() {
        NOBODY => local.own.borrow().as_ref().is_some_and(|own| own.slot.is_stopping()),
        _ => local.stopping.get(),
    })
}

/// Tells the owners elsewhere about everything this turn changed: one fence for all of them.
pub(crate) fn end_turn() {
    while let Some(mut touched) = take_touched() {
        publish();
        // Wakers that are not ours may be called here, and may touch links themselves.
        for (link, this) in touched.drain(..) {
            link.wake_across(this);
        }
        LOCAL.with(|local| {
            let mut anew = local.touched.borrow_mut();
            if anew.is_empty() {
                *anew = touched;
            }
        });
    }
}

fn take_touched() -> Option<Vec<(Arc<LinkState>, End)>> {
    LOCAL.with(|local| {
        let mut touched = local.touched.borrow_mut();
        (!touched.is_empty()).then(|| std::mem::take(&mut *touched))
    })
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

/// Whether others on this thread wait for the end of the turn; in a seeded run, also those on other
/// threads.
#[inline]
pub(crate) fn takes_turns() -> bool {
    LOCAL.with(|local| local.worker.get() != NOBODY || local.is_staged.get())
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
