//! What an inbox on a workbench is given.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use super::lock;
use crate::Component;
use crate::boxes::{Closed, Outbox};
use crate::control::{Asked, Control};

/// Gives messages to an inbox on a [`Workbench`](super::Workbench). They wait here without bound until
/// the component has room. Dropping this ends them, and with them the inbox.
pub struct Feed<T> {
    shared: Arc<Mutex<Fed<T>>>,
}

struct Fed<T> {
    waiting: VecDeque<T>,
    has_ended: bool,
    waker: Option<Waker>,
}

impl<T> Feed<T> {
    /// One more. Does not wait; the component sees it when the bench [goes
    /// on](super::Workbench::until_idle).
    pub fn send(&self, message: T) {
        lock(&self.shared).waiting.push_back(message);
        self.wake();
    }

    /// Several more, in this order.
    pub fn send_many(&self, messages: impl IntoIterator<Item = T>) {
        lock(&self.shared).waiting.extend(messages);
        self.wake();
    }

    /// How many the component has had no room for yet.
    pub fn waiting(&self) -> usize {
        lock(&self.shared).waiting.len()
    }

    fn wake(&self) {
        let waker = lock(&self.shared).waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T> Drop for Feed<T> {
    fn drop(&mut self) {
        lock(&self.shared).has_ended = true;
        self.wake();
    }
}

impl<T> fmt::Debug for Feed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Feed({} waiting)", self.waiting())
    }
}

/// Sends what a feed is given.
#[derive(Component)]
pub(super) struct Feeder<T: Send + 'static> {
    pub(super) outbox: Outbox<T>,
    shared: Arc<Mutex<Fed<T>>>,
    control: Control,
}

impl<T: Send + 'static> Feeder<T> {
    pub(super) fn new() -> (Self, Feed<T>) {
        let fed = Fed { waiting: VecDeque::new(), has_ended: false, waker: None };
        let shared = Arc::new(Mutex::new(fed));
        let feed = Feed { shared: shared.clone() };
        (Feeder { outbox: Outbox::new(), shared, control: Control::default() }, feed)
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.next().await {
            self.outbox.send(message).await?;
        }
        Ok(())
    }

    async fn next(&self) -> Option<T> {
        poll_fn(|context| {
            let mut shared = lock(&self.shared);
            if let Some(message) = shared.waiting.pop_front() {
                return Poll::Ready(Some(message));
            }
            if shared.has_ended || self.control.asked() > Asked::GoOn {
                return Poll::Ready(None);
            }
            shared.waker = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}
