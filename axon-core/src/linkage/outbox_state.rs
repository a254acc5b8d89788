//! Where others reach an outbox.

use std::sync::{Arc, OnceLock};

use crate::scheduler::slot::Slot;

/// What is known of an outbox besides its link.
#[derive(Default)]
pub(crate) struct OutboxState {
    owner: OnceLock<Arc<Slot>>,
}

impl OutboxState {
    /// The component that sends from this outbox, for life.
    pub(crate) fn settle(&self, owner: Arc<Slot>) {
        let _ = self.owner.set(owner);
    }
}
