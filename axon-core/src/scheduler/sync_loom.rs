//! The same names for loom. Channels are a lock and a condition here, since loom does not see into
//! those of a library.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use loom::sync::Arc;
use loom::sync::Condvar;
pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard};
use loom::thread::yield_now;
pub(crate) use loom::thread::{Builder, JoinHandle, Thread, current, park};

/// Time is no part of a model: whoever waits for a moment may be woken at any time.
pub(crate) fn park_timeout(_: Duration) {
    yield_now();
}

struct Channel<T> {
    /// None when the receiver is gone.
    queue: Mutex<Option<VecDeque<T>>>,
    more: Condvar,
}

pub(crate) struct Sender<T>(Arc<Channel<T>>);

pub(crate) struct Receiver<T>(Arc<Channel<T>>);

pub(crate) fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let channel = Channel { queue: Mutex::new(Some(VecDeque::new())), more: Condvar::new() };
    let channel = Arc::new(channel);
    (Sender(channel.clone()), Receiver(channel))
}

impl<T> Sender<T> {
    pub(crate) fn send(&self, value: T) -> Result<(), T> {
        let mut queue = self.0.queue.lock().unwrap();
        let Some(open) = queue.as_mut() else { return Err(value) };
        open.push_back(value);
        drop(queue);
        self.0.more.notify_one();
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

impl<T> Receiver<T> {
    pub(crate) fn try_recv(&self) -> Result<T, ()> {
        self.0.queue.lock().unwrap().as_mut().and_then(VecDeque::pop_front).ok_or(())
    }

    /// What loom cannot wake makes it report a deadlock.
    pub(crate) fn recv(&self) -> Result<T, ()> {
        let mut queue = self.0.queue.lock().unwrap();
        loop {
            match queue.as_mut().map(VecDeque::pop_front) {
                Some(Some(value)) => return Ok(value),
                Some(None) => queue = self.0.more.wait(queue).unwrap(),
                None => return Err(()),
            }
        }
    }

    pub(crate) fn recv_deadline(&self, _: Instant) -> Result<T, ()> {
        let received = self.try_recv();
        if received.is_err() {
            yield_now();
        }
        received
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.queue.lock().unwrap().as_ref().is_none_or(VecDeque::is_empty)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let waiting = self.0.queue.lock().unwrap().take();
        drop(waiting);
    }
}
