//! Waiting for whichever of several things comes first.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use crate::boxes::{Inbox, TryRecvError};

/// Which of two futures was ready.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Either<A, B> {
    /// The first.
    First(A),
    /// The second.
    Second(B),
}

/// Waits for two futures and gives the result of the one that is ready first; the first one if
/// both are. The other is dropped, which loses nothing where it is a [`recv`](crate::Inbox::recv),
/// [`until_asked`](crate::Control::until_asked) or [`until_closed`](crate::Outbox::until_closed).
///
/// A first that is ready every time keeps the second from being heard: what must not wait goes
/// first.
pub async fn either<A, B>(
    first: impl Future<Output = A>,
    second: impl Future<Output = B>,
) -> Either<A, B> {
    let mut first = pin!(first);
    let mut second = pin!(second);
    poll_fn(|context| {
        if let Poll::Ready(result) = first.as_mut().poll(context) {
            return Poll::Ready(Either::First(result));
        }
        second.as_mut().poll(context).map(Either::Second)
    })
    .await
}

/// Waits for a message in any of these inboxes of one type, and says in which it was; `None` when
/// none will come any more in all of them. Dropping the future before it is ready loses nothing.
///
/// Where several have one, it is that of the earliest in the list: what must not wait goes first,
/// and an inbox that is never empty keeps those after it from being heard. Where no order matters,
/// link all senders to one inbox instead: it takes from each in turn.
///
/// ```
/// use axon_core::{Component, Inbox, any_of};
///
/// /// Prints what it gets, and the urgent first.
/// #[derive(Component, Default)]
/// struct Print {
///     /// Not to be kept waiting.
///     pub urgent: Inbox<String>,
///     /// The rest.
///     pub inbox: Inbox<String>,
/// }
///
/// impl Print {
///     async fn main(mut self) {
///         while let Some((at, text)) = any_of(&mut [&mut self.urgent, &mut self.inbox]).await {
///             println!("{}{text}", ["! ", ""][at]);
///         }
///     }
/// }
/// ```
pub async fn any_of<T>(inboxes: &mut [&mut Inbox<T>]) -> Option<(usize, T)> {
    poll_fn(|_| {
        let mut is_open = false;
        for (at, inbox) in inboxes.iter_mut().enumerate() {
            match inbox.try_recv() {
                Ok(message) => return Poll::Ready(Some((at, message))),
                Err(TryRecvError::Empty) => is_open = true,
                Err(TryRecvError::Finished) => {}
            }
        }
        if is_open { Poll::Pending } else { Poll::Ready(None) }
    })
    .await
}
