//! A link leads from an outbox to an inbox, and not the other way round.

use axon_core::{Graphline, Inbox, Outbox};

fn main() {
    let (outbox, inbox) = (Outbox::<u32>::new(), Inbox::<u32>::new());
    let _ = Graphline::new().link(&inbox, &outbox);
}
