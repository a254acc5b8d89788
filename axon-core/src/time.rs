//! Time as components see it.
//!
//! A component asks these functions and not the system's clock, so that a graph can also run in
//! time that jumps from one event to the next.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::scheduler::local;
use crate::scheduler::timers::Timer;

/// What time it is in the graph that runs on this thread; elsewhere, what the system says.
///
/// In a [seeded run](crate::Graph::run_seeded) and on a [`Workbench`](crate::Workbench) the two
/// differ: there a component that asks the system's clock is not told of time that has jumped.
pub fn now() -> Instant {
    local::staged_now().unwrap_or_else(Instant::now)
}

/// Whether time jumps in the graph that runs on this thread, which is so in a
/// [seeded run](crate::Graph::run_seeded).
///
/// A component that awaits what a thread outside the graph does for it, such as a write that may
/// block, had better do it itself then: time would jump on while that thread is at work, each time a
/// different way.
pub fn time_jumps() -> bool {
    local::time_jumps()
}

/// Waits this long, in the time of the graph: see [`now`]. Never less; more if the worker is busy.
/// A moment too far away to be written down never comes.
///
/// Dropping the future before it is ready takes the timer with it.
///
/// # Panics
///
/// When polled elsewhere than in a component of a graph: nobody there would wake it.
pub fn sleep(duration: Duration) -> Sleep {
    // What is too far away to be written down is never.
    Sleep { at: now().checked_add(duration), timer: None }
}

/// Waits until then; not at all if it is past. See [`sleep`].
pub fn sleep_until(moment: Instant) -> Sleep {
    Sleep { at: Some(moment), timer: None }
}

/// The wait of [`sleep`] and [`sleep_until`].
#[derive(Debug)]
#[must_use = "nothing waits before it is awaited"]
pub struct Sleep {
    at: Option<Instant>,
    timer: Option<Timer>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.at else { return Poll::Pending };
        if at <= now() {
            return Poll::Ready(());
        }
        if let Some(timer) = self.timer {
            local::rewake(timer, context.waker());
        } else {
            self.timer = local::wake_at(at, context.waker());
            assert!(self.timer.is_some(), "sleep is for components of a running graph");
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(timer) = self.timer.take() {
            local::forget(timer);
        }
    }
}

/// Waits this long in a component with its own thread: blocks that thread, less long if the
/// component is asked to stop. Elsewhere it just blocks the thread.
///
/// # Panics
///
/// When called by a component that shares a worker with others: those await.
pub fn sleep_blocking(duration: Duration) {
    assert!(!local::on_worker(), "components on a shared worker must await `sleep`");
    let Some(slot) = local::own() else { return std::thread::sleep(duration) };
    let Some(until) = now().checked_add(duration) else { return slot.park() };
    // What wakes it meanwhile is seen when it next looks at its boxes.
    while !slot.is_stopping() && slot.park_until(Some(until)) {}
}

/// The time was up before the future was ready.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the time was up")]
pub struct TimedOut;

/// Waits for `future`, but no longer than this, in a component that awaits. The future is dropped
/// when the time is up, which loses nothing where it is a [`recv`](crate::Inbox::recv).
///
/// # Panics
///
/// See [`sleep`].
pub async fn timeout<F: Future>(duration: Duration, future: F) -> Result<F::Output, TimedOut> {
    let mut future = pin!(future);
    let mut sleep = pin!(sleep(duration));
    poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Ok(output));
        }
        sleep.as_mut().poll(context).map(|()| Err(TimedOut))
    })
    .await
}
