//! One message to several receivers.
//!
//! What is it: a joint. An outbox leads to one inbox only; a Fanout has as many outboxes as it is
//! given names, and copies each message to all of them.
//!
//! How to use it: `Fanout::new(["maker", "writer"])`, then link `fanout.to("maker")`, or
//! `"fanout.maker"` by name. Every box named must be linked.
//!
//! How it works: message by message, box by box, in the order of the names. A box that is full
//! holds back all, so nobody gets further ahead of the others than its box allows. A receiver that
//! has ended is passed over. (Kamaelia's Fanout also copied data to `outbox` and `signal`.)
//!
//! When it stops: when no more can come, when every receiver has ended, or when the graph is asked
//! to stop.

use std::iter::repeat_n;

use axon_core::{Component, Inbox, NamedOutbox, Outboxes};

/// Copies each message to every one of its named boxes, in the order of the names.
///
/// ```
/// use axon_core::Graphline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, Fanout};
///
/// let reader = ConsoleReader::from_reader(&b"seen by both\n"[..]);
/// let both = Fanout::new(["screen", "log"]);
/// let (screen, log) = (ConsoleEchoer::new(), ConsoleEchoer::to_writer(std::io::stderr()));
/// Graphline::new()
///     .link(&reader.outbox, &both.inbox)
///     .link(&both.to("screen"), &screen.inbox)
///     .link(&both.to("log"), &log.inbox)
///     .add("reader", reader)
///     .add("both", both)
///     .add("screen", screen)
///     .add("log", log)
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Component)]
pub struct Fanout<T: Clone + Send + 'static> {
    /// What to copy.
    pub inbox: Inbox<T>,
    /// A copy.
    outboxes: Outboxes<T>,
}

impl<T: Clone + Send + 'static> Fanout<T> {
    /// With one outbox for each name.
    pub fn new(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Fanout { inbox: Inbox::new(), outboxes: Outboxes::new(names) }
    }

    /// The outbox of this name, to link it. A name it was not made with is reported when the graph
    /// is built.
    pub fn to(&self, name: &str) -> NamedOutbox<'_, T> {
        self.outboxes.named(name)
    }

    async fn main(mut self) {
        while let Some(message) = self.inbox.recv().await {
            if !self.copy_to_all(message).await {
                return;
            }
        }
    }

    /// Whether anybody took it.
    async fn copy_to_all(&mut self, message: T) -> bool {
        let mut taken = false;
        let copies = repeat_n(message, self.outboxes.len());
        for ((_, outbox), copy) in self.outboxes.iter_mut().zip(copies) {
            taken |= outbox.send(copy).await.is_ok();
        }
        taken
    }
}
