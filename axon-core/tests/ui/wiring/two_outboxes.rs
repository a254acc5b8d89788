//! A link ends at an inbox.

use axon_core::{Graphline, Outbox};

fn main() {
    let (one, other) = (Outbox::<u32>::new(), Outbox::<u32>::new());
    let _ = Graphline::new().link(&one, &other);
}
