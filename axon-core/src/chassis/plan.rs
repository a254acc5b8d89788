//! A graph as it was asked for, before anything is checked.

use crate::boxes::{Inbox, InboxKey, NamedOutbox, Outbox, OutboxKey};
use crate::component::Component;
use crate::linkage::LinkPolicy;

/// A component and the name it was given.
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) component: Box<dyn Component>,
}

/// A link as it was asked for.
pub struct PlannedLink {
    pub(super) from: From,
    pub(super) to: To,
    pub(super) policy: LinkPolicy,
}

/// Which outbox.
pub(super) enum From {
    Box(OutboxKey),
    Name(String),
    /// A family of outboxes does not have this one.
    NotInFamily {
        name: String,
        family: Vec<String>,
    },
}

/// Which inbox.
pub(super) enum To {
    Box(InboxKey),
    Name(String),
}

/// What can be linked to what: an outbox to an inbox of the same type, or a name to a name.
///
/// Anything else does not compile:
///
/// ```compile_fail,E0308
/// # use axon_core::{Graphline, Inbox, Outbox};
/// let (numbers, words) = (Outbox::<u32>::new(), Inbox::<String>::new());
/// let _ = Graphline::new().link(&numbers, &words);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the beginning of a link",
    label = "a link leads from an outbox to an inbox, or from a name to a name"
)]
pub trait LinkTo<T> {
    #[doc(hidden)]
    fn plan(self, to: T) -> PlannedLink;
}

impl<T: Send + 'static> LinkTo<&Inbox<T>> for &Outbox<T> {
    fn plan(self, to: &Inbox<T>) -> PlannedLink {
        PlannedLink::new(From::Box(OutboxKey::of(self)), To::Box(InboxKey::of(to)))
    }
}

impl<T: Send + 'static> LinkTo<&Inbox<T>> for &NamedOutbox<'_, T> {
    fn plan(self, to: &Inbox<T>) -> PlannedLink {
        let from = match self.outbox {
            Some(outbox) => From::Box(OutboxKey::of(outbox)),
            None => From::NotInFamily { name: self.name.clone(), family: self.family.clone() },
        };
        PlannedLink::new(from, To::Box(InboxKey::of(to)))
    }
}

impl LinkTo<&str> for &str {
    fn plan(self, to: &str) -> PlannedLink {
        PlannedLink::new(From::Name(self.to_owned()), To::Name(to.to_owned()))
    }
}

impl PlannedLink {
    fn new(from: From, to: To) -> Self {
        PlannedLink { from, to, policy: LinkPolicy::default() }
    }
}
