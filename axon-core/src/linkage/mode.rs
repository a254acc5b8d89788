//! What is out of the ordinary about a link, in one byte.

use crate::scheduler::sync::{AtomicU8, Ordering};

/// Both owners are polled by the same worker.
pub(crate) const BESIDE: u8 = 1;

/// Messages wait on a shelf, and not in the ring.
pub(crate) const ON_SHELF: u8 = 1 << 1;

/// What is sent from now on does not go here.
pub(crate) const CUT: u8 = 1 << 2;

/// One end is gone for good.
pub(crate) const ENDED: u8 = 1 << 3;

/// The sender shows what passes to others.
pub(crate) const TAPPED: u8 = 1 << 4;

/// Both ends keep exact books.
pub(crate) const OBSERVED: u8 = 1 << 5;

/// What an end of a link looks at before it passes a message. Its owners see every change before
/// the turn that follows it.
#[derive(Debug, Default)]
pub(crate) struct Mode(AtomicU8);

/// A mode as it was when an end looked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen(u8);

impl Mode {
    #[inline]
    pub(crate) fn look(&self) -> Seen {
        Seen(self.0.load(Ordering::Relaxed))
    }

    /// The same, seeing also what came before the change.
    pub(crate) fn look_closely(&self) -> Seen {
        Seen(self.0.load(Ordering::Acquire))
    }

    pub(crate) fn set(&self, what: u8) {
        self.0.fetch_or(what, Ordering::AcqRel);
    }

    pub(crate) fn clear(&self, what: u8) {
        self.0.fetch_and(!what, Ordering::AcqRel);
    }
}

impl Seen {
    /// Nothing out of the ordinary, and the receiver elsewhere or nowhere.
    pub(crate) const APART: Seen = Seen(0);

    #[inline]
    pub(crate) fn is(self, what: u8) -> bool {
        self.0 & what != 0
    }

    /// Whether nothing will come after what is there.
    pub(crate) fn is_over(self) -> bool {
        self.is(CUT | ENDED)
    }

    #[inline]
    pub(crate) fn is_just(self, what: u8) -> bool {
        self.0 == what
    }

    /// Whether messages pass here in no ordinary way.
    #[inline]
    pub(crate) fn is_detour(self) -> bool {
        self.0 > BESIDE
    }
}
