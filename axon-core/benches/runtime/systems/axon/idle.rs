//! A graph in which everyone waits for someone who never sends.

use std::sync::atomic::Ordering;

use axon_core::{Asked, Component, Control, Graphline, Inbox, Outboxes};

use crate::idle::Waiting;
use crate::systems::IDLE_BOX;

/// Who wait for one and the same.
const GROUP: usize = 100;

pub(super) fn run(components: usize, waiting: &Waiting) {
    let mut graph = Graphline::new();
    for from in (0..components).step_by(GROUP) {
        let names = (from..components.min(from + GROUP)).map(|at| at.to_string());
        let silent = Silent { out: Outboxes::new(names.clone()), control: Control::default() };
        for name in names {
            let waits = Waits { waiting: waiting.clone(), inbox: Inbox::new() };
            let outbox = silent.out.named(&name);
            graph = graph.link_with(IDLE_BOX, &outbox, &waits.inbox).add(name, waits);
        }
        graph = graph.add(format!("silent from {from}"), silent);
    }
    graph.run().expect("nothing in it fails");
}

#[derive(Component)]
struct Silent {
    out: Outboxes<u64>,
    control: Control,
}

impl Silent {
    async fn main(self) {
        self.control.until_asked(Asked::Finish).await;
        drop(self.out);
    }
}

#[derive(Component)]
struct Waits {
    waiting: Waiting,
    inbox: Inbox<u64>,
}

impl Waits {
    async fn main(mut self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.inbox.recv().await;
    }
}
