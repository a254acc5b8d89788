//! Whether others have left something for a box, and whether the box is still there.

use crate::scheduler::sync::{AtomicU8, Ordering};

const LEFT: u8 = 1;
const GONE: u8 = 2;

/// What a box looks at now and then. What is left for it lies under a lock elsewhere; under that
/// lock this is changed, except by the box that goes.
#[derive(Default)]
pub(super) struct News(AtomicU8);

impl News {
    #[inline]
    pub(super) fn is_any(&self) -> bool {
        self.0.load(Ordering::Relaxed) & LEFT != 0
    }

    pub(super) fn is_gone(&self) -> bool {
        self.0.load(Ordering::Acquire) & GONE != 0
    }

    /// Something was left. False if the box has gone, and will not look.
    pub(super) fn leave(&self) -> bool {
        self.0.fetch_or(LEFT, Ordering::AcqRel) & GONE == 0
    }

    /// All of it is being taken.
    pub(super) fn take(&self) {
        self.0.fetch_and(!LEFT, Ordering::AcqRel);
    }

    /// The box has gone. True if something was left for it.
    pub(super) fn go(&self) -> bool {
        self.0.fetch_or(GONE, Ordering::AcqRel) & LEFT != 0
    }
}
