//! What threads meet by. Under `--cfg loom` it is loom's, which tries every order of events.

#[cfg(not(loom))]
pub(crate) use self::std_sync::*;
#[cfg(loom)]
pub(crate) use super::sync_loom::*;

#[cfg(not(loom))]
mod std_sync {
    pub(crate) use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
    pub(crate) use std::sync::atomic::fence;
    pub(crate) use std::sync::atomic::{
        AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering,
    };
    pub(crate) use std::sync::{Mutex, MutexGuard};
    pub(crate) use std::thread::{Builder, JoinHandle, Thread, current, park, park_timeout};
}
