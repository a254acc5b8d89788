//! Components with an `async fn main` that takes and sends messages one by one.

use std::hint::black_box;
use std::sync::atomic::Ordering;

use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Outboxes, ThreadedComponent};

use super::graphs::{self, Adds, Counts, Ring, Spreads, Sum, add_to};
use super::idle;
use crate::idle::Waiting;
use crate::measure::Spent;
use crate::systems::{System, Work};

pub(crate) struct Awaiting;

impl System for Awaiting {
    fn name(&self) -> &'static str {
        "axon-core"
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        Some(match work {
            Work::Pipeline { stages, boxes } => {
                graphs::pipeline::<Count, Pass, Add>(count, stages, boxes)
            }
            Work::Ring { members, tokens } => graphs::ring(count, members, tokens, Member::new),
            Work::FanOut { fan, boxes } => graphs::fan_out::<Spread, Add>(count, fan, boxes),
            Work::FanIn { fan, boxes } => graphs::fan_in::<Count, Add>(count, fan, boxes),
            Work::Lives { alive } => graphs::lives::<Once, Add>(count, alive),
            Work::Ask { boxes } => {
                graphs::ask(count, boxes, |sum| Ask::new(count, sum), Answer::default())
            }
            Work::Stream { boxes } => graphs::stream::<ThreadedCount, Add>(count, boxes),
        })
    }

    fn idle_max(&self) -> usize {
        usize::MAX
    }

    fn idle(&self, components: usize, waiting: &Waiting) {
        idle::run(components, waiting);
    }
}

#[derive(Component)]
pub(super) struct Count {
    limit: u64,
    outbox: Outbox<u64>,
}

impl Counts for Count {
    fn to(limit: u64) -> Self {
        Count { limit, outbox: Outbox::new() }
    }
}

impl Count {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.limit {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

#[derive(Component, Default)]
struct Pass {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
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
pub(super) struct Add {
    sum: Sum,
    inbox: Inbox<u64>,
}

impl Adds for Add {
    fn into(sum: &Sum) -> Self {
        Add { sum: sum.clone(), inbox: Inbox::new() }
    }
}

impl Add {
    async fn main(mut self) {
        let mut sum = 0;
        while let Some(number) = self.inbox.recv().await {
            sum += number;
        }
        add_to(&self.sum, sum);
    }
}

/// Passes tokens on with one less, until all of them are down to nothing.
#[derive(Component)]
struct Member {
    ring: Ring,
    first: Option<u64>,
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Member {
    fn new(ring: Ring, first: Option<u64>) -> Self {
        Member { ring, first, inbox: Inbox::new(), outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        if let Some(token) = self.first {
            self.outbox.send(token).await?;
        }
        let mut hops = 0;
        while let Some(token) = self.inbox.recv().await {
            hops += 1;
            if token > 1 {
                self.outbox.send(token - 1).await?;
            } else if self.ring.tokens.fetch_sub(1, Ordering::Relaxed) == 1 {
                break;
            }
        }
        add_to(&self.ring.hops, hops);
        Ok(())
    }
}

#[derive(Component)]
struct Spread {
    limit: u64,
    out: Outboxes<u64>,
}

impl Spreads for Spread {
    fn to(limit: u64, fan: usize) -> Self {
        Spread { limit, out: Outboxes::new((0..fan).map(|at| at.to_string())) }
    }

    fn link(&self, at: usize, boxes: usize, inbox: &Inbox<u64>, graph: Graphline) -> Graphline {
        graph.link_with(boxes, &self.out.named(&at.to_string()), inbox)
    }
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

/// Sends a 1 and ends.
#[derive(Component, Default)]
struct Once {
    outbox: Outbox<u64>,
}

impl Once {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(1).await
    }
}

/// Asks, waits for the answer, and adds it up.
#[derive(Component)]
struct Ask {
    limit: u64,
    sum: Sum,
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Ask {
    fn new(limit: u64, sum: &Sum) -> Self {
        Ask { limit, sum: sum.clone(), inbox: Inbox::new(), outbox: Outbox::new() }
    }

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
struct Answer {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
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
pub(super) struct ThreadedCount {
    limit: u64,
    outbox: Outbox<u64>,
}

impl Counts for ThreadedCount {
    fn to(limit: u64) -> Self {
        ThreadedCount { limit, outbox: Outbox::new() }
    }
}

impl ThreadedCount {
    fn main(mut self) -> Result<(), Closed> {
        (0..self.limit).try_for_each(|number| self.outbox.send_blocking(number))
    }
}
