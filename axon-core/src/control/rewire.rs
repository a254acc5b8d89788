//! Reaching into a running graph by the names of its boxes.

use std::any::TypeId;
use std::sync::Arc;

use super::{GraphHandle, HandleError};
use crate::boxes::short_type_name;
use crate::linkage::running::{InjectError, inject, link_running, unlink_running};
use crate::linkage::tap::{Tap, tap};
use crate::linkage::{InboxState, LinkPolicy, LinkState, OutboxState};
use crate::scheduler::member::{Member, Port};

/// Copies that wait in a [`Tap`] before it misses some.
const TAP_CAPACITY: usize = 1_000;

/// Boxes are named `component.box`; those of a nested graph's components `graph/component.box`.
impl GraphHandle {
    /// Leads what leaves one box into the other from now on; see
    /// [`Graphline::link`](crate::Graphline::link). The outbox must not be linked already.
    pub fn link(&self, from: &str, to: &str) -> Result<(), HandleError> {
        self.link_with(LinkPolicy::default(), from, to)
    }

    /// The same under another policy.
    pub fn link_with(
        &self,
        policy: impl Into<LinkPolicy>,
        from: &str,
        to: &str,
    ) -> Result<(), HandleError> {
        let (outbox, inbox) = (self.outbox(from)?, self.inbox(to)?);
        let linked = link_running(&outbox, &inbox, &policy.into());
        linked.map(drop).map_err(|error| HandleError::Wiring(error.between(from, to)))
    }

    /// Cuts the link that leaves this outbox. What was sent before still reaches the inbox; what is
    /// sent after is dropped, until the outbox is linked again.
    pub fn unlink(&self, from: &str) -> Result<(), HandleError> {
        match unlink_running(&*self.outbox(from)?) {
            true => Ok(()),
            false => Err(HandleError::NotLinked { from: from.to_owned() }),
        }
    }

    /// Puts a message into an inbox as if somebody had sent it. It takes its turn among the others.
    /// At most 64 such messages wait in one inbox.
    pub fn inject<T: Send + 'static>(&self, to: &str, message: T) -> Result<(), HandleError> {
        let inbox = self.inbox(to)?;
        inject(&inbox, message).map_err(|error| match error {
            InjectError::Full => HandleError::InjectedMany { to: to.to_owned() },
            InjectError::NotRunning => HandleError::NoSuchBox { end: to.to_owned() },
            InjectError::OtherType { takes, given } => {
                HandleError::OtherType { end: to.to_owned(), carries: takes, asked: given }
            }
        })
    }

    /// Copies what leaves an outbox from now on, linked or not. Whoever does not keep up misses
    /// copies, and never holds up the graph: a thousand wait.
    pub fn tap<T: Clone + Send + 'static>(&self, from: &str) -> Result<Tap<T>, HandleError> {
        let outbox = self.outbox(from)?;
        let carried = outbox.kind().filter(|kind| kind.id() != TypeId::of::<T>());
        if let Some(carried) = carried {
            let (carries, asked) = (carried.text(), short_type_name::<T>());
            return Err(HandleError::OtherType { end: from.to_owned(), carries, asked });
        }
        let gone = || HandleError::NoSuchBox { end: from.to_owned() };
        tap(&outbox, TAP_CAPACITY).ok_or_else(gone)
    }

    /// From now on, or no longer, keeps exact books of a link: how many messages waited at most,
    /// and how long its sender was blocked. They show in a [`snapshot`](Self::snapshot). Costs
    /// about a tenth of a microsecond a message while it is on.
    pub fn observe(&self, from: &str, on: bool) -> Result<(), HandleError> {
        let link = self.outbox(from)?.link();
        let link = link.ok_or_else(|| HandleError::NotLinked { from: from.to_owned() })?;
        link.observe(on);
        Ok(())
    }

    /// The same for every link there is now.
    pub fn observe_all(&self, on: bool) {
        let links: Vec<Arc<LinkState>> = {
            let members = self.office().members();
            let outboxes = members.living().flat_map(|member| &member.outboxes);
            outboxes.filter_map(|outbox| outbox.reach.link()).collect()
        };
        links.iter().for_each(|link| link.observe(on));
    }

    pub(super) fn outbox(&self, end: &str) -> Result<Arc<OutboxState>, HandleError> {
        self.find(end, |member, name| reach(&member.outboxes, name))
    }

    fn inbox(&self, end: &str) -> Result<Arc<InboxState>, HandleError> {
        self.find(end, |member, name| reach(&member.inboxes, name))
    }

    fn find<R>(
        &self,
        end: &str,
        find: impl FnOnce(&Member, &str) -> Option<R>,
    ) -> Result<R, HandleError> {
        let (component, name) = HandleError::split(end)?;
        let members = self.office().members();
        let member = members
            .find(component)
            .ok_or_else(|| HandleError::NoSuchComponent { name: component.to_owned() })?;
        find(member, name).ok_or_else(|| HandleError::NoSuchBox { end: end.to_owned() })
    }
}

/// The box that got the name last: the one before may be gone.
pub(crate) fn reach<R: Clone>(ports: &[Port<R>], name: &str) -> Option<R> {
    let found = ports.iter().rev().find(|port| port.about.name == name);
    found.map(|port| port.reach.clone())
}
