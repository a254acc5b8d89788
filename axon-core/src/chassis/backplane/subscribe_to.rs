//! The way off a bus.
//!
//! **What it is.** A component that gives everything that is published on a bus.
//!
//! **How to use it.** Made with the name of the bus, which need not exist yet.
//!
//! **How it works.** It joins the bus when it is made, and makes one if there is none, which it starts
//! when it is started itself. So it gets everything that is published from then on.
//!
//! **When it stops.** When the bus has ended, after the last message; when nobody takes what it gives.

use super::{Found, Subscriber, Traffic};
use crate::Component;
use crate::boxes::{Inbox, Outbox};
use crate::component::ComponentResult;
use crate::control::Control;
use crate::select::{Either, either};
use crate::services::{ServiceError, Services};

/// Gives everything that is put on the bus of a name; see [`Backplane`](super::Backplane).
///
/// ```
/// use axon_core::{Graphline, PublishTo, Services, SubscribeTo};
/// # use axon_core::{Component, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
///
/// let services = Services::new();
/// Graphline::new()
///     .add("all", SubscribeTo::<u32>::new(&services, "numbers")?)
///     .add("some", SubscribeTo::<u32>::lossy(&services, "numbers")?)
///     .add("print all", Print::default())
///     .add("print some", Print::default())
///     .add("count", Count::default())
///     .add("publish", PublishTo::<u32>::new(&services, "numbers")?)
///     .link("count.outbox", "publish.inbox")
///     .link("all.outbox", "print all.inbox")
///     .link("some.outbox", "print some.inbox")
///     .run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Component)]
#[must_use = "a subscriber runs where it is put into a graph"]
pub struct SubscribeTo<T: Clone + Send + 'static> {
    /// What is published.
    pub outbox: Outbox<T>,
    /// What the bus sends.
    published: Inbox<T>,
    /// Holds the bus open until this runs, so that publishers made after it find the one it brings.
    bus: Found<T>,
    /// To join with later, if the bus was sent too much to take it before it ran.
    joins: Option<Subscriber<T>>,
    control: Control,
}

impl<T: Clone + Send + 'static> SubscribeTo<T> {
    /// To the bus of this name, which is made if there is none; one that is made so ends at once if no
    /// publisher has been made when this subscriber starts. It misses nothing that is published from
    /// now on, and holds up the bus when its box, for 128 messages, is full. (If more than a hundred
    /// join a bus before it runs, some join only when they start.)
    ///
    /// Fails if the bus of this name is for other messages.
    pub fn new(services: &Services, name: &str) -> Result<Self, ServiceError> {
        SubscribeTo::join(services, name, false)
    }

    /// The same, but what is published while its box is full it misses.
    pub fn lossy(services: &Services, name: &str) -> Result<Self, ServiceError> {
        SubscribeTo::join(services, name, true)
    }

    fn join(services: &Services, name: &str, is_lossy: bool) -> Result<Self, ServiceError> {
        let bus = Found::find_or_bring(services, name)?;
        let mut published = Inbox::new();
        let joins = bus.join(Subscriber { to: published.address(), is_lossy });
        let (outbox, control) = (Outbox::new(), Control::default());
        Ok(SubscribeTo { outbox, published, bus, joins, control })
    }

    async fn main(self) -> ComponentResult {
        let SubscribeTo { mut outbox, mut published, bus, joins, control } = self;
        let bus = bus.start(&control)?;
        if let Some(joins) = joins {
            bus.send(Traffic::Joins(joins)).await?;
        }
        drop(bus);
        while let Either::First(Some(message)) =
            either(published.recv(), outbox.until_closed()).await
        {
            outbox.send(message).await?;
        }
        Ok(())
    }
}
