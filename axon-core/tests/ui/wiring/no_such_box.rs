//! A box is a field of its component.

use axon_core::{Component, Graphline, Inbox, Outbox};

#[derive(Component, Default)]
struct Count {
    pub outbox: Outbox<u32>,
}

impl Count {
    async fn main(self) {}
}

#[derive(Component, Default)]
struct Print {
    pub inbox: Inbox<u32>,
}

impl Print {
    async fn main(self) {}
}

fn main() {
    let (count, print) = (Count::default(), Print::default());
    let _ = Graphline::new().link(&count.outbox, &print.numbers);
}
