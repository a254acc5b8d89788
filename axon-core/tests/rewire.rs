//! Reaching into a graph that runs: linking, cutting, tapping, injecting by name, and boxes added
//! while a component runs.

mod common;

use std::sync::mpsc;
use std::thread;

use axon_core::{
    Closed, Component, Control, GraphHandle, Graphline, HandleError, Inbox, KnowsBoxes, Outbox,
    RunError, try_seeds,
};
use common::*;

/// Sends each number it gets by hand.
#[derive(Component, Default)]
struct ByHand {
    pub inbox: Inbox<u64>,
    #[optional]
    pub outbox: Outbox<u64>,
}

impl ByHand {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// Collects for as long as somebody may still be linked to it.
#[derive(Component, Default)]
struct Waits {
    #[optional]
    pub inbox: Inbox<u64>,
    into: Collected,
}

impl Waits {
    async fn main(mut self) {
        let _held_open = self.inbox.address();
        while let Some(number) = self.inbox.recv().await {
            self.into.lock().unwrap().push(number);
        }
    }
}

#[track_caller]
fn until(mut seen: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !seen() {
        assert!(start.elapsed() < AGES, "it is never seen");
        thread::yield_now();
    }
}

#[test]
fn links_can_be_cut_and_made_anew_while_the_graph_runs() {
    let mut inbox = Inbox::new();
    let numbers = inbox.address();
    let (left, right) = (Collected::default(), Collected::default());
    let graph = Graphline::new()
        .add("by hand", ByHand { inbox, ..ByHand::default() })
        .add("left", Waits { into: left.clone(), ..Waits::default() })
        .add("right", Waits { into: right.clone(), ..Waits::default() })
        .link("by hand.outbox", "left.inbox")
        .build()
        .unwrap();
    let handle = graph.handle();
    let running = thread::spawn(move || graph.run());
    numbers.send_blocking(1).unwrap();
    until(|| contents(&left) == [1]);
    let twice = handle.link("by hand.outbox", "right.inbox").unwrap_err();
    assert_eq!(
        twice.to_string(),
        "two links leave `by hand.outbox`; put a `Fanout` (kamaelia-io) after it"
    );
    handle.unlink("by hand.outbox").unwrap();
    let tap = handle.tap::<u64>("by hand.outbox").unwrap();
    numbers.send_blocking(2).unwrap();
    assert_eq!(tap.take(), Some(2));
    let cut_already = handle.unlink("by hand.outbox").unwrap_err();
    assert_eq!(cut_already, HandleError::NotLinked { from: "by hand.outbox".into() });
    handle.link("by hand.outbox", "right.inbox").unwrap();
    numbers.send_blocking(3).unwrap();
    until(|| contents(&right) == [3]);
    assert_eq!(contents(&left), [1]);
    handle.stop();
    running.join().unwrap().unwrap();
}

#[test]
fn messages_can_be_put_in_and_copied_by_name_and_mistakes_are_told() {
    let mut inbox = Inbox::<u64>::new();
    let held = inbox.address();
    let collected = Collected::default();
    let graph = Graphline::new()
        .add("by hand", ByHand { inbox, ..ByHand::default() })
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("by hand.outbox", "collect.inbox")
        .build()
        .unwrap();
    let handle = graph.handle();
    let running = thread::spawn(move || graph.run());
    until(|| handle.snapshot().component("by hand").is_some());
    handle.observe_all(true);
    let tap = handle.tap::<u64>("by hand.outbox").unwrap();
    for number in 0..10 {
        until(|| handle.inject("by hand.inbox", number as u64).is_ok());
    }
    until(|| contents(&collected).len() == 10);
    assert_eq!(tap.drain(), (0..10).collect::<Vec<_>>());
    assert!(handle.snapshot().link("by hand.outbox").unwrap().high_water.is_some());
    let texts: Vec<String> = [
        handle.inject("nobody.inbox", 1_u64).unwrap_err(),
        handle.inject("by hand.input", 1_u64).unwrap_err(),
        handle.inject("by hand.inbox", "text").unwrap_err(),
        handle.tap::<String>("by hand.outbox").unwrap_err(),
        handle.unlink("by hand").unwrap_err(),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert_eq!(
        texts,
        [
            "there is no component `nobody` in the graph now",
            "there is no box `by hand.input` of this direction in the graph now",
            "`by hand.inbox` carries u64, not &str",
            "`by hand.outbox` carries u64, not String",
            "`by hand` names no box; write `component.box`",
        ]
    );
    drop(held);
    running.join().unwrap().unwrap();
}

/// Adds a box for each wish, links it by name, and works it off.
#[derive(Component)]
struct Grows {
    control: Control,
    handle: mpsc::Receiver<GraphHandle>,
    into: Collected,
}

impl Grows {
    async fn main(self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let handle = self.handle.try_recv()?;
        for round in 0..3 {
            let (name, mut inbox) = self.control.add_inbox::<u64>("extra");
            let (other, mut outbox) = self.control.add_outbox::<u64>("extra");
            assert_eq!(
                (name.as_str(), other.as_str()),
                ("extra", "extra_2"),
                "names are free again"
            );
            assert!(self.control.has_inbox("extra") && self.control.has_outbox("extra_2"));
            handle.link("grows.extra_2", "grows.extra")?;
            outbox.send(round).await?;
            drop(outbox);
            while let Some(number) = inbox.recv().await {
                self.into.lock().unwrap().push(number);
            }
            drop(inbox);
            assert!(!self.control.has_inbox("extra"));
        }
        Ok(())
    }
}

#[test]
fn a_component_adds_boxes_while_it_runs_and_others_link_them() {
    let collected = Collected::default();
    let mut rounds = 0;
    let make = || {
        collected.lock().unwrap().clear();
        let (send, handle) = mpsc::channel();
        let grows = Grows { control: Control::default(), handle, into: collected.clone() };
        (Graphline::new().add("grows", grows), send)
    };
    for seed in 0..10 {
        let (graph, send) = make();
        let graph = graph.build().unwrap();
        send.send(graph.handle()).unwrap();
        graph.run_seeded(seed).result.unwrap();
        assert_eq!(contents(&collected), [0, 1, 2]);
        rounds += 1;
    }
    assert_eq!(rounds, 10);
}

/// Waits for a message in a box that it added, and that nobody feeds.
#[derive(Component, Default)]
struct WaitsInVain {
    control: Control,
    #[optional]
    pub outbox: Outbox<u64>,
}

impl WaitsInVain {
    async fn main(self) -> Result<(), Closed> {
        let (name, mut inbox) = self.control.add_inbox::<u64>("added");
        let (_, mut outbox) = self.control.add_outbox::<u64>("to itself");
        assert_eq!(name, "added");
        let graph = Graphline::new().link(&outbox, &inbox);
        let lent = axon_core::Lent::default().outbox(&mut outbox).inbox(&mut inbox);
        self.control.adopt_linked(graph, lent).expect("the boxes fit");
        assert_eq!(inbox.recv().await, None);
        Ok(())
    }
}

#[test]
fn a_wait_in_an_added_box_is_named_when_the_graph_is_stuck() {
    let make = || Graphline::new().add("waits", WaitsInVain::default());
    try_seeds(0..5, make, |run| {
        let error = run.result.unwrap_err();
        assert!(matches!(error, RunError::Stuck { .. }), "{error}");
        assert!(
            error.to_string().contains("`waits` waits for a message in `waits.added`"),
            "{error}"
        );
    });
}
