//! Several of a kind that share the work.
//!
//! **What it is.** Sections side by side of which each message goes to one, and what any of them gives
//! goes out.
//!
//! **How to use it.** [`pool`] with how many, and a function that makes one. Those that compute for long
//! are to run at the same time, and so each on a worker of its own: [`Section::on`].
//!
//! **How it works.** One component deals. A message goes to whoever has most room, in turn among
//! equals; each has room for one besides what it works at, so that no more than one waits for somebody
//! slow while others have nothing to do. Where nobody has room the sender waits. There is no order
//! between what different ones give.
//!
//! **When it stops.** When no more can come in and all have ended. One that ends early gets no more,
//! and what it had not taken is lost with it.

use std::cmp::Reverse;
use std::future::poll_fn;
use std::num::NonZero;
use std::task::Poll;

use super::graphline::Graphline;
use super::plan::{self, To};
use super::section::{Ends, IntoSection, Section};
use crate::Component;
use crate::boxes::{Closed, Inbox, InboxKey, OutboxKey, Outboxes, TrySendError};
use crate::linkage::LinkPolicy;

/// Messages that wait for each worker besides the one it works at: the next is there when it is done,
/// and no more than that is kept from the others.
const AHEAD: usize = 1;

/// Sections side by side that share the work: each message goes to one of them. `make` is given their
/// numbers, from 1.
///
/// ```
/// use std::num::NonZero;
///
/// use axon_core::{Pipeline, Section, handle, pool};
/// # use axon_core::{Component, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u64> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u64> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
///
/// let square = |number| {
///     let worker = handle(|number: u64, out| out.send(number * number));
///     Pipeline::open(worker).on(&format!("worker {number}"))
/// };
/// let squares = pool(NonZero::new(4).unwrap(), square);
/// let sink = Section::sink(Print::default());
/// Section::source(Count::default()).then(squares).then(sink).run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
pub fn pool<S: IntoSection>(
    count: NonZero<usize>,
    mut make: impl FnMut(usize) -> S,
) -> Section<S::In, S::Out> {
    let numbers = 1..=count.get();
    let mut deal = Deal {
        inbox: Inbox::new(),
        outboxes: Outboxes::new(numbers.clone().map(|number| number.to_string())),
        next: 0,
    };
    let mut graph = Graphline::new();
    let mut outboxes = Vec::new();
    for (number, (_, outbox)) in numbers.zip(deal.outboxes.iter_mut()) {
        let section = make(number).into_section();
        let name = format!("{number} {}", section.label());
        let ends = section.put_into(&mut graph, &name);
        let from = plan::From::Box(OutboxKey::of::<S::In>(outbox));
        graph.join_with(&LinkPolicy::wait(AHEAD), vec![from], ends.inbox, &name);
        outboxes.extend(ends.outboxes);
    }
    let inbox = Some(To::Box(InboxKey::of(&deal.inbox)));
    Section::new("Pool", graph.add("deal", deal), Ends { inbox, outboxes })
}

/// Gives each message to one of several receivers.
#[derive(Component)]
struct Deal<T: Send + 'static> {
    /// What is dealt.
    inbox: Inbox<T>,
    /// To each of them.
    outboxes: Outboxes<T>,
    /// Whose turn it is among equals.
    next: usize,
}

impl<T: Send + 'static> Deal<T> {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            self.deal(message).await?;
        }
        Ok(())
    }

    /// To whoever has most room, or if nobody has any, will have it first.
    async fn deal(&mut self, message: T) -> Result<(), Closed> {
        let mut held = Some(message);
        poll_fn(|_| {
            let Some(mut message) = held.take() else { return Poll::Ready(Ok(())) };
            let mut is_anybody_there = false;
            for at in self.roomiest().into_iter().chain(0..self.outboxes.len()) {
                let Some((_, outbox)) = self.outboxes.iter_mut().nth(at) else { continue };
                message = match outbox.try_send(message) {
                    Ok(()) => {
                        self.next = (at + 1) % self.outboxes.len();
                        return Poll::Ready(Ok(()));
                    }
                    Err(TrySendError::Full(message)) => {
                        is_anybody_there = true;
                        message
                    }
                    Err(TrySendError::Closed(message)) => message,
                };
            }
            held = Some(message);
            if is_anybody_there { Poll::Pending } else { Poll::Ready(Err(Closed)) }
        })
        .await
    }

    /// Whose turn it is of those who have most room.
    fn roomiest(&mut self) -> Option<usize> {
        let (next, count) = (self.next, self.outboxes.len());
        let there =
            self.outboxes.iter_mut().enumerate().filter(|(_, (_, outbox))| outbox.is_taken());
        let rooms = there
            .map(|(at, (_, outbox))| (outbox.room(), Reverse((at + count - next) % count), at));
        rooms.max().map(|(_, _, at)| at)
    }
}
