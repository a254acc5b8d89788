//! Both ends of a link are boxes, or both are names.

use axon_core::{Graphline, Inbox, Outbox};

fn main() {
    let (outbox, inbox) = (Outbox::<u32>::new(), Inbox::<u32>::new());
    let _ = Graphline::new().link("count.outbox", &inbox);
    let _ = Graphline::new().link(&outbox, "print.inbox");
}
