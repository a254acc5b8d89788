//! Components that another one brought into the graph, as that one sees them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, OnceLock, PoisonError};
use std::task::Poll;
use std::time::Duration;

use super::Asked;
use crate::scheduler::flag::publish;
use crate::scheduler::office::Office;
use crate::scheduler::run::{News, Whom};
use crate::scheduler::slot::Slot;
use crate::scheduler::sync::{AtomicBool, AtomicUsize, Mutex, MutexGuard, Ordering};

/// The components one [`adopt`](crate::Control::adopt) started, watched by the component that did.
///
/// Dropping this leaves them as they are: they go on, and nobody is told of their ends.
pub struct Children {
    state: Arc<ChildrenState>,
    office: Arc<Office>,
}

/// One child's end, as [`Children::next_end`] tells it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ChildEnded {
    /// Its name in the graph.
    pub name: String,
    /// How it ended, in words, if otherwise than it should.
    pub failure: Option<String>,
}

/// What the watcher and the manager of the graph share.
pub(crate) struct ChildrenState {
    /// The component that watches.
    watcher: Arc<Slot>,
    group: OnceLock<usize>,
    ended: Mutex<VecDeque<ChildEnded>>,
    /// How many have not ended.
    alive: AtomicUsize,
    /// Nobody watches any more.
    is_dropped: AtomicBool,
}

impl Children {
    pub(super) fn new(state: Arc<ChildrenState>, office: Arc<Office>) -> Self {
        Children { state, office }
    }

    /// The next one to end, in the order they ended, or `None` when all have. Waits; only in the
    /// component that adopted them. Dropping the future loses nothing.
    pub async fn next_end(&mut self) -> Option<ChildEnded> {
        poll_fn(|_| self.poll_end()).await
    }

    /// The same for a component with its own thread; blocks that thread.
    ///
    /// # Panics
    ///
    /// When none has ended and the component shares a worker with others: those await.
    pub fn next_end_blocking(&mut self) -> Option<ChildEnded> {
        loop {
            if let Poll::Ready(ended) = self.poll_end() {
                return ended;
            }
            self.state.watcher.assert_may_block();
            self.state.watcher.park();
        }
    }

    /// Waits until all have ended; how they did is not told any more. Only in the component that
    /// adopted them.
    pub async fn all_ended(&mut self) {
        while self.next_end().await.is_some() {}
    }

    /// Whether all have ended. Does not wait.
    pub fn have_ended(&self) -> bool {
        self.state.alive.load(Ordering::Acquire) == 0
    }

    /// Asks them, and whatever they adopted, to begin nothing new. Does not wait.
    pub fn finish(&self) {
        self.ask(Asked::Finish, None);
    }

    /// Asks them, and whatever they adopted, to end now. Does not wait.
    pub fn stop(&self) {
        self.ask(Asked::Stop, None);
    }

    fn ask(&self, asked: Asked, patience: Option<Duration>) {
        self.office.tell(News::Ask { whom: Whom::Children(self.state.clone()), asked, patience });
    }

    pub(crate) fn poll_end(&mut self) -> Poll<Option<ChildEnded>> {
        let first_look = self.state.take();
        if first_look.is_ready() {
            return first_look;
        }
        let awaited = &self.state.watcher.children_awaited;
        awaited.raise();
        let second_look = self.state.take();
        if second_look.is_ready() {
            awaited.lower();
        }
        second_look
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.state.is_dropped.store(true, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Children {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ended = if self.have_ended() { "have ended" } else { "live" };
        write!(f, "Children({ended})")
    }
}

impl ChildrenState {
    /// For this many components.
    pub(super) fn new(watcher: Arc<Slot>, count: usize) -> Arc<Self> {
        Arc::new(ChildrenState {
            watcher,
            group: OnceLock::new(),
            ended: Mutex::default(),
            alive: AtomicUsize::new(count),
            is_dropped: AtomicBool::new(false),
        })
    }

    /// Their group, from when they have started.
    pub(crate) fn group(&self) -> Option<usize> {
        self.group.get().copied()
    }

    pub(crate) fn settle(&self, group: usize) {
        let _ = self.group.set(group);
    }

    /// One of them has ended; if otherwise than it should, in these words.
    pub(crate) fn ended(&self, name: &str, failure: Option<String>) {
        if !self.is_dropped.load(Ordering::Relaxed) {
            self.lock().push_back(ChildEnded { name: name.to_owned(), failure });
        }
        self.alive.fetch_sub(1, Ordering::AcqRel);
        publish();
        if self.watcher.children_awaited.take_apart() {
            self.watcher.wake();
        }
    }

    fn take(&self) -> Poll<Option<ChildEnded>> {
        // What ended before the last is visible once that has.
        let all_ended = self.alive.load(Ordering::Acquire) == 0;
        match self.lock().pop_front() {
            Some(ended) => Poll::Ready(Some(ended)),
            None if all_ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<ChildEnded>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
