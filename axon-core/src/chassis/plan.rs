//! A graph as it was asked for, before anything is checked.

use crate::boxes::{Inbox, InboxKey, NamedOutbox, Outbox, OutboxKey};
use crate::linkage::LinkPolicy;

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
#[derive(Clone)]
pub(super) enum To {
    Box(InboxKey),
    Name(String),
}

impl From {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            From::Name(end) => Some(end),
            _ => None,
        }
    }

    /// The same outbox, seen from the graph in which this one is nested as `name`.
    pub(super) fn nested_in(self, name: &str) -> Self {
        match self {
            From::Name(end) => From::Name(format!("{name}/{end}")),
            other => other,
        }
    }
}

impl To {
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            To::Name(end) => Some(end),
            To::Box(_) => None,
        }
    }

    /// The same inbox, seen from the graph in which this one is nested as `name`.
    pub(super) fn nested_in(self, name: &str) -> Self {
        match self {
            To::Name(end) => To::Name(format!("{name}/{end}")),
            other => other,
        }
    }
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
    /// The same link, seen from the graph in which this one is nested as `name`.
    pub(super) fn nested_in(self, name: &str) -> Self {
        PlannedLink { from: self.from.nested_in(name), to: self.to.nested_in(name), ..self }
    }

    pub(super) fn new(from: From, to: To) -> Self {
        PlannedLink { from, to, policy: LinkPolicy::default() }
    }
}
