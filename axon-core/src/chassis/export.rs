//! Boxes by which a graph as a whole takes and gives messages.

use super::plan::{From, LinkEnd, PlannedLink, To};
use crate::boxes::{Inbox, InboxHandle, Latest, Outbox, OutboxHandle, OutboxKey};

/// A box of the graph itself, which stands for one of a component inside.
pub(super) struct Export {
    /// The nested graph whose box it is; empty for the outermost.
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) inner: Inner,
}

/// The box inside.
pub(super) enum Inner {
    Inbox(To),
    Outbox(From),
}

impl Export {
    pub(super) fn new(name: String, inner: Inner) -> Self {
        Export { owner: String::new(), name, inner }
    }

    /// The same box, seen from the graph in which this one is nested as `name`.
    pub(super) fn nested_in(self, name: &str) -> Self {
        let owner = match self.owner.as_str() {
            "" => name.to_owned(),
            inner => format!("{name}/{inner}"),
        };
        let inner = match self.inner {
            Inner::Inbox(to) => Inner::Inbox(to.nested_in(name)),
            Inner::Outbox(from) => Inner::Outbox(from.nested_in(name)),
        };
        Export { owner, inner, ..self }
    }

    /// A link with one end at `self` or at the empty name, which mean the graph: then it is no link
    /// but makes that box one of the graph's own. Both ends at the graph are left to the checks.
    pub(super) fn of_link(link: PlannedLink) -> Result<Self, Box<PlannedLink>> {
        match (own_box(link.from.name()), own_box(link.to.name())) {
            (Some(name), None) => Ok(Export::new(name.to_owned(), Inner::Inbox(link.to))),
            (None, Some(name)) => Ok(Export::new(name.to_owned(), Inner::Outbox(link.from))),
            _ => Err(Box::new(link)),
        }
    }
}

/// The name of the graph's own box, if this is one.
pub(super) fn own_box(end: Option<&str>) -> Option<&str> {
    let (owner, name) = end?.split_once('.')?;
    (owner.is_empty() || owner == "self").then_some(name)
}

/// What a graph can show as a box of its own: a component's, or one by its name.
pub trait Exportable {
    #[doc(hidden)]
    fn plan_export(self, name: String) -> Exported;
}

/// A box a graph shows, before anything is checked.
pub struct Exported(pub(super) Export);

impl<T: Send + 'static> Exportable for &Inbox<T> {
    fn plan_export(self, name: String) -> Exported {
        Exported(Export::new(name, Inner::Inbox(self.to())))
    }
}

impl<T: Send + 'static> Exportable for &InboxHandle<T> {
    fn plan_export(self, name: String) -> Exported {
        Exported(Export::new(name, Inner::Inbox(self.to())))
    }
}

impl<T: Send + 'static> Exportable for &Latest<T> {
    fn plan_export(self, name: String) -> Exported {
        Exported(Export::new(name, Inner::Inbox(self.to())))
    }
}

impl<T: Send + 'static> Exportable for &Outbox<T> {
    fn plan_export(self, name: String) -> Exported {
        Exported(Export::new(name, Inner::Outbox(From::Box(OutboxKey::of(self)))))
    }
}

impl<T: Send + 'static> Exportable for &OutboxHandle<T> {
    fn plan_export(self, name: String) -> Exported {
        Exported(Export::new(name, Inner::Outbox(From::Box(OutboxKey(self.state().clone())))))
    }
}
