//! A graph's own boxes in the hands of ordinary code.

use std::any::{Any, TypeId};
use std::io;
use std::thread::{self, JoinHandle};

use super::Graph;
use crate::boxes::{Address, AnyInbox, AnyOutbox, SlotRef, Taker, short_type_name};
use crate::component::{About, Visitor};
use crate::control::{Control, GraphHandle, HandleError};
use crate::error::{Report, RunError};
use crate::linkage::{LinkPolicy, MessageKind};
use crate::scheduler::member::Settled;

/// Boxes that were [exported](crate::Graphline::export), by their names, before the graph runs.
impl Graph {
    /// Puts messages into one of the graph's own inboxes, from any thread; at most 128 wait there.
    /// The inbox finishes when this and its clones are dropped, and what else leads to it has
    /// ended.
    pub fn inbox<T: Send + 'static>(&mut self, name: &str) -> Result<Address<T>, HandleError> {
        let unknown = || HandleError::NoSuchBox { end: format!("self.{name}") };
        let assembled = self.assembled_mut();
        let own = assembled.own_inboxes.iter().find(|(known, _)| known == name);
        let (part, at) = own.map(|(_, place)| *place).ok_or_else(unknown)?;
        let settled = &mut assembled.parts[part];
        check_kind::<T>(name, settled.member.inboxes[at].kind)?;
        let mut open = OpenInbox { at, opened: None };
        settled.component.boxes(&mut open);
        let address = open.opened.and_then(|address| address.downcast::<Address<T>>().ok());
        address.map(|address| *address).ok_or_else(unknown)
    }

    /// Takes what leaves one of the graph's own outboxes; at most 64 messages wait there, and the
    /// sender waits for room. Each of them once.
    ///
    /// ```
    /// # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
    /// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
    /// # impl Double { async fn main(mut self) -> Result<(), Closed> {
    /// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
    /// let double = Double::default();
    /// let mut graph = Graphline::new()
    ///     .export("numbers", &double.inbox)
    ///     .export("doubled", &double.outbox)
    ///     .add("double", double)
    ///     .build()?;
    /// let numbers = graph.inbox::<u32>("numbers")?;
    /// let mut doubled = graph.outbox::<u32>("doubled")?;
    /// let running = graph.start()?;
    ///
    /// numbers.send_blocking(21)?;
    /// assert_eq!(doubled.take(), Some(42));
    /// drop(numbers);
    /// assert_eq!(doubled.take(), None);
    /// running.join()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn outbox<T: Send + 'static>(&mut self, name: &str) -> Result<Taker<T>, HandleError> {
        self.outbox_with(LinkPolicy::default(), name)
    }

    /// The same under another policy.
    pub fn outbox_with<T: Send + 'static>(
        &mut self,
        policy: impl Into<LinkPolicy>,
        name: &str,
    ) -> Result<Taker<T>, HandleError> {
        let end = || format!("self.{name}");
        let policy = policy.into();
        let assembled = self.assembled_mut();
        let own = assembled.own_outboxes.iter().find(|(known, _)| known == name);
        let places = own.map(|(_, places)| places.clone());
        let places = places.ok_or_else(|| HandleError::NoSuchBox { end: end() })?;
        let mut taker = Taker::named(format!("whoever takes from `{name}`"));
        for (part, at) in &places {
            let outbox = &assembled.parts[*part].member.outboxes[*at];
            check_kind::<T>(name, outbox.kind)?;
            if outbox.reach.link().is_some() {
                return Err(HandleError::TakenTwice { from: end() });
            }
        }
        for (part, at) in places {
            attach(&mut assembled.parts[part], at, &mut taker, &policy);
        }
        Ok(taker)
    }

    /// Runs on a thread of its own. Fails if there is no thread to be had.
    pub fn start(self) -> io::Result<Running> {
        let handle = self.handle();
        let thread = thread::Builder::new().name("graph".to_owned()).spawn(|| self.run())?;
        Ok(Running { handle, thread })
    }
}

/// A graph that runs on a thread of its own. Dropping this leaves it alone: it goes on.
#[derive(Debug)]
pub struct Running {
    handle: GraphHandle,
    thread: JoinHandle<Result<Report, RunError>>,
}

impl Running {
    /// A way to end the graph, and to look into it.
    pub fn handle(&self) -> &GraphHandle {
        &self.handle
    }

    /// Whether every component has ended and the report is there. Does not wait.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until every component has ended, and says how: see [`Graph::run`]. Blocks the thread,
    /// so not in a component that awaits. A graph with an inbox that is held open from outside goes
    /// on until that [`Address`] is dropped.
    pub fn join(self) -> Result<Report, RunError> {
        match self.thread.join() {
            Ok(result) => result,
            // Components' panics are caught: this one is a fault of this crate, not to be hidden.
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

fn check_kind<T: 'static>(name: &str, kind: &MessageKind) -> Result<(), HandleError> {
    if kind.id() == TypeId::of::<T>() {
        return Ok(());
    }
    let (carries, asked) = (kind.text(), short_type_name::<T>());
    Err(HandleError::OtherType { end: format!("self.{name}"), carries, asked })
}

fn attach<T: Send + 'static>(
    settled: &mut Settled,
    at: usize,
    taker: &mut Taker<T>,
    policy: &LinkPolicy,
) {
    let owner = SlotRef(settled.member.slot.clone());
    let mut attach = AttachTaker { at: Some(at), owner: Some(owner), taker, policy };
    settled.component.boxes(&mut attach);
}

/// Opens an address at the inbox that is shown as number `at`.
struct OpenInbox {
    at: usize,
    opened: Option<Box<dyn Any + Send>>,
}

impl Visitor for OpenInbox {
    fn inbox(&mut self, _about: About, inbox: &mut dyn AnyInbox) {
        if self.at == 0 && self.opened.is_none() {
            self.opened = Some(inbox.open_address());
        }
        self.at = self.at.saturating_sub(1);
    }

    fn outbox(&mut self, _about: About, _outbox: &mut dyn AnyOutbox) {}

    fn control(&mut self, _control: &mut Control) {}
}

/// Links the outbox that is shown as number `at` to a taker.
struct AttachTaker<'a, T> {
    at: Option<usize>,
    owner: Option<SlotRef>,
    taker: &'a mut Taker<T>,
    policy: &'a LinkPolicy,
}

impl<T: Send + 'static> Visitor for AttachTaker<'_, T> {
    fn inbox(&mut self, _about: About, _inbox: &mut dyn AnyInbox) {}

    fn outbox(&mut self, _about: About, outbox: &mut dyn AnyOutbox) {
        if self.at == Some(0)
            && let Some(owner) = self.owner.take()
        {
            self.taker.attach(outbox, owner, self.policy);
        }
        self.at = self.at.and_then(|at| at.checked_sub(1));
    }

    fn control(&mut self, _control: &mut Control) {}
}
