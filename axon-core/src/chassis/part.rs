//! A component with what its graph has to know besides: where it runs, and what its failure means.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::component::Component;

/// A component, and how a graph shall run it.
///
/// Any component is a part that runs where others do and whose failure ends the graph. The methods
/// of [`Arrange`] make it another:
///
/// ```
/// # use axon_core::{Arrange, Component, Graphline, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// Graphline::new()
///     .add("count", Count::default().on("disk"))
///     .add("print", Print::default().on_thread().isolated())
///     .link("count.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub struct Part {
    pub(super) component: Box<dyn Component>,
    pub(super) home: Option<PlannedHome>,
    pub(super) is_isolated: bool,
    pub(super) restart: Option<Box<Restart>>,
}

/// Where a part shall run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum PlannedHome {
    /// On the worker of this name.
    On(String),
    /// On a thread of its own.
    OwnThread,
}

/// How often, and how fast, a component may fail and begin again. One failure more counts as any
/// failure of a component does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Restarts {
    max: usize,
    within: Option<Duration>,
}

/// A component that begins again when it fails.
pub(crate) struct Restart {
    make: Box<dyn FnMut() -> Box<dyn Component> + Send>,
    budget: Restarts,
    /// How often it began again in all.
    count: usize,
    /// When, as far back as the budget looks.
    recent: VecDeque<Instant>,
}

impl<C: Component> From<C> for Part {
    fn from(component: C) -> Self {
        Part { component: Box::new(component), home: None, is_isolated: false, restart: None }
    }
}

/// What can be put into a graph: a component, or a [`Part`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no component",
    label = "a component is a struct with `#[derive(Component)]` and an `async fn main(self)`",
    note = "one that blocks has `#[derive(ThreadedComponent)]` and a plain `fn main(self)`",
    note = "a function that answers each message is made a component by `handle`"
)]
pub trait IntoPart: Into<Part> {}

impl<P: Into<Part>> IntoPart for P {}

impl Part {
    /// A component that is made anew when it fails, as often as `budget` allows; then its failure
    /// counts as any other, and so does one after it was asked to stop. Its boxes keep their links and
    /// what is in them; the message it failed over is gone. `make` runs on the thread that runs the
    /// graph, and must not block; where it panics, the component does not begin again.
    pub fn restarting<C: Component>(
        budget: Restarts,
        mut make: impl FnMut() -> C + Send + 'static,
    ) -> Self {
        let first = make();
        let make = Box::new(move || Box::new(make()) as Box<dyn Component>);
        let restart = Box::new(Restart { make, budget, count: 0, recent: VecDeque::new() });
        Part { restart: Some(restart), ..Part::from(first) }
    }

    /// See [`Arrange::on`].
    pub fn on(mut self, worker: impl Into<String>) -> Self {
        self.home = Some(PlannedHome::On(worker.into()));
        self
    }

    /// See [`Arrange::on_thread`].
    pub fn on_thread(mut self) -> Self {
        self.home = Some(PlannedHome::OwnThread);
        self
    }

    /// See [`Arrange::isolated`].
    pub fn isolated(mut self) -> Self {
        self.is_isolated = true;
        self
    }
}

/// Says of a component how its graph shall run it. Every [`Component`] has these methods; each
/// makes a [`Part`] of it.
pub trait Arrange: Component + Sized {
    /// Runs it on the worker of this name, together with all others that are put there. The worker
    /// is made when the graph starts. Messages between workers cost some microseconds for each
    /// wake: keep a pipeline together, and cut where boxes are large.
    fn on(self, worker: impl Into<String>) -> Part {
        Part::from(self).on(worker)
    }

    /// Runs it on a thread of its own, whether it awaits or blocks.
    fn on_thread(self) -> Part {
        Part::from(self).on_thread()
    }

    /// Its failure ends nobody else: its neighbours see it end, and the report tells how.
    fn isolated(self) -> Part {
        Part::from(self).isolated()
    }
}

impl<C: Component> Arrange for C {}

impl Restarts {
    /// So many times in its life; not at all for 0.
    pub const fn at_most(max: usize) -> Self {
        Restarts { max, within: None }
    }

    /// So many times in any period of this length, however long it lives.
    pub const fn within(self, period: Duration) -> Self {
        Restarts { within: Some(period), ..self }
    }
}

impl Restart {
    /// The component anew, if the budget allows one more at this moment.
    pub(crate) fn again(&mut self, now: Instant) -> Option<Box<dyn Component>> {
        self.spend(now).then(|| (self.make)())
    }

    fn spend(&mut self, now: Instant) -> bool {
        let spent = match self.budget.within {
            Some(period) => {
                self.recent.retain(|then| now.duration_since(*then) < period);
                self.recent.len()
            }
            None => self.count,
        };
        if spent >= self.budget.max {
            return false;
        }
        self.count += 1;
        if self.budget.within.is_some() {
            self.recent.push_back(now);
        }
        true
    }
}
