//! What can be done with a box of whose type nothing more is known.

use std::any::{Any, TypeId};
use std::sync::{Arc, OnceLock};

use super::{InboxState, LinkPolicy, LinkState, join};
use crate::boxes::short_type_name;
use crate::scheduler::slot::Slot;

/// A type of messages.
pub(crate) struct MessageKind {
    id: fn() -> TypeId,
    text: fn() -> String,
    join: fn(&LinkPolicy, Arc<Slot>, Arc<InboxState>) -> Joined,
}

/// A link whose ends are still to be given to their boxes.
pub(crate) struct Joined {
    /// A `SenderEnd`.
    pub(super) sender_end: Box<dyn Any + Send>,
    /// A `ReceiverEnd`.
    pub(super) receiver_end: Box<dyn Any + Send>,
    pub(super) state: Arc<LinkState>,
}

/// Whose a box is, and what it carries: both for life, once its graph is built.
#[derive(Default)]
pub(super) struct Settled(OnceLock<(Arc<Slot>, &'static MessageKind)>);

impl MessageKind {
    pub(crate) const fn of<T: Send + 'static>() -> &'static MessageKind {
        &MessageKind { id: TypeId::of::<T>, text: short_type_name::<T>, join: join_untyped::<T> }
    }

    pub(crate) fn id(&self) -> TypeId {
        (self.id)()
    }

    pub(crate) fn text(&self) -> String {
        (self.text)()
    }

    pub(super) fn join(
        &self,
        policy: &LinkPolicy,
        sender: Arc<Slot>,
        inbox: Arc<InboxState>,
    ) -> Joined {
        (self.join)(policy, sender, inbox)
    }
}

fn join_untyped<T: Send + 'static>(
    policy: &LinkPolicy,
    sender: Arc<Slot>,
    inbox: Arc<InboxState>,
) -> Joined {
    let (sender_end, receiver_end) = join::<T>(policy, sender, inbox);
    let state = sender_end.link().clone();
    Joined { sender_end: Box::new(sender_end), receiver_end: Box::new(receiver_end), state }
}

impl Settled {
    pub(super) fn settle(&self, owner: Arc<Slot>, kind: &'static MessageKind) {
        let _ = self.0.set((owner, kind));
    }

    #[inline]
    pub(super) fn owner(&self) -> Option<&Arc<Slot>> {
        self.0.get().map(|(owner, _)| owner)
    }

    pub(super) fn kind(&self) -> Option<&'static MessageKind> {
        self.0.get().map(|(_, kind)| *kind)
    }
}
