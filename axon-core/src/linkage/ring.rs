//! The ring for the messages of one link. Under `--cfg loom` it is one into which loom sees.

#[cfg(not(loom))]
pub(crate) use rtrb::{Consumer, Producer, PushError, RingBuffer};

#[cfg(loom)]
pub(crate) use super::ring_loom::{Consumer, Producer, PushError, RingBuffer};
