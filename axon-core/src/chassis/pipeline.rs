//! A graph in a line: each component's `outbox` leads into the next one's `inbox`.
//!
//! **What it is.** The commonest graph, without names and links to write. One that begins with a
//! source and ends with a sink runs by itself; one that is open at both ends is a [`Section`], a part
//! of a larger graph.
//!
//! **How to use it.** [`Pipeline::new`] and [`then`](Pipeline::then) for a whole graph,
//! [`Pipeline::open`] and [`then`](Section::then) for a part of one.
//!
//! **How it works.** It makes a [`Graphline`]: nothing of it is left at run time.
//!
//! **When it stops.** When its last component has ended; the end of each one ends the inbox of the
//! next.

use super::WiringErrors;
use super::graph::Graph;
use super::graphline::Graphline;
use super::section::{IntoSection, Section};
use crate::component::{Component, Gives, Takes};
use crate::error::{Report, RunError};

/// Components one after another. The compiler checks that each takes what the one before gives.
///
/// ```
/// # use axon_core::{Component, Inbox, Outbox, Pipeline};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// Pipeline::new(Count::default()).then(Print::default()).run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub struct Pipeline<Last> {
    before: Graphline,
    position: usize,
    last: Last,
}

impl<First: IntoSection> Pipeline<First> {
    /// Begins a pipeline that is part of a larger graph: its `inbox` is that of the first
    /// component, its `outbox` that of the last. See [`Section`].
    ///
    /// ```
    /// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Pipeline};
    /// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
    /// # impl Double { async fn main(mut self) -> Result<(), Closed> {
    /// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
    /// let quadruple = Pipeline::open(Double::default()).then(Double::default());
    /// let eightfold = Pipeline::open(quadruple).then(Double::default());
    /// let graph = Graphline::new().nest("eightfold", eightfold);
    /// # let _ = graph;
    /// ```
    pub fn open(first: First) -> Section<First::In, First::Out> {
        first.into_section()
    }
}

impl<Last: Component> Pipeline<Last> {
    /// A pipeline of one.
    pub fn new(first: Last) -> Self {
        Pipeline { before: Graphline::new(), position: 1, last: first }
    }

    /// Adds the next component at the end.
    pub fn then<Next>(self, next: Next) -> Pipeline<Next>
    where
        Last: Gives,
        Next: Takes<Message = <Last as Gives>::Message>,
    {
        let linked = self.before.link(self.last.outbox(), next.inbox());
        let before = linked.add(name_at::<Last>(self.position), self.last);
        Pipeline { before, position: self.position + 1, last: next }
    }

    /// The same as a graph, to which more can be added. Components are named by their place and
    /// type, such as `2 LineSplit`.
    pub fn into_graphline(self) -> Graphline {
        self.before.add(name_at::<Last>(self.position), self.last)
    }

    /// Checks the graph and joins its boxes.
    pub fn build(self) -> Result<Graph, WiringErrors> {
        self.into_graphline().build()
    }

    /// Builds the pipeline and runs it on this thread until every component has ended: see
    /// [`Graph::run`].
    pub fn run(self) -> Result<Report, RunError> {
        self.build()?.run()
    }
}

/// Names of components hold no dots.
fn name_at<C>(position: usize) -> String {
    let name = crate::boxes::short_type_name::<C>().replace('.', "_");
    format!("{position} {name}")
}
