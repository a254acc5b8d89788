//! Goes through whatever can be gone through once.
//!
//! **What it is.** A [`Chooser`](super::Chooser) that only goes forward, so that its items need not be
//! there beforehand: they may be endless, or made as they are asked for.
//!
//! **How to use it.** Link `inbox` to whoever asks for the next item, such as a
//! [`Carousel`](super::Carousel); [`playlist`](super::playlist) joins the two.
//!
//! **How it works.** It sends the first item when it starts, and takes another from the iterator each
//! time it is asked.
//!
//! **When it stops.** When it is asked for an item and there is none; when nobody can ask any more;
//! when the graph is asked to finish; when nobody takes the items.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use super::Next;
use crate::Component;
use crate::boxes::{Closed, Inbox, Outbox, TryRecvError};
use crate::control::{Asked, Control};

/// Sends the items of an iterator, one each time it is asked.
///
/// ```
/// use axon_core::{ForwardChooser, Next};
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Asks { pub inbox: Inbox<u32>, pub outbox: Outbox<Next> }
/// # impl Asks { async fn main(mut self) -> Result<(), Closed> {
/// #     for expected in 0..5 {
/// #         assert_eq!(self.inbox.recv().await, Some(expected));
/// #         self.outbox.send(Next).await?;
/// #     }
/// #     Ok(()) } }
///
/// Graphline::new()
///     .add("chooser", ForwardChooser::new(0u32..))
///     .add("asks", Asks::default())
///     .link("chooser.outbox", "asks.inbox")
///     .link("asks.outbox", "chooser.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
#[must_use = "a chooser runs where it is put into a graph"]
pub struct ForwardChooser<T: Send + 'static> {
    /// Each asks for an item.
    pub inbox: Inbox<Next>,
    /// The items.
    pub outbox: Outbox<T>,
    control: Control,
    items: Box<dyn Iterator<Item = T> + Send>,
}

impl<T: Send + 'static> ForwardChooser<T> {
    /// Of these items. The iterator runs on the worker that the chooser shares with others and must
    /// not block.
    pub fn new<I>(items: I) -> Self
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'static,
    {
        ForwardChooser {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            items: Box::new(items.into_iter()),
        }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while self.control.asked() < Asked::Finish
            && let Some(item) = self.items.next()
        {
            self.outbox.send(item).await?;
            if !self.is_asked().await {
                break;
            }
        }
        Ok(())
    }

    /// Waits until the next item is asked for; false if nobody will ask for it, or take it.
    async fn is_asked(&mut self) -> bool {
        poll_fn(|context| {
            let is_over = self.control.asked() >= Asked::Finish;
            if is_over || pin!(self.outbox.until_closed()).poll(context).is_ready() {
                return Poll::Ready(false);
            }
            match self.inbox.try_recv() {
                Ok(Next) => Poll::Ready(true),
                Err(TryRecvError::Finished) => Poll::Ready(false),
                Err(TryRecvError::Empty) => Poll::Pending,
            }
        })
        .await
    }
}
