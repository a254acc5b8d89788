//! Components one after another in time.
//!
//! **What it is.** Several sections that share one inbox and one outbox, of which one runs at a time.
//!
//! **How to use it.** [`Seq::new`], then [`then`](Seq::then) for each that is there already and
//! [`then_with`](Seq::then_with) for each that is made when its time comes. It is a component with an
//! `inbox` and an `outbox`.
//!
//! **How it works.** It adopts the first section and passes messages to it and from it; when that has
//! ended, the next. Passing costs a hop on each side.
//!
//! **When it stops.** When the last section has ended. Asked to stop, it begins no other one.

use std::collections::VecDeque;

use super::seat::{Seat, about};
use super::section::{IntoSection, Section};
use crate::boxes::{Inbox, Outbox};
use crate::component::{Component, ComponentResult, Gives, Start, Takes, Visitor};
use crate::control::{Asked, Control};

/// Runs sections one after another, each with this component's boxes.
///
/// ```
/// # use axon_core::{Closed, Component, Inbox, Outbox, Pipeline, Seq};
/// # #[derive(Component, Default)] struct Lines { pub outbox: Outbox<String> }
/// # impl Lines { async fn main(mut self) { let _ = self.outbox.send("a".into()).await; } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<String> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// # #[derive(Component, Default)] struct Body { pub inbox: Inbox<String>, pub outbox: Outbox<String> }
/// # impl Body { async fn main(mut self) -> Result<(), Closed> {
/// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(n).await?; } Ok(()) } }
/// /// Passes on one line.
/// #[derive(Component, Default)]
/// struct Header {
///     pub inbox: Inbox<String>,
///     pub outbox: Outbox<String>,
/// }
///
/// impl Header {
///     async fn main(mut self) -> Result<(), Closed> {
///         let Some(line) = self.inbox.recv().await else { return Ok(()) };
///         self.outbox.send(format!("# {line}")).await
///     }
/// }
///
/// Pipeline::new(Lines::default())
///     .then(Seq::new().then(Header::default()).then_with(Body::default))
///     .then(Print::default())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// Everything one section gave is sent on before the next one begins. A message that no section has
/// taken from its inbox is there for the next, in order, also if it was on its way to one that has
/// ended; what a section took, be it in a batch, is that section's. What is left after the last is
/// dropped. When no more can come in, each further section finds that out from the start.
///
/// A failure in a section fails whatever this is part of, unless the section is
/// [isolated](Section::isolated): then the next one begins. Its components are called by this one's name
/// and their place, such as `seq/2 Body`.
///
/// Without anything that takes messages, `A` is [`Infallible`](std::convert::Infallible), and a graph
/// may leave the inbox loose; likewise the outbox.
#[must_use = "a sequence runs where it is put into a graph"]
pub struct Seq<A: Send + 'static, B: Send + 'static> {
    /// For the section that runs.
    pub inbox: Inbox<A>,
    /// From the section that runs.
    pub outbox: Outbox<B>,
    control: Control,
    to_come: VecDeque<Make<A, B>>,
}

/// A section, or how to make it.
type Make<A, B> = Box<dyn FnOnce() -> Section<A, B> + Send>;

impl<A: Send + 'static, B: Send + 'static> Seq<A, B> {
    /// Nothing yet, which ends at once.
    pub fn new() -> Self {
        Seq {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            to_come: VecDeque::new(),
        }
    }

    /// With one more after the others.
    pub fn then(mut self, next: impl IntoSection<In = A, Out = B>) -> Self {
        let section = next.into_section();
        self.to_come.push_back(Box::new(move || section));
        self
    }

    /// The same with one that is made when its time comes. `make` runs on the worker that the
    /// sequence shares with others and must not block.
    pub fn then_with<S: IntoSection<In = A, Out = B>>(
        mut self,
        make: impl FnOnce() -> S + Send + 'static,
    ) -> Self {
        self.to_come.push_back(Box::new(move || make().into_section()));
        self
    }

    async fn main(self) -> ComponentResult {
        let mut seat = Seat::new(self.control, self.inbox, self.outbox);
        for (at, make) in self.to_come.into_iter().enumerate() {
            if seat.control().asked() == Asked::Stop {
                break;
            }
            let section = make();
            let name = format!("{} {}", at + 1, section.label());
            seat.start(&name, section)?;
            seat.ended().await;
        }
        Ok(())
    }
}

impl<A: Send + 'static, B: Send + 'static> Default for Seq<A, B> {
    fn default() -> Self {
        Seq::new()
    }
}

#[diagnostic::do_not_recommend]
impl<A: Send + 'static, B: Send + 'static> Component for Seq<A, B> {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(about::<A>("inbox", "For the section that runs."), &mut self.inbox);
        visitor.outbox(about::<B>("outbox", "From the section that runs."), &mut self.outbox);
        visitor.control(&mut self.control);
    }

    fn start(self: Box<Self>) -> Start {
        Start::Polled(Box::pin(self.main()))
    }
}

#[diagnostic::do_not_recommend]
impl<A: Send + 'static, B: Send + 'static> Takes for Seq<A, B> {
    type Message = A;

    fn inbox(&self) -> &Inbox<A> {
        &self.inbox
    }
}

#[diagnostic::do_not_recommend]
impl<A: Send + 'static, B: Send + 'static> Gives for Seq<A, B> {
    type Message = B;

    fn outbox(&self) -> &Outbox<B> {
        &self.outbox
    }
}
