//! One component of a running graph: what is remembered of it, and what it waits for.

use std::collections::HashMap;
use std::sync::Arc;

use super::flag::publish;
use super::slot::{ForeignWaker, Slot};
use super::take_over::BoxesKept;
use super::worker::Life;
use crate::chassis::Restart;
use crate::component::{About, Component};
use crate::error::{Outcome, Waiting, caught};
use crate::linkage::{InboxState, MessageKind, OutboxState};

/// A component that knows where it will live.
pub(crate) struct Settled {
    pub(crate) component: Box<dyn Component>,
    pub(crate) member: Member,
}

/// What is remembered of a component.
pub(crate) struct Member {
    pub(crate) slot: Arc<Slot>,
    pub(crate) foreign: Arc<ForeignWaker>,
    /// Its type.
    pub(crate) kind: &'static str,
    pub(crate) inboxes: Vec<Port<Arc<InboxState>>>,
    pub(crate) outboxes: Vec<Port<Arc<OutboxState>>>,
    pub(crate) group: usize,
    /// Its failure ends nobody else.
    pub(crate) is_isolated: bool,
    pub(crate) restart: Option<Box<Restart>>,
    /// It is made to begin again; its boxes wait for that.
    pub(super) may_restart: bool,
    /// How often it began again.
    pub(crate) restarts: u64,
    /// Where its outcome will be written; nowhere yet for an adopted one.
    pub(super) record: Option<usize>,
}

/// What a component leaves that has no other life before it. All of it is the user's, and may break
/// when it is dropped; so nothing is locked then.
#[derive(Default)]
pub(super) struct Estate {
    boxes: Option<BoxesKept>,
    restart: Option<Box<Restart>>,
}

impl Estate {
    /// Its neighbours hear that it has ended.
    pub(super) fn let_go(self) -> Result<(), Outcome> {
        let released = self.boxes.map_or(Ok(()), |boxes| boxes.release());
        released.and(caught(|| drop(self.restart)))
    }
}

/// A box of a component, and by what it is reached while the component runs.
pub(crate) struct Port<Reach> {
    pub(crate) about: About,
    pub(crate) kind: &'static MessageKind,
    pub(crate) reach: Reach,
}

impl Member {
    pub(crate) fn new(slot: Arc<Slot>, group: usize, kind: &'static str) -> Self {
        let foreign = Arc::new(ForeignWaker(slot.clone()));
        Member {
            slot,
            foreign,
            kind,
            inboxes: Vec::new(),
            outboxes: Vec::new(),
            group,
            is_isolated: false,
            restart: None,
            may_restart: false,
            restarts: 0,
            record: None,
        }
    }

    pub(crate) fn inbox_name(&self, at: usize) -> String {
        format!("{}.{}", self.slot.name(), self.inboxes[at].about.name)
    }

    pub(crate) fn outbox_name(&self, at: usize) -> String {
        format!("{}.{}", self.slot.name(), self.outboxes[at].about.name)
    }

    pub(super) fn life(&self, number: usize, component: Box<dyn Component>) -> Life {
        let (slot, foreign) = (self.slot.clone(), self.foreign.clone());
        Life { member: number, slot, foreign, component }
    }

    /// What it leaves for one that comes after it, if there can be one: the boxes, and what makes it.
    pub(super) fn take_estate(&mut self) -> Estate {
        let boxes = self.may_restart.then(|| BoxesKept::of(self));
        Estate { boxes, restart: self.restart.take() }
    }

    /// Someone besides its boxes can wake it.
    pub(super) fn may_be_woken_by_others(&self) -> bool {
        if self.slot.is_paused() || self.inboxes.iter().any(|inbox| inbox.reach.has_address()) {
            return true;
        }
        let links = self.outboxes.iter().filter_map(|outbox| outbox.reach.link());
        if links.into_iter().any(|link| link.waits_for_outside()) {
            return true;
        }
        // One is kept here, one by whoever polls the component.
        let others = Arc::strong_count(&self.foreign) > 2;
        // If the last of them has just gone, what he sent before is visible from here on.
        publish();
        others
    }

    pub(super) fn note_waits(&self, all: &mut Vec<Waiting>, names: &InboxNames<'_>) {
        let component = || self.slot.name().to_owned();
        for inbox in self.inboxes.iter().filter(|inbox| inbox.reach.owner_waits.is_raised()) {
            let inbox = inbox.about.name.to_string();
            all.push(Waiting::ForMessage { component: component(), inbox });
        }
        for outbox in &self.outboxes {
            let full = outbox.reach.link().filter(|link| link.sender_waits.is_raised());
            if let Some(link) = full {
                let (outbox, to) = (outbox.about.name.to_string(), names.full_name(&link.inbox));
                all.push(Waiting::ForRoom { component: component(), outbox, to });
            }
        }
        if self.slot.children_awaited.is_raised() {
            all.push(Waiting::ForChild { component: component() });
        }
    }
}

/// Whose box an inbox is, and its name.
pub(crate) struct InboxNames<'a>(HashMap<*const InboxState, (&'a Slot, &'a str)>);

impl<'a> InboxNames<'a> {
    pub(crate) fn of(members: impl Iterator<Item = &'a Member>) -> Self {
        let inboxes = members.flat_map(|member| {
            let named = member.inboxes.iter();
            named.map(|inbox| (Arc::as_ptr(&inbox.reach), (&*member.slot, &*inbox.about.name)))
        });
        InboxNames(inboxes.collect())
    }

    pub(crate) fn get(&self, inbox: &Arc<InboxState>) -> Option<(&'a Slot, &'a str)> {
        self.0.get(&Arc::as_ptr(inbox)).copied()
    }

    /// As `component.box`; of a box that was lent to others, its component.
    pub(super) fn full_name(&self, inbox: &Arc<InboxState>) -> String {
        match (self.get(inbox), inbox.owner()) {
            (Some((slot, name)), _) => format!("{}.{name}", slot.name()),
            (None, Some(owner)) => format!("{}, which lent a box", owner.name()),
            (None, None) => "a box outside the graph".to_owned(),
        }
    }
}
