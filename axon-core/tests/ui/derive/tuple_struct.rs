//! The name of a box is the name of its field.

use axon_core::{Component, Inbox};

#[derive(Component)]
struct Pair(Inbox<u32>, Inbox<u32>);

impl Pair {
    async fn main(self) {}
}

fn main() {}
