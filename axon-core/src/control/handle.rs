//! A running graph from outside it.

use std::sync::Arc;
use std::time::Duration;

use super::Asked;
use crate::scheduler::office::Office;
use crate::scheduler::run::{News, Whom};

/// Ends a running graph from outside it. Clones reach the same graph.
///
/// Any thread may ask, at any time: what is asked before the graph runs is heard when it does, and
/// what is asked after its end does nothing. Nothing here waits.
#[derive(Clone)]
pub struct GraphHandle {
    office: Arc<Office>,
}

impl GraphHandle {
    pub(crate) fn new(office: Arc<Office>) -> Self {
        GraphHandle { office }
    }

    /// Asks the sources to end, so that the graph ends when it has worked through what it has.
    pub fn finish(&self) {
        self.ask(Asked::Finish, None);
    }

    /// The same, and asks every component to end now when that takes longer than `patience`.
    pub fn finish_within(&self, patience: Duration) {
        self.ask(Asked::Finish, Some(patience));
    }

    /// Asks every component to end now.
    pub fn stop(&self) {
        self.ask(Asked::Stop, None);
    }

    /// The same, and goes on without those that take longer than `patience`: their outcome is
    /// [`Abandoned`](crate::Outcome::Abandoned). What shares a worker is dropped. A thread cannot be
    /// ended from outside: one that heeds nothing is left to itself, and so is a worker that is kept
    /// busy by a component that never waits.
    pub fn stop_within(&self, patience: Duration) {
        self.ask(Asked::Stop, Some(patience));
    }

    fn ask(&self, asked: Asked, patience: Option<Duration>) {
        self.office.tell(News::Ask { whom: Whom::All, asked, patience });
    }
}

impl std::fmt::Debug for GraphHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GraphHandle")
    }
}
