//! A link between boxes of different types, with a function in the middle.

use crate::Component;
use crate::boxes::{Closed, Inbox, Outbox};

/// What a [`link_via`](super::Graphline::link_via) puts between the two boxes.
#[derive(Component)]
pub(super) struct Via<A: Send + 'static, B: Send + 'static> {
    /// What the sender gives.
    pub(super) inbox: Inbox<A>,
    /// What the receiver takes.
    pub(super) outbox: Outbox<B>,
    convert: Box<dyn FnMut(A) -> Option<B> + Send>,
}

impl<A: Send + 'static, B: Send + 'static> Via<A, B> {
    pub(super) fn new(convert: impl FnMut(A) -> Option<B> + Send + 'static) -> Self {
        Via { inbox: Inbox::new(), outbox: Outbox::new(), convert: Box::new(convert) }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv().await {
            if let Some(converted) = (self.convert)(message) {
                self.outbox.send(converted).await?;
            }
        }
        Ok(())
    }
}
