//! Where messages wait for their component.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::address::{Address, Mailbox};
use super::detour::Errand;
use super::{InboxHandle, TakeError, short_type_name};
use crate::linkage::mode::BESIDE;
use crate::linkage::{InboxState, ReceiverEnd};
use crate::scheduler::local;
use crate::scheduler::slot::Slot;
use crate::time;

/// Messages taken from one link, or from the mailbox, before the next is asked.
const BURST: u32 = 64;

/// Links found to be over in one look. Somebody on another thread who makes and cuts links without end
/// would keep it from its end; the component has another turn at once.
const OVER_PER_LOOK: u32 = 64;

/// Messages of type `T` on their way to the component that owns this box.
///
/// Any number of links may lead here, and any number of [`Address`]es. Messages of one sender
/// arrive in the order sent; between senders there is no order. When every sender has ended and
/// the last message is taken, the box is finished. When the component is asked to stop, the box
/// finishes at once, whatever it still holds.
pub struct Inbox<T> {
    pub(super) links: Vec<ReceiverEnd<T>>,
    /// Which link is asked first, and how many messages it gave in a row.
    current: usize,
    burst: u32,
    pub(super) mailbox: Option<Box<Mailbox<T>>>,
    pub(super) owner: Option<Arc<Slot>>,
    pub(super) state: Arc<InboxState>,
    /// Known once the box has an owner.
    pub(super) run_errand: Option<fn(&mut Self, Errand)>,
    /// Someone on another thread can put messages in.
    pub(super) reached_from_elsewhere: bool,
}

/// Why there is no message now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TryRecvError {
    /// None has come yet. The next one gives the component a turn.
    #[error("no message is waiting")]
    Empty,
    /// None will come any more.
    #[error("no message will come any more")]
    Finished,
}

impl<T> Inbox<T> {
    /// A box with nothing linked to it.
    pub fn new() -> Self {
        Inbox::with(InboxState::new())
    }

    /// The same, into which links keep the latest message only.
    pub(super) fn keeping_latest() -> Self {
        Inbox::with(InboxState::keeping_latest())
    }

    fn with(state: Arc<InboxState>) -> Self {
        Inbox {
            links: Vec::new(),
            current: 0,
            burst: 0,
            mailbox: None,
            owner: None,
            state,
            run_errand: None,
            reached_from_elsewhere: false,
        }
    }

    /// By this the box can be linked after its component has moved into the graph that is being
    /// made.
    pub fn handle(&self) -> InboxHandle<T> {
        InboxHandle::new(self.state.clone())
    }

    /// The next message, or `None` when none will come any more. Waits; only in the `main` of the
    /// component that owns the box.
    ///
    /// Dropping the future before it is ready loses nothing.
    #[inline]
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|_| self.poll_recv()).await
    }

    /// Appends what is there, at least one and at most `max` messages, and says how many; 0 means
    /// that none will come any more (or that `max` is 0). Waits only for the first.
    ///
    /// Dropping the future before it is ready loses nothing.
    pub async fn recv_many(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        if max == 0 {
            return 0;
        }
        let Some(first) = self.recv().await else {
            return 0;
        };
        into.push(first);
        1 + self.take_more(into, max - 1)
    }

    /// The next message for a component with its own thread; blocks that thread, and must not be
    /// called on another. `None` when none will come any more.
    ///
    /// # Panics
    ///
    /// When no message is there and the component shares a worker with others: those await.
    pub fn recv_blocking(&mut self) -> Option<T> {
        self.recv_until(None).ok()
    }

    /// The same, blocking for at most this long. What is there is taken whatever the time.
    ///
    /// # Panics
    ///
    /// See [`recv_blocking`](Self::recv_blocking).
    pub fn recv_within(&mut self, timeout: Duration) -> Result<T, TakeError> {
        // An end of waiting beyond the end of time is none.
        self.recv_until(time::now().checked_add(timeout))
    }

    fn recv_until(&mut self, deadline: Option<Instant>) -> Result<T, TakeError> {
        if let Some(owner) = &self.owner {
            owner.step_aside();
        }
        loop {
            match self.try_recv() {
                Ok(message) => return Ok(message),
                Err(TryRecvError::Finished) => return Err(TakeError::Finished),
                Err(TryRecvError::Empty) => {
                    // Without an owner nothing was ever linked, and the box is finished.
                    let owner = self.owner.as_ref().ok_or(TakeError::Finished)?;
                    owner.assert_may_block();
                    if !owner.park_until(deadline) {
                        return Err(TakeError::TimedOut);
                    }
                }
            }
        }
    }

    /// The next message if there is one; does not wait. After [`TryRecvError::Empty`] the next
    /// message wakes the component, so a component that found several boxes empty may sleep.
    ///
    /// A component that shares a worker may be told of an empty box when it has taken some hundreds
    /// of messages in a row: then others have their turn, and it has another one at once. So may any
    /// whose links are cut and made anew all the time.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        match self.poll_recv() {
            Poll::Ready(Some(message)) => Ok(message),
            Poll::Ready(None) => Err(TryRecvError::Finished),
            Poll::Pending => Err(TryRecvError::Empty),
        }
    }

    /// Messages that wait to be taken, from all senders together. Between threads more may have
    /// come when this returns.
    pub fn waiting(&mut self) -> usize {
        self.take_incoming();
        let linked: usize = self.links.iter().map(ReceiverEnd::waiting).sum();
        linked + self.mailbox.as_ref().map_or(0, |open| open.waiting())
    }

    /// A sender's handle to this box, for those who are not linked to it: code outside the graph,
    /// and components that meet through services. The box stays open as long as one is held, be it
    /// by the component that owns the box. Messages that wait outlive the last address.
    pub fn address(&mut self) -> Address<T>
    where
        T: Send + 'static,
    {
        self.reached_from_elsewhere = true;
        if let Some(address) = self.mailbox.as_ref().and_then(|open| open.address()) {
            return address;
        }
        let (mailbox, address) = Mailbox::open(self.state.clone());
        if let Some(closed) = self.mailbox.replace(Box::new(mailbox)) {
            address.take_over(&closed);
        }
        address
    }

    pub(super) fn owner(&self) -> Option<&Arc<Slot>> {
        self.owner.as_ref()
    }

    #[inline]
    fn poll_recv(&mut self) -> Poll<Option<T>> {
        if self.owner.as_ref().is_some_and(|owner| owner.is_stopping()) {
            return Poll::Ready(None);
        }
        if self.reached_from_elsewhere {
            return self.poll_recv_from_elsewhere();
        }
        match self.take() {
            Poll::Pending if self.reached_from_elsewhere => self.poll_recv_from_elsewhere(),
            Poll::Pending => {
                self.state.owner_waits.raise_beside();
                Poll::Pending
            }
            ready => ready,
        }
    }

    fn poll_recv_from_elsewhere(&mut self) -> Poll<Option<T>> {
        if local::on_worker() && !local::spend(1) {
            // Senders on other threads could keep this turn going for ever.
            self.look_again();
            return Poll::Pending;
        }
        let first_look = self.take();
        if first_look.is_ready() {
            return first_look;
        }
        self.state.owner_waits.raise();
        let second_look = self.take();
        if second_look.is_ready() {
            self.state.owner_waits.lower();
        }
        second_look
    }

    /// The component has another turn.
    fn look_again(&self) {
        if let Some(owner) = &self.owner {
            owner.wake();
        }
    }

    /// What is there now: a message, the end, or nothing yet. Most often the link that gave the
    /// last message has another.
    #[inline(always)]
    fn take(&mut self) -> Poll<Option<T>> {
        if let Some(link) = self.links.get_mut(self.current)
            && let Ok(message) = link.ring.pop()
        {
            link.popped(1);
            self.count_towards_burst();
            return Poll::Ready(Some(message));
        }
        self.take_from_any()
    }

    #[inline(never)]
    fn take_from_any(&mut self) -> Poll<Option<T>> {
        self.take_incoming();
        let (mut asked, mut over) = (0, 0);
        let mut from_elsewhere = self.mailbox.is_some();
        while asked < self.sources() {
            if self.current >= self.sources() {
                self.current = 0;
            }
            let Some(link) = self.links.get_mut(self.current) else {
                match self.mailbox.as_ref().map_or(Poll::Ready(None), |open| open.take()) {
                    Poll::Ready(Some(message)) => {
                        self.count_towards_burst();
                        return Poll::Ready(Some(message));
                    }
                    Poll::Ready(None) => self.mailbox = None,
                    Poll::Pending => {
                        self.advance();
                        asked += 1;
                    }
                }
                continue;
            };
            if let Some(message) = link.pop() {
                link.popped(1);
                self.count_towards_burst();
                return Poll::Ready(Some(message));
            }
            // What the sender pushed before it ended is visible once its end is.
            let mode = link.mode();
            if mode.is_over() {
                if let Some(message) = link.pop_last() {
                    link.popped(1);
                    self.count_towards_burst();
                    return Poll::Ready(Some(message));
                }
                self.tell_burst();
                drop(self.links.swap_remove(self.current));
                over += 1;
                if over == OVER_PER_LOOK {
                    self.look_again();
                    return Poll::Pending;
                }
                // Another may have waited for this one to end.
                self.take_incoming();
                // The others have changed places: which were asked is not known any more.
                asked = 0;
            } else {
                from_elsewhere |= !mode.is(BESIDE);
                self.advance();
                asked += 1;
            }
        }
        // All were asked: who can reach this box is known anew.
        self.reached_from_elsewhere = from_elsewhere;
        if self.sources() == 0 { Poll::Ready(None) } else { Poll::Pending }
    }

    /// The links, and the mailbox after them.
    fn sources(&self) -> usize {
        self.links.len() + usize::from(self.mailbox.is_some())
    }

    fn take_more(&mut self, into: &mut Vec<T>, max: usize) -> usize {
        let Some(link) = self.links.get_mut(self.current) else {
            return 0;
        };
        let count = link.pop_many(into, max);
        if count > 0 {
            link.popped(count);
            link.took(count);
        }
        self.advance();
        count
    }

    #[inline]
    fn count_towards_burst(&mut self) {
        self.burst += 1;
        if self.burst >= BURST {
            self.end_burst();
        }
    }

    #[inline(never)]
    fn end_burst(&mut self) {
        self.take_incoming();
        self.advance();
    }

    /// More links may have been made while the component runs.
    fn take_incoming(&mut self) {
        if self.state.has_news()
            && let Some(run_errand) = self.run_errand
        {
            self.tell_burst();
            run_errand(self, Errand::TakeLeft);
        }
    }

    fn advance(&mut self) {
        self.tell_burst();
        self.current += 1;
        if self.current >= self.sources() {
            self.current = 0;
        }
    }

    /// Counts what the current link gave in a row.
    #[inline]
    fn tell_burst(&mut self) {
        let burst = std::mem::take(&mut self.burst);
        if burst > 0
            && let Some(link) = self.links.get_mut(self.current)
        {
            link.took(burst as usize);
        }
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Inbox::new()
    }
}

impl<T> fmt::Debug for Inbox<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox<{}>({} links)", short_type_name::<T>(), self.links.len())
    }
}

impl<T> Drop for Inbox<T> {
    fn drop(&mut self) {
        let is_kept = self.owner.as_ref().is_some_and(|owner| owner.keeps_boxes());
        match self.run_errand {
            Some(run_errand) if is_kept => run_errand(self, Errand::LockUp),
            _ => self.state.close(),
        }
    }
}
