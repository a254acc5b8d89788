//! The same names for loom. Channels are a lock and a condition here, since loom does not see into
//! those of a library.

use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{SendError, SendTimeoutError, TryRecvError, TrySendError};
use loom::sync::Condvar;
pub(crate) use loom::sync::atomic::{Ordering, fence};
pub(crate) use loom::sync::{Mutex, MutexGuard};
use loom::thread::yield_now;
pub(crate) use loom::thread::{Builder, JoinHandle};

/// One of loom's atomics that is never dropped. Loom would take its end for an access like any other,
/// and cannot see that a library's `Arc` orders it after them.
macro_rules! atomic {
    ($($name:ident($value:ty)),*) => {$(
        #[derive(Debug)]
        pub(crate) struct $name(ManuallyDrop<loom::sync::atomic::$name>);

        impl $name {
            pub(crate) fn new(value: $value) -> Self {
                $name(ManuallyDrop::new(loom::sync::atomic::$name::new(value)))
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name::new(<$value>::default())
            }
        }

        impl Deref for $name {
            type Target = loom::sync::atomic::$name;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
    )*};
}

atomic!(AtomicBool(bool), AtomicU8(u8), AtomicU32(u32), AtomicU64(u64), AtomicUsize(usize));

/// A thread as those see it who wake it. Loom's own lets whoever waits for a lock go on when it is
/// unparked.
#[derive(Clone)]
pub(crate) struct Thread(Arc<Token>);

struct Token {
    is_there: Mutex<bool>,
    comes: Condvar,
}

loom::thread_local! {
    static THREAD: Thread =
        Thread(Arc::new(Token { is_there: Mutex::new(false), comes: Condvar::new() }));
}

pub(crate) fn current() -> Thread {
    THREAD.with(Thread::clone)
}

pub(crate) fn park() {
    let Thread(token) = current();
    let mut is_there = token.is_there.lock().unwrap();
    while !*is_there {
        is_there = token.comes.wait(is_there).unwrap();
    }
    *is_there = false;
}

impl Thread {
    pub(crate) fn unpark(&self) {
        *self.0.is_there.lock().unwrap() = true;
        self.0.comes.notify_one();
    }
}

/// Time is no part of a model: whoever waits for a moment may be woken at any time.
pub(crate) fn park_timeout(_: Duration) {
    yield_now();
}

struct Channel<T> {
    held: Mutex<Held<T>>,
    more: Condvar,
    less: Condvar,
    limit: usize,
}

struct Held<T> {
    messages: VecDeque<T>,
    receivers: usize,
}

pub(crate) struct Sender<T>(Arc<Channel<T>>);

pub(crate) struct Receiver<T>(Arc<Channel<T>>);

pub(crate) fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    bounded(usize::MAX)
}

pub(crate) fn bounded<T>(limit: usize) -> (Sender<T>, Receiver<T>) {
    let channel = Arc::new(Channel {
        held: Mutex::new(Held { messages: VecDeque::new(), receivers: 1 }),
        more: Condvar::new(),
        less: Condvar::new(),
        limit,
    });
    (Sender(channel.clone()), Receiver(channel))
}

impl<T> Sender<T> {
    pub(crate) fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let mut held = self.0.held.lock().unwrap();
        if held.receivers == 0 {
            return Err(TrySendError::Disconnected(message));
        }
        if held.messages.len() >= self.0.limit {
            return Err(TrySendError::Full(message));
        }
        held.messages.push_back(message);
        drop(held);
        self.0.more.notify_one();
        Ok(())
    }

    pub(crate) fn send(&self, message: T) -> Result<(), SendError<T>> {
        let mut message = message;
        loop {
            match self.try_send(message) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Disconnected(back)) => return Err(SendError(back)),
                Err(TrySendError::Full(back)) => message = back,
            }
            let held = self.0.held.lock().unwrap();
            if held.receivers > 0 && held.messages.len() >= self.0.limit {
                drop(self.0.less.wait(held).unwrap());
            }
        }
    }

    pub(crate) fn send_timeout(&self, message: T, _: Duration) -> Result<(), SendTimeoutError<T>> {
        self.try_send(message).map_err(|error| match error {
            TrySendError::Full(message) => SendTimeoutError::Timeout(message),
            TrySendError::Disconnected(message) => SendTimeoutError::Disconnected(message),
        })
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Sender(self.0.clone())
    }
}

impl<T> Receiver<T> {
    /// The room holds a sender, so no channel of ours is ever without one.
    pub(crate) fn try_recv(&self) -> Result<T, TryRecvError> {
        let message = self.0.held.lock().unwrap().messages.pop_front();
        self.0.less.notify_one();
        message.ok_or(TryRecvError::Empty)
    }

    /// If nobody sends, loom reports a deadlock.
    pub(crate) fn recv(&self) -> Result<T, ()> {
        let mut held = self.0.held.lock().unwrap();
        loop {
            match held.messages.pop_front() {
                Some(message) => return Ok(message),
                None => held = self.0.more.wait(held).unwrap(),
            }
        }
    }

    pub(crate) fn recv_deadline(&self, _: Instant) -> Result<T, TryRecvError> {
        let received = self.try_recv();
        if received.is_err() {
            yield_now();
        }
        received
    }

    pub(crate) fn try_iter(&self) -> impl Iterator<Item = T> {
        std::iter::from_fn(|| self.try_recv().ok())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.held.lock().unwrap().messages.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        self.0.held.lock().unwrap().receivers += 1;
        Receiver(self.0.clone())
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut held = self.0.held.lock().unwrap();
        held.receivers -= 1;
        if held.receivers == 0 {
            let unread = std::mem::take(&mut held.messages);
            drop(held);
            drop(unread);
            self.0.less.notify_all();
        }
    }
}
