//! Copies of what passes an outbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, TrySendError, bounded};

use super::OutboxState;

/// Shown every message that goes; says whether it wants to see more.
pub(crate) type Onlooker<T> = Box<dyn FnMut(&T) -> bool + Send>;

/// Those who watch one outbox: most often nobody, which takes little room.
pub(crate) struct Onlookers<T>(Option<Box<Watching<T>>>);

struct Watching<T>(Vec<Onlooker<T>>);

/// Copies of the messages that leave an outbox, in order, until this is dropped. Made by
/// [`GraphHandle::tap`](crate::GraphHandle::tap).
#[derive(Debug)]
pub struct Tap<T> {
    copies: Receiver<T>,
    missed: Arc<AtomicU64>,
}

impl<T> Onlookers<T> {
    pub(crate) fn nobody() -> Self {
        Onlookers(None)
    }

    pub(crate) fn is_anybody(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn add(&mut self, onlooker: Onlooker<T>) {
        self.0.get_or_insert_with(|| Box::new(Watching(Vec::new()))).0.push(onlooker);
    }

    /// Shows a message that goes. True if the last of them has seen enough.
    pub(crate) fn show(&mut self, message: &T) -> bool {
        let Some(watching) = &mut self.0 else { return false };
        watching.0.retain_mut(|onlooker| onlooker(message));
        let is_last = watching.0.is_empty();
        if is_last {
            self.0 = None;
        }
        is_last
    }
}

impl<T> Tap<T> {
    /// The next copy, or `None` when the outbox has ended. Blocks the thread, so not in a component
    /// that awaits.
    pub fn take(&self) -> Option<T> {
        self.copies.recv().ok()
    }

    /// The same, waiting no longer than this; `None` also when the time was up.
    pub fn take_within(&self, patience: Duration) -> Option<T> {
        self.copies.recv_timeout(patience).ok()
    }

    /// All copies there are now. Does not wait.
    pub fn drain(&self) -> Vec<T> {
        self.copies.try_iter().collect()
    }

    /// Messages of which there is no copy, because too many waited here.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

/// Copies what leaves an outbox from now on, whichever link it leaves by, or none; of messages that
/// find `capacity` copies waiting there is none. None if the outbox is gone or carries other
/// messages.
pub(crate) fn tap<T: Clone + Send + 'static>(
    outbox: &OutboxState,
    capacity: usize,
) -> Option<Tap<T>> {
    outbox.kind().filter(|kind| kind.id() == std::any::TypeId::of::<T>())?;
    let (sender, copies) = bounded(capacity.max(1));
    let missed = Arc::new(AtomicU64::new(0));
    let counted = missed.clone();
    let onlooker: Onlooker<T> = Box::new(move |message| match sender.try_send(message.clone()) {
        Ok(()) => true,
        Err(TrySendError::Full(_)) => {
            counted.fetch_add(1, Ordering::Relaxed);
            true
        }
        Err(TrySendError::Disconnected(_)) => false,
    });
    outbox.add_tap(Box::new(onlooker)).then_some(Tap { copies, missed })
}
