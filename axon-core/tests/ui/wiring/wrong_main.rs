//! A `main` takes the component, is `async` if it awaits, and returns nothing or a `Result`.

use axon_core::{Component, Inbox, ThreadedComponent};

#[derive(Component)]
struct Plain {
    pub inbox: Inbox<u32>,
}

impl Plain {
    fn main(self) {}
}

#[derive(Component)]
struct Borrows {
    pub inbox: Inbox<u32>,
}

impl Borrows {
    async fn main(&mut self) {}
}

#[derive(Component)]
struct Counts {
    pub inbox: Inbox<u32>,
}

impl Counts {
    async fn main(self) -> u32 {
        7
    }
}

#[derive(Component)]
struct Alone {
    pub inbox: Inbox<u32>,
}

impl Alone {
    async fn main() {}
}

#[derive(ThreadedComponent)]
struct Awaits {
    pub inbox: Inbox<u32>,
}

impl Awaits {
    async fn main(self) {}
}

fn main() {}
