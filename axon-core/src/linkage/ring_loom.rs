//! A ring that orders what it does as the real one: each side publishes its count, and that it has
//! gone, with release, and looks at the other's with acquire.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use crate::scheduler::sync::{AtomicBool, AtomicUsize, Ordering};

struct Ring<T> {
    messages: Mutex<VecDeque<T>>,
    limit: usize,
    pushed: AtomicUsize,
    popped: AtomicUsize,
    is_abandoned: AtomicBool,
}

pub(crate) struct RingBuffer<T>(PhantomData<T>);

pub(crate) struct Producer<T> {
    ring: Arc<Ring<T>>,
    pushed: usize,
}

pub(crate) struct Consumer<T> {
    ring: Arc<Ring<T>>,
    popped: usize,
}

pub(crate) enum PushError<T> {
    Full(T),
}

/// Room for some.
pub(crate) struct Chunk<'a, T>(&'a mut Producer<T>);

impl<T> RingBuffer<T> {
    #[allow(clippy::new_ret_no_self)]
    pub(crate) fn new(limit: usize) -> (Producer<T>, Consumer<T>) {
        let ring = Arc::new(Ring {
            messages: Mutex::default(),
            limit,
            pushed: AtomicUsize::new(0),
            popped: AtomicUsize::new(0),
            is_abandoned: AtomicBool::new(false),
        });
        (Producer { ring: ring.clone(), pushed: 0 }, Consumer { ring, popped: 0 })
    }
}

impl<T> Ring<T> {
    fn is_abandoned(&self) -> bool {
        self.is_abandoned.load(Ordering::Acquire)
    }
}

impl<T> Producer<T> {
    pub(crate) fn slots(&self) -> usize {
        self.ring.limit - (self.pushed - self.ring.popped.load(Ordering::Acquire))
    }

    pub(crate) fn push(&mut self, message: T) -> Result<(), PushError<T>> {
        if self.slots() == 0 {
            return Err(PushError::Full(message));
        }
        self.ring.messages.lock().unwrap().push_back(message);
        self.pushed += 1;
        self.ring.pushed.store(self.pushed, Ordering::Release);
        Ok(())
    }

    pub(crate) fn write_chunk_uninit(&mut self, _: usize) -> Result<Chunk<'_, T>, ()> {
        Ok(Chunk(self))
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.ring.is_abandoned()
    }
}

impl<T> Chunk<'_, T> {
    pub(crate) fn fill_from_iter(self, mut messages: impl Iterator<Item = T>) -> usize {
        let mut count = 0;
        while self.0.slots() > 0
            && let Some(message) = messages.next()
        {
            let _ = self.0.push(message);
            count += 1;
        }
        count
    }
}

impl<T> Consumer<T> {
    pub(crate) fn slots(&self) -> usize {
        self.ring.pushed.load(Ordering::Acquire) - self.popped
    }

    pub(crate) fn pop(&mut self) -> Result<T, ()> {
        if self.slots() == 0 {
            return Err(());
        }
        let message = self.ring.messages.lock().unwrap().pop_front().ok_or(())?;
        self.popped += 1;
        self.ring.popped.store(self.popped, Ordering::Release);
        Ok(message)
    }

    pub(crate) fn read_chunk(&mut self, count: usize) -> Result<Vec<T>, ()> {
        Ok(std::iter::from_fn(|| self.pop().ok()).take(count).collect())
    }
}

impl<T> Drop for Producer<T> {
    fn drop(&mut self) {
        self.ring.is_abandoned.store(true, Ordering::Release);
    }
}

impl<T> Drop for Consumer<T> {
    fn drop(&mut self) {
        self.ring.is_abandoned.store(true, Ordering::Release);
    }
}
