//! A component as its boxes see it: who it is, where it lives, and how to wake it.

use std::hint;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};
use std::time::Instant;

use super::census::Census;
use super::flag::WaitFlag;
use super::home::{self, OutsideHome};
pub(crate) use super::home::{Home, ThreadHome};
use super::local;
use super::mailroom::{Mail, Mailroom};
use super::sync::{AtomicBool, AtomicU8, Ordering};
use crate::control::Asked;
use crate::linkage::Overflow;
use crate::time;

/// Looks of a thread at its flag before it sleeps: about a microsecond. An answer to what was just
/// sent often comes sooner, and waking a sleeping thread costs five times that. Where both have to
/// share a processor, looking longer only takes it from the one who should answer.
const LOOKS_BEFORE_SLEEP: u32 = if cfg!(loom) { 0 } else { 30 };

static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// One component for as long as it lives. Boxes keep the slots of their two owners, so waiting is a
/// flag and waking is a number in a queue: no waker is cloned, registered or dropped on the way.
pub(crate) struct Slot {
    name: String,
    /// No other component of the process has it.
    number: u64,
    /// Set while a wake is on its way, so that there is at most one per component in any queue.
    queued: AtomicBool,
    asked: AtomicU8,
    /// It gets no turns for now.
    is_paused: AtomicBool,
    /// It has no work of its own: see `Control::look_on`.
    looks_on: AtomicBool,
    /// Raised while the component waits for one it adopted to end.
    pub(crate) children_awaited: WaitFlag,
    group: AtomicUsize,
    /// Its number among the members of its graph.
    member: AtomicUsize,
    /// Its boxes are for the one that comes after it.
    keeps_boxes: AtomicBool,
    home: Home,
    /// It sent more than a link holds that fails then.
    overflow: Mutex<Option<Box<Overflow>>>,
}

impl Slot {
    pub(crate) fn new(name: String, home: Home) -> Arc<Self> {
        Arc::new(Slot {
            name,
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            queued: AtomicBool::new(false),
            asked: AtomicU8::new(Asked::GoOn as u8),
            is_paused: AtomicBool::new(false),
            looks_on: AtomicBool::new(false),
            children_awaited: WaitFlag::new(),
            group: AtomicUsize::new(0),
            member: AtomicUsize::new(0),
            keeps_boxes: AtomicBool::new(false),
            home,
            overflow: Mutex::default(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn looks_on(&self) -> bool {
        self.looks_on.load(Ordering::Relaxed)
    }

    /// From here on it only looks on; false if it did already.
    pub(crate) fn look_on(&self) -> bool {
        !self.looks_on.swap(true, Ordering::Relaxed)
    }

    /// It has a turn before it.
    pub(crate) fn is_ready(&self) -> bool {
        self.queued.load(Ordering::Relaxed)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Acquire)
    }

    /// From here on it gets no turns.
    pub(crate) fn pause(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
    }

    /// It gets turns again; the next at once, since nobody knows what it missed.
    pub(crate) fn resume(&self) {
        // Whoever looks in between finds a component that neither rests nor was woken.
        self.counted(|| {
            self.is_paused.store(false, Ordering::Release);
            match &self.home {
                // Sent for whatever is on its way: the worker may take that before it hears of this.
                Home::Worker { task, mailroom } => {
                    self.queued.store(true, Ordering::Release);
                    mailroom.send(Mail::Wake(*task));
                }
                Home::Thread(_) | Home::Outside(_) => self.wake(),
            }
        });
    }

    /// Does this with a token of the graph's: for somebody who has none and changes what tells whether
    /// anybody can move.
    pub(crate) fn counted(&self, change: impl FnOnce()) {
        let Some(census) = self.census() else { return change() };
        census.enter();
        change();
        census.leave();
    }

    /// Of the graph that schedules it.
    fn census(&self) -> Option<&Census> {
        match &self.home {
            Home::Worker { mailroom, .. } => Some(&mailroom.census),
            Home::Thread(home) => Some(&home.census),
            Home::Outside(_) => None,
        }
    }

    /// Someone who could have woken this component no longer can: the manager looks again whether
    /// anybody still moves.
    pub(crate) fn lose_waker(&self) {
        self.counted(|| ());
    }

    /// Whether this is ordinary code, which nobody schedules.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self.home, Home::Outside(_))
    }

    fn is_on_own_thread(&self) -> bool {
        matches!(self.home, Home::Thread(_))
    }

    /// The worker that polls this component; none for one with its own thread.
    pub(crate) fn worker(&self) -> Option<usize> {
        self.mailroom().map(Mailroom::worker)
    }

    pub(crate) fn mailroom(&self) -> Option<&Arc<Mailroom>> {
        match &self.home {
            Home::Worker { mailroom, .. } => Some(mailroom),
            Home::Thread(_) | Home::Outside(_) => None,
        }
    }

    /// Its number among its worker's.
    pub(crate) fn task(&self) -> Option<u32> {
        match self.home {
            Home::Worker { task, .. } => Some(task),
            Home::Thread(_) | Home::Outside(_) => None,
        }
    }

    /// The group it fails with.
    pub(crate) fn group(&self) -> usize {
        self.group.load(Ordering::Relaxed)
    }

    /// Its number among the members of its graph.
    pub(crate) fn member(&self) -> usize {
        self.member.load(Ordering::Relaxed)
    }

    /// It lives from now on.
    pub(crate) fn enter(&self, member: usize, group: usize) {
        self.member.store(member, Ordering::Relaxed);
        self.group.store(group, Ordering::Relaxed);
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
        match &self.home {
            Home::Worker { task, mailroom } => {
                if self.queued.swap(true, Ordering::AcqRel) {
                    return;
                }
                if !local::push_if_on(mailroom.worker(), *task) {
                    mailroom.send(Mail::Wake(*task));
                }
            }
            Home::Thread(home) => {
                // The token comes first: the thread may take the wake as soon as it is there.
                home.census.enter();
                if self.queued.swap(true, Ordering::AcqRel) {
                    home.census.leave();
                } else {
                    home.wake();
                }
            }
            Home::Outside(home) => {
                if !self.queued.swap(true, Ordering::AcqRel) {
                    home.wake();
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

    /// The worker takes the wake: later ones count anew. False for a component that is paused: its
    /// turn comes when it is not.
    #[inline]
    pub(crate) fn begin_turn(&self) -> bool {
        if self.is_paused.load(Ordering::Relaxed) {
            return false;
        }
        self.queued.swap(false, Ordering::AcqRel);
        true
    }

    /// Blocks the calling thread, which must be this component's own, until someone wakes it.
    pub(crate) fn park(&self) {
        self.park_until(None);
    }

    /// The same, at most until this moment; false if it came first.
    pub(crate) fn park_until(&self, deadline: Option<Instant>) -> bool {
        let home = match &self.home {
            Home::Thread(home) => home,
            Home::Outside(home) => return self.park_outside(home, deadline),
            Home::Worker { .. } => return true,
        };
        if !home.is_on_stage() {
            self.look_a_little();
        }
        let is_woken = match deadline {
            // Whoever waits for a moment can still move: it keeps its token.
            Some(deadline) => self.wait_until(home, deadline),
            None => {
                home.census.leave();
                self.wait(home);
                true
            }
        };
        while self.is_paused() {
            home.census.leave();
            self.wait(home);
        }
        if is_woken {
            local::hear();
        }
        is_woken
    }

    /// The same for whatever wakes the component, also if another wait, for something else, has taken
    /// that wake since this was last called.
    pub(crate) fn park_for_anything(&self, deadline: Option<Instant>) -> bool {
        let is_woken = local::has_heard() || self.park_until(deadline);
        local::has_heard();
        is_woken
    }

    /// Takes the next wake, and the token that it brings.
    fn wait(&self, home: &ThreadHome) {
        while !self.queued.swap(false, Ordering::AcqRel) {
            home.sleep(None);
        }
    }

    fn wait_until(&self, home: &ThreadHome, deadline: Instant) -> bool {
        while !self.queued.swap(false, Ordering::AcqRel) {
            if deadline <= time::now() {
                return false;
            }
            home.sleep(Some(deadline));
        }
        home.census.leave();
        true
    }

    /// Blocks whatever thread this is.
    fn park_outside(&self, home: &OutsideHome, deadline: Option<Instant>) -> bool {
        // Before the flag is looked at: who raises it after that finds this thread.
        home.settle();
        self.look_a_little();
        while !self.queued.swap(false, Ordering::AcqRel) {
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return false;
            }
            home::sleep(deadline);
        }
        true
    }

    fn look_a_little(&self) {
        for _ in 0..LOOKS_BEFORE_SLEEP {
            if self.queued.load(Ordering::Relaxed) {
                break;
            }
            hint::spin_loop();
        }
    }

    /// In a seeded run, lets chance decide whether others go before this thread.
    pub(crate) fn step_aside(&self) {
        if let Home::Thread(home) = &self.home
            && let Some((stage, actor)) = home.staged()
        {
            stage.step_aside(actor);
        }
    }

    /// The calling thread is this component's own from now on.
    pub(crate) fn settle_on_this_thread(&self, waker: &Arc<ForeignWaker>) {
        if let Home::Thread(home) = &self.home {
            local::settle(waker, home.census.clone());
            home.settle();
        }
    }

    /// Before the component has its thread: which of a seeded run's actors it will be.
    pub(crate) fn play(&self, actor: usize) {
        if let Home::Thread(home) = &self.home {
            home.play(actor);
        }
    }

    pub(crate) fn actor(&self) -> Option<usize> {
        match &self.home {
            Home::Thread(home) => home.actor(),
            Home::Worker { .. } | Home::Outside(_) => None,
        }
    }

    /// The component has ended: wakes that still come are for nobody.
    pub(crate) fn end_of_thread(&self) {
        if let Home::Thread(home) = &self.home {
            home.leave();
            if self.queued.swap(true, Ordering::AcqRel) {
                home.census.leave();
            }
        }
    }

    /// The component that has ended has another life before it, in which wakes count again.
    pub(crate) fn begin_again(&self) {
        if self.is_on_own_thread() {
            self.queued.store(false, Ordering::Release);
        }
    }

    /// The worker that polls the component gives it its first turn. Whatever became of earlier wakes:
    /// one may have been taken when there was nobody to wake.
    pub(crate) fn begin_on_this_worker(&self) {
        if let Home::Worker { task, .. } = self.home {
            self.queued.store(true, Ordering::Relaxed);
            local::push(task);
        }
    }

    pub(crate) fn wake_elsewhere_with(&self, waker: Waker) {
        if let Home::Thread(home) = &self.home {
            home.wait_elsewhere(waker);
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
        if self.queued.swap(false, Ordering::AcqRel)
            && let Home::Thread(home) = &self.home
        {
            home.census.leave();
        }
    }

    pub(crate) fn assert_may_block(&self) {
        assert!(
            !matches!(self.home, Home::Worker { .. }),
            "`{}` runs on a shared worker and must await: a blocking call would stop its neighbours",
            self.name
        );
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
