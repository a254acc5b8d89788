//! A running graph from outside it.

use std::sync::Arc;
use std::time::Duration;

use super::{Asked, HandleError};
use crate::inspect::Snapshot;
use crate::scheduler::office::Office;
use crate::scheduler::run::{News, Whom};
use crate::scheduler::slot::Slot;

/// A running graph from outside it: ends it, looks into it. Clones reach the same graph.
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

    /// Asks every component to end now. Inboxes finish at once and sends that would wait fail,
    /// whatever the boxes hold.
    pub fn stop(&self) {
        self.ask(Asked::Stop, None);
    }

    /// The same, and goes on without those that take longer than `patience`: their outcome is
    /// [`Abandoned`](crate::Outcome::Abandoned). What shares a worker is dropped. A thread cannot
    /// be ended from outside: one that heeds nothing is left to itself, and so is a worker that is
    /// kept busy by a component that never waits.
    pub fn stop_within(&self, patience: Duration) {
        self.ask(Asked::Stop, Some(patience));
    }

    /// Everything the graph has to say of itself now: who lives, who waits for what, what passes
    /// between them. From outside the graph's threads it is a little blurred, since they go on
    /// meanwhile. Of a graph that does not run yet, or no longer, it is empty; see
    /// [`Graph::snapshot`](crate::Graph::snapshot) for a drawing before it runs.
    pub fn snapshot(&self) -> Snapshot {
        self.office.snapshot()
    }

    /// Gives a component no more turns until it is [resumed](Self::resume); messages wait for it,
    /// and it hears nothing that is asked of it. One with a thread of its own stops where it next
    /// waits. While a component is paused its graph is not stuck, and ends only by
    /// [`stop_within`](Self::stop_within).
    pub fn pause(&self, component: &str) -> Result<(), HandleError> {
        self.slot(component)?.pause();
        Ok(())
    }

    /// Gives a component turns again, the first at once. Nothing happens to one that is not paused.
    pub fn resume(&self, component: &str) -> Result<(), HandleError> {
        self.slot(component)?.resume();
        Ok(())
    }

    fn slot(&self, component: &str) -> Result<Arc<Slot>, HandleError> {
        let members = self.office.members();
        let found = members.find(component).map(|member| member.slot.clone());
        found.ok_or_else(|| HandleError::NoSuchComponent { name: component.to_owned() })
    }

    pub(super) fn office(&self) -> &Office {
        &self.office
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
