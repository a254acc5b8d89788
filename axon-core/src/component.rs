//! What a component is: boxes, and a life of its own.

use std::borrow::Cow;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use crate::boxes::{AnyInbox, AnyOutbox, Outboxes};
use crate::control::Control;

/// How a component's life ended, as its `main` tells it.
pub type ComponentResult = Result<(), Box<dyn Error + Send + Sync>>;

/// A part of a graph: a struct whose fields are boxes, and a `main`.
///
/// `#[derive(Component)]` writes this for a struct with an inherent `async fn main(self)`, and
/// `#[derive(ThreadedComponent)]` for one with a plain `fn main(self)` that gets a thread of its
/// own. `main` may return nothing, or a `Result` whose error names what went wrong; the error
/// [`Closed`](crate::Closed) counts as a normal end.
///
/// ```
/// use axon_core::{Closed, Component, Inbox, Outbox};
///
/// /// Passes on every second message.
/// #[derive(Component, Default)]
/// struct EverySecond {
///     /// Anything.
///     pub inbox: Inbox<String>,
///     /// Half of it.
///     pub outbox: Outbox<String>,
/// }
///
/// impl EverySecond {
///     async fn main(mut self) -> Result<(), Closed> {
///         while let Some(_dropped) = self.inbox.recv().await {
///             let Some(kept) = self.inbox.recv().await else { break };
///             self.outbox.send(kept).await?;
///         }
///         Ok(())
///     }
/// }
/// ```
///
/// Without the derive the same takes one trait of two methods:
///
/// ```
/// use axon_core::{About, Component, Inbox, MainResult, Start, Visitor};
///
/// struct Sink {
///     inbox: Inbox<u64>,
/// }
///
/// impl Component for Sink {
///     fn boxes(&mut self, visitor: &mut dyn Visitor) {
///         visitor.inbox(About::new("inbox", "Numbers to forget."), &mut self.inbox);
///     }
///
///     fn start(mut self: Box<Self>) -> Start {
///         Start::Polled(Box::pin(async move {
///             while self.inbox.recv().await.is_some() {}
///             ().into_result()
///         }))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no component",
    label = "a component is a struct with `#[derive(Component)]` and an `async fn main(self)`",
    note = "one that blocks has `#[derive(ThreadedComponent)]` and a plain `fn main(self)`",
    note = "a function that answers each message is made a component by `handle`"
)]
pub trait Component: Send + 'static {
    /// Shows every box, always the same ones in the same order. Called several times while a graph
    /// is built, and again where the component takes the place of one that failed; must not block.
    fn boxes(&mut self, visitor: &mut dyn Visitor);

    /// Begins the component's life, on the thread on which it will live. Must not block.
    fn start(self: Box<Self>) -> Start;

    /// What kind of component this is, for people who look at a running graph: its type, unless
    /// something else says more.
    fn kind(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Where the component wants to live; [`start`](Self::start) must agree.
    fn place(&self) -> Place {
        Place::Worker
    }
}

/// Where a component lives, for life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// Together with others on one thread; it waits by awaiting.
    Worker,
    /// On a thread of its own; it waits by blocking.
    OwnThread,
}

/// A component's life, ready to begin.
pub enum Start {
    /// To be polled; it need not be [`Send`], since it never leaves its worker.
    Polled(Pin<Box<dyn Future<Output = ComponentResult>>>),
    /// To be called on its own thread.
    Blocking(Box<dyn FnOnce() -> ComponentResult + Send>),
}

/// What is known of a box besides its type.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct About {
    /// The name in the graph; for a field, the field's.
    pub name: Cow<'static, str>,
    /// One sentence for people.
    pub description: &'static str,
    /// Whether a graph may leave the box loose.
    pub optional: bool,
}

impl About {
    /// A box that must be linked. Its name should hold no dot: links are written `component.box`.
    pub fn new(name: impl Into<Cow<'static, str>>, description: &'static str) -> Self {
        About { name: name.into(), description, optional: false }
    }

    /// A box that a graph may leave loose.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// Is shown the boxes of a component, by [`Component::boxes`]. Graphs bring their own; to write one
/// is of use only to components that pass on what another shows.
pub trait Visitor {
    /// A place where messages arrive.
    fn inbox(&mut self, about: About, inbox: &mut dyn AnyInbox);
    /// A place where messages leave.
    fn outbox(&mut self, about: About, outbox: &mut dyn AnyOutbox);
    /// The component's way to the graph it runs in, if it wants one.
    fn control(&mut self, control: &mut Control);
}

/// What a family of outboxes needs shown; called by the derive macros.
#[doc(hidden)]
pub fn visit_family<T: Send + 'static>(
    visitor: &mut dyn Visitor,
    about: &About,
    family: &mut Outboxes<T>,
) {
    for (name, outbox) in family.iter_mut() {
        let about = About { name: name.to_owned().into(), ..about.clone() };
        visitor.outbox(about, outbox);
    }
}

/// What a `main` may return: nothing, or a `Result` whose error can be told to people.
#[diagnostic::on_unimplemented(
    message = "a `main` cannot return `{Self}`",
    label = "a `main` returns nothing, or a `Result<(), E>` with an error that can be sent",
    note = "the `main` of a `Component` is an `async fn`, that of a `ThreadedComponent` a plain `fn`"
)]
pub trait MainResult {
    /// The same for every component.
    fn into_result(self) -> ComponentResult;
}

impl MainResult for () {
    fn into_result(self) -> ComponentResult {
        Ok(())
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> MainResult for Result<(), E> {
    fn into_result(self) -> ComponentResult {
        self.map_err(Into::into)
    }
}

/// What the `main` of a component that shares a worker gives when it is called. The derive macro
/// asks for this, so that the compiler can say what is wrong with another `main`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the `main` of a `Component` must be an `async fn`",
    label = "its `main` is a plain `fn`",
    note = "one that blocks is a `ThreadedComponent`, with a thread of its own"
)]
pub trait AsyncMain {
    type Life: Future<Output: MainResult>;

    fn life(self) -> Self::Life;
}

impl<F: Future<Output: MainResult>> AsyncMain for F {
    type Life = F;

    #[inline(always)]
    fn life(self) -> F {
        self
    }
}

/// A component with the usual place for messages to come in; written by the derive macros for a
/// field `inbox`.
#[diagnostic::on_unimplemented(
    message = "nothing can come before `{Self}` in a pipeline",
    label = "this has no box `inbox: Inbox<_>`, or is no component"
)]
pub trait Takes: Component {
    /// What comes in.
    type Message: Send + 'static;
    /// Where.
    fn inbox(&self) -> &crate::Inbox<Self::Message>;
}

/// A component with the usual place for messages to go out; written by the derive macros for a
/// field `outbox`.
#[diagnostic::on_unimplemented(
    message = "nothing can follow `{Self}` in a pipeline",
    label = "this has no box `outbox: Outbox<_>`, or is no component"
)]
pub trait Gives: Component {
    /// What goes out.
    type Message: Send + 'static;
    /// Where.
    fn outbox(&self) -> &crate::Outbox<Self::Message>;
}
