//! Components that a running graph adopts one by one, and that are not linked: they know an address.

use axon_core::{Address, Closed, Component, Control, Graphline, Inbox};

use super::graphs::{Sum, add_to, run};
use crate::measure::Spent;
use crate::systems::{System, Work};

pub(crate) struct Adopted;

impl System for Adopted {
    fn name(&self) -> &'static str {
        "axon-core, adopted"
    }

    fn run(&self, work: Work, count: u64) -> Option<Spent> {
        match work {
            // More than that is one graph, made as a whole.
            Work::Lives { alive: alive @ ..=1_000 } => Some(lives(count, alive)),
            _ => None,
        }
    }
}

fn lives(count: u64, alive: u64) -> Spent {
    let sum = Sum::default();
    let (inbox, control) = (Inbox::new(), Control::default());
    let adopter = Adopter { limit: count, alive, sum: sum.clone(), inbox, control };
    run(Graphline::new().add("adopter", adopter), count, &sum, count)
}

/// Adopts components, and adds up what each of them sends.
#[derive(Component)]
struct Adopter {
    limit: u64,
    alive: u64,
    sum: Sum,
    #[optional]
    inbox: Inbox<u64>,
    control: Control,
}

impl Adopter {
    async fn main(mut self) {
        let address = self.inbox.address();
        let mut sum = 0;
        while sum < self.limit {
            let now = self.alive.min(self.limit - sum);
            for _ in 0..now {
                let once = Once { to: address.clone() };
                self.control.adopt(Graphline::new().add("once", once)).expect("it needs no links");
            }
            for _ in 0..now {
                sum += self.inbox.recv().await.unwrap_or_default();
            }
        }
        add_to(&self.sum, sum);
    }
}

/// Sends a 1 and ends.
#[derive(Component)]
struct Once {
    to: Address<u64>,
}

impl Once {
    async fn main(self) -> Result<(), Closed> {
        self.to.send(1).await
    }
}
