//! The boxes of a part, as the checks see them.

use super::wiring_error::WiringError;
use crate::boxes::{AnyInbox, AnyOutbox, InboxKey, OutboxKey};
use crate::component::{About, Component, Visitor};
use crate::control::{Control, Lent};
use crate::linkage::MessageKind;
use crate::scheduler::member::Port;

/// The boxes of one part, in the order it shows them.
#[derive(Default)]
pub(super) struct PartBoxes {
    pub(super) inboxes: Vec<Seen<InboxKey>>,
    pub(super) outboxes: Vec<Seen<OutboxKey>>,
}

pub(super) struct Seen<Key> {
    pub(super) about: About,
    pub(super) key: Key,
    pub(super) kind: &'static MessageKind,
    pub(super) linked: bool,
    /// Another component has it. Boxes wake their owner, so in other hands they wake nobody.
    pub(super) owned: bool,
}

impl PartBoxes {
    pub(super) fn of(component: &mut dyn Component) -> Self {
        let mut boxes = PartBoxes::default();
        component.boxes(&mut boxes);
        boxes
    }

    /// The boxes an adopting component lends, which have no names here and need no links.
    pub(super) fn of_lent(lent: &mut Lent<'_>) -> Self {
        let mut boxes = PartBoxes::default();
        for (at, inbox) in lent.inboxes.iter_mut().enumerate() {
            boxes.inbox(About::new(format!("lent inbox {at}"), "").optional(), *inbox);
        }
        for (at, outbox) in lent.outboxes.iter_mut().enumerate() {
            boxes.outbox(About::new(format!("lent outbox {at}"), "").optional(), *outbox);
        }
        boxes.inboxes.iter_mut().for_each(|seen| seen.owned = false);
        boxes.outboxes.iter_mut().for_each(|seen| seen.owned = false);
        boxes
    }
}

impl Visitor for PartBoxes {
    fn inbox(&mut self, about: About, inbox: &mut dyn AnyInbox) {
        let linked = inbox.has_address();
        let (key, kind) = (inbox.key(), inbox.kind().0);
        let owned = key.0.owner().is_some();
        self.inboxes.push(Seen { about, key, kind, linked, owned });
    }

    fn outbox(&mut self, about: About, outbox: &mut dyn AnyOutbox) {
        let (key, kind) = (outbox.key(), outbox.kind().0);
        let (linked, owned) = (key.0.link().is_some(), key.0.owner().is_some());
        self.outboxes.push(Seen { about, key, kind, linked, owned });
    }

    fn control(&mut self, _control: &mut Control) {}
}

impl<Key> Seen<Key> {
    /// The same box of a component that runs.
    pub(super) fn into_port<Reach>(self, reach: impl FnOnce(Key) -> Reach) -> Port<Reach> {
        Port { about: self.about, kind: self.kind, reach: reach(self.key) }
    }

    /// What is wrong with the box itself, if anything is.
    pub(super) fn mistake(&self, component: &str, direction: &'static str) -> Option<WiringError> {
        let end = || format!("{component}.{}", self.about.name);
        if self.owned {
            return Some(WiringError::BoxOfAnother { end: end(), direction });
        }
        let loose = !self.linked && !self.about.optional;
        loose.then(|| WiringError::Loose { end: end(), direction, message: self.kind.text() })
    }
}
