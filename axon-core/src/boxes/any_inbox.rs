//! An inbox as a graph sees it: whatever its messages are.

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::Inbox;
use super::address::Mailbox;
use super::detour::Errand;
use crate::linkage::{InboxState, LinkState, MessageKind, ReceiverEnd};
use crate::scheduler::slot::Slot;

/// The ends of an inbox that was dropped, for the one that comes after it.
struct InboxEnds<T> {
    links: Vec<ReceiverEnd<T>>,
    mailbox: Option<Box<Mailbox<T>>>,
}

impl<T: Send + 'static> Inbox<T> {
    fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::TakeLeft => {
                let state = self.state.clone();
                let precedes = |links: &[ReceiverEnd<T>], next: &LinkState| {
                    links.iter().any(|link| link.state.precedes(next))
                };
                while let Some(end) = state.next_incoming(|next| precedes(&self.links, next)) {
                    self.attach(end);
                }
            }
            Errand::LockUp => {
                let (links, mailbox) = (std::mem::take(&mut self.links), self.mailbox.take());
                self.state.lock_up(Box::new(InboxEnds { links, mailbox }));
            }
        }
    }
}

/// An inbox whose message type is known only to itself; what a graph sees of it.
pub trait AnyInbox: sealed::Sealed {
    #[doc(hidden)]
    fn kind(&self) -> KindRef;
    #[doc(hidden)]
    fn key(&self) -> InboxKey;
    #[doc(hidden)]
    fn has_address(&self) -> bool;
    #[doc(hidden)]
    fn settle(&mut self, owner: SlotRef);
    #[doc(hidden)]
    fn attach(&mut self, receiver_end: Box<dyn Any + Send>);
    /// An `Address` of this box.
    #[doc(hidden)]
    fn open_address(&mut self) -> Box<dyn Any + Send>;
    /// Comes after another inbox, whose owner keeps its boxes: takes over its place and its ends.
    #[doc(hidden)]
    fn restore(&mut self, before: &InboxKey);
}

impl<T: Send + 'static> AnyInbox for Inbox<T> {
    fn kind(&self) -> KindRef {
        KindRef(MessageKind::of::<T>())
    }

    fn key(&self) -> InboxKey {
        InboxKey::of(self)
    }

    fn has_address(&self) -> bool {
        self.mailbox.is_some()
    }

    fn settle(&mut self, owner: SlotRef) {
        self.state.settle(owner.0.clone(), MessageKind::of::<T>());
        self.owner = Some(owner.0);
        self.run_errand = Some(Inbox::run_errand);
    }

    fn attach(&mut self, receiver_end: Box<dyn Any + Send>) {
        let link = receiver_end
            .downcast::<ReceiverEnd<T>>()
            .expect("a graph compares message types before it joins boxes");
        self.reached_from_elsewhere |= !link.state.is_beside();
        // One is the rule, and more the exception.
        self.links.reserve_exact(usize::from(self.links.is_empty()));
        self.links.push(*link);
    }

    fn open_address(&mut self) -> Box<dyn Any + Send> {
        Box::new(self.address())
    }

    fn restore(&mut self, before: &InboxKey) {
        self.state = before.0.clone();
        self.owner = self.state.owner().cloned();
        self.run_errand = Some(Inbox::run_errand);
        self.reached_from_elsewhere = true;
        let ends = self.state.unlock().and_then(|ends| ends.downcast::<InboxEnds<T>>().ok());
        if let Some(ends) = ends {
            (self.links, self.mailbox) = (ends.links, ends.mailbox);
        }
    }
}

impl<T: Send + 'static> sealed::Sealed for Inbox<T> {}

pub(crate) mod sealed {
    /// Only the boxes of this crate are boxes.
    pub trait Sealed {}
}

/// Tells inboxes apart before they have names.
#[derive(Clone)]
pub struct InboxKey(pub(crate) Arc<InboxState>);

impl InboxKey {
    pub(crate) fn of<T>(inbox: &Inbox<T>) -> Self {
        InboxKey(inbox.state.clone())
    }
}

impl PartialEq for InboxKey {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for InboxKey {}

impl Hash for InboxKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// What a box carries.
pub struct KindRef(pub(crate) &'static MessageKind);

/// The owner a graph gives a box.
pub struct SlotRef(pub(crate) Arc<Slot>);
