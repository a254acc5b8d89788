//! The components that the graphs are made of.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon_core::{
    Address, Closed, Component, Control, Graphline, Inbox, Outbox, Outboxes, ThreadedComponent,
};

/// Messages taken and sent at a time by those that work in batches.
const BATCH: usize = 1_000;

/// Where sinks put what they have added up.
pub(crate) type Sum = Arc<AtomicU64>;

pub(crate) fn add_to(sum: &Sum, part: u64) {
    sum.fetch_add(part, Ordering::Relaxed);
}

#[derive(Component)]
pub(crate) struct Count {
    pub(crate) limit: u64,
    pub(crate) outbox: Outbox<u64>,
}

impl Count {
    pub(crate) fn to(limit: u64) -> Self {
        Count { limit, outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.limit {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

#[derive(Component, Default)]
pub(crate) struct Pass {
    pub(crate) inbox: Inbox<u64>,
    pub(crate) outbox: Outbox<u64>,
}

impl Pass {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(black_box(number)).await?;
        }
        Ok(())
    }
}

#[derive(Component)]
pub(crate) struct Add {
    pub(crate) sum: Sum,
    pub(crate) inbox: Inbox<u64>,
}

impl Add {
    pub(crate) fn into(sum: &Sum) -> Self {
        Add { sum: sum.clone(), inbox: Inbox::new() }
    }

    async fn main(mut self) {
        let mut sum = 0;
        while let Some(number) = self.inbox.recv().await {
            sum += number;
        }
        add_to(&self.sum, sum);
    }
}

#[derive(Component)]
pub(crate) struct CountInBatches {
    pub(crate) limit: u64,
    pub(crate) outbox: Outbox<u64>,
}

impl CountInBatches {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send_many(0..self.limit).await
    }
}

#[derive(Component, Default)]
pub(crate) struct PassInBatches {
    pub(crate) inbox: Inbox<u64>,
    pub(crate) outbox: Outbox<u64>,
}

impl PassInBatches {
    async fn main(mut self) -> Result<(), Closed> {
        let mut batch = Vec::with_capacity(BATCH);
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            self.outbox.send_many(black_box(&mut batch).drain(..)).await?;
        }
        Ok(())
    }
}

#[derive(Component)]
pub(crate) struct AddInBatches {
    pub(crate) sum: Sum,
    pub(crate) inbox: Inbox<u64>,
}

impl AddInBatches {
    async fn main(mut self) {
        let mut sum = 0;
        let mut batch = Vec::with_capacity(BATCH);
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            sum += batch.drain(..).sum::<u64>();
        }
        add_to(&self.sum, sum);
    }
}

/// One of a ring: passes tokens on with one less, until all tokens are down to nothing.
#[derive(Component)]
pub(crate) struct Member {
    pub(crate) first: Option<u64>,
    /// Tokens that are still going round.
    pub(crate) tokens: Sum,
    pub(crate) hops: Sum,
    pub(crate) inbox: Inbox<u64>,
    pub(crate) outbox: Outbox<u64>,
}

impl Member {
    async fn main(mut self) -> Result<(), Closed> {
        if let Some(token) = self.first {
            self.outbox.send(token).await?;
        }
        let mut hops = 0;
        while let Some(token) = self.inbox.recv().await {
            hops += 1;
            if token > 1 {
                self.outbox.send(token - 1).await?;
            } else if self.tokens.fetch_sub(1, Ordering::Relaxed) == 1 {
                break;
            }
        }
        add_to(&self.hops, hops);
        Ok(())
    }
}

#[derive(Component)]
pub(crate) struct Spread {
    pub(crate) limit: u64,
    pub(crate) out: Outboxes<u64>,
}

impl Spread {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.limit {
            for (_, outbox) in self.out.iter_mut() {
                outbox.send(number).await?;
            }
        }
        Ok(())
    }
}

/// Sends one number and ends.
#[derive(Component, Default)]
pub(crate) struct Once {
    pub(crate) outbox: Outbox<u64>,
}

impl Once {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(1).await
    }
}

/// The same for one that is adopted.
#[derive(Component)]
pub(crate) struct OnceTo {
    to: Address<u64>,
}

impl OnceTo {
    async fn main(self) -> Result<(), Closed> {
        self.to.send(1).await
    }
}

/// Adopts components, and adds up what each of them sends.
#[derive(Component)]
pub(crate) struct Adopter {
    pub(crate) limit: u64,
    pub(crate) at_a_time: u64,
    pub(crate) sum: Sum,
    #[optional]
    pub(crate) inbox: Inbox<u64>,
    pub(crate) control: Control,
}

impl Adopter {
    async fn main(mut self) {
        let address = self.inbox.address();
        let mut sum = 0;
        while sum < self.limit {
            let count = self.at_a_time.min(self.limit - sum);
            for _ in 0..count {
                let once = OnceTo { to: address.clone() };
                self.control.adopt(Graphline::new().add("once", once)).expect("it needs no links");
            }
            for _ in 0..count {
                sum += self.inbox.recv().await.unwrap_or_default();
            }
        }
        add_to(&self.sum, sum);
    }
}

/// Asks, waits for the answer, and adds it up.
#[derive(Component)]
pub(crate) struct Ask {
    pub(crate) limit: u64,
    pub(crate) sum: Sum,
    pub(crate) inbox: Inbox<u64>,
    pub(crate) outbox: Outbox<u64>,
}

impl Ask {
    async fn main(mut self) -> Result<(), Closed> {
        let mut sum = 0;
        for number in 0..self.limit {
            self.outbox.send(number).await?;
            sum += self.inbox.recv().await.ok_or(Closed)?;
        }
        add_to(&self.sum, sum);
        Ok(())
    }
}

/// Answers from a thread of its own.
#[derive(ThreadedComponent, Default)]
pub(crate) struct Answer {
    pub(crate) inbox: Inbox<u64>,
    pub(crate) outbox: Outbox<u64>,
}

impl Answer {
    fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv_blocking() {
            self.outbox.send_blocking(number + 1)?;
        }
        Ok(())
    }
}

/// Counts on a thread of its own.
#[derive(ThreadedComponent)]
pub(crate) struct ThreadedCount {
    pub(crate) limit: u64,
    pub(crate) outbox: Outbox<u64>,
}

impl ThreadedCount {
    fn main(mut self) -> Result<(), Closed> {
        (0..self.limit).try_for_each(|number| self.outbox.send_blocking(number))
    }
}
