//! What is put into a chassis has an inbox and an outbox, or says which of them it lacks.

use axon_core::{Component, Inbox, Seq};

#[derive(Component, Default)]
struct Print {
    pub inbox: Inbox<u32>,
}

impl Print {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
    }
}

fn main() {
    let _ = Seq::<u32, u32>::new().then(Print::default());
}
