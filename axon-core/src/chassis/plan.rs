//! A graph as it was asked for, before anything is checked.

use crate::boxes::{
    Inbox, InboxHandle, InboxKey, Latest, NamedOutbox, Outbox, OutboxHandle, OutboxKey,
};
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
#[doc(hidden)]
#[derive(Clone)]
pub enum To {
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
/// An outbox is an [`Outbox`], one of a family by its name, or a handle to one; an inbox is an
/// [`Inbox`], a [`Latest`], or a handle. Anything else does not compile:
///
/// ```compile_fail,E0271
/// # use axon_core::{Graphline, Inbox, Outbox};
/// let (numbers, words) = (Outbox::<u32>::new(), Inbox::<String>::new());
/// let _ = Graphline::new().link(&numbers, &words);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be linked like this",
    label = "a link leads from an `&outbox` to an `&inbox`, or from a name to a name",
    note = "write `.link(&count.outbox, &print.inbox)` or `.link(\"count.outbox\", \"print.inbox\")`"
)]
pub trait LinkTo<T> {
    #[doc(hidden)]
    fn plan(self, to: T) -> PlannedLink;
}

/// Where a link can end.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the end of a link",
    label = "a link leads from an `&outbox` to an `&inbox`, or from a name to a name",
    note = "write `.link(&count.outbox, &print.inbox)` or `.link(\"count.outbox\", \"print.inbox\")`"
)]
pub trait LinkEnd {
    /// What the link carries.
    type Message;
    fn to(self) -> To;
}

#[diagnostic::do_not_recommend]
impl LinkTo<&str> for &str {
    fn plan(self, to: &str) -> PlannedLink {
        PlannedLink::new(From::Name(self.to_owned()), To::Name(to.to_owned()))
    }
}

impl<T: Send + 'static, E: LinkEnd<Message = T>> LinkTo<E> for &Outbox<T> {
    fn plan(self, to: E) -> PlannedLink {
        PlannedLink::new(From::Box(OutboxKey::of(self)), to.to())
    }
}

impl<T: Send + 'static, E: LinkEnd<Message = T>> LinkTo<E> for &OutboxHandle<T> {
    fn plan(self, to: E) -> PlannedLink {
        PlannedLink::new(From::Box(OutboxKey(self.state().clone())), to.to())
    }
}

impl<T: Send + 'static, E: LinkEnd<Message = T>> LinkTo<E> for &NamedOutbox<'_, T> {
    fn plan(self, to: E) -> PlannedLink {
        let from = match self.outbox {
            Some(outbox) => From::Box(OutboxKey::of(outbox)),
            None => From::NotInFamily { name: self.name.clone(), family: self.family.clone() },
        };
        PlannedLink::new(from, to.to())
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> LinkEnd for &Inbox<T> {
    type Message = T;

    fn to(self) -> To {
        To::Box(InboxKey::of(self))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> LinkEnd for &InboxHandle<T> {
    type Message = T;

    fn to(self) -> To {
        To::Box(InboxKey(self.state().clone()))
    }
}

#[diagnostic::do_not_recommend]
impl<T: Send + 'static> LinkEnd for &Latest<T> {
    type Message = T;

    fn to(self) -> To {
        To::Box(InboxKey::of(self.as_inbox()))
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
