//! A component's way to its graph: being asked to end, and bringing in others.
//!
//! The end of work needs none of this: it travels with the data, through boxes that finish. What
//! is here goes beside the data and never queues behind it.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};

use crossbeam_channel::Sender;

use crate::chassis::{Graphline, WiringErrors};
use crate::scheduler::slot::Slot;
use crate::scheduler::worker::Mail;

/// What the graph has asked of a component.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Asked {
    /// Nothing.
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

/// Ends a running graph from outside it. Clones reach the same graph.
#[derive(Clone, Debug)]
pub struct GraphHandle {
    mailbox: Sender<Mail>,
}

impl GraphHandle {
    pub(crate) fn new(mailbox: Sender<Mail>) -> Self {
        GraphHandle { mailbox }
    }

    /// Asks the sources to end, so that the graph ends when it has worked through what it has.
    /// Does not wait.
    pub fn finish(&self) {
        // A graph that has ended needs no asking.
        let _ = self.mailbox.send(Mail::Ask(Asked::Finish));
    }

    /// Asks every component to end now. Does not wait.
    pub fn stop(&self) {
        let _ = self.mailbox.send(Mail::Ask(Asked::Stop));
    }
}

/// A field by which a component hears what its graph asks, and can start others beside itself.
///
/// Before the graph is built it is connected to nothing: then nothing is ever asked.
#[derive(Default)]
pub struct Control {
    connected: Option<Connected>,
}

pub(crate) struct Connected {
    pub(crate) slot: Arc<Slot>,
    pub(crate) mailroom: crate::scheduler::Mailroom,
}

impl Control {
    pub(crate) fn connect(&mut self, connected: Connected) {
        self.connected = Some(connected);
    }

    /// The component's name in its graph; empty outside one.
    pub fn name(&self) -> &str {
        self.connected.as_ref().map_or("", |connected| connected.slot.name())
    }

    /// What has been asked so far.
    pub fn asked(&self) -> Asked {
        self.connected.as_ref().map_or(Asked::GoOn, |connected| connected.slot.asked())
    }

    /// Waits until at least this is asked. Dropping the future loses nothing.
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

    /// Blocks a component with its own thread until a box it found empty or full has changed, or
    /// something is asked. May return early.
    ///
    /// # Panics
    ///
    /// When called by a component that shares a worker with others: those await.
    pub fn wait_blocking(&self) {
        if let Some(connected) = &self.connected {
            connected.slot.assert_may_block();
            connected.slot.park();
        }
    }

    /// For a thread that waits elsewhere than in its boxes, such as in a socket poll: `waker` is
    /// called whenever [`wait_blocking`](Self::wait_blocking) would return. Before it looks at its
    /// boxes again such a thread calls [`came_back`](Self::came_back).
    pub fn wake_with(&self, waker: Waker) {
        if let Some(connected) = &self.connected {
            connected.slot.wake_elsewhere_with(waker);
        }
    }

    /// See [`wake_with`](Self::wake_with).
    pub fn came_back(&self) {
        if let Some(connected) = &self.connected {
            connected.slot.back_from_elsewhere();
        }
    }

    /// Starts more components in the graph this one runs in. They are checked like any graph, and
    /// reach others through addresses. The graph ends when they have ended too.
    pub fn adopt(&self, graph: Graphline) -> Result<(), WiringErrors> {
        let Some(connected) = &self.connected else {
            return Err(WiringErrors::not_running());
        };
        let assembled = graph.assemble(&connected.mailroom)?;
        match connected.mailroom.adopt(assembled) {
            true => Ok(()),
            false => Err(WiringErrors::not_running()),
        }
    }
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Control({:?}, {:?})", self.name(), self.asked())
    }
}
