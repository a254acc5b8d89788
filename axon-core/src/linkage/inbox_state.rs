//! Where others reach an inbox.

use std::any::Any;
use std::sync::{Arc, PoisonError};

use super::LinkState;
use super::kind::{MessageKind, Settled};
use super::news::News;
use crate::scheduler::flag::{WaitFlag, publish};
use crate::scheduler::slot::Slot;
use crate::scheduler::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};

/// What everyone who can put something into an inbox must reach.
#[derive(Default)]
pub(crate) struct InboxState {
    settled: Settled,
    pub(crate) owner_waits: WaitFlag,
    keeps_latest: bool,
    news: News,
    /// Mailboxes that someone may hold an address of: at most one is open, another may be closing.
    mailboxes: AtomicUsize,
    /// What most inboxes never need.
    post: Mutex<Option<Box<Post>>>,
}

/// What others have left for an inbox, or it for itself. Of its own type each, which the inbox
/// knows.
#[derive(Default)]
struct Post {
    /// Receiving ends of links that were made while the component ran.
    incoming: Vec<Incoming>,
    /// Where injected messages are put.
    injected: Option<Box<dyn Any + Send>>,
    /// The ends of the inbox that was dropped, for the one that comes after it.
    locker: Option<Box<dyn Any + Send>>,
}

/// A link of which the inbox does not know yet.
struct Incoming {
    link: Arc<LinkState>,
    /// Its `ReceiverEnd`.
    end: Box<dyn Any + Send>,
}

impl InboxState {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(InboxState::default())
    }

    /// Of an inbox into which links keep the latest message only.
    pub(crate) fn keeping_latest() -> Arc<Self> {
        Arc::new(InboxState { keeps_latest: true, ..InboxState::default() })
    }

    pub(super) fn keeps_latest(&self) -> bool {
        self.keeps_latest
    }

    pub(crate) fn has_address(&self) -> bool {
        self.mailboxes.load(Ordering::Acquire) > 0
    }

    pub(crate) fn mailbox_opened(&self) {
        self.mailboxes.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn mailbox_closed(&self) {
        self.mailboxes.fetch_sub(1, Ordering::AcqRel);
        if let Some(owner) = self.owner() {
            owner.lose_waker();
        }
    }

    #[inline]
    pub(crate) fn owner(&self) -> Option<&Arc<Slot>> {
        self.settled.owner()
    }

    /// Whether ordinary code reads this inbox, and no component.
    pub(crate) fn is_outside(&self) -> bool {
        self.owner().is_some_and(|owner| owner.is_outside())
    }

    /// What it takes, once that is known.
    pub(crate) fn kind(&self) -> Option<&'static MessageKind> {
        self.settled.kind()
    }

    /// The component that reads this inbox, for life, and what it reads.
    pub(crate) fn settle(&self, owner: Arc<Slot>, kind: &'static MessageKind) {
        self.settled.settle(owner, kind);
    }

    /// The inbox was dropped for good.
    pub(crate) fn is_gone(&self) -> bool {
        self.news.is_gone()
    }

    /// Something changed that the reader may wait for; asked from any thread.
    pub(crate) fn notify(&self) {
        publish();
        self.wake_waiting();
    }

    pub(super) fn wake_waiting(&self) {
        if self.owner_waits.take_apart()
            && let Some(owner) = self.owner()
        {
            owner.wake();
        }
    }

    /// The same where the reader may not expect anything from here: it looks again whatever it
    /// waits for.
    pub(super) fn wake_owner(&self) {
        if let Some(owner) = self.owner() {
            owner.wake();
        }
    }

    /// Gives the inbox the receiving end of another link, which must be of its type. Handed back if
    /// the inbox has gone.
    pub(super) fn receive(
        &self,
        link: Arc<LinkState>,
        end: Box<dyn Any + Send>,
    ) -> Result<(), Box<dyn Any + Send>> {
        let mut post = self.post();
        let rare = post.get_or_insert_default();
        rare.incoming.push(Incoming { link, end });
        if !self.news.leave() {
            let refused = rare.incoming.pop().expect("it was just put there");
            return Err(refused.end);
        }
        drop(post);
        self.wake_owner();
        Ok(())
    }

    /// Whether there is a [receiving end](Self::next_incoming) to be taken.
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.news.is_any()
    }

    /// The receiving end that has waited longest and comes after no link of the same sender that
    /// waits here or [must end first](LinkState::precedes) according to `is_preceded`.
    pub(crate) fn next_incoming(
        &self,
        is_preceded: impl Fn(&LinkState) -> bool,
    ) -> Option<Box<dyn Any + Send>> {
        let mut post = self.post();
        let incoming = &mut post.as_mut()?.incoming;
        let is_next = |at: &usize| {
            let link = &incoming[*at].link;
            let mut before = incoming[..*at].iter();
            !is_preceded(link) && !before.any(|other| other.link.precedes(link))
        };
        let next = (0..incoming.len()).find(is_next).map(|at| incoming.remove(at));
        if incoming.is_empty() {
            self.news.take();
        }
        next.map(|next| next.end)
    }

    /// The inbox goes for good.
    pub(crate) fn close(&self) {
        if self.news.go() {
            let incoming = self.post().as_mut().map(|rare| std::mem::take(&mut rare.incoming));
            drop(incoming);
        }
    }

    /// Lets `use_it` see where injected messages go, or set it.
    pub(super) fn with_injected<R>(
        &self,
        use_it: impl FnOnce(&mut Option<Box<dyn Any + Send>>) -> R,
    ) -> R {
        use_it(&mut self.post().get_or_insert_default().injected)
    }

    /// Keeps the ends of an inbox for the one that comes after it.
    pub(crate) fn lock_up(&self, ends: Box<dyn Any + Send>) {
        let before = self.post().get_or_insert_default().locker.replace(ends);
        drop(before);
    }

    pub(crate) fn unlock(&self) -> Option<Box<dyn Any + Send>> {
        self.post().as_mut()?.locker.take()
    }

    /// No other inbox comes after the one that was dropped: those who send to it hear so.
    pub(crate) fn release(&self) {
        if let Some(ends) = self.unlock() {
            self.close();
            drop(ends);
        }
    }

    fn post(&self) -> MutexGuard<'_, Option<Box<Post>>> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
