//! A component has a `main`.

use axon_core::{Component, Inbox, ThreadedComponent};

#[derive(Component)]
struct Print {
    pub inbox: Inbox<u32>,
}

#[derive(ThreadedComponent)]
struct Read {
    pub inbox: Inbox<u32>,
}

fn main() {}
