//! What users write may panic anywhere and look at the graph from anywhere: it harms nobody else, and
//! nobody waits for ever.

mod common;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};
use std::thread;

use axon_core::{
    Address, Arrange, Closed, Component, Control, GraphHandle, Graphline, Inbox, Outcome, Part,
    Restarts, RunError, Start, ThreadedComponent, Visitor, yield_now,
};
use common::*;

/// Looks into the graph whenever it gets the chance: when it is told, woken or dropped.
#[derive(Clone, Default)]
struct Looks {
    handle: Arc<Mutex<Option<GraphHandle>>>,
}

impl Looks {
    fn look(&self) {
        let handle = self.handle.lock().unwrap().clone();
        if let Some(handle) = handle {
            handle.snapshot();
        }
    }

    fn run(&self, graph: Graphline) -> Result<(), RunError> {
        let graph = graph.build().unwrap();
        *self.handle.lock().unwrap() = Some(graph.handle());
        in_time(|| graph.run().map(drop))
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.look();
        write!(f, "looked around")
    }
}

impl fmt::Debug for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Looks")
    }
}

impl Error for Looks {}

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        self.look();
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        // A test that has failed must not wait for what it found locked.
        if !thread::panicking() {
            self.look();
        }
    }
}

/// Fails with an error that looks.
#[derive(Component)]
struct Fails {
    error: Looks,
}

impl Fails {
    async fn main(self) -> Result<(), Looks> {
        Err(self.error)
    }
}

/// Adopts one that fails, and waits for its end.
#[derive(Component)]
struct Adopts {
    control: Control,
    error: Looks,
}

impl Adopts {
    async fn main(self) {
        let fails = Fails { error: self.error };
        let graph = Graphline::new().isolated().add("fails", fails);
        self.control.adopt(graph).unwrap().all_ended().await;
    }
}

#[test]
fn an_error_may_look_into_the_graph_when_it_is_told() {
    let looks = Looks::default();
    let adopts = Adopts { control: Control::default(), error: looks.clone() };
    looks.run(Graphline::new().add("adopts", adopts)).unwrap();
}

/// The same on a thread that waits elsewhere, with a waker that looks.
#[derive(ThreadedComponent)]
struct WaitsElsewhere {
    control: Control,
    waker: Looks,
}

impl WaitsElsewhere {
    fn main(self) {
        self.control.wake_with(Waker::from(Arc::new(self.waker)));
        let graph = Graphline::new().add("count", Count::to(3)).add("collect", Collect::default());
        let mut children = self.control.adopt(graph.link("count.outbox", "collect.inbox")).unwrap();
        while children.next_end_blocking().is_some() {}
    }
}

#[test]
fn a_waker_may_look_into_the_graph_when_it_is_called() {
    let looks = Looks::default();
    let waits = WaitsElsewhere { control: Control::default(), waker: looks.clone() };
    looks.run(Graphline::new().add("waits", waits)).unwrap();
}

#[test]
fn what_makes_a_component_anew_may_look_into_the_graph_when_it_is_dropped() {
    let (looks, captured) = (Looks::default(), Looks::default());
    let handle = looks.clone();
    let part = Part::restarting(Restarts::at_most(1), move || {
        let _ = &captured;
        Count::to(3)
    });
    let graph = Graphline::new()
        .add("count", part)
        .add("collect", Collect::default())
        .link("count.outbox", "collect.inbox");
    handle.run(graph).unwrap();
    drop(looks);
}

/// Cannot even be dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic!("dropped");
        }
    }
}

/// What it panics with panics too.
#[derive(Component)]
struct PanicsTwice;

impl PanicsTwice {
    async fn main(self) {
        std::panic::panic_any(Bomb);
    }
}

#[test]
fn a_panic_with_something_that_panics_is_the_outcome_of_one_component_anywhere() {
    for part in [Part::from(PanicsTwice), PanicsTwice.on("there"), PanicsTwice.on_thread()] {
        let graph = Graphline::new().add("panics", part.isolated()).add("well", Modest);
        let report = in_time(|| graph.run()).unwrap();
        assert!(matches!(report.outcome("panics"), Some(Outcome::Panicked(_))));
        assert!(matches!(report.outcome("well"), Some(Outcome::Finished)));
    }
}

/// Takes a few turns.
#[derive(Component)]
struct Modest;

impl Modest {
    async fn main(self) {
        for _ in 0..10 {
            yield_now().await;
        }
    }
}

/// Wants a thread though it said otherwise, and cannot be dropped.
struct Misplaced(Option<Bomb>);

impl Component for Misplaced {
    fn boxes(&mut self, _visitor: &mut dyn Visitor) {}

    fn start(mut self: Box<Self>) -> Start {
        let bomb = self.0.take();
        Start::Blocking(Box::new(move || {
            drop(bomb);
            Ok(())
        }))
    }
}

#[test]
fn a_misplaced_component_that_panics_when_it_is_dropped_harms_nobody_else() {
    for part in [Part::from(Misplaced(Some(Bomb))), Misplaced(Some(Bomb)).on("there")] {
        let graph = Graphline::new().add("misplaced", part.isolated()).add("well", Modest);
        let report = in_time(|| graph.run()).unwrap();
        assert!(report.outcome("misplaced").unwrap().is_failure());
        assert!(!report.outcome("well").unwrap().is_failure());
    }
}

/// Gives the inbox more than it takes, and then waits for room.
#[derive(Component)]
struct Overfills {
    to: Address<Option<Bomb>>,
}

impl Overfills {
    async fn main(self) -> Result<(), Closed> {
        while self.to.try_send(Some(Bomb)).map_err(std::mem::forget).is_ok() {}
        self.to.send(None).await
    }
}

/// Leaves with its mailbox full.
#[derive(Component)]
struct Leaves {
    inbox: Inbox<Option<Bomb>>,
}

impl Leaves {
    async fn main(self) {
        for _ in 0..10 {
            yield_now().await;
        }
        drop(self.inbox);
    }
}

#[test]
fn who_waits_for_room_hears_of_an_end_even_if_messages_panic_when_they_are_dropped() {
    let mut leaves = Leaves { inbox: Inbox::new() };
    let to = leaves.inbox.address();
    let graph = Graphline::new()
        .add("overfills", Overfills { to }.isolated())
        .add("leaves", leaves.isolated());
    let report = in_time(|| graph.run()).unwrap();
    assert!(report.outcome("leaves").unwrap().is_failure());
    assert!(!report.outcome("overfills").unwrap().is_failure());
}
