//! A bus: many publishers, many subscribers, one name.
//!
//! **What it is.** What any [`PublishTo`] of a name takes, every [`SubscribeTo`] of that name gives. None
//! of them is linked to another, and they may come and go while the graph runs.
//!
//! **How to use it.** Make [`PublishTo`]s and [`SubscribeTo`]s with the same [`Services`] and name. The
//! first that is made brings the bus along. One that should outlive its publishers is a [`Backplane`],
//! made before them and added to the graph. A [`MemberOf`] a bus is both at once.
//!
//! **How it works.** One component takes the messages of all publishers and sends each to all
//! subscribers, before it takes another: all subscribers get the same messages in the same order, and
//! those of one publisher in the order they were published. Each box on the way is bounded. A
//! subscriber whose box is full holds up the bus, and with it the publishers: a message is missing
//! nowhere unless somebody asked for that. Who would rather miss messages than hold up others is a
//! [lossy](SubscribeTo::lossy) subscriber.
//!
//! **When it stops.** One that was brought along: when its last publisher has ended. A [`Backplane`]:
//! when the graph is asked to finish and its last publisher has ended, or when it is asked to stop.
//! When it has ended, each subscriber ends after its last message. The end of a publisher ends nobody
//! else while there are others, and the end of a subscriber never does.

mod member_of;
mod publish_to;
mod subscribe_to;

use std::future::poll_fn;
use std::task::Poll;

pub use member_of::MemberOf;
pub use publish_to::PublishTo;
pub use subscribe_to::SubscribeTo;

use super::graphline::Graphline;
use super::wiring_error::WiringErrors;
use crate::Component;
use crate::boxes::{Address, Inbox, TryRecvError, TrySendError};
use crate::control::{Asked, Control};
use crate::services::{ServiceError, Services};

/// A bus that is there until its graph is asked to finish, whoever publishes.
///
/// ```
/// use axon_core::{Backplane, Graphline, PublishTo, Services, SubscribeTo};
/// # use axon_core::{Component, Control, Inbox, Outbox};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
///
/// let services = Services::new();
/// let graph = Graphline::new()
///     .add("bus", Backplane::<u32>::new(&services, "numbers")?)
///     .add("count", Count::default())
///     .add("publish", PublishTo::<u32>::new(&services, "numbers")?)
///     .add("subscribe", SubscribeTo::<u32>::new(&services, "numbers")?)
///     .add("print", Print::default())
///     .link("count.outbox", "publish.inbox")
///     .link("subscribe.outbox", "print.inbox")
///     .build()?;
/// graph.handle().finish();
/// graph.run()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Component)]
#[must_use = "a bus runs where it is put into a graph"]
pub struct Backplane<T: Clone + Send + 'static> {
    /// From everybody.
    traffic: Inbox<Traffic<T>>,
    /// Holds it open while nobody publishes.
    held: Option<Address<Traffic<T>>>,
    subscribers: Vec<Subscriber<T>>,
    control: Control,
}

/// What a bus is sent.
enum Traffic<T> {
    Message(T),
    Joins(Subscriber<T>),
}

/// Who gets everything.
struct Subscriber<T> {
    to: Address<T>,
    /// Rather misses a message than holds up the others.
    is_lossy: bool,
}

impl<T: Clone + Send + 'static> Backplane<T> {
    /// Under this name, which it has from now on: what is published before it runs waits for it.
    ///
    /// Fails if there is a bus of this name, be it one that a publisher or subscriber brought along:
    /// this one must be made before them.
    pub fn new(services: &Services, name: &str) -> Result<Self, ServiceError> {
        let (backplane, address) = Backplane::open();
        services.register(&service(name), &address)?;
        Ok(Backplane { held: Some(address), ..backplane })
    }

    /// Open as long as somebody holds the address.
    fn open() -> (Self, Address<Traffic<T>>) {
        let mut traffic = Inbox::new();
        let address = traffic.address();
        let (held, subscribers, control) = (None, Vec::new(), Control::default());
        (Backplane { traffic, held, subscribers, control }, address)
    }

    async fn main(mut self) {
        while let Some(traffic) = self.next().await {
            match traffic {
                Traffic::Message(message) => self.send(message).await,
                Traffic::Joins(subscriber) => self.take_in(subscriber),
            }
        }
    }

    async fn next(&mut self) -> Option<Traffic<T>> {
        poll_fn(|_| {
            if self.control.asked() >= Asked::Finish {
                self.held = None;
            }
            match self.traffic.try_recv() {
                Ok(traffic) => Poll::Ready(Some(traffic)),
                Err(TryRecvError::Finished) => Poll::Ready(None),
                Err(TryRecvError::Empty) => Poll::Pending,
            }
        })
        .await
    }

    /// Those that are gone are forgotten before there is room made for more: nobody may publish for long,
    /// and many come and go.
    fn take_in(&mut self, subscriber: Subscriber<T>) {
        if self.subscribers.len() == self.subscribers.capacity() {
            self.subscribers.retain(|subscriber| !subscriber.to.is_closed());
        }
        self.subscribers.push(subscriber);
    }

    /// Those that are gone are forgotten.
    async fn send(&mut self, message: T) {
        let mut at = 0;
        while let Some(subscriber) = self.subscribers.get(at) {
            if subscriber.send(message.clone()).await {
                at += 1;
            } else {
                self.subscribers.swap_remove(at);
            }
        }
    }
}

impl<T> Subscriber<T> {
    /// False if it is gone.
    async fn send(&self, message: T) -> bool {
        match self.is_lossy {
            true => !matches!(self.to.try_send(message), Err(TrySendError::Closed(_))),
            false => self.to.send(message).await.is_ok(),
        }
    }
}

/// The way to a bus, and the bus itself if this made it.
struct Found<T: Clone + Send + 'static> {
    to: Address<Traffic<T>>,
    brought: Option<Box<Backplane<T>>>,
}

impl<T: Clone + Send + 'static> Found<T> {
    fn find_or_bring(services: &Services, name: &str) -> Result<Self, ServiceError> {
        let mut brought = None;
        let to = services.find_or_start(&service(name), || {
            let (backplane, address) = Backplane::open();
            brought = Some(Box::new(backplane));
            Ok::<_, ServiceError>(address)
        })?;
        Ok(Found { to, brought })
    }

    /// Has it join now, so that it misses nothing from now on. If the bus was sent too much to take
    /// this before it runs, it is given back, to join later.
    fn join(&self, subscriber: Subscriber<T>) -> Option<Subscriber<T>> {
        match self.to.try_send(Traffic::Joins(subscriber)) {
            Err(TrySendError::Full(Traffic::Joins(later))) => Some(later),
            _ => None,
        }
    }

    /// Starts the bus in the graph of the component that brought it; gives back the way to it.
    fn start(self, control: &Control) -> Result<Address<Traffic<T>>, WiringErrors> {
        if let Some(backplane) = self.brought {
            let mut graph = Graphline::new();
            graph.absorb(control.name(), Graphline::new().add("backplane", *backplane));
            control.adopt(graph)?;
        }
        Ok(self.to)
    }
}

/// What the bus of this name is called among other services.
fn service(name: &str) -> String {
    format!("Backplane {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_and_left_is_forgotten_also_while_nobody_publishes() {
        let (mut bus, _open) = Backplane::<u32>::open();
        let mut stays = Inbox::new();
        bus.take_in(Subscriber { to: stays.address(), is_lossy: false });
        for _ in 0..1_000 {
            let mut leaves = Inbox::new();
            bus.take_in(Subscriber { to: leaves.address(), is_lossy: false });
        }
        assert!(bus.subscribers.len() < 10, "{} are remembered", bus.subscribers.len());
        assert!(bus.subscribers.iter().any(|subscriber| !subscriber.to.is_closed()));
    }
}
