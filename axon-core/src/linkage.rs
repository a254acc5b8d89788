//! Joins an outbox to an inbox: a ring for the messages, and the state both ends share.
//!
//! Each link has a ring of its own with one producer and one consumer, also where several links
//! feed one inbox. A link knows both owners and whether they live side by side on one worker; if
//! they do, passing a message takes no atomic read-modify-write and no fence.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use rtrb::{Consumer, Producer, RingBuffer};

use crate::scheduler::flag::{WaitFlag, publish};
use crate::scheduler::local;
use crate::scheduler::slot::Slot;

/// What outlives the two ends of a link in them both.
pub(crate) struct LinkState {
    pub(crate) sender: Arc<Slot>,
    pub(crate) sender_waits: WaitFlag,
    pub(crate) inbox: Arc<InboxState>,
    /// Both owners are polled by the same worker.
    beside: bool,
}

/// What everyone who can put something into an inbox must reach.
pub(crate) struct InboxState {
    owner: OnceLock<Arc<Slot>>,
    pub(crate) owner_waits: WaitFlag,
    /// Mailboxes that someone may hold an address of: at most one is open, another may be closing.
    mailboxes: AtomicUsize,
}

/// The sending end, kept by an outbox.
pub(crate) struct SenderEnd<T> {
    pub(crate) ring: Producer<T>,
    pub(crate) state: Arc<LinkState>,
    pace: Pace,
}

/// The receiving end, kept by an inbox.
pub(crate) struct ReceiverEnd<T> {
    pub(crate) ring: Consumer<T>,
    pub(crate) state: Arc<LinkState>,
    pace: Pace,
}

/// One of the two ends of a link.
#[derive(Clone, Copy)]
pub(crate) enum End {
    Sending,
    Receiving,
}

/// When a link between threads tells the other end: after the turn, or each quarter of a box.
/// Waking per message would cost more than passing it; waking only when the box is full would
/// leave the other processor idle.
struct Pace {
    this: End,
    turn: u64,
    passed: usize,
    quarter: usize,
}

/// A ring for `capacity` messages from `sender` into `inbox`, whose owner must be known.
pub(crate) fn join<T>(
    capacity: usize,
    sender: Arc<Slot>,
    inbox: Arc<InboxState>,
) -> (SenderEnd<T>, ReceiverEnd<T>) {
    let capacity = capacity.max(1);
    let (producer, consumer) = RingBuffer::new(capacity);
    // A component that talks to itself could do so for ever: it is counted as if from elsewhere.
    let neighbour = inbox.owner().filter(|owner| !Arc::ptr_eq(owner, &sender));
    let receiver = neighbour.and_then(|owner| owner.worker());
    let beside = sender.worker().is_some() && sender.worker() == receiver;
    let state = Arc::new(LinkState { sender, sender_waits: WaitFlag::new(), inbox, beside });
    let pace = |this| Pace { this, turn: 0, passed: 0, quarter: (capacity / 4).max(1) };
    let sender = SenderEnd { ring: producer, state: state.clone(), pace: pace(End::Sending) };
    let receiver = ReceiverEnd { ring: consumer, state, pace: pace(End::Receiving) };
    (sender, receiver)
}

impl InboxState {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(InboxState {
            owner: OnceLock::new(),
            owner_waits: WaitFlag::new(),
            mailboxes: AtomicUsize::new(0),
        })
    }

    pub(crate) fn has_address(&self) -> bool {
        self.mailboxes.load(Ordering::Acquire) > 0
    }

    pub(crate) fn mailbox_opened(&self) {
        self.mailboxes.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn mailbox_closed(&self) {
        self.mailboxes.fetch_sub(1, Ordering::AcqRel);
    }

    #[inline]
    pub(crate) fn owner(&self) -> Option<&Arc<Slot>> {
        self.owner.get()
    }

    /// The component that reads this inbox, for life.
    pub(crate) fn settle(&self, owner: Arc<Slot>) {
        let _ = self.owner.set(owner);
    }

    /// Something changed that the reader may wait for; asked from any thread.
    pub(crate) fn notify(&self) {
        publish();
        self.wake_waiting();
    }

    fn wake_waiting(&self) {
        if self.owner_waits.take_apart()
            && let Some(owner) = self.owner()
        {
            owner.wake();
        }
    }
}

impl LinkState {
    #[inline]
    pub(crate) fn is_beside(&self) -> bool {
        self.beside
    }

    /// Wakes the owner of the other end if it waits. What this end changed must have been
    /// published.
    pub(crate) fn wake_across(&self, this: End) {
        match this {
            End::Sending => self.inbox.wake_waiting(),
            End::Receiving if self.sender_waits.take_apart() => self.sender.wake(),
            End::Receiving => {}
        }
    }
}

impl<T> SenderEnd<T> {
    /// Lets the receiver know of `count` messages pushed.
    #[inline]
    pub(crate) fn pushed(&mut self, count: usize) {
        if self.state.beside {
            if self.state.inbox.owner_waits.take_beside()
                && let Some(owner) = self.state.inbox.owner()
            {
                owner.wake_beside();
            }
        } else {
            self.pace.passed(&self.state, count);
        }
    }
}

impl<T> ReceiverEnd<T> {
    /// Lets the sender know of `count` messages popped.
    #[inline]
    pub(crate) fn popped(&mut self, count: usize) {
        if self.state.beside {
            if self.state.sender_waits.take_beside() {
                self.state.sender.wake_beside();
            }
        } else {
            self.pace.passed(&self.state, count);
        }
    }
}

impl Pace {
    fn passed(&mut self, link: &Arc<LinkState>, count: usize) {
        if !local::on_worker() {
            // A thread may go on to do anything: the other end hears at once.
            publish();
            link.wake_across(self.this);
            return;
        }
        if self.turn != local::turn() {
            self.turn = local::turn();
            self.passed = 0;
            local::touch(link, self.this);
        }
        self.passed += count;
        if self.passed >= self.quarter {
            self.passed = 0;
            publish();
            link.wake_across(self.this);
        }
    }
}
