//! Joins the boxes of a graph that passed its checks.

use std::any::Any;
use std::sync::Arc;

use super::check::{CheckedLink, Plan};
use super::graphline::PlannedPart;
use super::part::PlannedHome;
use super::seen::PartBoxes;
use crate::boxes::{AnyInbox, AnyOutbox, InboxRef, NewLink, SlotRef};
use crate::component::{About, Place, Visitor};
use crate::control::{Connected, Control, Lent};
use crate::linkage::{InboxState, LinkPolicy};
use crate::scheduler::member::{Member, Settled};
use crate::scheduler::members::{Assembled, Group};
use crate::scheduler::office::Office;
use crate::scheduler::slot::{Home, Slot, ThreadHome};

/// What the parts of a graph are joined with and within.
pub(super) struct Assembly<'a, 'l> {
    office: &'a Arc<Office>,
    /// The component that adopts them, and the boxes it lends.
    adopter: Option<&'a Arc<Slot>>,
    lent: Lent<'l>,
}

impl<'a, 'l> Assembly<'a, 'l> {
    pub(super) fn new(
        office: &'a Arc<Office>,
        adopter: Option<&'a Arc<Slot>>,
        lent: Lent<'l>,
    ) -> Self {
        Assembly { office, adopter, lent }
    }

    /// Gives every part a home and its boxes their owner, then makes the links.
    pub(super) fn assemble(
        &mut self,
        parts: Vec<PlannedPart>,
        groups: Vec<Group>,
        plan: Plan,
    ) -> Assembled {
        let Plan { mut boxes, links, own_inboxes, own_outboxes } = plan;
        self.settle_lent();
        let lent = boxes.pop().unwrap_or_default();
        let settled = parts.into_iter().zip(boxes).map(|(part, boxes)| self.settle(part, boxes));
        let mut parts: Vec<Settled> = settled.collect();
        for link in &links {
            self.join(&mut parts, &lent, link);
        }
        Assembled { parts, groups, adopted_by: None, own_inboxes, own_outboxes }
    }

    fn settle(&self, planned: PlannedPart, boxes: PartBoxes) -> Settled {
        let PlannedPart { name, part, group } = planned;
        let mut component = part.component;
        let home = self.home(component.place(), part.home.as_ref());
        let slot = Slot::new(name, home);
        component.boxes(&mut Settle { slot: slot.clone(), office: self.office });
        let mut member = Member::new(slot, group, component.kind());
        let inboxes = boxes.inboxes.into_iter();
        member.inboxes = inboxes.map(|seen| seen.into_port(|key| key.0)).collect();
        let outboxes = boxes.outboxes.into_iter();
        member.outboxes = outboxes.map(|seen| seen.into_port(|key| key.0)).collect();
        member.is_isolated = part.is_isolated;
        member.restart = part.restart;
        Settled { component, member }
    }

    /// What blocks has a thread of its own, whatever was planned for it.
    fn home(&self, place: Place, planned: Option<&PlannedHome>) -> Home {
        let worker = match (place, planned) {
            (Place::OwnThread, _) | (_, Some(PlannedHome::OwnThread)) => {
                return Home::Thread(ThreadHome::new(self.office.manager.census.clone()));
            }
            (Place::Worker, Some(PlannedHome::On(name))) => Some(name.as_str()),
            (Place::Worker, None) => None,
        };
        let mailroom = self.office.mailroom(worker);
        Home::Worker { task: mailroom.number_task(), mailroom }
    }

    fn settle_lent(&mut self) {
        let Some(adopter) = self.adopter else { return };
        for inbox in &mut self.lent.inboxes {
            inbox.settle(SlotRef(adopter.clone()));
        }
    }

    fn join(&mut self, parts: &mut [Settled], lent: &PartBoxes, link: &CheckedLink) {
        let inbox = match parts.get(link.to.0) {
            Some(part) => part.member.inboxes[link.to.1].reach.clone(),
            None => lent.inboxes[link.to.1].key.0.clone(),
        };
        let NewLink { receiver_end, state } = self.attach_outbox(parts, link, inbox);
        state.name_with(|| self.name_of(parts, link));
        self.attach_inbox(parts, link, receiver_end);
    }

    /// As people read it.
    fn name_of(&self, parts: &[Settled], link: &CheckedLink) -> String {
        let adopter = self.adopter.map_or("", |slot| slot.name());
        let (from, to) = (parts.get(link.from.0), parts.get(link.to.0));
        let from = from.map(|part| part.member.outbox_name(link.from.1));
        let to = to.map(|part| part.member.inbox_name(link.to.1));
        let [from, to] = [from, to].map(|name| name.unwrap_or_else(|| adopter.to_owned()));
        format!("{from} -> {to}")
    }

    fn attach_outbox(
        &mut self,
        parts: &mut [Settled],
        link: &CheckedLink,
        inbox: Arc<InboxState>,
    ) -> NewLink {
        let (part, at) = link.from;
        let Some(part) = parts.get_mut(part) else {
            let adopter = self.adopter.expect("only an adopter lends boxes");
            let (owner, inbox) = (SlotRef(adopter.clone()), InboxRef(inbox));
            return self.lent.outboxes[at].attach(&link.policy, owner, inbox);
        };
        let owner = part.member.slot.clone();
        let mut attach = AttachOutbox { at, policy: &link.policy, owner, inbox, made: None };
        part.component.boxes(&mut attach);
        attach.made.expect("a component shows the same boxes every time")
    }

    fn attach_inbox(
        &mut self,
        parts: &mut [Settled],
        link: &CheckedLink,
        receiver_end: Box<dyn Any + Send>,
    ) {
        let (part, at) = link.to;
        match parts.get_mut(part) {
            Some(part) => {
                let mut attach = AttachInbox { at, receiver_end: Some(receiver_end) };
                part.component.boxes(&mut attach);
            }
            None => self.lent.inboxes[at].attach(receiver_end),
        }
    }
}

struct Settle<'a> {
    slot: Arc<Slot>,
    office: &'a Arc<Office>,
}

impl Visitor for Settle<'_> {
    fn inbox(&mut self, _about: About, inbox: &mut dyn AnyInbox) {
        inbox.settle(SlotRef(self.slot.clone()));
    }

    fn outbox(&mut self, _about: About, outbox: &mut dyn AnyOutbox) {
        outbox.settle(SlotRef(self.slot.clone()));
    }

    fn control(&mut self, control: &mut Control) {
        let (slot, office) = (self.slot.clone(), self.office.clone());
        control.connect(Connected { slot, office });
    }
}

/// Makes the link at the outbox that is shown as number `at`.
struct AttachOutbox<'a> {
    at: usize,
    policy: &'a LinkPolicy,
    owner: Arc<Slot>,
    inbox: Arc<InboxState>,
    made: Option<NewLink>,
}

impl Visitor for AttachOutbox<'_> {
    fn inbox(&mut self, _about: About, _inbox: &mut dyn AnyInbox) {}

    fn outbox(&mut self, _about: About, outbox: &mut dyn AnyOutbox) {
        if self.at == 0 && self.made.is_none() {
            let owner = SlotRef(self.owner.clone());
            let inbox = InboxRef(self.inbox.clone());
            self.made = Some(outbox.attach(self.policy, owner, inbox));
        }
        self.at = self.at.saturating_sub(1);
    }

    fn control(&mut self, _control: &mut Control) {}
}

/// Gives the receiving end to the inbox that is shown as number `at`.
struct AttachInbox {
    at: usize,
    receiver_end: Option<Box<dyn Any + Send>>,
}

impl Visitor for AttachInbox {
    fn inbox(&mut self, _about: About, inbox: &mut dyn AnyInbox) {
        if self.at == 0
            && let Some(receiver_end) = self.receiver_end.take()
        {
            inbox.attach(receiver_end);
        }
        self.at = self.at.saturating_sub(1);
    }

    fn outbox(&mut self, _about: About, _outbox: &mut dyn AnyOutbox) {}

    fn control(&mut self, _control: &mut Control) {}
}
