//! The way onto a bus.
//!
//! **What it is.** A component that puts what it takes on a bus.
//!
//! **How to use it.** Made with the name of the bus, which need not exist yet.
//!
//! **How it works.** It looks for the bus when it is made, and if there is none makes one, which it
//! starts when it is started itself. Publishers that are made before the graph runs so share one bus
//! from first to last, whichever of them runs first.
//!
//! **When it stops.** When no more can come in, or when the bus has ended.

use super::{Found, Traffic};
use crate::Component;
use crate::boxes::Inbox;
use crate::component::ComponentResult;
use crate::control::Control;
use crate::services::{ServiceError, Services};

/// Puts everything it takes on the bus of a name; see [`Backplane`](super::Backplane).
///
/// ```
/// use axon_core::{Graphline, PublishTo, Services, SubscribeTo};
/// # use axon_core::{Component, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) {
/// #     for i in 0..3 { assert_eq!(self.inbox.recv().await, Some(i)); } } }
///
/// let services = Services::new();
/// Graphline::new()
///     .add("count", Count::default())
///     .add("publish", PublishTo::<u32>::new(&services, "numbers")?)
///     .add("subscribe", SubscribeTo::<u32>::new(&services, "numbers")?)
///     .add("print", Print::default())
///     .link("count.outbox", "publish.inbox")
///     .link("subscribe.outbox", "print.inbox")
///     .run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Component)]
#[must_use = "a publisher runs where it is put into a graph"]
pub struct PublishTo<T: Clone + Send + 'static> {
    /// What is published.
    pub inbox: Inbox<T>,
    bus: Found<T>,
    control: Control,
}

impl<T: Clone + Send + 'static> PublishTo<T> {
    /// To the bus of this name, which is made if there is none. It does not end before this publisher
    /// has, and what is published before it runs waits for it.
    ///
    /// Fails if the bus of this name is for other messages.
    pub fn new(services: &Services, name: &str) -> Result<Self, ServiceError> {
        let bus = Found::find_or_bring(services, name)?;
        Ok(PublishTo { inbox: Inbox::new(), bus, control: Control::default() })
    }

    async fn main(mut self) -> ComponentResult {
        let bus = self.bus.start(&self.control)?;
        while let Some(message) = self.inbox.recv().await {
            bus.send(Traffic::Message(message)).await?;
        }
        Ok(())
    }
}
