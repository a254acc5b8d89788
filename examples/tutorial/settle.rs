//! The component at the end of the tutorial, with its tests.

use std::time::Duration;

use axon_core::{Closed, Component, Inbox, Outbox, timeout};

/// Passes on the last of several messages that come in quick succession.
///
/// Ends when no more can come, after the last message, or when nobody is left to take what it gives.
#[derive(Component)]
pub struct Settle<T: Send + 'static> {
    /// What may change again soon.
    pub inbox: Inbox<T>,
    /// What stayed as it was for a while.
    pub outbox: Outbox<T>,
    quiet: Duration,
}

impl<T: Send + 'static> Settle<T> {
    /// Passes a message on when no newer one has come for so long.
    pub fn after(quiet: Duration) -> Self {
        Settle { inbox: Inbox::new(), outbox: Outbox::new(), quiet }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(mut latest) = self.inbox.recv().await {
            // Each newer one begins the wait anew.
            while let Ok(newer) = timeout(self.quiet, self.inbox.recv()).await {
                let Some(newer) = newer else { return self.outbox.send(latest).await };
                latest = newer;
            }
            self.outbox.send(latest).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axon_core::{Feed, RunError, Watched, Workbench};

    use super::*;

    const QUIET: Duration = Duration::from_secs(10);
    const NEARLY: Duration = Duration::from_secs(9);

    fn on_a_bench() -> (Workbench, Feed<&'static str>, Watched<&'static str>) {
        let settle = Settle::after(QUIET);
        let mut bench = Workbench::new();
        let (typed, settled) = (bench.feed(&settle.inbox), bench.watch(&settle.outbox));
        bench.start(settle);
        (bench, typed, settled)
    }

    #[test]
    fn what_changes_again_in_time_is_not_passed_on() -> Result<(), RunError> {
        let (mut bench, typed, settled) = on_a_bench();
        for text in ["h", "he", "hello"] {
            typed.send(text);
            bench.advance(NEARLY);
        }
        assert!(settled.is_empty(), "the last one came nine seconds ago");
        bench.advance(QUIET - NEARLY);
        assert_eq!(settled.drain(), ["hello"]);
        drop(typed);
        bench.finish()?;
        Ok(())
    }

    #[test]
    fn the_last_message_is_not_lost_when_the_end_comes_first() -> Result<(), RunError> {
        let (mut bench, typed, settled) = on_a_bench();
        typed.send("goodbye");
        drop(typed);
        bench.until_idle();
        assert_eq!(settled.drain(), ["goodbye"]);
        bench.finish()?;
        Ok(())
    }
}
