//! A graph with any shape: named components, and links between their boxes.

use super::assemble;
use super::check::{self, WiringErrors};
use super::plan::{LinkTo, Planned, PlannedLink};
use super::via::Via;
use crate::boxes::Inbox;
use crate::component::Component;
use crate::control::GraphHandle;
use crate::error::{Report, RunError};
use crate::linkage::LinkPolicy;
use crate::scheduler::Mailroom;
use crate::scheduler::worker::{Assembled, Worker};

/// Components and links, before anything is checked.
///
/// A link is made with the boxes themselves, and then the compiler checks its type, or with names
/// of the form `component.box`, and then [`build`](Self::build) does. Both make the same graph.
///
/// ```
/// # use axon_core::{Component, Graphline, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let count = Count::default();
/// let print = Print::default();
/// let graph = Graphline::new()
///     .link(&count.outbox, &print.inbox)
///     .add("count", count)
///     .add("print", print);
/// graph.run()?;
///
/// let graph = Graphline::new()
///     .add("count", Count::default())
///     .add("print", Print::default())
///     .link("count.outbox", "print.inbox");
/// graph.run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Default)]
pub struct Graphline {
    pub(super) parts: Vec<Planned>,
    pub(super) links: Vec<PlannedLink>,
}

impl Graphline {
    /// A graph without components.
    pub fn new() -> Self {
        Graphline::default()
    }

    /// Puts a component into the graph. Names are unique and contain no dot.
    pub fn add(mut self, name: impl Into<String>, component: impl Component) -> Self {
        self.parts.push(Planned { name: name.into(), component: Box::new(component) });
        self
    }

    /// Leads what leaves one box into the other, holding at most
    /// [`CAPACITY_DEFAULT`](crate::CAPACITY_DEFAULT) messages on the way; a sender waits for room.
    pub fn link<F: LinkTo<T>, T>(self, from: F, to: T) -> Self {
        self.link_with(LinkPolicy::default(), from, to)
    }

    /// The same under another [policy](LinkPolicy). A number alone is how many messages the link
    /// holds at most, at least one; memory for all of them is taken when the graph is built.
    pub fn link_with<F: LinkTo<T>, T>(
        mut self,
        policy: impl Into<LinkPolicy>,
        from: F,
        to: T,
    ) -> Self {
        self.links.push(PlannedLink { policy: policy.into(), ..from.plan(to) });
        self
    }

    /// The same for boxes of different types: `convert` turns each message of the one into a message
    /// of the other, or into none. It runs as a component of its own on the graph's worker, named
    /// `via` and a number, and should not block.
    pub fn link_via<F, A, B>(
        self,
        from: F,
        convert: impl FnMut(A) -> Option<B> + Send + 'static,
        to: &Inbox<B>,
    ) -> Self
    where
        F: for<'a> LinkTo<&'a Inbox<A>>,
        A: Send + 'static,
        B: Send + 'static,
    {
        let via = Via::new(convert);
        let name = format!("via {}", self.parts.len());
        self.link(from, &via.inbox).link(&via.outbox, to).add(name, via)
    }

    /// Checks the graph and joins its boxes. All mistakes are reported together.
    pub fn build(self) -> Result<Graph, WiringErrors> {
        let mailroom = Mailroom::new();
        let assembled = self.assemble(&mailroom)?;
        Ok(Graph { assembled, mailroom })
    }

    /// Builds the graph and runs it on this thread until every component has ended.
    pub fn run(self) -> Result<Report, RunError> {
        self.build()?.run()
    }

    pub(crate) fn assemble(mut self, mailroom: &Mailroom) -> Result<Assembled, WiringErrors> {
        let plan = check::check(&mut self.parts, &self.links)?;
        Ok(assemble::assemble(self.parts, plan, mailroom))
    }
}

/// A graph that passed its checks.
pub struct Graph {
    assembled: Assembled,
    mailroom: Mailroom,
}

impl Graph {
    /// A way to end the graph from elsewhere, also before it runs.
    pub fn handle(&self) -> GraphHandle {
        GraphHandle::new(self.mailroom.sender())
    }

    /// Runs on this thread until every component has ended, and says how each did; the threads of
    /// components with their own have ended too. The first component that fails stops the others.
    /// A component that heeds no stop holds up the end.
    pub fn run(self) -> Result<Report, RunError> {
        Worker::new(self.mailroom).run(self.assembled)
    }
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.assembled.parts.iter().map(|part| part.member.slot.name());
        f.debug_list().entries(names).finish()
    }
}

/// Writes a [`Graphline`] as a table: components with their names, then links between their boxes.
/// The compiler checks that both ends of a link carry the same type.
///
/// ```
/// # use axon_core::{Component, Inbox, Outbox, graphline};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let graph = graphline! {
///     components {
///         count: Count::default(),
///         print: Print::default(),
///     }
///     links {
///         count.outbox => print.inbox,
///     }
/// };
/// graph.run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// A link between boxes of different types has a function in the middle, which turns a message of
/// the one into a message of the other, or into `None`: see
/// [`link_via`](crate::Graphline::link_via).
///
/// ```
/// # use axon_core::{Component, Inbox, Outbox, graphline};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<String> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let in_words = |number: u32| Some(format!("number {number}"));
/// let graph = graphline! {
///     components {
///         count: Count::default(),
///         print: Print::default(),
///     }
///     links {
///         count.outbox => in_words => print.inbox,
///     }
/// };
/// graph.run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[macro_export]
macro_rules! graphline {
    (
        components { $($name:ident : $component:expr),+ $(,)? }
        links { $($from:expr => $middle:expr $(=> $to:expr)?),* $(,)? }
    ) => {{
        $(
            #[allow(non_snake_case)]
            let $name = $component;
        )+
        let graph = $crate::Graphline::new();
        $(let graph = $crate::graphline!(@link graph, $from, $middle $(, $to)?);)*
        graph $(.add(stringify!($name), $name))+
    }};
    (@link $graph:ident, $from:expr, $to:expr) => {
        $graph.link(&$from, &$to)
    };
    (@link $graph:ident, $from:expr, $via:expr, $to:expr) => {
        $graph.link_via(&$from, $via, &$to)
    };
}
