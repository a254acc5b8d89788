//! Boxes as the `Stream`s and `Sink`s of the futures crates: the feature `futures`.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::{Closed, Inbox, Outbox, TrySendError};
use crate::parts;
use crate::scheduler::local;

// Boxes move their messages about: nothing in them is ever pinned.
impl<T> Unpin for Inbox<T> {}
impl<T> Unpin for Outbox<T> {}

/// The messages, until none will come any more; as [`recv`](Inbox::recv), only in the `main` of the
/// component that owns the box.
///
/// A message wakes the component, which then polls what it awaits. Combinators that poll only those
/// of their parts that were woken (`SelectAll`, `FuturesUnordered`, `buffer_unordered`, `join_all`
/// of many) would not hear of it: such a one is awaited in [`woken_as_one`](crate::woken_as_one).
///
/// Dropping a future or stream that borrows the box loses nothing but what it had already taken.
impl<T> Stream for Inbox<T> {
    type Item = T;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let message = pin!(self.get_mut().recv()).poll(context);
        if message.is_pending() {
            parts::note(context.waker());
        }
        message
    }
}

/// Sends as [`send`](Outbox::send) does, and only in the `main` of the component that owns the box;
/// for what wakes it see the [`Stream`] of an inbox.
///
/// A message is in the box as soon as it is started: there is nothing to flush. Closing, as
/// `StreamExt::forward` does at the end, tells the other side that no more will come; what is sent
/// after that is dropped. [`Closed`] means that the receiver has ended or the component was asked to
/// stop.
///
/// # Panics
///
/// `start_send` without a successful `poll_ready` before it, where there is no room.
impl<T> Sink<T> for Outbox<T> {
    type Error = Closed;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        // A receiver on another thread, or none at all, could keep this turn going for ever.
        if local::on_worker() && !local::spend(1) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let room = self.get_mut().poll_room();
        if room.is_pending() {
            parts::note(context.waker());
        }
        room
    }

    fn start_send(self: Pin<&mut Self>, message: T) -> Result<(), Closed> {
        self.get_mut().try_send(message).map_err(|error| match error {
            TrySendError::Closed(_) => Closed,
            TrySendError::Full(_) => {
                panic!("a sink is sent to only after it said that it is ready")
            }
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        drop(std::mem::take(self.get_mut()));
        Poll::Ready(Ok(()))
    }
}
