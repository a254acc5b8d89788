//! A seat at a bus: the way onto it and the way off in one.
//!
//! **What it is.** A component that puts what it takes on a bus and gives everything that is published
//! there, its own messages too.
//!
//! **How to use it.** Where many talk with each other and each has a part of the graph of its own, as the
//! connections of a server have. Since it has an `inbox` and an `outbox` it is a section, and has its
//! place in the middle of a pipeline. Who should not hear itself says in its messages who it is.
//!
//! **How it works.** As [`PublishTo`](super::PublishTo) and [`SubscribeTo`](super::SubscribeTo). While the
//! bus has no room for what it says it goes on hearing, so that a bus that is full of its own members'
//! messages moves on.
//!
//! **When it stops.** When no more can come in, whatever is said on the bus; when nobody takes what it
//! gives; when the bus has ended.

use std::pin::pin;

use super::{Found, Subscriber, Traffic};
use crate::Component;
use crate::boxes::{Address, Closed, Inbox, Outbox};
use crate::component::ComponentResult;
use crate::control::Control;
use crate::select::{Either, either};
use crate::services::{ServiceError, Services};

/// Puts everything it takes on the bus of a name, and gives everything that is put there, until no more
/// can come in; see [`Backplane`](super::Backplane).
///
/// ```
/// use axon_core::{Graphline, MemberOf, Pipeline, Services, handle};
/// # use axon_core::{Component, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<String> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
///
/// let services = Services::new();
/// let seat = || -> Result<_, axon_core::ServiceError> {
///     Ok(Pipeline::new(Count::default())
///         .then(MemberOf::<u32>::new(&services, "numbers")?)
///         .then(handle(|number: u32, out| out.send(format!("somebody said {number}"))))
///         .then(Print::default())
///         .into_graphline())
/// };
/// Graphline::new().nest("one", seat()?).nest("other", seat()?).run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Component)]
#[must_use = "a member runs where it is put into a graph"]
pub struct MemberOf<T: Clone + Send + 'static> {
    /// What is published.
    pub inbox: Inbox<T>,
    /// What is published, by whomever.
    pub outbox: Outbox<T>,
    /// What the bus sends.
    published: Inbox<T>,
    bus: Found<T>,
    /// To join with later, if the bus was sent too much to take it before it ran.
    joins: Option<Subscriber<T>>,
    control: Control,
}

impl<T: Clone + Send + 'static> MemberOf<T> {
    /// Of the bus of this name, which is made if there is none. It misses nothing that is published from
    /// now on, and holds up the bus while its box, for 128 messages, is full.
    ///
    /// Fails if the bus of this name is for other messages.
    pub fn new(services: &Services, name: &str) -> Result<Self, ServiceError> {
        MemberOf::join(services, name, false)
    }

    /// The same, but what is published while its box is full it misses.
    pub fn lossy(services: &Services, name: &str) -> Result<Self, ServiceError> {
        MemberOf::join(services, name, true)
    }

    fn join(services: &Services, name: &str, is_lossy: bool) -> Result<Self, ServiceError> {
        let bus = Found::find_or_bring(services, name)?;
        let mut published = Inbox::new();
        let joins = bus.join(Subscriber { to: published.address(), is_lossy });
        let (inbox, outbox, control) = (Inbox::new(), Outbox::new(), Control::default());
        Ok(MemberOf { inbox, outbox, published, bus, joins, control })
    }

    async fn main(self) -> ComponentResult {
        let MemberOf { mut inbox, mut outbox, mut published, bus, joins, control } = self;
        let bus = bus.start(&control)?;
        if let Some(joins) = joins {
            bus.send(Traffic::Joins(joins)).await?;
        }
        loop {
            let next = either(either(inbox.recv(), published.recv()), outbox.until_closed());
            match next.await {
                Either::First(Either::First(Some(said))) => {
                    say(said, &bus, &mut published, &mut outbox).await?;
                }
                Either::First(Either::Second(Some(heard))) => outbox.send(heard).await?,
                Either::First(_) | Either::Second(()) => return Ok(()),
            }
        }
    }
}

/// Goes on hearing while the bus has no room: it may be waiting for this very member.
async fn say<T>(
    said: T,
    bus: &Address<Traffic<T>>,
    published: &mut Inbox<T>,
    outbox: &mut Outbox<T>,
) -> Result<(), Closed> {
    let mut saying = pin!(bus.send(Traffic::Message(said)));
    loop {
        match either(saying.as_mut(), published.recv()).await {
            Either::First(said) => return said.map_err(|_| Closed),
            Either::Second(Some(heard)) => outbox.send(heard).await?,
            Either::Second(None) => return Err(Closed),
        }
    }
}
