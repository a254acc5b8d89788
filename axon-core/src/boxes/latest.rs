//! A box in which only the last value counts.

use std::any::Any;
use std::fmt;

use super::any_inbox::{AnyInbox, InboxKey, KindRef, SlotRef, sealed};
use super::{Inbox, InboxHandle, TryRecvError, short_type_name};

/// The value that was sent here last: a setting, a position, how far something has come.
///
/// A link that leads here keeps the latest message only, whatever policy it was given, so its
/// sender never waits. With several senders, what was taken last counts.
///
/// ```
/// use axon_core::{Closed, Component, Latest, Outbox};
///
/// /// Says the temperature again whenever the unit changes.
/// #[derive(Component, Default)]
/// struct Thermometer {
///     /// Degrees Celsius, as often as the sensor likes.
///     pub celsius: Latest<f64>,
///     /// One line each time somebody might want to look.
///     pub outbox: Outbox<String>,
/// }
///
/// impl Thermometer {
///     async fn main(mut self) -> Result<(), Closed> {
///         while let Some(celsius) = self.celsius.changed().await {
///             let line = format!("{celsius:.1} °C");
///             self.outbox.send(line).await?;
///         }
///         Ok(())
///     }
/// }
/// ```
pub struct Latest<T> {
    inbox: Inbox<T>,
    value: Option<T>,
}

impl<T> Latest<T> {
    /// A box with nothing linked to it and no value.
    pub fn new() -> Self {
        Latest { inbox: Inbox::keeping_latest(), value: None }
    }

    /// By this the box can be linked after its component has moved into the graph that is being
    /// made.
    pub fn handle(&self) -> InboxHandle<T> {
        self.inbox.handle()
    }

    /// The next value that is not the one seen last, or `None` when none will come any more. What
    /// was sent meanwhile and is not the last is skipped. Waits; only in the `main` of the
    /// component that owns the box.
    ///
    /// Dropping the future before it is ready loses nothing.
    pub async fn changed(&mut self) -> Option<&T> {
        self.value = Some(self.inbox.recv().await?);
        self.get()
    }

    /// The same for a component with its own thread; blocks that thread, and must not be called on
    /// another.
    ///
    /// # Panics
    ///
    /// When no new value is there and the component shares a worker with others: those await.
    pub fn changed_blocking(&mut self) -> Option<&T> {
        self.value = Some(self.inbox.recv_blocking()?);
        self.get()
    }

    /// The last value if it is a new one; does not wait. After [`TryRecvError::Empty`] the next
    /// value wakes the component.
    pub fn try_changed(&mut self) -> Result<&T, TryRecvError> {
        let first = self.inbox.try_recv()?;
        Ok(self.take_last_after(first))
    }

    /// The last value, also if it was seen before and if its sender has ended; none if there never
    /// was one. Does not wait.
    pub fn get(&mut self) -> Option<&T> {
        // No more than are there now: others may send for ever.
        for _ in 0..self.inbox.waiting() {
            match self.inbox.try_recv() {
                Ok(value) => self.value = Some(value),
                Err(_) => break,
            }
        }
        self.value.as_ref()
    }

    fn take_last_after(&mut self, first: T) -> &T {
        self.value = Some(first);
        self.get().expect("there is at least the first")
    }

    /// The same as an inbox, for those who link it.
    #[doc(hidden)]
    pub fn as_inbox(&self) -> &Inbox<T> {
        &self.inbox
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Latest::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for Latest<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Latest<{}>({:?})", short_type_name::<T>(), self.value)
    }
}

impl<T: Send + 'static> AnyInbox for Latest<T> {
    fn kind(&self) -> KindRef {
        self.inbox.kind()
    }

    fn key(&self) -> InboxKey {
        self.inbox.key()
    }

    fn has_address(&self) -> bool {
        self.inbox.has_address()
    }

    fn settle(&mut self, owner: SlotRef) {
        self.inbox.settle(owner);
    }

    fn attach(&mut self, receiver_end: Box<dyn Any + Send>) {
        self.inbox.attach(receiver_end);
    }

    fn open_address(&mut self) -> Box<dyn Any + Send> {
        self.inbox.open_address()
    }

    fn restore(&mut self, before: &InboxKey) {
        self.inbox.restore(before);
    }
}

impl<T: Send + 'static> sealed::Sealed for Latest<T> {}
