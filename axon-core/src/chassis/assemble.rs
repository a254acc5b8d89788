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
use crate::scheduler::members::{Assembled, Group, Member, Settled};
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
        plan: &Plan,
    ) -> Assembled {
        let settled =
            parts.into_iter().zip(&plan.boxes).map(|(part, seen)| self.settle(part, seen));
        let mut parts: Vec<Settled> = settled.collect();
        self.settle_lent();
        for link in &plan.links {
            self.join(&mut parts, &plan.boxes, link);
        }
        Assembled { parts, groups, adopted_by: None }
    }

    fn settle(&self, planned: PlannedPart, boxes: &PartBoxes) -> Settled {
        let PlannedPart { name, part, group } = planned;
        let mut component = part.component;
        let home = self.home(component.place(), part.home.as_ref());
        let slot = Slot::new(name, home);
        component.boxes(&mut Settle { slot: slot.clone(), office: self.office });
        let mut member = Member::new(slot, group);
        let inboxes = boxes.inboxes.iter();
        member.inboxes =
            inboxes.map(|seen| (seen.about.name.clone(), seen.key.0.clone())).collect();
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

    fn join(&mut self, parts: &mut [Settled], boxes: &[PartBoxes], link: &CheckedLink) {
        let (sender, receiver) = (link.from.0, link.to.0);
        let inbox = &boxes[receiver].inboxes[link.to.1];
        let NewLink { receiver_end, state } = self.attach_outbox(parts, link, inbox.key.0.clone());
        if sender < parts.len() {
            let outbox = boxes[sender].outboxes[link.from.1].about.name.clone();
            let to = format!("{}.{}", self.name_of(parts, receiver), inbox.about.name);
            state.name_with(|| format!("{}.{outbox} -> {to}", parts[sender].member.slot.name()));
            parts[sender].member.outboxes.push((outbox, to, state));
        }
        self.attach_inbox(parts, link, receiver_end);
    }

    fn name_of(&self, parts: &[Settled], part: usize) -> String {
        let slot = parts.get(part).map(|part| &part.member.slot).or(self.adopter);
        slot.map_or(String::new(), |slot| slot.name().to_owned())
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

    fn outbox(&mut self, _about: About, _outbox: &mut dyn AnyOutbox) {}

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
