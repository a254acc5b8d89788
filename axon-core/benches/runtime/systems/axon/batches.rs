//! Components that take and send what there is in one go.

use std::hint::black_box;

use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Outboxes};

use super::awaiting::ThreadedCount;
use super::graphs::{self, Adds, Counts, Spreads, Sum, add_to};
use crate::measure::Spent;
use crate::systems::{System, Work};

/// Messages taken and sent at a time.
const BATCH: usize = 1_000;

pub(crate) struct InBatches;

impl System for InBatches {
    fn name(&self) -> &'static str {
        "axon-core, in batches"
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        match work {
            // There are no batches of one.
            Work::Pipeline { boxes: 1, .. } => None,
            Work::Pipeline { stages, boxes } => {
                Some(graphs::pipeline::<Count, Pass, Add>(count, stages, boxes))
            }
            Work::FanOut { fan, boxes } => Some(graphs::fan_out::<Spread, Add>(count, fan, boxes)),
            Work::FanIn { fan, boxes } => Some(graphs::fan_in::<Count, Add>(count, fan, boxes)),
            Work::Stream { boxes } => Some(graphs::stream::<ThreadedCount, Add>(count, boxes)),
            Work::Ring { .. } | Work::Lives { .. } | Work::Ask { .. } => None,
        }
    }
}

#[derive(Component)]
struct Count {
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
        self.outbox.send_many(0..self.limit).await
    }
}

#[derive(Component, Default)]
struct Pass {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Pass {
    async fn main(mut self) -> Result<(), Closed> {
        let mut batch = Vec::with_capacity(BATCH);
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            self.outbox.send_many(black_box(&mut batch).drain(..)).await?;
        }
        Ok(())
    }
}

#[derive(Component)]
struct Add {
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
        let mut batch = Vec::with_capacity(BATCH);
        while self.inbox.recv_many(&mut batch, BATCH).await > 0 {
            sum += batch.drain(..).sum::<u64>();
        }
        add_to(&self.sum, sum);
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
        for from in (0..self.limit).step_by(BATCH) {
            let until = self.limit.min(from + BATCH as u64);
            for (_, outbox) in self.out.iter_mut() {
                outbox.send_many(from..until).await?;
            }
        }
        Ok(())
    }
}
