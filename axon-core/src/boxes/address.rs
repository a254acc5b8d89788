//! Sending to an inbox without a link: from outside the graph, or after meeting through a service.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use crossbeam_channel::{SendTimeoutError, TryRecvError, TrySendError};

use super::Closed;
use super::room::{Place, Room};
use crate::error::{caught, drop_each};
use crate::linkage::InboxState;
use crate::scheduler::flag::publish;
use crate::scheduler::local;
use crate::scheduler::slot::Slot;
use crate::scheduler::sync::{Receiver, Sender, bounded};
use crate::scheduler::yield_now;
use crate::time;

/// Messages that wait in an inbox's mailbox, from all addresses together.
const MAILBOX_CAPACITY: usize = if cfg!(loom) { 1 } else { 128 };

/// A handle by which anyone may send to an inbox, from any thread and any graph. Clones share one
/// mailbox, which holds 128 messages; the inbox stays open as long as one of them is held. Messages
/// of one clone arrive in the order sent.
pub struct Address<T> {
    core: Arc<Core<T>>,
}

/// An [`Address`] that does not hold its inbox open: it is [upgraded](Self::upgrade) to send.
pub struct WeakAddress<T> {
    core: Weak<Core<T>>,
}

struct Core<T> {
    sender: Sender<T>,
    /// For messages that come when the inbox is gone.
    unread: Receiver<T>,
    inbox: Arc<InboxState>,
    room: Arc<Room>,
}

/// The inbox's end.
pub(crate) struct Mailbox<T> {
    receiver: Receiver<T>,
    core: Weak<Core<T>>,
    room: Arc<Room>,
}

/// Why a message was not sent in time; it is handed back.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SendError<T> {
    /// There was no room. Later there may be.
    #[error("there was no room in time")]
    TimedOut(T),
    /// The inbox is gone, or this is a component's own thread, there was no room and the component
    /// was asked to stop.
    #[error("the box at the other end is closed")]
    Closed(T),
}

impl<T> Address<T> {
    /// Sends from a component, waiting for room. On [`Closed`] the message is dropped: the inbox
    /// is gone, or there was no room and the component was asked to stop.
    ///
    /// Dropping the future before it is ready drops the message unsent. Any executor may poll it.
    pub async fn send(&self, message: T) -> Result<(), Closed> {
        let (mut message, mut place) = (Some(message), Place::in_line(&self.core.room));
        poll_fn(|context| self.poll_send(context, &mut message, &mut place)).await?;
        // A receiver on another thread could keep this turn going for ever.
        if local::on_worker() && !local::spend(1) {
            yield_now().await;
        }
        Ok(())
    }

    /// Sends from a thread, blocking it while there is no room. On [`Closed`] the message is
    /// dropped: the inbox is gone, or this is a component's own thread, there was no room and the
    /// component was asked to stop.
    ///
    /// # Panics
    ///
    /// When there is no room and the caller shares a worker with others: those await.
    pub fn send_blocking(&self, message: T) -> Result<(), Closed> {
        let message = match self.try_send(message) {
            Ok(()) => return Ok(()),
            Err(super::TrySendError::Closed(_)) => return Err(Closed),
            Err(super::TrySendError::Full(message)) => message,
        };
        assert!(
            !local::on_worker(),
            "components on a shared worker must await: a blocking send would stop their neighbours"
        );
        match local::own() {
            Some(slot) => self.send_parking(&slot, message),
            None => {
                // An inbox that goes makes room for all who wait.
                self.core.sender.send(message).map_err(|_| Closed)?;
                self.core.sent();
                Ok(())
            }
        }
    }

    /// Sends from a thread, blocking it for at most this long while there is no room.
    ///
    /// # Panics
    ///
    /// When there is no room and the caller shares a worker with others: those await.
    pub fn send_within(&self, message: T, timeout: Duration) -> Result<(), SendError<T>> {
        let message = match self.try_send(message) {
            Ok(()) => return Ok(()),
            Err(super::TrySendError::Closed(message)) => return Err(SendError::Closed(message)),
            Err(super::TrySendError::Full(message)) => message,
        };
        assert!(
            !local::on_worker(),
            "components on a shared worker must await: a blocking send would stop their neighbours"
        );
        if let Some(slot) = local::own() {
            return self.send_parking_within(&slot, message, timeout);
        }
        match self.core.sender.send_timeout(message, timeout) {
            Ok(()) => {
                self.core.sent();
                Ok(())
            }
            Err(SendTimeoutError::Timeout(message)) => Err(SendError::TimedOut(message)),
            Err(SendTimeoutError::Disconnected(message)) => Err(SendError::Closed(message)),
        }
    }

    /// The same on the component's own thread, where being asked to stop ends the wait.
    fn send_parking_within(
        &self,
        slot: &Arc<Slot>,
        mut message: T,
        timeout: Duration,
    ) -> Result<(), SendError<T>> {
        let deadline = time::now().checked_add(timeout);
        let Some(waker) = local::own_waker() else { return Err(SendError::Closed(message)) };
        let mut place = Place::in_line(&self.core.room);
        loop {
            // Announced before the last look, so that room made after it is heard of.
            place.announce(&waker);
            message = match self.try_send(message) {
                Ok(()) => {
                    place.used();
                    return Ok(());
                }
                Err(super::TrySendError::Closed(message)) => {
                    return Err(SendError::Closed(message));
                }
                Err(super::TrySendError::Full(message)) => message,
            };
            if slot.is_stopping() {
                return Err(SendError::Closed(message));
            }
            if !slot.park_until(deadline) {
                return Err(SendError::TimedOut(message));
            }
        }
    }

    /// The same as blocking for good on the component's own thread, where being asked to stop ends the wait.
    fn send_parking(&self, slot: &Arc<Slot>, message: T) -> Result<(), Closed> {
        // The component's own, by which those who look for a graph that is stuck know of this wait.
        let Some(waker) = local::own_waker() else { return Err(Closed) };
        let (mut message, mut place) = (Some(message), Place::in_line(&self.core.room));
        loop {
            match self.poll_send(&Context::from_waker(&waker), &mut message, &mut place) {
                Poll::Ready(result) => return result,
                Poll::Pending => slot.park(),
            }
        }
    }

    /// Sends if there is room now. Does not wait, and after [`Full`](super::TrySendError::Full)
    /// nobody is woken.
    pub fn try_send(&self, message: T) -> Result<(), super::TrySendError<T>> {
        if self.core.room.is_gone() {
            return Err(super::TrySendError::Closed(message));
        }
        match self.core.sender.try_send(message) {
            Ok(()) => {
                self.core.sent();
                Ok(())
            }
            Err(TrySendError::Full(message)) => Err(super::TrySendError::Full(message)),
            Err(TrySendError::Disconnected(message)) => Err(super::TrySendError::Closed(message)),
        }
    }

    /// Whether the inbox is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.core.room.is_gone()
    }

    /// An address that does not hold the inbox open.
    pub fn downgrade(&self) -> WeakAddress<T> {
        WeakAddress { core: Arc::downgrade(&self.core) }
    }

    fn poll_send(
        &self,
        context: &Context<'_>,
        message: &mut Option<T>,
        place: &mut Place<'_>,
    ) -> Poll<Result<(), Closed>> {
        for announced in [false, true] {
            let Some(unsent) = message.take() else {
                return Poll::Ready(Ok(()));
            };
            match self.try_send(unsent) {
                Ok(()) => {
                    place.used();
                    return Poll::Ready(Ok(()));
                }
                Err(super::TrySendError::Closed(_)) => return Poll::Ready(Err(Closed)),
                Err(super::TrySendError::Full(back)) => *message = Some(back),
            }
            if !announced {
                place.announce(context.waker());
            }
        }
        if local::is_stopping() { Poll::Ready(Err(Closed)) } else { Poll::Pending }
    }

    /// Messages that were not taken from a mailbox when its last address went: no more than fit.
    pub(super) fn take_over(&self, closed: &Mailbox<T>) {
        // What was sent before the last address went is visible after it was seen gone.
        publish();
        for message in closed.receiver.try_iter() {
            let _ = self.core.sender.try_send(message);
        }
    }
}

impl<T> WeakAddress<T> {
    /// The address, if another one is still held and the inbox has not been dropped.
    pub fn upgrade(&self) -> Option<Address<T>> {
        let core = self.core.upgrade()?;
        (!core.room.is_gone()).then_some(Address { core })
    }
}

impl<T> Clone for Address<T> {
    fn clone(&self) -> Self {
        Address { core: self.core.clone() }
    }
}

impl<T> Clone for WeakAddress<T> {
    fn clone(&self) -> Self {
        WeakAddress { core: self.core.clone() }
    }
}

/// Whether both lead to the same inbox.
impl<T> PartialEq for Address<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.core, &other.core)
    }
}

impl<T> Eq for Address<T> {}

impl<T> std::fmt::Debug for Address<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Address<{}>", super::short_type_name::<T>())
    }
}

impl<T> std::fmt::Debug for WeakAddress<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WeakAddress<{}>", super::short_type_name::<T>())
    }
}

impl<T> Core<T> {
    /// A message went. If that was when the inbox went, nobody takes it: it may hold what somebody
    /// waits for.
    fn sent(&self) {
        self.inbox.notify();
        if self.room.is_gone() {
            let _ = caught(|| drop_each(|| self.unread.try_recv().ok()));
        }
    }
}

impl<T> Drop for Core<T> {
    fn drop(&mut self) {
        // The last address is gone: the inbox may be finished now. Its owner is woken before the
        // sign is taken down, or a worker that looks in between finds it waiting for nobody and
        // reports a graph that is stuck.
        self.inbox.notify();
        self.room.uncount(&self.inbox);
    }
}

impl<T> Mailbox<T> {
    pub(crate) fn open(inbox: Arc<InboxState>) -> (Self, Address<T>) {
        inbox.mailbox_opened();
        let (sender, receiver) = bounded(MAILBOX_CAPACITY);
        let room = Arc::new(Room::default());
        let core = Core { sender, unread: receiver.clone(), inbox, room: room.clone() };
        let core = Arc::new(core);
        let mailbox = Mailbox { receiver, core: Arc::downgrade(&core), room };
        (mailbox, Address { core })
    }

    /// One more address, unless all are gone and the mailbox is closed.
    pub(crate) fn address(&self) -> Option<Address<T>> {
        let core = self.core.upgrade()?;
        Some(Address { core })
    }

    pub(crate) fn waiting(&self) -> usize {
        self.receiver.len()
    }

    /// A message, the end when all addresses are gone, or nothing yet.
    pub(crate) fn take(&self) -> Poll<Option<T>> {
        let closed = self.core.strong_count() == 0;
        // What was sent before the last address went is visible after it is seen gone.
        publish();
        match self.receiver.try_recv() {
            Ok(message) => {
                self.room.made();
                Poll::Ready(Some(message))
            }
            Err(TryRecvError::Disconnected) => Poll::Ready(None),
            Err(TryRecvError::Empty) if closed => Poll::Ready(None),
            Err(TryRecvError::Empty) => Poll::Pending,
        }
    }
}

impl<T> Drop for Mailbox<T> {
    fn drop(&mut self) {
        self.room.go();
        // Whoever sends from here on sees that, or what he sent is seen here.
        publish();
        let forgotten =
            catch_unwind(AssertUnwindSafe(|| drop_each(|| self.receiver.try_recv().ok())));
        self.room.close();
        // Whoever still holds an address wakes nobody by it.
        if let Some(core) = self.core.upgrade() {
            self.room.uncount(&core.inbox);
        }
        if let Err(panic) = forgotten {
            resume_unwind(panic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Inbox, TryRecvError};
    use super::*;

    #[test]
    fn a_message_that_finds_no_room_in_time_is_handed_back() {
        let mut inbox = Inbox::new();
        let address = inbox.address();
        for number in 0..MAILBOX_CAPACITY {
            assert_eq!(address.send_within(number, Duration::ZERO), Ok(()));
        }
        assert_eq!(address.send_within(7, Duration::ZERO), Err(SendError::TimedOut(7)));
        drop(inbox);
        assert_eq!(address.send_within(8, Duration::MAX), Err(SendError::Closed(8)));
    }

    #[test]
    fn a_message_that_waits_for_room_is_sent_when_there_is() {
        let mut inbox = Inbox::new();
        let address = inbox.address();
        while address.try_send(0).is_ok() {}
        let sender = std::thread::spawn(move || address.send_within(1, Duration::from_secs(60)));
        let count = std::iter::from_fn(|| {
            loop {
                match inbox.try_recv() {
                    Ok(number) => return Some(number),
                    Err(super::super::TryRecvError::Finished) => return None,
                    Err(super::super::TryRecvError::Empty) => std::thread::yield_now(),
                }
            }
        })
        .count();
        assert_eq!((sender.join().unwrap(), count), (Ok(()), MAILBOX_CAPACITY + 1));
    }

    #[test]
    fn a_mailbox_that_was_closed_with_messages_in_it_is_taken_over_whole() {
        let mut inbox = Inbox::new();
        for number in 0..MAILBOX_CAPACITY {
            inbox.address().try_send(number).expect("there is room");
        }
        for number in 0..MAILBOX_CAPACITY {
            assert_eq!(inbox.try_recv(), Ok(number));
        }
        assert_eq!(inbox.try_recv(), Err(TryRecvError::Finished));
    }
}
