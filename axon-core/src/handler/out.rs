//! What a handler has sent and nobody has taken yet.

use super::BATCH;

/// Where a handler puts what it sends. Sending here never waits.
///
/// The bound: between two messages the component sends on what waits here as soon as that is 128 or
/// more, and waits for room before it hands the next message to the handler. So it holds fewer than
/// 128 messages, and what the handler sends for *one* message on top of that. A handler that makes
/// very many of one message is better a component with a `main`, which waits for room in between.
#[derive(Debug)]
pub struct Out<T> {
    waiting: Vec<T>,
}

impl<T> Out<T> {
    /// Nothing yet; for calling a handler without a graph, as its tests do.
    pub fn new() -> Self {
        Out { waiting: Vec::new() }
    }

    /// Sends a message, after all that were sent before.
    #[inline]
    pub fn send(&mut self, message: T) {
        self.waiting.push(message);
    }

    /// Sends all of them, in order.
    pub fn send_many(&mut self, messages: impl IntoIterator<Item = T>) {
        self.waiting.extend(messages);
    }

    /// Takes what waits, in the order sent; for calling a handler without a graph. In a graph, what
    /// it sent in answer to earlier messages may or may not wait here still.
    pub fn take(&mut self) -> Vec<T> {
        std::mem::take(&mut self.waiting)
    }

    #[inline]
    pub(super) fn is_due(&self) -> bool {
        self.waiting.len() >= BATCH
    }

    /// What waits, if it is one message.
    pub(super) fn only(&mut self) -> Option<T> {
        if self.waiting.len() == 1 { self.waiting.pop() } else { None }
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.waiting.drain(..)
    }

    /// One message with very many answers takes no memory for the rest of the component's life.
    pub(super) fn forget_excess(&mut self) {
        if self.waiting.capacity() > 8 * BATCH {
            self.waiting.shrink_to(BATCH);
        }
    }
}

impl<T> Default for Out<T> {
    fn default() -> Self {
        Out::new()
    }
}
