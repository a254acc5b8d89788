//! Handles and members of a family carry types as boxes do.

use axon_core::{Graphline, Inbox, Outbox, Outboxes};

fn main() {
    let (numbers, words) = (Outbox::<u32>::new(), Inbox::<String>::new());
    let _ = Graphline::new().link(&numbers.handle(), &words.handle());

    let family = Outboxes::<u32>::new(["left", "right"]);
    let _ = Graphline::new().link(&family.named("left"), &words);
}
