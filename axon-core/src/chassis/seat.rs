//! The place of a chassis in which one section after another runs, with the boxes of the chassis.
//!
//! The section that runs is adopted by the chassis. What comes into the chassis is passed to it, what
//! it gives is passed on, both in order and as fast as the boxes at the ends allow. Messages wait for
//! it where the chassis can take them back: those it has not taken when it ends are there for the next
//! one.

use std::any::TypeId;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::graphline::Graphline;
use super::plan::{self, PlannedLink, To};
use super::section::Section;
use super::wiring_error::WiringErrors;
use crate::boxes::{
    CAPACITY_DEFAULT, Inbox, InboxKey, Outbox, OutboxKey, TryRecvError, TrySendError,
};
use crate::component::About;
use crate::control::{Children, Control, Lent};
use crate::linkage::LinkPolicy;
use crate::linkage::shelf::Shelf;

/// One section at a time, between an inbox and an outbox.
pub(super) struct Seat<A, B> {
    control: Control,
    inbox: Inbox<A>,
    outbox: Outbox<B>,
    /// There was someone at the other end of the outbox, who may be gone now.
    is_linked: bool,
    /// What was on its way to one that has ended; no more than a link holds and one.
    waiting: VecDeque<A>,
    sitter: Option<Sitter<A, B>>,
}

/// The section that runs.
struct Sitter<A, B> {
    children: Children,
    /// None if it takes nothing any more, or no more will come.
    to: Option<Outbox<A>>,
    /// Where messages wait for it.
    untaken: Option<Arc<Shelf<A>>>,
    /// None if it gives nothing any more, or nobody takes it.
    from: Option<Inbox<B>>,
    /// Taken from it, and not yet sent on.
    given: Option<B>,
    /// It was asked to stop: so many messages it gave before are still to be sent on.
    last: Option<usize>,
}

/// A box of a chassis. One for messages there are none of may be left loose.
pub(super) fn about<T: 'static>(name: &'static str, description: &'static str) -> About {
    let about = About::new(name, description);
    let is_for_none = TypeId::of::<T>() == TypeId::of::<Infallible>();
    if is_for_none { about.optional() } else { about }
}

impl<A: Send + 'static, B: Send + 'static> Seat<A, B> {
    pub(super) fn new(control: Control, inbox: Inbox<A>, outbox: Outbox<B>) -> Self {
        let is_linked = outbox.is_taken();
        Seat { control, inbox, outbox, is_linked, waiting: VecDeque::new(), sitter: None }
    }

    pub(super) fn control(&self) -> &Control {
        &self.control
    }

    /// Starts a section, whose components are then called by the chassis and this name. The one
    /// before it has ended.
    pub(super) fn start(&mut self, name: &str, section: Section<A, B>) -> Result<(), WiringErrors> {
        let (mut to, mut from) = (Outbox::new(), Inbox::new());
        let (takes, mut graph) = (section.has_inbox(), Graphline::new());
        let name = format!("{}/{name}", self.control.name());
        let ends = section.put_into(&mut graph, &name);
        let gives = !ends.outboxes.is_empty();
        let takes_from = ends.inbox.map(|inbox| {
            let to = plan::From::Box(OutboxKey::of(&to));
            PlannedLink { policy: to_take_back::<A>(), ..PlannedLink::new(to, inbox) }
        });
        graph.links.extend(takes_from);
        graph.join(ends.outboxes, Some(To::Box(InboxKey::of(&from))), &name);
        if let Some(worker) = self.control.worker() {
            graph = graph.on(worker);
        }
        let lent = Lent::default().outbox(&mut to).inbox(&mut from);
        let children = self.control.adopt_linked(graph, lent)?;
        self.sitter = Some(Sitter {
            children,
            untaken: to.shelf(),
            to: takes.then_some(to),
            from: gives.then_some(from),
            given: None,
            last: None,
        });
        Ok(())
    }

    /// Passes messages until the section has ended and everything it gave is sent on. Dropping the
    /// future loses nothing.
    pub(super) async fn ended(&mut self) {
        poll_fn(|context| self.poll_ended(context)).await;
    }

    pub(super) fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let Some(sitter) = &mut self.sitter else { return Poll::Ready(()) };
            // Asked before the boxes: what it gave before it ended is in them.
            let has_ended = sitter.has_ended();
            let moved = self.pass_in() | self.pass_out(context);
            let Some(sitter) = &self.sitter else { return Poll::Ready(()) };
            if has_ended && sitter.from.is_none() {
                self.leave();
                return Poll::Ready(());
            }
            if !moved {
                return Poll::Pending;
            }
        }
    }

    /// Asks the section to begin nothing new, and lets nothing more in.
    pub(super) fn finish(&mut self) {
        if let Some(sitter) = &mut self.sitter {
            sitter.to = None;
            sitter.children.finish();
        }
    }

    /// Asks the section to end now. What it gave before is still sent on; what it gives later is not,
    /// or one that only ever gives would not hear of it.
    pub(super) fn stop(&mut self) {
        let Some(sitter) = &mut self.sitter else { return };
        sitter.to = None;
        let waiting = sitter.from.as_mut().map_or(0, Inbox::waiting);
        sitter.last = Some(waiting + usize::from(sitter.given.is_some()));
        sitter.children.stop();
    }

    /// Whether anything went in.
    fn pass_in(&mut self) -> bool {
        let Some(sitter) = &mut self.sitter else { return false };
        let mut moved = false;
        while let Some(to) = &mut sitter.to {
            let next = match self.waiting.pop_front() {
                Some(message) => Ok(message),
                None => self.inbox.try_recv(),
            };
            let sent = match next {
                Ok(message) => to.try_send(message),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Finished) => {
                    sitter.to = None;
                    break;
                }
            };
            match sent {
                Ok(()) => moved = true,
                Err(TrySendError::Full(message)) => {
                    self.waiting.push_front(message);
                    break;
                }
                Err(TrySendError::Closed(message)) => {
                    self.waiting.push_front(message);
                    sitter.to = None;
                }
            }
        }
        moved
    }

    /// Whether anything came out.
    fn pass_out(&mut self, context: &mut Context<'_>) -> bool {
        let Some(sitter) = &mut self.sitter else { return false };
        let mut moved = false;
        while let Some(from) = &mut sitter.from {
            if sitter.last == Some(0) {
                sitter.from = None;
                return true;
            }
            let next = match sitter.given.take() {
                Some(message) => Ok(message),
                None => from.try_recv(),
            };
            let sent = match next {
                Ok(message) => self.outbox.try_send(message),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Finished) => {
                    sitter.from = None;
                    return true;
                }
            };
            match sent {
                Ok(()) => {
                    moved = true;
                    sitter.last = sitter.last.map(|last| last - 1);
                }
                Err(TrySendError::Full(message)) => {
                    sitter.given = Some(message);
                    break;
                }
                Err(TrySendError::Closed(_)) => {
                    sitter.from = None;
                    return true;
                }
            }
        }
        // The section hears that nobody takes what it gives as if it were linked to them.
        if self.is_linked && pin!(self.outbox.until_closed()).poll(context).is_ready() {
            moved |= sitter.from.take().is_some();
        }
        moved
    }

    /// Takes back what the section has left.
    fn leave(&mut self) {
        let Some(sitter) = self.sitter.take() else { return };
        drop(sitter.to);
        if let Some(untaken) = sitter.untaken {
            let untaken: Vec<A> = std::iter::from_fn(|| untaken.take()).collect();
            untaken.into_iter().rev().for_each(|message| self.waiting.push_front(message));
        }
    }
}

impl<A, B> Sitter<A, B> {
    fn has_ended(&mut self) -> bool {
        loop {
            match self.children.poll_end() {
                Poll::Ready(Some(_)) => {}
                Poll::Ready(None) => return true,
                Poll::Pending => return false,
            }
        }
    }
}

/// A link whose messages outlive their receiver, which those in a ring do not.
fn to_take_back<T: Send + 'static>() -> LinkPolicy {
    LinkPolicy::wait(CAPACITY_DEFAULT).max_bytes(usize::MAX, |_: &T| 0)
}
