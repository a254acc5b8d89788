//! How many could still move: the sign by which a graph finds out that nobody can.
//!
//! Whoever runs holds a token: each worker with something to do, each component's own thread that
//! does not wait for its boxes, and each piece of mail on its way. A worker or thread that waits
//! gives its token back, and whatever wakes it brings a new one. So the count is zero exactly when
//! everybody waits and nothing is under way, and whoever brings it to zero tells the manager.

use std::sync::OnceLock;

use super::mailroom::Mail;
use super::stage::{MANAGER, Stage};
use super::sync::{AtomicU64, Ordering, Sender};

/// One more token, in the low half; the high half counts how often that happened.
const ENTER: u64 = 1 << 32 | 1;
const TOKENS: u64 = u32::MAX as u64;

/// The tokens of one graph.
pub(crate) struct Census {
    counts: AtomicU64,
    /// Where the manager of the graph gets its mail.
    manager: Sender<Mail>,
    /// On which they take turns, in a seeded run.
    stage: OnceLock<Stage>,
}

/// What the count was when everybody waited.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Quiet(u64);

impl Census {
    pub(crate) fn new(manager: Sender<Mail>) -> Self {
        Census { counts: AtomicU64::new(0), manager, stage: OnceLock::new() }
    }

    pub(crate) fn enter(&self) {
        self.counts.fetch_add(ENTER, Ordering::AcqRel);
    }

    /// Gives a token back, and tells the manager if it was the last.
    pub(crate) fn leave(&self) {
        if !self.leave_as_manager() {
            return;
        }
        self.enter();
        // A graph that has ended needs no telling.
        let _ = self.manager.send(Mail::Quiet);
        if let Some(stage) = self.stage() {
            stage.rouse(MANAGER);
        }
    }

    pub(crate) fn stage(&self) -> Option<&Stage> {
        self.stage.get()
    }

    /// Before anybody runs: they will take turns.
    pub(crate) fn set_stage(&self, stage: Stage) {
        let _ = self.stage.set(stage);
    }

    /// Gives a token back, and says whether it was the last.
    pub(crate) fn leave_as_manager(&self) -> bool {
        self.counts.fetch_sub(1, Ordering::AcqRel) & TOKENS == 1
    }

    /// Whether everybody waits. While this stays the same nobody has moved.
    pub(crate) fn quiet(&self) -> Option<Quiet> {
        let counts = self.counts.load(Ordering::Acquire);
        (counts & TOKENS == 0).then_some(Quiet(counts))
    }
}
