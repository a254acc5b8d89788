//! Joins the boxes of a graph that passed its checks.

use std::any::Any;
use std::sync::Arc;

use super::check::{CheckedLink, PartBoxes, Plan};
use super::plan::Planned;
use crate::boxes::{AnyInbox, AnyOutbox, InboxRef, NewLink, SlotRef};
use crate::component::{About, Place, Visitor};
use crate::control::{Connected, Control};
use crate::linkage::{InboxState, LinkPolicy};
use crate::scheduler::Mailroom;
use crate::scheduler::slot::{Home, Slot, ThreadHome};
use crate::scheduler::worker::{Assembled, Member, Part};

/// Gives every part a home and its boxes their owner, then makes the links.
pub(super) fn assemble(parts: Vec<Planned>, plan: Plan, mailroom: &Mailroom) -> Assembled {
    let mut parts: Vec<Part> = parts
        .into_iter()
        .zip(&plan.boxes)
        .map(|(planned, boxes)| settle(planned, boxes, mailroom))
        .collect();
    for link in &plan.links {
        join(&mut parts, &plan.boxes, link);
    }
    Assembled { parts }
}

fn settle(planned: Planned, boxes: &PartBoxes, mailroom: &Mailroom) -> Part {
    let Planned { name, mut component } = planned;
    let task = (component.place() == Place::Worker).then(|| mailroom.number_task());
    let home = match task {
        Some(task) => Home::Worker { task, worker: mailroom.worker(), mailbox: mailroom.sender() },
        None => Home::Thread(ThreadHome::default()),
    };
    let slot = Slot::new(name, home);
    component.boxes(&mut Settle { slot: slot.clone(), mailroom });
    let inboxes = boxes.inboxes.iter().map(|seen| (seen.about.name.clone(), seen.key.0.clone()));
    let member = Member { slot, inboxes: inboxes.collect(), outboxes: Vec::new(), outcome: None };
    Part { component, task, member }
}

fn join(parts: &mut [Part], boxes: &[PartBoxes], link: &CheckedLink) {
    let (sender, receiver) = (link.from.0, link.to.0);
    let outbox = &boxes[sender].outboxes[link.from.1].about.name;
    let inbox = &boxes[receiver].inboxes[link.to.1];
    let mut attach = AttachOutbox {
        at: link.from.1,
        policy: &link.policy,
        owner: parts[sender].member.slot.clone(),
        inbox: inbox.key.0.clone(),
        made: None,
    };
    parts[sender].component.boxes(&mut attach);
    let NewLink { receiver_end, state } =
        attach.made.expect("a component shows the same boxes every time");
    let to = format!("{}.{}", parts[receiver].member.slot.name(), inbox.about.name);
    state.name_with(|| format!("{}.{outbox} -> {to}", parts[sender].member.slot.name()));
    let outboxes = &mut parts[sender].member.outboxes;
    // A great many components have one.
    outboxes.reserve_exact(usize::from(outboxes.is_empty()));
    outboxes.push((outbox.clone(), to, state));
    let mut attach = AttachInbox { at: link.to.1, receiver_end: Some(receiver_end) };
    parts[receiver].component.boxes(&mut attach);
}

struct Settle<'a> {
    slot: Arc<Slot>,
    mailroom: &'a Mailroom,
}

impl Visitor for Settle<'_> {
    fn inbox(&mut self, _about: About, inbox: &mut dyn AnyInbox) {
        inbox.settle(SlotRef(self.slot.clone()));
    }

    fn outbox(&mut self, _about: About, outbox: &mut dyn AnyOutbox) {
        outbox.settle(SlotRef(self.slot.clone()));
    }

    fn control(&mut self, control: &mut Control) {
        let (slot, mailroom) = (self.slot.clone(), self.mailroom.clone());
        control.connect(Connected { slot, mailroom });
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
