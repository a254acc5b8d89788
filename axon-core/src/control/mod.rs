//! A component's way to its graph: being asked to end, and bringing in others.
//!
//! The end of work needs none of this: it travels with the data, through boxes that finish. What
//! is here goes beside the data and never queues behind it.

mod adaptive;
mod children;
mod handle;
mod handle_error;
mod record;
mod rewire;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::boxes::{AnyInbox, AnyOutbox};
use crate::chassis::{Graphline, WiringErrors};
use crate::scheduler::office::Office;
use crate::scheduler::run::News;
use crate::scheduler::slot::Slot;
use crate::time;

pub(crate) use children::ChildrenState;
pub use children::{ChildEnded, Children};
pub use handle::GraphHandle;
pub use handle_error::HandleError;
pub(crate) use rewire::reach;

/// What the graph has asked of a component.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Asked {
    /// Nothing.
    #[default]
    GoOn,
    /// To begin nothing new. Sources end; the rest ends when what they sent is worked through.
    Finish,
    /// To end now. Inboxes finish at once and waiting sends fail, so most components need not look.
    Stop,
}

impl Asked {
    pub(crate) fn from_u8(number: u8) -> Self {
        match number {
            0 => Asked::GoOn,
            1 => Asked::Finish,
            _ => Asked::Stop,
        }
    }
}

/// A field by which a component hears what its graph asks, can add boxes to itself, and can start
/// others beside itself. Components that do none of this need none.
///
/// Before the graph is built it is connected to nothing: then nothing is ever asked, and nobody is
/// adopted.
#[derive(Default)]
pub struct Control {
    connected: Option<Connected>,
}

pub(crate) struct Connected {
    pub(crate) slot: Arc<Slot>,
    pub(crate) office: Arc<Office>,
}

impl Control {
    pub(crate) fn connect(&mut self, connected: Connected) {
        self.connected = Some(connected);
    }

    /// The component's name in its graph; empty outside one.
    pub fn name(&self) -> &str {
        self.connected.as_ref().map_or("", |connected| connected.slot.name())
    }

    /// The name of the worker that the component shares, if it is not the main one.
    pub(crate) fn worker(&self) -> Option<&str> {
        let mailroom = self.connected.as_ref()?.slot.mailroom()?;
        Some(mailroom.name()).filter(|name| !name.is_empty())
    }

    /// The graph the component runs in, to look into it, rewire it or end it; none outside one.
    pub fn graph(&self) -> Option<GraphHandle> {
        self.connected.as_ref().map(|connected| GraphHandle::new(connected.office.clone()))
    }

    /// Says that this component has no work of its own: it only looks on, such as a view of the graph.
    /// When nobody is left but components that look on, they are asked to finish, so none of them
    /// keeps a graph alive. Does not wait; outside a graph it does nothing.
    ///
    /// ```
    /// # use axon_core::{Asked, Component, Control, Graphline};
    /// #[derive(Component, Default)]
    /// struct Onlooker {
    ///     control: Control,
    /// }
    ///
    /// impl Onlooker {
    ///     async fn main(self) {
    ///         self.control.look_on();
    ///         self.control.until_asked(Asked::Finish).await;
    ///     }
    /// }
    /// Graphline::new().add("onlooker", Onlooker::default()).run()?;
    /// # Ok::<(), axon_core::RunError>(())
    /// ```
    pub fn look_on(&self) {
        if let Some(Connected { slot, office }) = &self.connected
            && slot.look_on()
        {
            office.tell(News::LooksOn { member: slot.member() });
        }
    }

    /// What has been asked so far; never less than before. Does not wait.
    pub fn asked(&self) -> Asked {
        self.connected.as_ref().map_or(Asked::GoOn, |connected| connected.slot.asked())
    }

    /// Waits until at least this is asked; only in the component's own `main`. Dropping the future
    /// loses nothing. A graph in which somebody waits for this is not stuck.
    pub async fn until_asked(&self, asked: Asked) {
        // Being asked gives the component a turn, whatever it waits for. The waker is kept only as
        // a sign that someone outside can end this wait: the graph is not stuck.
        let mut sign = None;
        poll_fn(|context| {
            if self.asked() >= asked {
                return Poll::Ready(());
            }
            sign.get_or_insert_with(|| context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Blocks a component with its own thread, and only that thread, until a box it found empty or
    /// full has changed, or something is asked. May return early: look again.
    ///
    /// # Panics
    ///
    /// When called by a component that shares a worker with others: those await.
    pub fn wait_blocking(&self) {
        if let Some(connected) = &self.connected {
            connected.slot.assert_may_block();
            connected.slot.park_for_anything(None);
        }
    }

    /// The same, at most for this long; false if the time was up first.
    ///
    /// # Panics
    ///
    /// See [`wait_blocking`](Self::wait_blocking).
    pub fn wait_within(&self, timeout: Duration) -> bool {
        let Some(connected) = &self.connected else { return true };
        connected.slot.assert_may_block();
        connected.slot.park_for_anything(time::now().checked_add(timeout))
    }

    /// For a component with its own thread that waits elsewhere than in its boxes: `waker` is
    /// called whenever [`wait_blocking`](Self::wait_blocking) would return, and at once if it would
    /// now. Before it looks at its boxes and at [`asked`](Self::asked) again, such a thread calls
    /// [`came_back`](Self::came_back).
    ///
    /// This suits loops around a poll that the waker can end, such as of sockets. It does nothing
    /// for a thread inside a call that no waker ends, such as a read of standard input or of a
    /// pipe: it hears nothing before it comes back, and its graph waits for it. Such a call belongs
    /// on a thread that is no component's, with an [`Address`](crate::Address) for what it brings.
    ///
    /// The waker is called on other threads and must not block. Another one given later replaces
    /// it; on a component that shares a worker it is never called.
    pub fn wake_with(&self, waker: Waker) {
        if let Some(connected) = &self.connected {
            connected.slot.wake_elsewhere_with(waker);
        }
    }

    /// The thread looks at its boxes again: see [`wake_with`](Self::wake_with). From here on the
    /// waker is called for whatever changes.
    pub fn came_back(&self) {
        if let Some(connected) = &self.connected {
            connected.slot.back_from_elsewhere();
        }
    }

    /// Starts more components in the graph this one runs in, and watches them. They are checked
    /// like any graph, and reach others through addresses, or through boxes of this component's
    /// that are [lent](Self::adopt_linked) to them. The graph ends when they have ended too, and
    /// its report names them; what was asked of the graph already, or of the graph within it that
    /// this component is part of, is asked of them from the start. They outlive this component.
    /// Does not wait.
    ///
    /// A failure among them fails this component's group, unless the graph that is adopted is
    /// [isolated](Graphline::isolated).
    ///
    /// Fails if something is wrong with their wiring, or if the graph has ended (which it cannot
    /// while this component lives): then they are dropped.
    pub fn adopt(&self, graph: Graphline) -> Result<Children, WiringErrors> {
        self.adopt_linked(graph, Lent::default())
    }

    /// The same, with links between them and boxes of this component's own, which are handed over
    /// for the purpose: new ones, or ones whose links have ended.
    ///
    /// ```
    /// # use axon_core::{Closed, Component, Control, Graphline, Inbox, Lent, Outbox};
    /// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
    /// # impl Double { async fn main(mut self) -> Result<(), Closed> {
    /// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
    /// #[derive(Component, Default)]
    /// struct Parent {
    ///     control: Control,
    /// }
    ///
    /// impl Parent {
    ///     async fn main(self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    ///         let (mut to_child, mut from_child) = (Outbox::new(), Inbox::new());
    ///         let child = Double::default();
    ///         let graph = Graphline::new()
    ///             .link(&to_child, &child.inbox)
    ///             .link(&child.outbox, &from_child)
    ///             .add("child", child);
    ///         let lent = Lent::default().outbox(&mut to_child).inbox(&mut from_child);
    ///         self.control.adopt_linked(graph, lent)?;
    ///         to_child.send(21).await?;
    ///         assert_eq!(from_child.recv().await, Some(42));
    ///         Ok(())
    ///     }
    /// }
    /// Graphline::new().add("parent", Parent::default()).run()?;
    /// # Ok::<(), axon_core::RunError>(())
    /// ```
    pub fn adopt_linked(&self, graph: Graphline, lent: Lent<'_>) -> Result<Children, WiringErrors> {
        let Some(Connected { slot, office }) = &self.connected else {
            return Err(WiringErrors::not_running());
        };
        let (cycles, mut assembled) = graph.assemble(office, Some((slot, lent)))?;
        for cycle in cycles {
            log::info!("{cycle}");
        }
        let watcher = ChildrenState::new(slot.clone(), assembled.parts.len());
        assembled.adopted_by = Some(slot.group());
        if let Some(group) = assembled.groups.first_mut() {
            group.watcher = Some(watcher.clone());
        }
        if !office.adopt(assembled) {
            return Err(WiringErrors::not_running());
        }
        Ok(Children::new(watcher, office.clone()))
    }
}

/// Boxes of a component's own, to be linked with those of components it adopts.
#[derive(Default)]
pub struct Lent<'a> {
    pub(crate) inboxes: Vec<&'a mut dyn AnyInbox>,
    pub(crate) outboxes: Vec<&'a mut dyn AnyOutbox>,
}

impl<'a> Lent<'a> {
    /// With one more inbox.
    pub fn inbox(mut self, inbox: &'a mut dyn AnyInbox) -> Self {
        self.inboxes.push(inbox);
        self
    }

    /// With one more outbox.
    pub fn outbox(mut self, outbox: &'a mut dyn AnyOutbox) -> Self {
        self.outboxes.push(outbox);
        self
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Control({:?}, {:?})", self.name(), self.asked())
    }
}
