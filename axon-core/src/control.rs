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
///
/// Any thread may ask, at any time: what is asked before the graph runs is heard when it does, and
/// what is asked after its end does nothing.
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
/// Before the graph is built it is connected to nothing: then nothing is ever asked, and nobody is
/// adopted.
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
            connected.slot.park();
        }
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
    /// The waker is called on other threads and must not block. The first one given stays for
    /// life; on a component that shares a worker it is never called.
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

    /// Starts more components in the graph this one runs in. They are checked like any graph, and
    /// reach others through addresses. The graph ends when they have ended too, and its report
    /// names them; what was asked of the graph already is asked of them from the start. Does not
    /// wait.
    ///
    /// Fails if something is wrong with their wiring, or if the graph has ended (which it cannot
    /// while this component lives): then they are dropped.
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
