//! So many messages a second, and no more.
//!
//! What is it: messages go through, each when its time has come.
//!
//! How to use it: `RateLimit::per_second(100)`, before something that should not be hurried: a server, a
//! disk, a person. With `burst(20)` so many may go at once after a pause.
//!
//! How it works: each message is due a fixed time after the one before it. Of a pause so much is saved
//! up as a burst needs, and no more. It holds one message; others wait in its box and hold back their
//! sender, or are dropped if the link to it says so ([`LinkPolicy`](axon_core::LinkPolicy)). The clock is
//! the graph's.
//!
//! When it stops: when no more can come, after the last message had its time; at once when nobody is left
//! to take what it sends; when the graph is asked to stop.

use std::num::NonZero;
use std::time::Duration;

use axon_core::{Closed, Component, Either, Inbox, Outbox, either, now, sleep_until};

/// Lets so many messages pass in a second.
///
/// ```
/// use std::num::NonZero;
/// use std::time::Duration;
///
/// use axon_core::Workbench;
/// use kamaelia_io::RateLimit;
///
/// let limit = RateLimit::per_second(NonZero::new(2).unwrap());
/// let mut bench = Workbench::new();
/// let (hurried, passed) = (bench.feed(&limit.inbox), bench.watch(&limit.outbox));
/// bench.start(limit);
/// hurried.send_many(1..=10);
/// bench.advance(Duration::from_secs(2));
/// assert_eq!(passed.drain(), [1, 2, 3, 4, 5]);
/// ```
#[derive(Component)]
pub struct RateLimit<T: Send + 'static> {
    /// What is to pass.
    pub inbox: Inbox<T>,
    /// The same, in its time.
    pub outbox: Outbox<T>,
    /// Between two messages.
    interval: Duration,
    burst: NonZero<u32>,
}

impl<T: Send + 'static> RateLimit<T> {
    /// At most so many in a second, evenly.
    pub fn per_second(messages: NonZero<u32>) -> Self {
        RateLimit {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            // No shorter than a part of a second is, or there would be one more in it.
            interval: Duration::from_nanos(1_000_000_000_u64.div_ceil(messages.get().into())),
            burst: NonZero::<u32>::MIN,
        }
    }

    /// So many may go at once after a pause long enough for them.
    pub fn burst(mut self, messages: NonZero<u32>) -> Self {
        self.burst = messages;
        self
    }

    async fn main(mut self) -> Result<(), Closed> {
        let saved_max = self.interval * (self.burst.get() - 1);
        let mut due = now();
        while let Some(message) = self.next().await {
            due = due.max(now().checked_sub(saved_max).unwrap_or(due));
            let waiting = either(sleep_until(due), self.outbox.until_closed());
            if let Either::Second(()) = waiting.await {
                return Ok(());
            }
            due += self.interval;
            self.outbox.send(message).await?;
        }
        Ok(())
    }

    /// Whoever comes before this one may wait for something else than messages, and has no other way to
    /// hear that nobody needs them any more.
    async fn next(&mut self) -> Option<T> {
        match either(self.inbox.recv(), self.outbox.until_closed()).await {
            Either::First(next) => next,
            Either::Second(()) => None,
        }
    }
}
