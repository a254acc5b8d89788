//! A graph that passed its checks: ready to run.

use std::sync::Arc;

use crate::control::GraphHandle;
use crate::error::{Report, RunError};
use crate::scheduler::members::Assembled;
use crate::scheduler::office::Office;
use crate::scheduler::run::Run;

/// A graph that passed its checks.
pub struct Graph {
    assembled: Assembled,
    office: Arc<Office>,
}

impl Graph {
    pub(super) fn new(assembled: Assembled, office: Arc<Office>) -> Self {
        Graph { assembled, office }
    }

    /// A way to end the graph from elsewhere, also before it runs.
    pub fn handle(&self) -> GraphHandle {
        GraphHandle::new(self.office.clone())
    }

    /// Runs on this thread until every component has ended, and says how each did; the threads of
    /// components with their own, and of named workers, have ended too. The first component that
    /// fails stops the others, unless it is isolated from them. A component that heeds no stop holds
    /// up the end; see [`GraphHandle::stop_within`].
    pub fn run(self) -> Result<Report, RunError> {
        Run::new(self.office).run(self.assembled)
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.assembled.parts.iter().map(|part| part.member.slot.name());
        f.debug_list().entries(names).finish()
    }
}
