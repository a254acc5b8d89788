//! What everyone who deals with a running graph shares: its workers' addresses, its members, and
//! whether it still takes new ones.

use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Instant;

use super::mailroom::{Mail, Mailroom};
use super::members::{Assembled, Members};
use super::run::News;
use super::sync::{Mutex, MutexGuard};

pub(crate) struct Office {
    /// Of the worker that manages the graph, on the thread that runs it.
    pub(crate) manager: Arc<Mailroom>,
    /// Of the others, by name.
    workers: Mutex<Vec<Arc<Mailroom>>>,
    members: Mutex<Members>,
    begun: Arc<OnceLock<Instant>>,
    /// The graph has ended, and starts nobody any more.
    is_closed: Mutex<bool>,
}

impl Office {
    pub(crate) fn open() -> Arc<Self> {
        Arc::new(Office {
            manager: Mailroom::of_manager(),
            workers: Mutex::new(Vec::new()),
            members: Mutex::new(Members::default()),
            begun: Arc::default(),
            is_closed: Mutex::new(false),
        })
    }

    /// The mailroom of the worker of this name, which is made when it is first asked for; the
    /// manager's for none.
    pub(crate) fn mailroom(&self, worker: Option<&str>) -> Arc<Mailroom> {
        let Some(name) = worker else { return self.manager.clone() };
        let mut workers = lock(&self.workers);
        if let Some(known) = workers.iter().find(|known| known.name() == name) {
            return known.clone();
        }
        let made = Mailroom::named(name, self.manager.census.clone());
        workers.push(made.clone());
        made
    }

    pub(crate) fn workers(&self) -> Vec<Arc<Mailroom>> {
        lock(&self.workers).clone()
    }

    /// Everyone in the graph. Nothing of a user's is called while this is held.
    pub(crate) fn members(&self) -> MutexGuard<'_, Members> {
        lock(&self.members)
    }

    /// The graph runs from now on.
    pub(crate) fn begin(&self, now: Instant) {
        let _ = self.begun.set(now);
    }

    /// Where anyone can read since when the graph runs, without holding on to it.
    pub(crate) fn when_begun(&self) -> Arc<OnceLock<Instant>> {
        self.begun.clone()
    }

    /// Since when the graph runs.
    pub(crate) fn begun(&self) -> Option<Instant> {
        self.begun.get().copied()
    }

    pub(crate) fn tell(&self, news: News) {
        self.manager.send(Mail::News(news));
    }

    /// Has the manager start these too. False if the graph has ended.
    pub(crate) fn adopt(&self, assembled: Assembled) -> bool {
        let is_closed = lock(&self.is_closed);
        if *is_closed {
            // Components are not dropped under a lock.
            drop(is_closed);
            return false;
        }
        self.tell(News::Adopt(assembled));
        true
    }

    /// Takes no new components from now on, if the manager has heard of all that came before.
    pub(crate) fn close_if(&self, has_heard_all: impl FnOnce() -> bool) -> bool {
        let mut is_closed = lock(&self.is_closed);
        *is_closed |= has_heard_all();
        *is_closed
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
