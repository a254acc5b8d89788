//! A component that begins again takes over the boxes of the one before it.

use std::borrow::Cow;
use std::sync::Arc;

use super::member::Member;
use super::office::Office;
use super::slot::Slot;
use crate::boxes::{AnyInbox, AnyOutbox, InboxKey, OutboxKey};
use crate::component::{About, Visitor};
use crate::control::{Connected, Control};
use crate::error::{Outcome, caught};
use crate::linkage::{InboxState, OutboxState};

/// The boxes a component left behind, by name.
pub(crate) struct BoxesKept {
    pub(super) slot: Arc<Slot>,
    pub(super) inboxes: Vec<(Cow<'static, str>, Arc<InboxState>)>,
    pub(super) outboxes: Vec<(Cow<'static, str>, Arc<OutboxState>)>,
}

impl BoxesKept {
    pub(super) fn of(member: &Member) -> Self {
        let inboxes = member.inboxes.iter();
        let outboxes = member.outboxes.iter();
        BoxesKept {
            slot: member.slot.clone(),
            inboxes: inboxes.map(|port| (port.about.name.clone(), port.reach.clone())).collect(),
            outboxes: outboxes.map(|port| (port.about.name.clone(), port.reach.clone())).collect(),
        }
    }

    /// They are nobody's any more: their neighbours hear so. What is left in one may break when it is
    /// dropped; the others are let go all the same.
    pub(super) fn release(&self) -> Result<(), Outcome> {
        self.slot.keep_boxes(false);
        let inboxes = self.inboxes.iter().map(|(_, inbox)| caught(|| inbox.release()));
        let outboxes = self.outboxes.iter().map(|(_, outbox)| caught(|| outbox.release()));
        inboxes.chain(outboxes).fold(Ok(()), Result::and)
    }
}

/// Gives them to the boxes of the same names.
pub(super) struct TakeOver<'a> {
    pub(super) kept: &'a BoxesKept,
    pub(super) office: &'a Arc<Office>,
}

impl Visitor for TakeOver<'_> {
    fn inbox(&mut self, about: About, inbox: &mut dyn AnyInbox) {
        let before = self.kept.inboxes.iter().find(|(name, _)| *name == about.name);
        if let Some((_, before)) = before {
            inbox.restore(&InboxKey(before.clone()));
        }
    }

    fn outbox(&mut self, about: About, outbox: &mut dyn AnyOutbox) {
        let before = self.kept.outboxes.iter().find(|(name, _)| *name == about.name);
        if let Some((_, before)) = before {
            outbox.restore(&OutboxKey(before.clone()));
        }
    }

    fn control(&mut self, control: &mut Control) {
        let (slot, office) = (self.kept.slot.clone(), self.office.clone());
        control.connect(Connected { slot, office });
    }
}
