//! The exact books of a link that is observed.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::time;

/// Written by both ends, each time a message passes one of them.
#[derive(Default)]
pub(crate) struct Meter(Mutex<Books>);

#[derive(Default)]
struct Books {
    waiting: usize,
    waiting_max: usize,
    blocked: Duration,
    blocked_since: Option<Instant>,
}

/// What was seen of a link since it is observed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Observed {
    /// Messages that wait now.
    pub(crate) waiting: usize,
    /// The most that waited at a time.
    pub(crate) waiting_max: usize,
    /// How long the sender could not send, in all: from being refused to the next message that
    /// went.
    pub(crate) blocked: Duration,
}

impl Meter {
    /// A message went. `waiting` counts those under way; called with the books open, so that the
    /// last to count counts right.
    pub(super) fn sent(&self, waiting: impl FnOnce() -> usize) {
        let mut books = self.open();
        books.waiting = waiting();
        books.waiting_max = books.waiting_max.max(books.waiting);
        if let Some(since) = books.blocked_since.take() {
            books.blocked += time::now().saturating_duration_since(since);
        }
    }

    /// Messages were taken.
    pub(super) fn taken(&self, waiting: impl FnOnce() -> usize) {
        let mut books = self.open();
        books.waiting = waiting();
    }

    /// A message found no room.
    pub(super) fn refused(&self) {
        self.open().blocked_since.get_or_insert_with(time::now);
    }

    pub(super) fn reset(&self) {
        *self.open() = Books::default();
    }

    pub(super) fn read(&self) -> Observed {
        let books = self.open();
        let since = books.blocked_since.map(|since| time::now().saturating_duration_since(since));
        let blocked = books.blocked + since.unwrap_or_default();
        Observed { waiting: books.waiting, waiting_max: books.waiting_max, blocked }
    }

    fn open(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
