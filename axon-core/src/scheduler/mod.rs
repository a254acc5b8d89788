//! Who runs next.
//!
//! Components that await share a worker, which gives a turn to whoever has something to do, in the
//! order they became ready. A component lives on one worker for life. A worker that has nobody
//! ready waits on its mailroom, into which every other thread puts its wakes. One worker manages
//! the graph: it counts who lives, and finds out when nobody can move.

mod census;
pub(crate) mod flag;
mod home;
pub(crate) mod local;
pub(crate) mod mailroom;
pub(crate) mod member;
pub(crate) mod members;
#[cfg(all(test, loom))]
mod models;
pub(crate) mod office;
mod overview;
mod records;
pub(crate) mod run;
pub(crate) mod slot;
pub(crate) mod stage;
pub(crate) mod sync;
#[cfg(loom)]
mod sync_loom;
mod take_over;
mod thread;
pub(crate) mod timers;
mod worker;

use std::future::poll_fn;
use std::task::Poll;

/// Lets everyone else who is ready on this worker go first: for a component that computes for long.
/// It has another turn as soon as they had theirs.
pub async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
