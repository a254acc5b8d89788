//! Where messages leave their component.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{Context, Poll};

use super::any_inbox::{KindRef, SlotRef, sealed};
use super::detour::{Errand, OutboxEnds};
use super::{CAPACITY_DEFAULT, Closed, OutboxHandle, short_type_name};
use crate::linkage::mode::{BESIDE, Seen};
use crate::linkage::ring::PushError;
use crate::linkage::tap::Onlookers;
use crate::linkage::{
    InboxState, LinkPolicy, LinkState, MessageKind, OutboxState, SenderEnd, join,
};
use crate::scheduler::{local, yield_now};

/// Messages of type `T` leaving the component that owns this box, along at most one link.
///
/// An outbox that a graph may leave loose drops what it is given. Dropping the box, as happens
/// when the component ends, tells the other side that no more will come.
pub struct Outbox<T> {
    pub(super) end: Option<SenderEnd<T>>,
    pub(super) state: Arc<OutboxState>,
    /// Those who watch what passes.
    pub(super) onlookers: Onlookers<T>,
    /// Known once the box has an owner.
    pub(super) run_errand: Option<fn(&mut Self, Errand)>,
}

/// Why a message was not taken; it is handed back.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TrySendError<T> {
    /// The link holds as many messages as it may. Room gives the component a turn.
    #[error("the box is full")]
    Full(T),
    /// See [`Closed`].
    #[error("the box at the other end is closed")]
    Closed(T),
}

impl<T> Outbox<T> {
    /// A box that is not linked.
    pub fn new() -> Self {
        Outbox {
            end: None,
            state: Arc::default(),
            onlookers: Onlookers::nobody(),
            run_errand: None,
        }
    }

    /// By this the box can be linked after its component has moved into the graph that is being
    /// made.
    pub fn handle(&self) -> OutboxHandle<T> {
        OutboxHandle::new(self.state.clone())
    }

    /// Whether anyone will ever get what is sent here; false for a box that was left loose and
    /// for one whose other end has ended.
    pub fn is_taken(&self) -> bool {
        match &self.end {
            Some(end) if !end.is_cut() => !end.is_deserted(),
            _ => self.state.link().is_some(),
        }
    }

    /// Messages that fit now without waiting, and without another being dropped; as many as can be
    /// counted where the box was left loose. Between threads there may be more when this returns.
    pub fn room(&self) -> usize {
        self.end.as_ref().map_or(usize::MAX, SenderEnd::room)
    }

    /// Sends, waiting for room. On [`Closed`] the message is dropped: the receiver has ended, or
    /// the component was asked to stop and there was no room, or nobody to take it, or the link is
    /// one that [fails](crate::LinkPolicy::fail) when it is full.
    ///
    /// Dropping the future before it is ready drops the message unsent, or, where it was only about
    /// to give others a turn, sent.
    #[inline]
    pub async fn send(&mut self, message: T) -> Result<(), Closed> {
        let mut message = Some(message);
        poll_fn(|context| self.poll_send(context, &mut message)).await
    }

    /// Sends all of them in order, as many at a time as there is room for. On [`Closed`] the rest
    /// is dropped.
    pub async fn send_many(&mut self, messages: impl IntoIterator<Item = T>) -> Result<(), Closed> {
        let mut messages = messages.into_iter().peekable();
        while messages.peek().is_some() {
            if self.end.is_none() || self.mode().is_detour() {
                // Each message is a case of its own there.
                for message in messages.by_ref().take(CAPACITY_DEFAULT) {
                    self.send(message).await?;
                }
            } else if self.push_many(&mut messages)? == 0 {
                poll_fn(|_| self.poll_room_or_fail()).await?;
            } else if is_rest_due(self.mode()) {
                yield_now().await;
            }
        }
        Ok(())
    }

    /// Waits until nobody will ever get what is sent here, or the component is asked to stop: for
    /// a source that waits for something else and has no reason to go on when its receiver has
    /// ended. Ready at once for a box that was left loose.
    pub async fn until_closed(&self) {
        poll_fn(|_| {
            // The link this box was given last, be it one that it has not looked at yet.
            let Some(link) = self.state.link() else {
                return Poll::Ready(());
            };
            link.sender_waits.raise();
            if !link.is_alive() || link.sender.is_stopping() {
                link.sender_waits.lower();
                return Poll::Ready(());
            }
            Poll::Pending
        })
        .await;
    }

    /// Sends from a component with its own thread; blocks the thread while there is no room. On
    /// [`Closed`] as [`send`](Self::send).
    ///
    /// # Panics
    ///
    /// When there is no room and the component shares a worker with others: those await.
    pub fn send_blocking(&mut self, message: T) -> Result<(), Closed> {
        let mut message = message;
        local::step_aside();
        loop {
            match self.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(Closed),
                Err(TrySendError::Full(_)) if self.has_overflowed() => return Err(Closed),
                Err(TrySendError::Full(back)) => message = back,
            }
            if let Some(end) = &self.end {
                end.state.sender.assert_may_block();
                end.state.sender.park();
            }
        }
    }

    /// Sends if there is room now; does not wait. After [`TrySendError::Full`] room wakes the
    /// component, so it may sleep and try again.
    #[inline]
    pub fn try_send(&mut self, message: T) -> Result<(), TrySendError<T>> {
        self.put(message).map(drop)
    }

    /// The same, and says how the message went.
    #[inline(always)]
    fn put(&mut self, message: T) -> Result<Seen, TrySendError<T>> {
        let Some(end) = &mut self.end else {
            return self.put_by_detour(message);
        };
        let mode = end.state.mode.look();
        if mode.is_detour() {
            return self.put_by_detour(message);
        }
        match end.ring.push(message) {
            Ok(()) => {
                end.pushed(mode, 1);
                Ok(mode)
            }
            Err(PushError::Full(message)) => self.put_last(message),
        }
    }

    /// The box was full: announce the wait, then look once more.
    #[cold]
    fn put_last(&mut self, message: T) -> Result<Seen, TrySendError<T>> {
        match self.poll_room() {
            Poll::Ready(Err(Closed)) => Err(TrySendError::Closed(message)),
            Poll::Pending => Err(TrySendError::Full(message)),
            Poll::Ready(Ok(())) => self.put(message),
        }
    }

    #[inline]
    fn poll_send(
        &mut self,
        context: &Context<'_>,
        message: &mut Option<T>,
    ) -> Poll<Result<(), Closed>> {
        let Some(unsent) = message.take() else {
            // It went before others had their turn.
            return Poll::Ready(Ok(()));
        };
        match self.put(unsent) {
            Ok(mode) if !is_rest_due(mode) => Poll::Ready(Ok(())),
            Ok(_) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Err(TrySendError::Closed(_)) => Poll::Ready(Err(Closed)),
            Err(TrySendError::Full(_)) if self.has_overflowed() => Poll::Ready(Err(Closed)),
            Err(TrySendError::Full(back)) => {
                *message = Some(back);
                Poll::Pending
            }
        }
    }

    /// How many went into the room there is.
    fn push_many(&mut self, messages: &mut impl Iterator<Item = T>) -> Result<usize, Closed> {
        let Some(end) = &mut self.end else {
            return Ok(0);
        };
        if end.is_deserted() {
            return Err(Closed);
        }
        let room = end.ring.slots();
        let Ok(chunk) = end.ring.write_chunk_uninit(room) else {
            return Ok(0);
        };
        let mut unbroken = Unbroken { messages, panicked: None };
        let count = chunk.fill_from_iter(&mut unbroken);
        let panicked = unbroken.panicked;
        if count > 0 {
            end.pushed(end.state.mode.look(), count);
        }
        if let Some(panicked) = panicked {
            resume_unwind(panicked);
        }
        Ok(count)
    }

    /// Ready when there is room, closed when there will be none; else the owner is woken later.
    pub(super) fn poll_room(&mut self) -> Poll<Result<(), Closed>> {
        let Some(end) = &mut self.end else {
            return Poll::Ready(Ok(()));
        };
        if end.state.sender.is_stopping() {
            return Poll::Ready(Err(Closed));
        }
        end.tell();
        end.state.sender_waits.raise();
        let is_closed = end.is_deserted();
        // Something may have happened to the link meanwhile, which is for others to look into.
        let room = end.ring.slots() > 0 || end.state.mode.look_closely().is_detour();
        if !room && !is_closed {
            return Poll::Pending;
        }
        end.state.sender_waits.lower();
        Poll::Ready(if room { Ok(()) } else { Err(Closed) })
    }

    /// The same for one who would wait.
    fn poll_room_or_fail(&mut self) -> Poll<Result<(), Closed>> {
        let room = self.poll_room();
        if room.is_pending() && self.has_overflowed() { Poll::Ready(Err(Closed)) } else { room }
    }

    fn mode(&self) -> Seen {
        self.end.as_ref().map_or(Seen::APART, |end| end.state.mode.look())
    }
}

/// Messages up to the one that cannot be made. A ring that is being filled forgets what it was given
/// if that is cut short by a panic: nobody would get it, nor would it ever be dropped.
struct Unbroken<'a, I> {
    messages: &'a mut I,
    panicked: Option<Box<dyn Any + Send>>,
}

impl<I: Iterator> Iterator for Unbroken<'_, I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        catch_unwind(AssertUnwindSafe(|| self.messages.next())).unwrap_or_else(|panicked| {
            self.panicked = Some(panicked);
            None
        })
    }
}

/// A receiver on another thread, or none at all, could keep this turn going for ever: it ends now
/// and then.
#[inline]
fn is_rest_due(mode: Seen) -> bool {
    !mode.is(BESIDE) && local::takes_turns() && !local::spend(1)
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Outbox::new()
    }
}

impl<T> fmt::Debug for Outbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let linked = if self.end.is_some() { "linked" } else { "loose" };
        write!(f, "Outbox<{}>({linked})", short_type_name::<T>())
    }
}

impl<T> Drop for Outbox<T> {
    fn drop(&mut self) {
        let is_kept = self.state.owner().is_some_and(|owner| owner.keeps_boxes());
        match self.run_errand {
            Some(run_errand) if is_kept => run_errand(self, Errand::LockUp),
            _ => self.state.close(),
        }
    }
}

/// An outbox whose message type is known only to itself; what a graph sees of it.
pub trait AnyOutbox: sealed::Sealed {
    #[doc(hidden)]
    fn kind(&self) -> KindRef;
    #[doc(hidden)]
    fn key(&self) -> OutboxKey;
    #[doc(hidden)]
    fn settle(&mut self, owner: SlotRef);
    /// Makes the link and keeps the sending end; gives back the other.
    #[doc(hidden)]
    fn attach(&mut self, policy: &LinkPolicy, owner: SlotRef, inbox: InboxRef) -> NewLink;
    /// Comes after another outbox, whose owner keeps its boxes: takes over its place and its end.
    #[doc(hidden)]
    fn restore(&mut self, before: &OutboxKey);
}

impl<T: Send + 'static> AnyOutbox for Outbox<T> {
    fn kind(&self) -> KindRef {
        KindRef(MessageKind::of::<T>())
    }

    fn key(&self) -> OutboxKey {
        OutboxKey::of(self)
    }

    fn settle(&mut self, owner: SlotRef) {
        self.state.settle(owner.0, MessageKind::of::<T>());
        self.run_errand = Some(Outbox::run_errand);
    }

    fn attach(&mut self, policy: &LinkPolicy, owner: SlotRef, inbox: InboxRef) -> NewLink {
        let (sender, receiver) = join::<T>(policy, owner.0.clone(), inbox.0);
        self.settle(owner);
        let state = sender.link().clone();
        self.state.linked(state.clone());
        self.end = Some(sender);
        NewLink { receiver_end: Box::new(receiver), state }
    }

    fn restore(&mut self, before: &OutboxKey) {
        self.state = before.0.clone();
        self.run_errand = Some(Outbox::run_errand);
        let ends = self.state.unlock().and_then(|ends| ends.downcast::<OutboxEnds<T>>().ok());
        if let Some(ends) = ends {
            (self.end, self.onlookers) = (ends.end, ends.onlookers);
        }
    }
}

impl<T: Send + 'static> sealed::Sealed for Outbox<T> {}

/// Tells outboxes apart before they have names.
#[derive(Clone)]
pub struct OutboxKey(pub(crate) Arc<OutboxState>);

impl OutboxKey {
    pub(crate) fn of<T>(outbox: &Outbox<T>) -> Self {
        OutboxKey(outbox.state.clone())
    }
}

impl PartialEq for OutboxKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for OutboxKey {}

impl Hash for OutboxKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// The inbox a graph links an outbox to.
pub struct InboxRef(pub(crate) Arc<InboxState>);

/// What is left to do after a link was made at its sending end.
pub struct NewLink {
    pub(crate) receiver_end: Box<dyn Any + Send>,
    pub(crate) state: Arc<LinkState>,
}
