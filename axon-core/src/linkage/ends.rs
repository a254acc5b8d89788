//! The two ends of a link, each kept by its box.

use std::ops::Deref;
use std::sync::Arc;

use super::link::{End, LinkState};
use super::mode::{BESIDE, CUT, ENDED, OBSERVED, ON_SHELF, Seen, TAPPED};
use super::ring::{Consumer, Producer, PushError, RingBuffer};
use super::shelf::{Fill, Put, Shelf};
use super::{InboxState, LinkPolicy};
use crate::error::drop_each;
use crate::scheduler::flag::publish;
use crate::scheduler::local;
use crate::scheduler::slot::Slot;

/// The sending end, kept by an outbox.
pub(crate) struct SenderEnd<T> {
    pub(crate) ring: Producer<T>,
    shelf: Option<Arc<Shelf<T>>>,
    sent: u64,
    pace: Pace,
    /// Behind what says that this end is gone.
    pub(crate) state: Hold<true>,
}

/// The receiving end, kept by an inbox.
pub(crate) struct ReceiverEnd<T> {
    pub(crate) ring: Consumer<T>,
    shelf: Option<Arc<Shelf<T>>>,
    pace: Pace,
    /// Behind what says that this end is gone.
    pub(crate) state: Hold<false>,
}

/// An end's hold of its link. Being dropped, after the ring, it tells the other end.
pub(crate) struct Hold<const SENDING: bool>(Arc<LinkState>);

/// When a link between threads tells the other end: after the turn, or each quarter of a box.
/// Waking per message would cost more than passing it; waking only when the box is full would
/// leave the other processor idle.
#[derive(Clone, Copy)]
struct Pace {
    turn: u64,
    passed: u32,
    quarter: u32,
}

/// A link from `sender` into `inbox`.
pub(crate) fn join<T: 'static>(
    policy: &LinkPolicy,
    sender: Arc<Slot>,
    inbox: Arc<InboxState>,
) -> (SenderEnd<T>, ReceiverEnd<T>) {
    let latest = inbox.keeps_latest().then(LinkPolicy::latest);
    let policy = latest.as_ref().unwrap_or(policy);
    let shelf = policy.shelf::<T>().map(Arc::new);
    // A ring without room still says that the other end is gone.
    let (producer, consumer) = RingBuffer::new(if shelf.is_some() { 0 } else { policy.limit() });
    let state = LinkState::new(sender, inbox, policy);
    if shelf.is_some() {
        state.mode.set(ON_SHELF);
    }
    let pace = Pace::of(policy.limit());
    let (held, shelf_too) = (Hold(state.clone()), shelf.clone());
    let sender = SenderEnd { ring: producer, shelf: shelf_too, sent: 0, pace, state: held };
    let receiver = ReceiverEnd { ring: consumer, shelf, pace, state: Hold(state) };
    (sender, receiver)
}

impl<const SENDING: bool> Deref for Hold<SENDING> {
    type Target = Arc<LinkState>;

    #[inline]
    fn deref(&self) -> &Arc<LinkState> {
        &self.0
    }
}

impl<const SENDING: bool> Drop for Hold<SENDING> {
    fn drop(&mut self) {
        self.0.mode.set(ENDED);
        if SENDING {
            // After a cut the receiver still takes what was sent, and makes room for nobody.
            self.0.sender_waits.lower();
        }
        // Whoever waits for messages or for room must hear that none will come.
        publish();
        self.0.wake_across(if SENDING { End::Sending } else { End::Receiving });
    }
}

impl<T> SenderEnd<T> {
    /// The receiver has gone, or is about to and takes nothing more.
    #[inline]
    pub(crate) fn is_deserted(&self) -> bool {
        self.ring.is_abandoned() || self.state.mode.look_closely().is(ENDED)
    }

    /// Lets the receiver know of `count` messages pushed. They are told to those who watch when
    /// the receiver was waiting, or the box is full: a store for each would cost as much as all of
    /// the rest that is not the ring.
    // Always: on the way of every message, and left out where a program is compiled as one unit.
    #[inline(always)]
    pub(crate) fn pushed(&mut self, mode: Seen, count: usize) {
        self.sent += count as u64;
        if mode.is(BESIDE) {
            if self.state.inbox.owner_waits.take_beside()
                && let Some(owner) = self.state.inbox.owner()
            {
                self.state.sent.set(self.sent);
                owner.wake_beside();
            }
        } else if self.pace.passed(&self.state.0, End::Sending, count) {
            self.state.sent.set(self.sent);
        }
    }
}

impl<T> SenderEnd<T> {
    /// Whether this message would be taken now.
    pub(crate) fn has_room_for(&self, message: &T) -> bool {
        match &self.shelf {
            Some(shelf) => shelf.has_room_for(message),
            None => self.ring.slots() > 0,
        }
    }

    /// Messages that fit now without another being dropped.
    pub(crate) fn room(&self) -> usize {
        self.shelf.as_ref().map_or_else(|| self.ring.slots(), |shelf| shelf.room())
    }

    /// Where the messages wait, if not in a ring; they outlive the receiver there.
    pub(crate) fn shelf(&self) -> Option<Arc<Shelf<T>>> {
        let shelf = self.shelf.clone();
        shelf.inspect(|shelf| shelf.keep())
    }

    /// Puts a message where it belongs, wherever that is.
    pub(crate) fn put(&mut self, message: T) -> Put<T> {
        let Some(shelf) = &self.shelf else {
            return match self.ring.push(message) {
                Ok(()) => Put::Done(0),
                Err(PushError::Full(message)) => Put::Full(message),
            };
        };
        let put = shelf.put(message);
        if let Put::Done(dropped) = put {
            self.state.count_dropped(dropped);
        }
        put
    }

    /// How full the link is by what it is full of.
    pub(crate) fn fill(&self) -> Fill {
        let limit = self.state.limit();
        let in_ring = || Fill { size: self.held(), limit, in_bytes: false };
        self.shelf.as_ref().map_or_else(in_ring, |shelf| shelf.fill())
    }

    /// Says how many messages have passed, where it may have been behind.
    pub(crate) fn tell(&self) {
        self.state.sent.set(self.sent);
    }

    /// The link as others see it.
    pub(crate) fn link(&self) -> &Arc<LinkState> {
        &self.state
    }

    /// Whether what is sent from now on goes elsewhere, or nowhere.
    pub(crate) fn is_cut(&self) -> bool {
        self.state.mode.look_closely().is(CUT)
    }

    /// Whoever sends shows all of it to others, too.
    pub(crate) fn is_tapped(&self) {
        self.state.mode.set(TAPPED);
    }

    /// A message was put here: the books, if any are kept.
    pub(crate) fn note_sent(&self, mode: Seen) {
        if mode.is(OBSERVED) {
            self.tell();
            self.state.meter().sent(|| self.held());
        }
    }

    /// A message found no room.
    pub(crate) fn note_refused(&self, mode: Seen) {
        if mode.is(OBSERVED) {
            self.state.meter().refused();
        }
    }

    fn held(&self) -> usize {
        let in_ring = || self.state.limit() - self.ring.slots();
        self.shelf.as_ref().map_or_else(in_ring, |shelf| shelf.len())
    }
}

impl<T> Drop for SenderEnd<T> {
    fn drop(&mut self) {
        self.tell();
    }
}

impl<T> Drop for ReceiverEnd<T> {
    fn drop(&mut self) {
        // Nobody will take what is left, and the sender may live on for long. It may be a request that
        // holds open where its sender waits for the answer.
        let is_kept = self.shelf.as_ref().is_some_and(|shelf| shelf.is_kept());
        if !is_kept {
            // Said first: what is dropped here makes room, which is room for nothing.
            self.state.mode.set(ENDED);
            drop_each(|| self.pop_last());
        }
    }
}

impl<T> ReceiverEnd<T> {
    /// An end without another: what is put on the shelf arrives, and when it has, the link is over.
    pub(super) fn fed_from_aside(
        owner: Arc<Slot>,
        inbox: Arc<InboxState>,
        limit: usize,
    ) -> (Arc<Shelf<T>>, Self) {
        let policy = LinkPolicy::wait(limit);
        let shelf = Arc::new(Shelf::new(limit, policy.when_full(), None));
        let (_, ring) = RingBuffer::new(0);
        let link = LinkState::new(owner, inbox, &policy);
        link.mode.set(ON_SHELF | ENDED);
        let state = Hold(link);
        let end = ReceiverEnd { ring, shelf: Some(shelf.clone()), pace: Pace::of(limit), state };
        (shelf, end)
    }

    /// The next message, wherever it waits.
    pub(crate) fn pop(&mut self) -> Option<T> {
        self.ring.pop().ok().or_else(|| self.shelf.as_ref()?.take())
    }

    /// Appends what is there, at most so many, and says how many.
    pub(crate) fn pop_many(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        if let Some(shelf) = &self.shelf {
            let before = into.len();
            into.extend(std::iter::from_fn(|| shelf.take()).take(max));
            return into.len() - before;
        }
        let count = self.ring.slots().min(max);
        let Ok(chunk) = self.ring.read_chunk(count) else {
            return 0;
        };
        into.extend(chunk);
        count
    }

    /// Messages that wait here.
    pub(crate) fn waiting(&self) -> usize {
        self.shelf.as_ref().map_or_else(|| self.ring.slots(), |shelf| shelf.len())
    }

    /// Lets the sender know of `count` messages popped.
    #[inline]
    pub(crate) fn popped(&mut self, count: usize) {
        let mode = self.state.mode.look();
        if mode.is_just(BESIDE) {
            self.wake_beside();
        } else {
            self.popped_otherwise(mode, count);
        }
    }

    #[inline(never)]
    fn popped_otherwise(&mut self, mode: Seen, count: usize) {
        if mode.is(OBSERVED) {
            self.state.meter().taken(|| self.waiting());
        }
        if mode.is(BESIDE) {
            self.wake_beside();
        } else {
            self.pace.passed(&self.state.0, End::Receiving, count);
        }
    }

    #[inline(always)]
    fn wake_beside(&self) {
        if self.state.sender_waits.take_beside() {
            self.state.sender.wake_beside();
        }
    }

    /// How things are, seen before a last look at the messages.
    pub(crate) fn mode(&self) -> Seen {
        self.state.mode.look_closely()
    }

    /// The next message of a link that is over; if there is none, there never will be one.
    pub(crate) fn pop_last(&mut self) -> Option<T> {
        self.ring.pop().ok().or_else(|| self.shelf.as_ref()?.take_or_close())
    }

    /// Counts messages that were popped, some of them a while ago: their inbox knows anyway how
    /// many they were, and counts them here when it turns to another link.
    #[inline]
    pub(crate) fn took(&mut self, count: usize) {
        self.state.taken.add(count as u64);
    }
}

impl Pace {
    fn of(capacity: usize) -> Self {
        let quarter = u32::try_from(capacity / 4).unwrap_or(u32::MAX).max(1);
        Pace { turn: 0, passed: 0, quarter }
    }

    /// Whether this is a moment to say how many messages have passed.
    fn passed(&mut self, link: &Arc<LinkState>, this: End, count: usize) -> bool {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        if !local::on_worker() {
            // A thread may go on to do anything: the other end hears at once.
            publish();
            link.wake_across(this);
            return self.is_quarter(count);
        }
        let is_first = self.turn != local::turn();
        if is_first {
            self.turn = local::turn();
            self.passed = 0;
            local::touch(link, this);
        }
        let is_quarter = self.is_quarter(count);
        if is_quarter {
            publish();
            link.wake_across(this);
        }
        is_first || is_quarter
    }

    fn is_quarter(&mut self, count: u32) -> bool {
        self.passed = self.passed.saturating_add(count);
        let is_quarter = self.passed >= self.quarter;
        if is_quarter {
            self.passed = 0;
        }
        is_quarter
    }
}
