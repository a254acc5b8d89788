//! Wakers that break: components may bring their own.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use axon_core::{
    Address, Arrange, Closed, Component, Control, Either, Graphline, Inbox, Part,
    ThreadedComponent, either, sleep, yield_now,
};

use super::{Breaks, HOMES, goes_well, run_each};
use crate::books::ON_PURPOSE;
use crate::common::{Collect, Count};

/// Breaks when it is called.
struct BreaksWhenCalled;

impl Wake for BreaksWhenCalled {
    fn wake(self: Arc<Self>) {
        panic!("{ON_PURPOSE}");
    }
}

/// Breaks when it is gone.
struct BreaksWhenGone {
    _on_drop: Breaks,
}

impl Wake for BreaksWhenGone {
    fn wake(self: Arc<Self>) {}
}

/// Works on a thread with a waker of its own.
#[derive(ThreadedComponent)]
struct Elsewhere {
    pub inbox: Inbox<u64>,
    control: Control,
    waker: fn() -> Waker,
}

impl Elsewhere {
    fn main(mut self) {
        self.control.wake_with((self.waker)());
        while self.inbox.recv_blocking().is_some() {}
    }
}

fn with_waker(waker: fn() -> Waker) -> Graphline {
    let elsewhere = Elsewhere { inbox: Inbox::new(), control: Control::default(), waker };
    let count = Count::to(20);
    Graphline::new()
        .link_with(1, &count.outbox, &elsewhere.inbox)
        .add("count", count.on("there"))
        .add("elsewhere", elsewhere.isolated())
}

#[test]
fn a_threads_waker_that_breaks_when_it_is_called_is_nobodys_failure() {
    run_each(|| with_waker(|| Waker::from(Arc::new(BreaksWhenCalled))), goes_well);
}

#[test]
fn a_threads_waker_that_breaks_when_it_is_dropped_is_nobodys_failure() {
    let graph = || with_waker(|| Waker::from(Arc::new(BreaksWhenGone { _on_drop: Breaks })));
    run_each(graph, goes_well);
}

/// Polls something once with a waker that breaks.
async fn poll_with_broken_waker<F: Future>(future: F) -> F {
    let mut future = Box::pin(future);
    let waker = Waker::from(Arc::new(BreaksWhenCalled));
    let _ = future.as_mut().poll(&mut Context::from_waker(&waker));
    // Kept where it is: what it waits for comes while somebody else is at work.
    poll_fn(|context| {
        let timer = pin!(sleep(Duration::from_millis(1)));
        let _ = timer.poll(context);
        Poll::Ready(())
    })
    .await;
    for _ in 0..20 {
        yield_now().await;
    }
    drop(future);
    pending().await
}

/// Waits for a timer in its own way, and gives up.
#[derive(Component)]
struct Sleeps;

impl Sleeps {
    async fn main(self) {
        let broken = poll_with_broken_waker(sleep(Duration::from_micros(10)));
        either(broken, sleep(Duration::from_millis(2))).await;
    }
}

#[test]
fn a_timers_waker_that_breaks_is_nobodys_failure() {
    for home in HOMES {
        run_each(|| Graphline::new().add("sleeps", home(Part::from(Sleeps))), goes_well);
    }
}

/// Fills an inbox, and waits for room there in its own way.
#[derive(Component)]
struct Sends {
    to: Address<u64>,
}

impl Sends {
    async fn main(self) -> Result<(), Closed> {
        while self.to.try_send(1).is_ok() {}
        let broken = poll_with_broken_waker(self.to.send(2));
        let Either::Second(()) = either(broken, sleep(Duration::from_millis(2))).await else {
            unreachable!("it only ever waits");
        };
        self.to.send(3).await
    }
}

#[test]
fn a_senders_waker_that_breaks_is_not_the_failure_of_who_makes_room() {
    for home in HOMES {
        run_each(
            || {
                let mut collect = Collect::default();
                let to = collect.inbox.address();
                Graphline::new()
                    .add("sends", home(Part::from(Sends { to })))
                    .add("collect", collect.isolated())
            },
            goes_well,
        );
    }
}
