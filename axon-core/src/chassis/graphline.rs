//! A graph with any shape: named components, and links between their boxes.

use std::sync::Arc;

use super::assemble::Assembly;
use super::check::{self, Request};
use super::cycle::{self, Cycle};
use super::export::{Export, Exportable};
use super::graph::Graph;
use super::part::{IntoPart, Part, PlannedHome};
use super::plan::{LinkTo, PlannedLink};
use super::via::Via;
use super::wiring_error::{WiringError, WiringErrors};
use crate::boxes::Inbox;
use crate::control::Lent;
use crate::error::{Report, RunError};
use crate::linkage::LinkPolicy;
use crate::scheduler::members::{Assembled, Group};
use crate::scheduler::office::Office;
use crate::scheduler::slot::Slot;
use crate::seeded::{SeededRun, Trace};

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
pub struct Graphline {
    pub(super) parts: Vec<PlannedPart>,
    pub(super) links: Vec<PlannedLink>,
    pub(super) exports: Vec<Export>,
    /// The first is this graph, the others are nested in it.
    groups: Vec<Group>,
    pub(super) mistakes: Vec<WiringError>,
    /// Boxes need not be linked.
    may_be_loose: bool,
}

/// A component, the name it was given, and the group it fails with.
pub(super) struct PlannedPart {
    pub(super) name: String,
    pub(super) part: Part,
    pub(super) group: usize,
}

impl Graphline {
    /// A graph without components.
    pub fn new() -> Self {
        Graphline {
            parts: Vec::new(),
            links: Vec::new(),
            exports: Vec::new(),
            groups: vec![Group::default()],
            mistakes: Vec::new(),
            may_be_loose: false,
        }
    }

    /// The same graph, in which any box may be left loose.
    pub(crate) fn loose(mut self) -> Self {
        self.may_be_loose = true;
        self
    }

    /// Puts a component into the graph. Names are unique and hold no dot and no slash; `self` means
    /// the graph.
    pub fn add(mut self, name: impl Into<String>, component: impl IntoPart) -> Self {
        let name = name.into();
        self.check_name(&name);
        self.parts.push(PlannedPart { name, part: component.into(), group: 0 });
        self
    }

    /// Puts a whole graph into this one. Its components are then called `name/component`, and the
    /// boxes it [exports](Self::export) can be linked as `name.box`. A link to such a box leads
    /// straight to the box inside: nesting costs nothing while the graph runs. A
    /// [`Section`](crate::Section) is a graph too, whose boxes are called `inbox` and `outbox`.
    ///
    /// ```
    /// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
    /// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
    /// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
    /// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
    /// # impl Double { async fn main(mut self) -> Result<(), Closed> {
    /// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
    /// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
    /// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
    /// let quadruple = Graphline::new()
    ///     .add("first", Double::default())
    ///     .add("second", Double::default())
    ///     .link("self.inbox", "first.inbox")
    ///     .link("first.outbox", "second.inbox")
    ///     .link("second.outbox", "self.outbox");
    /// Graphline::new()
    ///     .add("count", Count::default())
    ///     .nest("quadruple", quadruple)
    ///     .add("print", Print::default())
    ///     .link("count.outbox", "quadruple.inbox")
    ///     .link("quadruple.outbox", "print.inbox")
    ///     .run()?;
    /// # Ok::<(), axon_core::RunError>(())
    /// ```
    pub fn nest(mut self, name: impl Into<String>, inner: impl Into<Graphline>) -> Self {
        let name = name.into();
        self.check_name(&name);
        self.absorb(&name, inner.into());
        self
    }

    /// The same for a name that needs no check.
    pub(super) fn absorb(&mut self, name: &str, inner: Graphline) {
        let first_group = self.groups.len();
        let is_taken = self.exports.iter().any(|export| export.owner == name);
        if is_taken {
            self.mistakes.push(WiringError::NameTaken { name: name.to_owned() });
        }
        self.parts.extend(inner.parts.into_iter().map(|part| PlannedPart {
            name: format!("{name}/{}", part.name),
            group: first_group + part.group,
            ..part
        }));
        self.groups.extend(inner.groups.into_iter().map(|group| {
            let parent = group.parent.map_or(0, |parent| first_group + parent);
            group.within(parent)
        }));
        self.links.extend(inner.links.into_iter().map(|link| link.nested_in(name)));
        self.exports.extend(inner.exports.into_iter().map(|export| export.nested_in(name)));
        self.mistakes.extend(inner.mistakes);
    }

    /// Makes the box of a component a box of the graph itself: others then link it as `graph.name`
    /// where this graph is [nested](Self::nest), and ordinary code uses it where the graph [runs by
    /// itself](Graph::inbox). With names of components, `link("self.name", "a.inbox")` and
    /// `link("a.outbox", "self.name")` do the same. Several outboxes can be exported under one
    /// name; what leads from it is fed by all of them.
    pub fn export(mut self, name: impl Into<String>, inner: impl Exportable) -> Self {
        self.exports.push(inner.plan_export(name.into()).0);
        self
    }

    /// Runs everything in this graph that has no place yet on the worker of this name: see
    /// [`Arrange::on`](crate::Arrange::on).
    pub fn on(mut self, worker: &str) -> Self {
        for planned in &mut self.parts {
            planned.part.home.get_or_insert_with(|| PlannedHome::On(worker.to_owned()));
        }
        self
    }

    /// A failure in this graph ends all of it but nothing around it, where it is nested or adopted.
    pub fn isolated(mut self) -> Self {
        self.groups[0].is_isolated = true;
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
        match Export::of_link(PlannedLink { policy: policy.into(), ..from.plan(to) }) {
            Ok(export) => self.exports.push(export),
            Err(link) => self.links.push(*link),
        }
        self
    }

    /// The same for boxes of different types: `convert` turns each message of the one into a
    /// message of the other, or into none. It runs as a component of its own on the graph's worker,
    /// named `via` and a number, and should not block.
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

    /// Checks the graph and joins its boxes. All mistakes are reported together, each with what to
    /// do about it. Nothing runs yet.
    pub fn build(self) -> Result<Graph, WiringErrors> {
        let office = Office::open();
        let (cycles, assembled) = self.assemble(&office, None)?;
        Ok(Graph::new(cycles, assembled, office))
    }

    /// Builds the graph and runs it on this thread until every component has ended: see
    /// [`Graph::run`].
    pub fn run(self) -> Result<Report, RunError> {
        self.build()?.run()
    }

    /// Builds the graph and runs it by a seed: see [`Graph::run_seeded`].
    pub fn run_seeded(self, seed: u64) -> SeededRun {
        match self.build() {
            Ok(graph) => graph.run_seeded(seed),
            Err(errors) => SeededRun { result: Err(errors.into()), trace: Trace::default() },
        }
    }

    /// With the boxes of whoever adopts the graph. Says too which links lead in a circle.
    pub(crate) fn assemble(
        mut self,
        office: &Arc<Office>,
        adopter: Option<(&Arc<Slot>, Lent<'_>)>,
    ) -> Result<(Vec<Cycle>, Assembled), WiringErrors> {
        let (slot, mut lent) = match adopter {
            Some((slot, lent)) => (Some(slot), lent),
            None => (None, Lent::default()),
        };
        let request = Request {
            links: &self.links,
            exports: &self.exports,
            may_be_loose: self.may_be_loose,
            mistakes: self.mistakes,
        };
        let plan = check::check(&mut self.parts, &mut lent, request)?;
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        let cycles = cycle::cycles(&plan, &names);
        let mut assembly = Assembly::new(office, slot, lent);
        Ok((cycles, assembly.assemble(self.parts, self.groups, plan)))
    }

    fn check_name(&mut self, name: &str) {
        if name.is_empty() || name == "self" || name.contains(['.', '/']) {
            self.mistakes.push(WiringError::BadName { name: name.to_owned() });
        }
    }
}

impl Default for Graphline {
    fn default() -> Self {
        Graphline::new()
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
