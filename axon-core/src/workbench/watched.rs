//! What left an outbox on a workbench.

use std::fmt;
use std::sync::{Arc, Mutex};

use super::lock;
use crate::Component;
use crate::boxes::Inbox;

/// What left an outbox on a [`Workbench`](super::Workbench), in order. Clones see the same
/// messages.
pub struct Watched<T> {
    seen: Arc<Mutex<Vec<T>>>,
}

impl<T> Watched<T> {
    /// Takes everything that came since this was last asked. Does not wait, nor let anybody go on:
    /// that is for [`until_idle`](super::Workbench::until_idle).
    pub fn drain(&self) -> Vec<T> {
        std::mem::take(&mut *lock(&self.seen))
    }

    /// How many came since they were last taken.
    pub fn len(&self) -> usize {
        lock(&self.seen).len()
    }

    /// Whether none came since they were last taken.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Watched { seen: Arc::default() }
    }
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Watched { seen: self.seen.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(lock(&self.seen).iter()).finish()
    }
}

/// Keeps what leaves an outbox.
#[derive(Component)]
pub(super) struct Watcher<T: Send + 'static> {
    pub(super) inbox: Inbox<T>,
    seen: Watched<T>,
}

impl<T: Send + 'static> Watcher<T> {
    pub(super) fn new() -> (Self, Watched<T>) {
        let seen = Watched::default();
        (Watcher { inbox: Inbox::new(), seen: seen.clone() }, seen)
    }

    async fn main(mut self) {
        let mut batch = Vec::new();
        while self.inbox.recv_many(&mut batch, usize::MAX).await > 0 {
            lock(&self.seen.seen).append(&mut batch);
        }
    }
}
