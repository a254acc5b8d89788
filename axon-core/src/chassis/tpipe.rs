//! A side path for some of the messages.
//!
//! **What it is.** A T in a pipeline: what satisfies a condition goes to a section beside it, whose
//! answers join the rest again.
//!
//! **How to use it.** [`TPipe::split`] to send such messages both ways, [`TPipe::route`] to send them
//! only aside; then [`around`](TPipe::around) the section. For one that answers nothing, that is
//! [`Section::sink`] and [`giving_no`](Section::giving_no). Without a section it is a component with a
//! box `aside` of its own.
//!
//! **How it works.** One component looks at each message. The section's outbox feeds what the `TPipe`'s
//! outbox is linked to, with nothing between.
//!
//! **When it stops.** When no more can come in and the section has ended, or when nobody takes
//! anything, on neither way.

use super::graphline::Graphline;
use super::plan::{self, To};
use super::section::{Ends, IntoSection, Section};
use crate::Component;
use crate::boxes::{Closed, Inbox, InboxKey, Outbox, OutboxKey};

/// Sends messages that satisfy a condition aside, or aside too.
///
/// ```
/// use axon_core::{Pipeline, TPipe};
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
/// # impl Double { async fn main(mut self) -> Result<(), Closed> {
/// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let odd_ones_doubled = TPipe::route(|number| number % 2 == 1).around(Double::default());
/// Graphline::new()
///     .add("count", Count::default())
///     .nest("doubled", odd_ones_doubled)
///     .add("print", Print::default())
///     .link("count.outbox", "doubled.inbox")
///     .link("doubled.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// Messages that pass straight on keep their order, as do those that go aside; between the two there is
/// none. Either way holds up the other when its box is full. What should go a way that has ended is
/// dropped.
#[derive(Component)]
#[must_use = "a T runs where it is put into a graph"]
pub struct TPipe<T: Send + 'static> {
    /// Everything.
    pub inbox: Inbox<T>,
    /// What goes straight on.
    pub outbox: Outbox<T>,
    /// What satisfies the condition.
    pub aside: Outbox<T>,
    is_for_aside: Box<dyn FnMut(&T) -> bool + Send>,
    /// How to send a message both ways; none if it goes only one.
    copy: Option<fn(&T) -> T>,
}

impl<T: Send + 'static> TPipe<T> {
    /// Messages that satisfy the condition go aside as well as on: all go on.
    pub fn split(is_for_aside: impl FnMut(&T) -> bool + Send + 'static) -> Self
    where
        T: Clone,
    {
        TPipe { copy: Some(T::clone), ..TPipe::route(is_for_aside) }
    }

    /// Messages that satisfy the condition go aside, and only the others on.
    pub fn route(is_for_aside: impl FnMut(&T) -> bool + Send + 'static) -> Self {
        TPipe {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            aside: Outbox::new(),
            is_for_aside: Box::new(is_for_aside),
            copy: None,
        }
    }

    /// With this section beside it.
    pub fn around(self, section: impl IntoSection<In = T, Out = T>) -> Section<T, T> {
        let section = section.into_section();
        let mut graph = Graphline::new();
        let beside = section.put_into(&mut graph, "aside");
        graph.join(vec![plan::From::Box(OutboxKey::of(&self.aside))], beside.inbox, "aside");
        let mut outboxes = vec![plan::From::Box(OutboxKey::of(&self.outbox))];
        outboxes.extend(beside.outboxes);
        let inbox = Some(To::Box(InboxKey::of(&self.inbox)));
        Section::new("TPipe", graph.add("condition", self), Ends { inbox, outboxes })
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            let sent = match ((self.is_for_aside)(&message), self.copy) {
                (false, _) => self.outbox.send(message).await,
                (true, None) => self.aside.send(message).await,
                (true, Some(copy)) => {
                    let aside = self.aside.send(copy(&message)).await;
                    self.outbox.send(message).await.or(aside)
                }
            };
            if sent.is_err() && !self.outbox.is_taken() && !self.aside.is_taken() {
                return Err(Closed);
            }
        }
        Ok(())
    }
}
