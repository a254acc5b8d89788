//! A component that says one thing.

use axon_core::{Closed, Component, Outbox};

/// Sends one message and ends, such as what a program was asked on its command line.
#[derive(Component)]
pub struct Once<T: Send + 'static> {
    /// The message.
    pub outbox: Outbox<T>,
    message: T,
}

impl<T: Send + 'static> Once<T> {
    /// A component that will say this.
    pub fn new(message: T) -> Self {
        Once { outbox: Outbox::new(), message }
    }

    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(self.message).await
    }
}
