//! Futures that poll only those of their parts that were woken.
//!
//! A box wakes the component that owns it and keeps no waker: the component polls what it awaits,
//! and so comes to the box. A future with wakers of its own for its parts would find none of them
//! woken. So the parts that wait for a box leave their wakers here, and all of them are woken before
//! the future is polled.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

/// Polls in one turn of a future that asks for another one while it is polled. `FuturesUnordered`
/// does when it has polled every part, and then has nothing to do; if the wish went to the
/// component, it would be given a turn, wake all parts for it, and so on for ever. Each of them
/// inside another asks once more; nobody nests them deeper than this.
const POLLS: u32 = 8;

/// The future that is being polled on this thread.
struct Polled {
    /// Which; 0 if there is none.
    whole: Cell<usize>,
    /// It was woken meanwhile from this thread.
    again: Cell<bool>,
    /// Its parts that wait for a box.
    waiting: RefCell<Vec<Waker>>,
}

thread_local! {
    static POLLED: Polled = const {
        Polled { whole: Cell::new(0), again: Cell::new(false), waiting: RefCell::new(Vec::new()) }
    };
}

/// Awaits a future that polls only those of its parts that were woken, such as one with
/// `SelectAll`, `FuturesUnordered`, `buffer_unordered` or `join_all` in it, where parts are boxes
/// as streams and sinks. Outside this they would not hear of their messages.
///
/// Each time something wakes the component, all parts that wait for a box are polled. Parts that
/// wait for something else are polled when that wakes them. A graph in which somebody awaits this
/// is not found stuck.
///
/// ```
/// use axon_core::{Closed, Component, Inbox, Outbox, woken_as_one};
/// use futures_util::stream::{StreamExt, select_all};
///
/// /// Passes on what comes in by either box.
/// #[derive(Component, Default)]
/// struct Merge {
///     /// Some.
///     pub left: Inbox<u32>,
///     /// Others.
///     pub right: Inbox<u32>,
///     /// All of them.
///     pub outbox: Outbox<u32>,
/// }
///
/// impl Merge {
///     async fn main(self) -> Result<(), Closed> {
///         let both = select_all([self.left, self.right]);
///         woken_as_one(both.map(Ok).forward(self.outbox)).await
///     }
/// }
/// ```
pub async fn woken_as_one<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let whole = Arc::new(Whole(Mutex::new(Waker::noop().clone())));
    let waker = Waker::from(whole.clone());
    let mut waiting = Vec::new();
    poll_fn(|context| {
        let Some(turn) = Turn::of(&whole) else {
            // Its parts are noted by the one around it.
            return future.as_mut().poll(context);
        };
        whole.lock().clone_from(context.waker());
        waiting.drain(..).for_each(Waker::wake);
        for _ in 0..POLLS {
            turn.begin_poll();
            let result = future.as_mut().poll(&mut Context::from_waker(&waker));
            if result.is_ready() || !turn.is_again() {
                waiting = turn.end();
                return result;
            }
        }
        waiting = turn.end();
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

/// This part waits for a box.
pub(crate) fn note(part: &Waker) {
    POLLED.with(|polled| {
        if polled.whole.get() != 0 {
            polled.waiting.borrow_mut().push(part.clone());
        }
    });
}

/// What the parts take for their task: the waker of the component.
struct Whole(Mutex<Waker>);

impl Whole {
    fn id(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self) as usize
    }

    fn lock(&self) -> MutexGuard<'_, Waker> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Whole {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let note_again = |polled: &Polled| {
            let is_this = polled.whole.get() == self.id();
            polled.again.set(is_this || polled.again.get());
            is_this
        };
        // A thread that is ending polls nothing any more.
        if !POLLED.try_with(note_again).unwrap_or(false) {
            let component = self.lock().clone();
            component.wake();
        }
    }
}

/// From here on the parts of this future are noted on this thread, until this is dropped.
struct Turn(());

impl Turn {
    /// None if another future around this one is being polled.
    fn of(whole: &Arc<Whole>) -> Option<Self> {
        POLLED.with(|polled| {
            let is_free = polled.whole.get() == 0;
            is_free.then(|| {
                polled.whole.set(whole.id());
                Turn(())
            })
        })
    }

    fn begin_poll(&self) {
        POLLED.with(|polled| polled.again.set(false));
    }

    fn is_again(&self) -> bool {
        POLLED.with(|polled| polled.again.get())
    }

    /// The parts that wait for a box.
    fn end(self) -> Vec<Waker> {
        POLLED.with(|polled| polled.waiting.take())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        POLLED.with(|polled| {
            polled.whole.set(0);
            // Left over only where the poll has panicked.
            drop(polled.waiting.take());
        });
    }
}
