//! A handler with a box on each side and a life.

use std::any::TypeId;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Context;
use std::vec::Drain;

use super::{BATCH, Out, TryHandler};
use crate::boxes::{Closed, Inbox, Outbox};
use crate::component::{About, Component, ComponentResult, Gives, Start, Takes, Visitor};
use crate::control::{Asked, Control};

/// Messages that are handled between two looks at whether the component was asked to stop: few to
/// wait for, enough that the look costs nothing beside them.
const LOOK: usize = 16;

/// Messages that were there already, one after another, before more are taken at a time. A batch of
/// one costs half as much again as one message.
const IN_A_ROW: u32 = 2;

/// A component that hands each message of its `inbox` to a [`Handler`](super::Handler) or
/// [`TryHandler`] and sends what that answers from its `outbox`.
///
/// Order is kept and nothing is lost: messages that came in together are handled one after another,
/// and all their answers sent, before the component waits for more. It takes up to 128 messages at
/// a time, and so holds that many besides what its boxes hold.
///
/// It ends
/// - when no more can come in: after the last message, [`at_end`](super::Handler::at_end), and all
///   that was answered;
/// - when nobody takes its answers any more: when it next has one, or looks into its inbox, and
///   what it had taken from there is dropped;
/// - when the handler fails, after the answers from before that are sent;
/// - when it is asked to stop, after 16 more messages at most.
pub struct Handling<H: TryHandler> {
    /// What is handled.
    pub inbox: Inbox<H::In>,
    /// The answers.
    pub outbox: Outbox<H::Out>,
    control: Control,
    handler: H,
}

impl<H: TryHandler> Handling<H> {
    /// A component of this handler, whose boxes are not linked yet.
    pub fn new(handler: H) -> Self {
        let (inbox, outbox) = (Inbox::new(), Outbox::new());
        Handling { inbox, outbox, control: Control::default(), handler }
    }

    async fn main(mut self) -> ComponentResult {
        let mut out = Out::new();
        match self.handle_all(&mut out).await {
            Ok(()) | Err(End::Closed) => Ok(()),
            Err(End::Failed(error)) => {
                // That nobody takes what it sent does not hide why it failed.
                let _ = self.send(&mut out).await;
                Err(error.into())
            }
        }
    }

    /// One by one while it waits for each, in batches as soon as they queue.
    async fn handle_all(&mut self, out: &mut Out<H::Out>) -> Result<(), End<H::Error>> {
        let mut batch = Vec::new();
        let mut in_a_row = 0;
        // A box that was left loose is not one that nobody takes from any more.
        let is_linked = self.outbox.is_taken();
        loop {
            if in_a_row >= IN_A_ROW {
                match self.inbox.recv_many(&mut batch, BATCH).await {
                    0 => break,
                    1 => in_a_row = 0,
                    _ => {}
                }
                self.handle_batch(&mut batch, out).await?;
            } else {
                let mut looks = 0;
                let look = |context: &mut Context<'_>| {
                    looks += 1;
                    pin!(self.inbox.recv()).poll(context)
                };
                let Some(message) = poll_fn(look).await else { break };
                in_a_row = if looks == 1 { in_a_row + 1 } else { 0 };
                self.handler.try_on(message, out).map_err(End::Failed)?;
                match out.only() {
                    Some(one) => self.outbox.send(one).await?,
                    None => self.send(out).await?,
                }
            }
            if is_linked && !self.outbox.is_taken() {
                return Err(End::Closed);
            }
        }
        self.handler.try_at_end(out).map_err(End::Failed)?;
        Ok(self.send(out).await?)
    }

    async fn handle_batch(
        &mut self,
        batch: &mut Vec<H::In>,
        out: &mut Out<H::Out>,
    ) -> Result<(), End<H::Error>> {
        let mut messages = batch.drain(..);
        while messages.len() > 0 && self.control.asked() < Asked::Stop {
            answer(&mut self.handler, &mut messages, out).map_err(End::Failed)?;
            if messages.len() == 0 || out.is_due() {
                self.send(out).await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self, out: &mut Out<H::Out>) -> Result<(), Closed> {
        self.outbox.send_many(out.drain()).await?;
        out.forget_excess();
        Ok(())
    }
}

/// Why a handler is given no more.
enum End<E> {
    /// Nobody takes what it sends.
    Closed,
    Failed(E),
}

impl<E> From<Closed> for End<E> {
    fn from(_: Closed) -> Self {
        End::Closed
    }
}

/// Has some messages answered: a plain loop between the places where the component may wait.
fn answer<H: TryHandler>(
    handler: &mut H,
    messages: &mut Drain<'_, H::In>,
    out: &mut Out<H::Out>,
) -> Result<(), H::Error> {
    for message in messages.by_ref().take(LOOK) {
        handler.try_on(message, out)?;
        if out.is_due() {
            break;
        }
    }
    Ok(())
}

#[diagnostic::do_not_recommend]
impl<H: TryHandler> Component for Handling<H> {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(About::new("inbox", "What is handled."), &mut self.inbox);
        let answers = About::new("outbox", "The answers.");
        let sends_nothing = TypeId::of::<H::Out>() == TypeId::of::<Infallible>();
        let answers = if sends_nothing { answers.optional() } else { answers };
        visitor.outbox(answers, &mut self.outbox);
        visitor.control(&mut self.control);
    }

    fn start(self: Box<Self>) -> Start {
        Start::Polled(Box::pin(self.main()))
    }
}

// Not what was meant by whoever links something that has no such box.
#[diagnostic::do_not_recommend]
impl<H: TryHandler> Takes for Handling<H> {
    type Message = H::In;

    fn inbox(&self) -> &Inbox<H::In> {
        &self.inbox
    }
}

#[diagnostic::do_not_recommend]
impl<H: TryHandler> Gives for Handling<H> {
    type Message = H::Out;

    fn outbox(&self) -> &Outbox<H::Out> {
        &self.outbox
    }
}

impl<H: TryHandler> fmt::Debug for Handling<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handling({:?}, {:?})", self.inbox, self.outbox)
    }
}
