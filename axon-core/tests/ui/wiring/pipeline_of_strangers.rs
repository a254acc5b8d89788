//! In a pipeline each component takes what the one before gives.

use axon_core::{Component, Inbox, Outbox, Pipeline};

#[derive(Component, Default)]
struct Count {
    pub outbox: Outbox<u32>,
}

impl Count {
    async fn main(self) {}
}

#[derive(Component, Default)]
struct Print {
    pub inbox: Inbox<String>,
}

impl Print {
    async fn main(self) {}
}

fn main() {
    let _ = Pipeline::new(Count::default()).then(Print::default());
}
