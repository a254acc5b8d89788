//! A link leads from an outbox to an inbox.

use axon_core::{Graphline, Inbox};

fn main() {
    let (one, other) = (Inbox::<u32>::new(), Inbox::<u32>::new());
    let _ = Graphline::new().link(&one, &other);
}
