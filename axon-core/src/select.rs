//! Waiting for whichever of two things comes first.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

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
