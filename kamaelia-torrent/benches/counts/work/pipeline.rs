//! Ten thousand messages through a pipeline of ten components, on one thread.

use axon_core::{Closed, Component, Inbox, Outbox, Pipeline};

const MESSAGES: u64 = 10_000;

pub(super) fn hop(rounds: u32) {
    for _ in 0..rounds {
        let first = Pipeline::new(Count::default()).then(Pass::default());
        let line = (1..8).fold(first, |line, _| line.then(Pass::default()));
        line.then(Sink::default()).run().expect("all end");
    }
}

/// Sends numbers.
#[derive(Component, Default)]
struct Count {
    outbox: Outbox<u64>,
}

impl Count {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..MESSAGES {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// Hands on.
#[derive(Component, Default)]
struct Pass {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Pass {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// Adds up.
#[derive(Component, Default)]
struct Sink {
    inbox: Inbox<u64>,
}

impl Sink {
    async fn main(mut self) {
        let mut sum = 0;
        while let Some(number) = self.inbox.recv().await {
            sum += number;
        }
        assert_eq!(sum, MESSAGES * (MESSAGES - 1) / 2);
    }
}
