//! A link is made with references: the boxes stay with their components.

use axon_core::{Graphline, Inbox, Outbox};

fn main() {
    let (outbox, inbox) = (Outbox::<u32>::new(), Inbox::<u32>::new());
    let _ = Graphline::new().link(outbox, inbox);
}
