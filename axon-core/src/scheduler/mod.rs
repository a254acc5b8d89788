//! Who runs next.
//!
//! Components that await share a worker, which gives a turn to whoever has something to do, in the
//! order they became ready. A component lives on one worker for life. The worker says when nobody
//! is ready; then it waits on its mailbox, into which every other thread puts its wakes.

pub(crate) mod flag;
pub(crate) mod local;
pub(crate) mod slot;
pub(crate) mod worker;

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use crossbeam_channel::{Receiver, Sender, unbounded};

use worker::{Assembled, Mail};

/// The address of a worker, known before it runs.
#[derive(Clone)]
pub(crate) struct Mailroom {
    /// Unbounded, but never holds more than one wake per component, plus what was asked and
    /// adopted from outside.
    sender: Sender<Mail>,
    receiver: Receiver<Mail>,
    next_task: Arc<AtomicU32>,
}

impl Mailroom {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = unbounded();
        Mailroom { sender, receiver, next_task: Arc::new(AtomicU32::new(0)) }
    }

    /// Tells workers apart. Never zero.
    pub(crate) fn worker(&self) -> usize {
        Arc::as_ptr(&self.next_task) as usize
    }

    pub(crate) fn sender(&self) -> Sender<Mail> {
        self.sender.clone()
    }

    /// A number no other task of this worker has.
    pub(crate) fn number_task(&self) -> u32 {
        self.next_task.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn adopt(&self, assembled: Assembled) {
        let _ = self.sender.send(Mail::Adopt(assembled));
    }

    /// Whatever has come, without waiting.
    pub(crate) fn next(&self) -> Option<Mail> {
        self.receiver.try_recv().ok()
    }

    /// Blocks until something comes. The room itself holds a sender, so something can always come.
    pub(crate) fn wait(&self) -> Option<Mail> {
        self.receiver.recv().ok()
    }
}

/// Lets everyone else who is ready go first.
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
