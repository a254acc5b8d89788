//! Where others reach an inbox.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::scheduler::flag::{WaitFlag, publish};
use crate::scheduler::slot::Slot;

/// What everyone who can put something into an inbox must reach.
#[derive(Default)]
pub(crate) struct InboxState {
    owner: OnceLock<Arc<Slot>>,
    pub(crate) owner_waits: WaitFlag,
    /// Mailboxes that someone may hold an address of: at most one is open, another may be closing.
    mailboxes: AtomicUsize,
    keeps_latest: bool,
}

impl InboxState {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(InboxState::default())
    }

    /// Of an inbox into which links keep the latest message only.
    pub(crate) fn keeping_latest() -> Arc<Self> {
        Arc::new(InboxState { keeps_latest: true, ..InboxState::default() })
    }

    pub(super) fn keeps_latest(&self) -> bool {
        self.keeps_latest
    }

    pub(crate) fn has_address(&self) -> bool {
        self.mailboxes.load(Ordering::Acquire) > 0
    }

    pub(crate) fn mailbox_opened(&self) {
        self.mailboxes.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn mailbox_closed(&self) {
        self.mailboxes.fetch_sub(1, Ordering::AcqRel);
        if let Some(owner) = self.owner() {
            owner.lose_waker();
        }
    }

    #[inline]
    pub(crate) fn owner(&self) -> Option<&Arc<Slot>> {
        self.owner.get()
    }

    /// The component that reads this inbox, for life.
    pub(crate) fn settle(&self, owner: Arc<Slot>) {
        let _ = self.owner.set(owner);
    }

    /// Something changed that the reader may wait for; asked from any thread.
    pub(crate) fn notify(&self) {
        publish();
        self.wake_waiting();
    }

    pub(super) fn wake_waiting(&self) {
        if self.owner_waits.take_apart()
            && let Some(owner) = self.owner()
        {
            owner.wake();
        }
    }
}
