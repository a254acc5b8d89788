//! Ordinary code puts messages into a graph that runs in the background, and takes them out.

mod common;

use std::time::Duration;

use axon_core::{Arrange, Graphline, HandleError, LinkPolicy, SendError, TakeError};
use common::*;

fn two_passes() -> Graphline {
    Graphline::new()
        .add("first", Pass::default())
        .add("second", Pass::default().on("there"))
        .link_with(1, "first.outbox", "second.inbox")
        .link("self.in", "first.inbox")
        .link("second.outbox", "self.out")
}

#[test]
fn what_is_put_in_comes_out_in_order_and_the_end_follows() {
    let mut graph = two_passes().build().unwrap();
    let numbers = graph.inbox::<u64>("in").unwrap();
    let mut passed = graph.outbox_with::<u64>(2, "out").unwrap();
    let running = graph.start().unwrap();
    assert_eq!(passed.take_within(Duration::ZERO), Err(TakeError::TimedOut));
    let feeding = std::thread::spawn(move || {
        (0..1_000).try_for_each(|number| numbers.send_blocking(number)).unwrap();
    });
    assert_eq!(passed.take_within(AGES), Ok(0));
    assert_eq!(passed.iter().collect::<Vec<_>>(), (1..1_000).collect::<Vec<_>>());
    assert_eq!(passed.take_within(AGES), Err(TakeError::Finished));
    feeding.join().unwrap();
    running.join().unwrap();
}

#[test]
fn whoever_takes_nothing_holds_up_the_graph_and_then_whoever_puts_in() {
    let mut graph = two_passes().build().unwrap();
    let numbers = graph.inbox::<u64>("in").unwrap();
    let passed = graph.outbox_with::<u64>(LinkPolicy::wait(2), "out").unwrap();
    let running = graph.start().unwrap();
    // A mailbox, two links and two components hold 128 + 1 + 2 + 2 at most.
    let sent = (0..1_000)
        .take_while(|number| numbers.send_within(*number, Duration::from_millis(200)).is_ok())
        .count();
    assert!((128..=140).contains(&sent), "{sent} went in");
    assert!(matches!(numbers.send_within(7, Duration::ZERO), Err(SendError::TimedOut(7))));
    drop(passed);
    assert!(matches!(numbers.send_within(7, AGES), Ok(()) | Err(SendError::Closed(7))));
    drop(numbers);
    running.join().unwrap();
}

#[test]
fn a_graph_whose_boxes_nobody_uses_ends_by_itself() {
    two_passes().run().unwrap();
}

#[test]
fn mistakes_with_boxes_of_a_graph_are_told() {
    let mut graph = two_passes().build().unwrap();
    let _taker = graph.outbox::<u64>("out").unwrap();
    let texts: Vec<String> = [
        graph.inbox::<u64>("input").unwrap_err(),
        graph.inbox::<String>("in").unwrap_err(),
        graph.outbox::<u64>("in").unwrap_err(),
        graph.outbox::<String>("out").unwrap_err(),
        graph.outbox::<u64>("out").unwrap_err(),
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    assert_eq!(
        texts,
        [
            "there is no box `self.input` of this direction in the graph now",
            "`self.in` carries u64, not String",
            "there is no box `self.in` of this direction in the graph now",
            "`self.out` carries u64, not String",
            "somebody takes from `self.out` already",
        ]
    );
    let unknown: HandleError = graph.inbox::<u64>("x").unwrap_err();
    assert_eq!(unknown, HandleError::NoSuchBox { end: "self.x".into() });
}
