//! Where others reach an outbox.

use std::any::Any;
use std::sync::{Arc, PoisonError};

use super::LinkState;
use super::kind::{MessageKind, Settled};
use super::mode::TAPPED;
use super::news::News;
use crate::scheduler::slot::Slot;
use crate::scheduler::sync::{Mutex, MutexGuard};

/// What is known of an outbox besides its link, and the link as others see it.
#[derive(Default)]
pub(crate) struct OutboxState {
    settled: Settled,
    news: News,
    post: Mutex<Post>,
}

#[derive(Default)]
pub(super) struct Post {
    /// The link it was given last.
    pub(super) link: Option<Arc<LinkState>>,
    /// What most outboxes never need.
    rare: Option<Box<Rare>>,
}

/// What others have left for an outbox, or it for itself. Of its own type each, which the outbox
/// knows.
#[derive(Default)]
struct Rare {
    next: Option<Box<dyn Any + Send>>,
    taps: Vec<Box<dyn Any + Send>>,
    /// The end of the outbox that was dropped, for the one that comes after it.
    locker: Option<Box<dyn Any + Send>>,
}

/// What an outbox finds when it looks.
pub(crate) struct Left {
    /// A `SenderEnd` to use from now on.
    pub(crate) next: Option<Box<dyn Any + Send>>,
    /// More taps.
    pub(crate) taps: Vec<Box<dyn Any + Send>>,
}

impl OutboxState {
    pub(crate) fn owner(&self) -> Option<&Arc<Slot>> {
        self.settled.owner()
    }

    /// What it gives, once that is known.
    pub(crate) fn kind(&self) -> Option<&'static MessageKind> {
        self.settled.kind()
    }

    /// The component that sends from this outbox, for life, and what it sends.
    pub(crate) fn settle(&self, owner: Arc<Slot>, kind: &'static MessageKind) {
        self.settled.settle(owner, kind);
    }

    /// The outbox was dropped for good.
    pub(crate) fn is_gone(&self) -> bool {
        self.news.is_gone()
    }

    /// Where what is sent from now on goes; none for a box that is loose, or whose receiver has
    /// ended.
    pub(crate) fn link(&self) -> Option<Arc<LinkState>> {
        self.post().link.clone().filter(|link| link.is_alive())
    }

    /// The outbox got its end itself.
    pub(crate) fn linked(&self, link: Arc<LinkState>) {
        self.post().link = Some(link);
    }

    /// Whether there is something to be [taken](Self::take_left).
    #[inline]
    pub(crate) fn has_news(&self) -> bool {
        self.news.is_any()
    }

    pub(crate) fn take_left(&self) -> Left {
        let mut post = self.post();
        self.news.take();
        match &mut post.rare {
            Some(rare) => Left { next: rare.next.take(), taps: std::mem::take(&mut rare.taps) },
            None => Left { next: None, taps: Vec::new() },
        }
    }

    pub(super) fn post(&self) -> MutexGuard<'_, Post> {
        self.post.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the outbox another sending end, which must be of its type. Handed back if the outbox
    /// has gone.
    pub(super) fn give(
        &self,
        post: &mut Post,
        end: Box<dyn Any + Send>,
        link: Arc<LinkState>,
    ) -> Result<(), Box<dyn Any + Send>> {
        let rare = post.rare.get_or_insert_default();
        rare.next = Some(end);
        if !self.news.leave() {
            return Err(rare.next.take().expect("it was just put there"));
        }
        post.link = Some(link);
        Ok(())
    }

    /// Cuts the link; false if there is none. What the outbox has not looked at yet goes too.
    pub(super) fn cut(&self) -> bool {
        let mut post = self.post();
        let Some(link) = post.link.take().filter(|link| link.is_alive()) else {
            return false;
        };
        let next = post.rare.as_mut().and_then(|rare| rare.next.take());
        link.cut();
        drop(post);
        drop(next);
        true
    }

    /// Has the outbox show what passes to a tap, which must be of its type. False if the outbox has
    /// gone.
    pub(crate) fn add_tap(&self, tap: Box<dyn Any + Send>) -> bool {
        let mut post = self.post();
        let rare = post.rare.get_or_insert_default();
        rare.taps.push(tap);
        let is_there = self.news.leave();
        if !is_there {
            rare.taps.clear();
        }
        if let Some(link) = &post.link {
            link.mode.set(TAPPED);
        }
        is_there
    }

    /// The outbox has no taps left, unless there are new ones.
    pub(crate) fn untapped(&self) {
        let post = self.post();
        if let Some(link) = &post.link
            && !self.news.is_any()
        {
            link.mode.clear(TAPPED);
        }
    }

    /// The outbox goes for good.
    pub(crate) fn close(&self) {
        if self.news.go() {
            drop(self.take_left());
        }
    }

    /// Keeps the end of an outbox for the one that comes after it.
    pub(crate) fn lock_up(&self, end: Box<dyn Any + Send>) {
        let before = self.post().rare.get_or_insert_default().locker.replace(end);
        drop(before);
    }

    pub(crate) fn unlock(&self) -> Option<Box<dyn Any + Send>> {
        self.post().rare.as_mut()?.locker.take()
    }

    /// No other outbox comes after the one that was dropped: who took from it hears so.
    pub(crate) fn release(&self) {
        if let Some(end) = self.unlock() {
            self.close();
            drop(end);
        }
    }
}
