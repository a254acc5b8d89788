//! Two streams into one stream of pairs.
//!
//! What is it: a zip. The n-th message of `a` and the n-th of `b` leave together.
//!
//! How to use it: link both inboxes, and only where each side sends exactly one message for each
//! of the other: pairing is by order alone, so one message that is missing shifts all that follow.
//! Where a side can fail, let the failure be a message too.
//!
//! How it works: at most one message of one side is held while the other side is awaited; further
//! ones wait in their box and hold back their sender.
//!
//! When it stops: as soon as no further pair can come, which is when a message is missing on a side
//! that has ended; when nobody is left to take pairs; when the graph is asked to stop. What is left
//! over on the other side is dropped.

use axon_core::{Closed, Component, Either, Inbox, Outbox, either};

/// Pairs the n-th message of one inbox with the n-th of the other, however they arrive.
///
/// ```
/// use axon_core::Graphline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, PureTransformer, TwoSourceListifier};
///
/// let names = ConsoleReader::from_reader(&b"one\ntwo\n"[..]);
/// let values = ConsoleReader::from_reader(&b"1\n2\n"[..]);
/// let pairs = TwoSourceListifier::new();
/// let show = PureTransformer::map(|(name, value)| format!("{name}={value}\n"));
/// let console = ConsoleEchoer::new();
/// Graphline::new()
///     .link(&names.outbox, &pairs.a)
///     .link(&values.outbox, &pairs.b)
///     .link(&pairs.outbox, &show.inbox)
///     .link(&show.outbox, &console.inbox)
///     .add("names", names)
///     .add("values", values)
///     .add("pairs", pairs)
///     .add("show", show)
///     .add("console", console)
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct TwoSourceListifier<A: Send + 'static, B: Send + 'static> {
    /// The first of each pair.
    pub a: Inbox<A>,
    /// The second of each pair.
    pub b: Inbox<B>,
    /// The pairs.
    pub outbox: Outbox<(A, B)>,
}

impl<A: Send + 'static, B: Send + 'static> TwoSourceListifier<A, B> {
    /// With nothing paired yet.
    pub fn new() -> Self {
        TwoSourceListifier { a: Inbox::new(), b: Inbox::new(), outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(pair) = self.next_pair().await {
            self.outbox.send(pair).await?;
        }
        Ok(())
    }

    /// `None` when there will be none.
    async fn next_pair(&mut self) -> Option<(A, B)> {
        // Both are watched, so that the end of one is noticed while the other is silent.
        match either(self.a.recv(), self.b.recv()).await {
            Either::First(a) => Some((a?, self.b.recv().await?)),
            Either::Second(b) => {
                let b = b?;
                Some((self.a.recv().await?, b))
            }
        }
    }
}

impl<A: Send + 'static, B: Send + 'static> Default for TwoSourceListifier<A, B> {
    fn default() -> Self {
        TwoSourceListifier::new()
    }
}
