//! A component is a struct.

use axon_core::{Component, Inbox, ThreadedComponent};

#[derive(Component)]
enum Either {
    One { inbox: Inbox<u32> },
    Other,
}

#[derive(ThreadedComponent)]
enum Or {
    This,
}

fn main() {}
