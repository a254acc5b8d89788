//! Components side by side.
//!
//! **What it is.** Several sections that run together as one: what comes in goes to each of them, and
//! what any of them gives goes out.
//!
//! **How to use it.** [`Par::new`], [`with`](Par::with) for each, and then like any [`Section`].
//!
//! **How it works.** All outboxes inside feed what the section's outbox is linked to, with no component
//! between. Where there are several inboxes, one component in front of them sends each a copy.
//!
//! **When it stops.** When all of them have ended. Each is told of the end of the input.

use super::graphline::Graphline;
use super::plan::{self, To};
use super::section::{Ends, IntoSection, Section};
use crate::Component;
use crate::boxes::{Inbox, InboxKey, OutboxKey, Outboxes};

/// Sections that run side by side; together they are a [`Section`] too.
///
/// ```
/// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Par, Pipeline, Section};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
/// # impl Double { async fn main(mut self) -> Result<(), Closed> {
/// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let both = Par::new().with(Double::default()).with(Double::default());
/// Graphline::new()
///     .add("count", Count::default())
///     .nest("both", both)
///     .add("print", Print::default())
///     .link("count.outbox", "both.inbox")
///     .link("both.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// Of messages from different sections there is no order. A section that is slow holds up the copies
/// for the others when its box is full; one that has ended gets none and holds up nobody.
///
/// Sources side by side have no inbox, and are merged:
///
/// ```
/// # use axon_core::{Component, Outbox, Par, Section};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// let merged = Par::new()
///     .with(Section::source(Count::default()))
///     .with(Section::source(Count::default()));
/// # let _ = axon_core::Graphline::from(merged);
/// ```
#[must_use = "sections side by side run where they are put into a graph"]
pub struct Par<A, B> {
    sections: Vec<Section<A, B>>,
}

impl<A: Send + 'static, B: Send + 'static> Par<A, B> {
    /// Nothing yet.
    pub fn new() -> Self {
        Par { sections: Vec::new() }
    }

    /// With one more beside the others. Components are named by their place and type, such as
    /// `2 LineSplit`.
    pub fn with(mut self, section: impl IntoSection<In = A, Out = B>) -> Self {
        self.sections.push(section.into_section());
        self
    }
}

impl<A: Send + 'static, B: Send + 'static> Default for Par<A, B> {
    fn default() -> Self {
        Par::new()
    }
}

impl<A: Clone + Send + 'static, B: Send + 'static> IntoSection for Par<A, B> {
    type In = A;
    type Out = B;

    fn into_section(self) -> Section<A, B> {
        let mut graph = Graphline::new();
        let (mut inboxes, mut outboxes) = (Vec::new(), Vec::new());
        for (at, section) in self.sections.into_iter().enumerate() {
            let name = format!("{} {}", at + 1, section.label());
            let ends = section.put_into(&mut graph, &name);
            inboxes.extend(ends.inbox);
            outboxes.extend(ends.outboxes);
        }
        let (graph, inbox) = copy_to_each::<A>(graph, inboxes);
        Section::new("Par", graph, Ends { inbox, outboxes })
    }
}

impl<A: Clone + Send + 'static, B: Send + 'static> From<Par<A, B>> for Graphline {
    fn from(par: Par<A, B>) -> Self {
        par.into_section().into()
    }
}

/// One inbox that stands for all of these.
fn copy_to_each<T: Clone + Send + 'static>(
    mut graph: Graphline,
    mut inboxes: Vec<To>,
) -> (Graphline, Option<To>) {
    if inboxes.len() < 2 {
        return (graph, inboxes.pop());
    }
    let names = 1..=inboxes.len();
    let mut copies =
        Copies { inbox: Inbox::new(), outboxes: Outboxes::new(names.map(|n| n.to_string())) };
    for ((name, outbox), to) in copies.outboxes.iter_mut().zip(inboxes) {
        let from = plan::From::Box(OutboxKey::of::<T>(outbox));
        graph.join(vec![from], Some(to), name);
    }
    let inbox = To::Box(InboxKey::of(&copies.inbox));
    (graph.add("copies", copies), Some(inbox))
}

/// Sends each of several receivers a copy of everything.
#[derive(Component)]
struct Copies<T: Clone + Send + 'static> {
    /// What is copied.
    inbox: Inbox<T>,
    /// The copies.
    outboxes: Outboxes<T>,
}

impl<T: Clone + Send + 'static> Copies<T> {
    async fn main(mut self) {
        while let Some(message) = self.inbox.recv().await {
            let mut is_taken = false;
            for (_, outbox) in self.outboxes.iter_mut() {
                is_taken |= outbox.is_taken() && outbox.send(message.clone()).await.is_ok();
            }
            if !is_taken {
                return;
            }
        }
    }
}
