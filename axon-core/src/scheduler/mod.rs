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
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// The worker has ended, and starts nobody any more.
    is_closed: Arc<Mutex<bool>>,
}

impl Mailroom {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = unbounded();
        Mailroom { sender, receiver, next_task: Arc::default(), is_closed: Arc::default() }
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

    /// Has the worker start these too. False if it has ended.
    pub(crate) fn adopt(&self, assembled: Assembled) -> bool {
        let is_closed = self.is_closed();
        if *is_closed {
            // Components are not dropped under a lock.
            drop(is_closed);
            return false;
        }
        self.sender.send(Mail::Adopt(assembled)).is_ok()
    }

    /// Ends the worker's life, unless something has come for it.
    pub(crate) fn close_if_empty(&self) -> bool {
        let mut is_closed = self.is_closed();
        *is_closed = self.receiver.is_empty();
        *is_closed
    }

    fn is_closed(&self) -> MutexGuard<'_, bool> {
        self.is_closed.lock().unwrap_or_else(PoisonError::into_inner)
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
