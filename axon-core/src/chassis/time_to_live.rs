//! A component with a limited time to live.
//!
//! **What it is.** A section that is ended when its time is up, however much it still has to do.
//!
//! **How to use it.** [`TimeToLive::new`] with the section and the time. It is a component with an
//! `inbox` and an `outbox`; a component that has no inbox is wrapped in
//! [`Section::source`](super::Section::source).
//!
//! **How it works.** It adopts the section and passes messages to it and from it, as a
//! [`Seq`](super::Seq) does. When the time is up, it lets nothing more in and asks the section to finish;
//! when that takes longer than its [patience](TimeToLive::patience), to stop.
//!
//! **When it stops.** When the section has ended: by itself, or because it was asked to. A component that
//! heeds no stop holds it up.

use std::time::Duration;

use super::seat::{Seat, about};
use super::section::{IntoSection, Section};
use crate::boxes::{Inbox, Outbox};
use crate::component::{Component, ComponentResult, Gives, Start, Takes, Visitor};
use crate::control::Control;
use crate::time::timeout;

/// How long a section may take to finish unless something else is said.
const PATIENCE_DEFAULT: Duration = Duration::from_secs(1);

/// Ends a section after a time.
///
/// ```
/// use std::time::Duration;
///
/// use axon_core::{Section, TimeToLive};
/// # use axon_core::{Closed, Component, Inbox, Outbox, Pipeline, now, sleep};
/// # #[derive(Component, Default)] struct Ticks { pub outbox: Outbox<u32> }
/// # impl Ticks { async fn main(mut self) -> Result<(), Closed> {
/// #     loop { sleep(Duration::from_millis(1)).await; self.outbox.send(1).await?; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
///
/// let ticks = TimeToLive::new(Section::source(Ticks::default()), Duration::from_millis(10));
/// Pipeline::new(ticks.patience(Duration::ZERO)).then(Print::default()).run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// The time begins when the graph does, or when this is adopted. What the section gave before it ended is
/// sent on.
#[must_use = "a section runs where it is put into a graph"]
pub struct TimeToLive<A: Send + 'static, B: Send + 'static> {
    /// For the section.
    pub inbox: Inbox<A>,
    /// From the section.
    pub outbox: Outbox<B>,
    control: Control,
    section: Section<A, B>,
    time: Duration,
    patience: Duration,
}

impl<A: Send + 'static, B: Send + 'static> TimeToLive<A, B> {
    /// For this long.
    pub fn new(section: impl IntoSection<In = A, Out = B>, time: Duration) -> Self {
        TimeToLive {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            control: Control::default(),
            section: section.into_section(),
            time,
            patience: PATIENCE_DEFAULT,
        }
    }

    /// How long the section may take to finish before it is asked to stop; a second unless this is
    /// said.
    pub fn patience(self, patience: Duration) -> Self {
        TimeToLive { patience, ..self }
    }

    async fn main(self) -> ComponentResult {
        let mut seat = Seat::new(self.control, self.inbox, self.outbox);
        let name = self.section.label().to_owned();
        seat.start(&name, self.section)?;
        if timeout(self.time, seat.ended()).await.is_ok() {
            return Ok(());
        }
        seat.finish();
        if timeout(self.patience, seat.ended()).await.is_err() {
            seat.stop();
            seat.ended().await;
        }
        Ok(())
    }
}

#[diagnostic::do_not_recommend]
impl<A: Send + 'static, B: Send + 'static> Component for TimeToLive<A, B> {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(about::<A>("inbox", "For the section."), &mut self.inbox);
        visitor.outbox(about::<B>("outbox", "From the section."), &mut self.outbox);
        visitor.control(&mut self.control);
    }

    fn start(self: Box<Self>) -> Start {
        Start::Polled(Box::pin(self.main()))
    }
}

#[diagnostic::do_not_recommend]
impl<A: Send + 'static, B: Send + 'static> Takes for TimeToLive<A, B> {
    type Message = A;

    fn inbox(&self) -> &Inbox<A> {
        &self.inbox
    }
}

#[diagnostic::do_not_recommend]
impl<A: Send + 'static, B: Send + 'static> Gives for TimeToLive<A, B> {
    type Message = B;

    fn outbox(&self) -> &Outbox<B> {
        &self.outbox
    }
}
