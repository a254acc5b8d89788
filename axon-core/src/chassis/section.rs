//! A part of a graph with one inbox and one outbox, whatever is inside it.
//!
//! **What it is.** Components that together take messages of one type and give messages of another:
//! a pipeline that is open at both ends, a single component, several side by side. What a chassis
//! runs, and what most chassis make, is a section, so they can be put into one another.
//!
//! **How to use it.** [`Pipeline::open`](super::Pipeline::open) begins one, [`Section::then`] makes it
//! longer. Nested in a graph, its boxes are called `inbox` and `outbox`.
//!
//! **How it works.** It is a graph with its ends marked. Where it is put into another, links lead
//! straight to the boxes inside.
//!
//! **When it stops.** When all components inside have ended.

use std::marker::PhantomData;

use super::export::{Export, Inner};
use super::graph::Graph;
use super::graphline::Graphline;
use super::plan::{self, PlannedLink, To};
use super::wiring_error::{WiringError, WiringErrors};
use crate::boxes::{InboxKey, OutboxKey, short_type_name};
use crate::component::{Component, Gives, Takes};
use crate::error::{Report, RunError};
use crate::linkage::LinkPolicy;

/// What a section's boxes are called in a graph.
const INBOX: &str = "inbox";
const OUTBOX: &str = "outbox";

/// A part of a graph that takes messages of type `A` and gives messages of type `B`.
///
/// ```
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Pipeline};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
/// # impl Double { async fn main(mut self) -> Result<(), Closed> {
/// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let quadruple = Pipeline::open(Double::default()).then(Double::default());
/// Graphline::new()
///     .add("count", Count::default())
///     .nest("quadruple", quadruple)
///     .add("print", Print::default())
///     .link("count.outbox", "quadruple.inbox")
///     .link("quadruple.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// A section may have no inbox, as that of a [`source`](Self::source), or no outbox. Where the other
/// side of such a box is linked all the same, the checks before the run say so.
#[must_use = "a section runs where it is put into a graph"]
pub struct Section<A, B> {
    graph: Graphline,
    ends: Ends,
    label: String,
    form: Form,
    messages: PhantomData<fn(A) -> B>,
}

/// The boxes inside for which a section's own stand.
pub(super) struct Ends {
    /// None if nothing comes in.
    pub(super) inbox: Option<To>,
    /// All that lead out; none if nothing does.
    pub(super) outboxes: Vec<plan::From>,
}

/// What is inside, as far as names depend on it.
enum Form {
    /// One component, called as the section is.
    Component,
    /// This many sections, one after another.
    Pipeline(usize),
    /// Anything else.
    Graph,
}

/// What can be made a [`Section`]: any component with an `inbox` and an `outbox`, and the chassis that
/// have them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no section of a graph",
    label = "this lacks a box `inbox: Inbox<_>` or `outbox: Outbox<_>`, or is no component",
    note = "a component without an inbox can be wrapped in `Section::source`, one without an outbox \
            in `Section::sink`"
)]
pub trait IntoSection {
    /// What comes in.
    type In: Send + 'static;
    /// What goes out.
    type Out: Send + 'static;
    /// The section.
    fn into_section(self) -> Section<Self::In, Self::Out>;
}

impl<A: Send + 'static, B: Send + 'static> Section<A, B> {
    /// A graph whose own boxes, [exported](Graphline::export) under these names, are `inbox` and
    /// `outbox`. Whether they are there and of these types is checked with all other wiring, before
    /// the graph runs in which this is put.
    pub fn of_graph(mut graph: Graphline) -> Self {
        let mut ends = Ends { inbox: None, outboxes: Vec::new() };
        for export in std::mem::take(&mut graph.exports) {
            let is_own = export.owner.is_empty();
            match export.inner {
                Inner::Inbox(to) if is_own && export.name == INBOX && ends.inbox.is_none() => {
                    ends.inbox = Some(to);
                }
                Inner::Outbox(from) if is_own && export.name == OUTBOX => ends.outboxes.push(from),
                _ => graph.exports.push(export),
            }
        }
        Section::new("Graphline", graph, ends)
    }

    /// With one more section after the others. Components are named by their place and type, such as
    /// `2 LineSplit`.
    pub fn then<Next: IntoSection<In = B>>(self, next: Next) -> Section<A, Next::Out> {
        self.then_with(LinkPolicy::default(), next)
    }

    /// The same, where the link to it is of another [policy](LinkPolicy).
    pub fn then_with<Next: IntoSection<In = B>>(
        self,
        policy: impl Into<LinkPolicy>,
        next: Next,
    ) -> Section<A, Next::Out> {
        let (next, (mut graph, ends, length)) = (next.into_section(), self.into_pipeline());
        let name = format!("{} {}", length + 1, next.label);
        let added = next.put_into(&mut graph, &name);
        graph.join_with(&policy.into(), ends.outboxes, added.inbox, &name);
        let ends = Ends { inbox: ends.inbox, outboxes: added.outboxes };
        Section { form: Form::Pipeline(length + 1), ..Section::new("Pipeline", graph, ends) }
    }

    /// Called so in the names of components where it is part of another, such as `2 retrieve`, instead of
    /// what kind of section it is.
    pub fn named(self, name: &str) -> Self {
        Section { label: without_separators(name), ..self }
    }

    /// Runs everything inside that has no place yet on the worker of this name: see
    /// [`Arrange::on`](crate::Arrange::on).
    pub fn on(self, worker: &str) -> Self {
        Section { graph: self.graph.on(worker), ..self }
    }

    /// A failure inside ends all of the section but nothing around it.
    pub fn isolated(self) -> Self {
        Section { graph: self.graph.isolated(), ..self }
    }

    pub(super) fn new(label: &str, graph: Graphline, ends: Ends) -> Self {
        let label = label.to_owned();
        Section { graph, ends, label, form: Form::Graph, messages: PhantomData }
    }

    fn of_component(component: impl Component, label: String, ends: Ends) -> Self {
        let label = without_separators(&label);
        let graph = Graphline::new().add(label.clone(), component);
        Section { form: Form::Component, ..Section::new(&label, graph, ends) }
    }

    /// What is inside, in a word.
    pub(super) fn label(&self) -> &str {
        &self.label
    }

    pub(super) fn has_inbox(&self) -> bool {
        self.ends.inbox.is_some()
    }

    /// Nests it under this name, which is not checked; gives back its ends.
    pub(super) fn put_into(self, graph: &mut Graphline, name: &str) -> Ends {
        graph.absorb(name, self.graph);
        if let (Form::Component, Some(only)) = (self.form, graph.parts.last_mut()) {
            // Links to it go by its boxes: it needs no name within a name.
            only.name = name.to_owned();
        }
        Ends {
            inbox: self.ends.inbox.map(|to| to.nested_in(name)),
            outboxes: self.ends.outboxes.into_iter().map(|from| from.nested_in(name)).collect(),
        }
    }

    /// As many sections one after another.
    fn into_pipeline(self) -> (Graphline, Ends, usize) {
        if let Form::Pipeline(length) = self.form {
            return (self.graph, self.ends, length);
        }
        let mut graph = Graphline::new();
        let name = format!("1 {}", self.label);
        let ends = self.put_into(&mut graph, &name);
        (graph, ends, 1)
    }
}

/// A section into which nothing comes and from which nothing goes is a whole graph.
///
/// ```
/// # use axon_core::{Component, Inbox, Outbox, Section, handle};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let double = handle(|number: u32, out| out.send(2 * number));
/// Section::source(Count::default()).then(double).then(Section::sink(Print::default())).run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
impl Section<std::convert::Infallible, std::convert::Infallible> {
    /// Checks the graph and joins its boxes.
    pub fn build(self) -> Result<Graph, WiringErrors> {
        Graphline::from(self).build()
    }

    /// Builds the graph and runs it on this thread until every component has ended: see
    /// [`Graph::run`].
    pub fn run(self) -> Result<Report, RunError> {
        Graphline::from(self).run()
    }
}

impl<B: Send + 'static> Section<std::convert::Infallible, B> {
    /// A component that only gives. Nothing can come in.
    pub fn source<C: Gives<Message = B>>(component: C) -> Self {
        let from = plan::From::Box(OutboxKey::of(component.outbox()));
        let ends = Ends { inbox: None, outboxes: vec![from] };
        Section::of_component(component, short_type_name::<C>(), ends)
    }

    /// The same among sections that take messages: it takes none of them.
    pub fn taking_no<A: Send + 'static>(self) -> Section<A, B> {
        self.retyped()
    }
}

impl<A: Send + 'static> Section<A, std::convert::Infallible> {
    /// A component that only takes. Nothing can go out.
    pub fn sink<C: Takes<Message = A>>(component: C) -> Self {
        let to = To::Box(InboxKey::of(component.inbox()));
        let ends = Ends { inbox: Some(to), outboxes: Vec::new() };
        Section::of_component(component, short_type_name::<C>(), ends)
    }

    /// The same among sections that give messages: it gives none.
    pub fn giving_no<B: Send + 'static>(self) -> Section<A, B> {
        self.retyped()
    }
}

/// Names hold neither dots nor slashes.
fn without_separators(name: &str) -> String {
    name.replace(['.', '/'], "_")
}

impl<A, B> Section<A, B> {
    fn retyped<C, D>(self) -> Section<C, D> {
        let Section { graph, ends, label, form, .. } = self;
        Section { graph, ends, label, form, messages: PhantomData }
    }
}

impl Graphline {
    /// Links these outboxes to the inbox of what is called `name`.
    pub(super) fn join(&mut self, from: Vec<plan::From>, to: Option<To>, name: &str) {
        self.join_with(&LinkPolicy::default(), from, to, name);
    }

    /// The same under another policy.
    pub(super) fn join_with(
        &mut self,
        policy: &LinkPolicy,
        from: Vec<plan::From>,
        to: Option<To>,
        name: &str,
    ) {
        let Some(to) = to else {
            let end = format!("{name}.{INBOX}");
            let known = Vec::new();
            let other_direction = false;
            self.mistakes.push(WiringError::NoSuchBox {
                end,
                direction: "inbox",
                other_direction,
                known,
            });
            return;
        };
        let links = from.into_iter().map(|from| {
            let link = PlannedLink::new(from, to.clone());
            PlannedLink { policy: policy.clone(), ..link }
        });
        self.links.extend(links);
    }
}

impl<C: Takes + Gives> IntoSection for C {
    type In = <C as Takes>::Message;
    type Out = <C as Gives>::Message;

    fn into_section(self) -> Section<Self::In, Self::Out> {
        let ends = Ends {
            inbox: Some(To::Box(InboxKey::of(self.inbox()))),
            outboxes: vec![plan::From::Box(OutboxKey::of(self.outbox()))],
        };
        Section::of_component(self, short_type_name::<C>(), ends)
    }
}

impl<A: Send + 'static, B: Send + 'static> IntoSection for Section<A, B> {
    type In = A;
    type Out = B;

    fn into_section(self) -> Section<A, B> {
        self
    }
}

/// With the section's boxes as the graph's own.
impl<A, B> From<Section<A, B>> for Graphline {
    fn from(section: Section<A, B>) -> Self {
        let Section { mut graph, ends, .. } = section;
        let inbox = ends.inbox.map(|to| Export::new(INBOX.to_owned(), Inner::Inbox(to)));
        let own = |from| Export::new(OUTBOX.to_owned(), Inner::Outbox(from));
        graph.exports.extend(inbox);
        graph.exports.extend(ends.outboxes.into_iter().map(own));
        graph
    }
}
