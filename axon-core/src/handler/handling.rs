//! A handler with a box on each side and a life.

use std::any::TypeId;
use std::convert::Infallible;
use std::fmt;
use std::vec::Drain;

use super::{BATCH, Out, TryHandler};
use crate::boxes::{Closed, Inbox, Outbox};
use crate::component::{About, Component, ComponentResult, Gives, Start, Takes, Visitor};
use crate::control::{Asked, Control};

/// Messages that are handled between two looks at whether the component was asked to stop: few to
/// wait for, enough that the look costs nothing beside them.
const LOOK: usize = 16;

/// A component that hands each message of its `inbox` to a [`Handler`](super::Handler) or
/// [`TryHandler`] and sends what that answers from its `outbox`.
///
/// Order is kept and nothing is lost: messages that came in together are handled one after another,
/// and all their answers sent, before the component waits for more. It takes up to 128 messages at a
/// time, and so holds that many besides what its boxes hold.
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
    /// A component of this handler.
    pub fn new(handler: H) -> Self {
        let (inbox, outbox) = (Inbox::new(), Outbox::new());
        Handling { inbox, outbox, control: Control::default(), handler }
    }

    async fn main(mut self) -> ComponentResult {
        let mut batch = Vec::new();
        let mut out = Out::new();
        // A box that was left loose is not one that nobody takes from any more.
        let is_linked = self.outbox.is_taken();
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            if is_linked && !self.outbox.is_taken() {
                return Ok(());
            }
            let mut messages = batch.drain(..);
            while messages.len() > 0 && self.control.asked() < Asked::Stop {
                if let Err(error) = answer(&mut self.handler, &mut messages, &mut out) {
                    drop(messages);
                    return self.fail(out, error).await;
                }
                if messages.len() == 0 || out.is_due() {
                    self.send(&mut out).await?;
                }
            }
        }
        match self.handler.try_at_end(&mut out) {
            Ok(()) => Ok(self.send(&mut out).await?),
            Err(error) => self.fail(out, error).await,
        }
    }

    #[inline]
    async fn send(&mut self, out: &mut Out<H::Out>) -> Result<(), Closed> {
        if let Some(one) = out.only() {
            return self.outbox.send(one).await;
        }
        self.outbox.send_many(out.drain()).await?;
        out.forget_excess();
        Ok(())
    }

    #[cold]
    async fn fail(mut self, mut out: Out<H::Out>, error: H::Error) -> ComponentResult {
        // That nobody takes what it sent does not hide why it failed.
        let _ = self.send(&mut out).await;
        Err(error.into())
    }
}

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
