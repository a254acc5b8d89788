//! What is added to a graph is a component.

use axon_core::{Graphline, Inbox, Pipeline};

#[derive(Default)]
struct Print {
    pub inbox: Inbox<u32>,
}

fn main() {
    let _ = Graphline::new().add("print", Print::default());
    let _ = Pipeline::new(Print::default());
}
