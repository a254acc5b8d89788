//! Nothing follows a component that gives nothing.

use axon_core::{Component, Inbox, Pipeline};

#[derive(Component, Default)]
struct Print {
    pub inbox: Inbox<String>,
}

impl Print {
    async fn main(self) {}
}

fn main() {
    let _ = Pipeline::new(Print::default()).then(Print::default());
}
