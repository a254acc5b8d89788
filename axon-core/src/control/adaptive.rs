//! Boxes that a component adds while it runs.

use super::{Connected, Control};
use crate::boxes::{AnyInbox, AnyOutbox, Inbox, Outbox, SlotRef};
use crate::component::About;
use crate::resources::KnowsBoxes;
use crate::scheduler::member::{Member, Port};

impl Control {
    /// An inbox that the component did not have when it began, and the name that was given to it:
    /// the one wanted if it is free, else that one with a number. Others can then link to it as to
    /// any box of the component. It is gone when it is dropped, and its name is free again.
    ///
    /// An inbox to which nothing leads is finished: whoever waits for links to it holds one of its
    /// [addresses](Inbox::address).
    ///
    /// ```
    /// # use axon_core::{Component, Control, Graphline};
    /// #[derive(Component, Default)]
    /// struct Grows {
    ///     control: Control,
    /// }
    ///
    /// impl Grows {
    ///     async fn main(self) {
    ///         let (first, _inbox) = self.control.add_inbox::<u32>("extra");
    ///         let (second, _another) = self.control.add_inbox::<u32>("extra");
    ///         assert_eq!((first.as_str(), second.as_str()), ("extra", "extra_2"));
    ///     }
    /// }
    /// Graphline::new().add("grows", Grows::default()).run()?;
    /// # Ok::<(), axon_core::RunError>(())
    /// ```
    pub fn add_inbox<T: Send + 'static>(&self, wanted: &str) -> (String, Inbox<T>) {
        let mut inbox = Inbox::new();
        let name = self.add(wanted, |slot, name, member| {
            inbox.settle(slot);
            let (kind, reach) = (inbox.kind().0, inbox.key().0);
            member.inboxes.push(Port { about: about(name), kind, reach });
        });
        (name, inbox)
    }

    /// An outbox that the component did not have when it began; see [`add_inbox`](Self::add_inbox).
    /// Until it is linked it drops what it is given.
    pub fn add_outbox<T: Send + 'static>(&self, wanted: &str) -> (String, Outbox<T>) {
        let mut outbox = Outbox::new();
        let name = self.add(wanted, |slot, name, member| {
            outbox.settle(slot);
            let (kind, reach) = (outbox.kind().0, outbox.key().0);
            member.outboxes.push(Port { about: about(name), kind, reach });
        });
        (name, outbox)
    }

    fn add(&self, wanted: &str, add: impl FnOnce(SlotRef, &str, &mut Member)) -> String {
        let Some(Connected { slot, office }) = &self.connected else {
            return wanted.to_owned();
        };
        let mut members = office.members();
        let Some(member) = members.get_mut(slot.member()) else { return wanted.to_owned() };
        member.forget_boxes_gone();
        let name = free_name(wanted, |name| member.has_inbox(name) || member.has_outbox(name));
        add(SlotRef(slot.clone()), &name, member);
        name
    }

    fn knows(&self, knows: impl FnOnce(&Member) -> bool) -> bool {
        let Some(Connected { slot, office }) = &self.connected else { return false };
        office.members().get(slot.member()).is_some_and(knows)
    }
}

impl KnowsBoxes for Control {
    fn has_inbox(&self, name: &str) -> bool {
        self.knows(|member| member.has_inbox(name))
    }

    fn has_outbox(&self, name: &str) -> bool {
        self.knows(|member| member.has_outbox(name))
    }
}

impl Member {
    fn has_inbox(&self, name: &str) -> bool {
        self.inboxes.iter().any(|inbox| inbox.about.name == name && !inbox.reach.is_gone())
    }

    fn has_outbox(&self, name: &str) -> bool {
        self.outboxes.iter().any(|outbox| outbox.about.name == name && !outbox.reach.is_gone())
    }

    fn forget_boxes_gone(&mut self) {
        self.inboxes.retain(|inbox| !inbox.reach.is_gone());
        self.outboxes.retain(|outbox| !outbox.reach.is_gone());
    }
}

fn about(name: &str) -> About {
    About::new(name.to_owned(), "Added while the component ran.").optional()
}

/// The name itself, or with the first number from 2 on that makes it free.
fn free_name(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2_u64..).map(|number| format!("{wanted}_{number}"));
    let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).expect("there is always one more number")
}
