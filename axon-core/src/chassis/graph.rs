//! A graph that passed its checks: ready to run.

use std::sync::Arc;

use super::cycle::Cycle;
use crate::control::{GraphHandle, HandleError, reach};
use crate::error::{Report, RunError};
use crate::inspect::Snapshot;
use crate::linkage::OutboxState;
use crate::scheduler::members::Assembled;
use crate::scheduler::office::Office;
use crate::scheduler::run::Run;
use crate::scheduler::stage::Stage;
use crate::seeded::SeededRun;

/// A graph that passed its checks, made by [`Graphline::build`](crate::Graphline::build): its links
/// are there, and it runs once. Dropped instead, it drops its components, which never began.
pub struct Graph {
    assembled: Assembled,
    office: Arc<Office>,
    cycles: Vec<Cycle>,
}

impl Graph {
    pub(super) fn new(cycles: Vec<Cycle>, assembled: Assembled, office: Arc<Office>) -> Self {
        Graph { assembled, office, cycles }
    }

    /// What is allowed and may still end badly: links in a circle that can all be full at once.
    /// They are logged too, at level info, when the graph runs: a request and its answer are such a
    /// circle, and do no harm.
    pub fn warnings(&self) -> &[Cycle] {
        &self.cycles
    }

    pub(crate) fn office(&self) -> &Office {
        &self.office
    }

    /// A component's outbox, by its full name.
    pub(crate) fn find_outbox(&self, end: &str) -> Result<Arc<OutboxState>, HandleError> {
        let (component, name) = HandleError::split(end)?;
        let mut members = self.assembled.parts.iter().map(|settled| &settled.member);
        let member = members
            .find(|member| member.slot.name() == component)
            .ok_or_else(|| HandleError::NoSuchComponent { name: component.to_owned() })?;
        reach(&member.outboxes, name).ok_or_else(|| HandleError::NoSuchBox { end: end.to_owned() })
    }

    pub(super) fn assembled_mut(&mut self) -> &mut Assembled {
        &mut self.assembled
    }

    pub(crate) fn into_parts(self) -> (Assembled, Arc<Office>) {
        (self.assembled, self.office)
    }

    /// A way to end the graph from elsewhere, also before it runs, and to look into it while it
    /// does.
    pub fn handle(&self) -> GraphHandle {
        GraphHandle::new(self.office.clone())
    }

    /// The graph as it will run, for a drawing.
    ///
    /// ```
    /// # use axon_core::{Component, Graphline, Inbox, Outbox};
    /// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
    /// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
    /// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
    /// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
    /// let graph = Graphline::new()
    ///     .add("count", Count::default())
    ///     .add("print", Print::default())
    ///     .link("count.outbox", "print.inbox")
    ///     .build()?;
    /// assert!(graph.snapshot().to_mermaid().contains("count"));
    /// # Ok::<(), axon_core::WiringErrors>(())
    /// ```
    pub fn snapshot(&self) -> Snapshot {
        self.assembled.snapshot()
    }

    /// Runs on this thread until every component has ended, and says how each did; the threads of
    /// components with their own, and of named workers, have ended too. The first component that
    /// fails stops the others, unless it is isolated from them. A component that heeds no stop
    /// holds up the end; see [`GraphHandle::stop_within`].
    ///
    /// Fails with [`RunError::Component`] if one has failed, with [`RunError::Stuck`] if nobody
    /// could move any more, and at once with [`RunError::Nested`] if a graph runs on this thread
    /// already.
    pub fn run(self) -> Result<Report, RunError> {
        for cycle in &self.cycles {
            log::info!("{cycle}");
        }
        Run::new(self.office).run(self.assembled)
    }

    /// The same as a run that can be made again: every choice among those who could go on is made
    /// by `seed`, and time jumps to the next moment somebody waits for when nobody can go on. The
    /// threads of the graph take turns, so it is slower than other runs, but an hour of
    /// [`sleep`](crate::sleep) takes no time at all.
    ///
    /// One seed makes one run, as long as the components do nothing that depends on anything else:
    /// they take the time from [`now`](crate::now), and chance from a seed of their own. What is
    /// sent from outside the graph comes when it comes. A thread that blocks elsewhere than in its
    /// boxes keeps its turn while it does, and one that [waits
    /// elsewhere](crate::Control::wake_with) holds up the run for as long.
    pub fn run_seeded(self, seed: u64) -> SeededRun {
        let office = self.office.clone();
        let census = &office.manager.census;
        census.set_stage(Stage::new(seed, true));
        let result = self.run();
        let trace = census.stage().map(Stage::trace).unwrap_or_default();
        SeededRun { result, trace }
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.assembled.parts.iter().map(|part| part.member.slot.name());
        f.debug_list().entries(names).finish()
    }
}
