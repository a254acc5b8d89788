//! A graph in a line: each component's `outbox` leads into the next one's `inbox`.

use super::WiringErrors;
use super::graph::Graph;
use super::graphline::Graphline;
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

    /// Builds the pipeline and runs it on this thread until every component has ended.
    pub fn run(self) -> Result<Report, RunError> {
        self.build()?.run()
    }
}

/// Names of components hold no dots.
fn name_at<C>(position: usize) -> String {
    let name = crate::boxes::short_type_name::<C>().replace('.', "_");
    format!("{position} {name}")
}
