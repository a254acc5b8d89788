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
/// first. That includes a `recv` of an inbox in which nothing will come any more, which is ready at
/// once with `None`, again and again: a loop has to end then. [`either_of`] sees to that for two inboxes.
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

/// Waits for a message in one of two inboxes, whatever their types; `None` when none will come any more
/// in both. Dropping the future before it is ready loses nothing.
///
/// Where both have one, it is that of the first: what must not wait goes first, and a first that is never
/// empty keeps the second from being heard.
///
/// ```
/// use axon_core::{Component, Either, Inbox, either_of};
///
/// /// Counts lines, from whatever number it is told.
/// #[derive(Component, Default)]
/// struct Count {
///     /// Where to begin.
///     pub from: Inbox<u32>,
///     /// Lines.
///     pub lines: Inbox<String>,
/// }
///
/// impl Count {
///     async fn main(mut self) {
///         let mut number = 0;
///         while let Some(message) = either_of(&mut self.from, &mut self.lines).await {
///             match message {
///                 Either::First(from) => number = from,
///                 Either::Second(_line) => number += 1,
///             }
///         }
///         println!("{number}");
///     }
/// }
/// ```
pub async fn either_of<A, B>(first: &mut Inbox<A>, second: &mut Inbox<B>) -> Option<Either<A, B>> {
    poll_fn(|_| {
        let lacking = match first.try_recv() {
            Ok(message) => return Poll::Ready(Some(Either::First(message))),
            Err(lacking) => lacking,
        };
        match (lacking, second.try_recv()) {
            (_, Ok(message)) => Poll::Ready(Some(Either::Second(message))),
            (TryRecvError::Finished, Err(TryRecvError::Finished)) => Poll::Ready(None),
            _ => Poll::Pending,
        }
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
