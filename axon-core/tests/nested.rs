//! Graphs within graphs: their own boxes lead straight to boxes inside.

mod common;

use axon_core::{Closed, Component, Graphline, Inbox, Outbox, RunError};
use common::*;

fn two_passes() -> Graphline {
    Graphline::new()
        .add("first", Pass::default())
        .add("second", Pass::default())
        .link("self.inbox", "first.inbox")
        .link("first.outbox", "second.inbox")
        .link("second.outbox", "self.outbox")
}

#[test]
fn a_graph_in_a_graph_in_a_graph_passes_everything_on_in_order() {
    let collected = Collected::default();
    let outer = Graphline::new()
        .nest("left", two_passes())
        .nest("right", two_passes())
        .link("self.in", "left.inbox")
        .link("left.outbox", "right.inbox")
        .link("right.outbox", "self.out");
    let report = Graphline::new()
        .add("count", Count::to(1_000))
        .nest("outer", outer)
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("count.outbox", "outer.in")
        .link("outer.out", "collect.inbox")
        .run()
        .unwrap();
    assert_eq!(contents(&collected), (0..1_000).collect::<Vec<_>>());
    let names: Vec<&str> = report.outcomes().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "count",
            "outer/left/first",
            "outer/left/second",
            "outer/right/first",
            "outer/right/second",
            "collect"
        ]
    );
}

#[test]
fn boxes_can_be_exported_and_linked_by_themselves() {
    let (count, pass, collect) = (Count::to(10), Pass::default(), Collect::default());
    let collected = collect.into.clone();
    let graph =
        Graphline::new().link(&count.outbox, &pass.inbox).link(&pass.outbox, &collect.inbox);
    let inner = Graphline::new().export("inbox", &pass.inbox).export("outbox", &pass.outbox);
    graph
        .add("count", count)
        .nest("inner", inner.add("pass", pass))
        .add("collect", collect)
        .run()
        .unwrap();
    assert_eq!(contents(&collected), (0..10).collect::<Vec<_>>());
}

#[test]
fn several_outboxes_under_one_name_all_feed_what_is_linked_to_it() {
    let collected = Collected::default();
    let both = Graphline::new()
        .add("low", Count::to(5))
        .add("high", Count::to(7))
        .link("low.outbox", "self.outbox")
        .link("high.outbox", "self.outbox");
    Graphline::new()
        .nest("both", both)
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("both.outbox", "collect.inbox")
        .run()
        .unwrap();
    assert_eq!(contents(&collected).len(), 12);
}

#[test]
fn mistakes_with_nested_graphs_name_the_box_as_it_was_written() {
    let errors = Graphline::new()
        .add("count", Count::to(1))
        .nest("inner", two_passes())
        .nest("inner", Graphline::new())
        .link("count.outbox", "inner.input")
        .link("inner.inbox", "count.outbox")
        .link("self.a", "self.b")
        .build()
        .unwrap_err();
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "two components are called `inner`; give one of them another name",
            "`inner.input`: there is no such inbox; did you mean `inbox`?",
            "`inner.inbox` is an inbox, and this end of a link is an outbox; links lead from an \
             outbox to an inbox",
            "`count.outbox` is an outbox, and this end of a link is an inbox; links lead from an \
             outbox to an inbox",
            "`self.a` is a box of the graph itself, which stands for a box inside it; put a \
             component between the graph's inbox and its outbox",
            "`self.b` is a box of the graph itself, which stands for a box inside it; put a \
             component between the graph's inbox and its outbox",
            "`inner/first.inbox`, an inbox of u64, is not linked; link it, or mark its field `#[optional]`",
            "`inner/second.outbox`, an outbox of u64, is not linked; link it, or mark its field `#[optional]`",
        ]
    );
}

/// Fails at once.
#[derive(Component, Default)]
struct Fails {
    pub outbox: Outbox<u64>,
}

impl Fails {
    async fn main(self) -> Result<(), String> {
        Err("on purpose".to_owned())
    }
}

/// Ends only when it is asked to stop.
#[derive(Component, Default)]
struct Waits {
    pub inbox: Inbox<u64>,
}

impl Waits {
    async fn main(mut self) -> Result<(), Closed> {
        let _held_open = self.inbox.address();
        while self.inbox.recv().await.is_some() {}
        Ok(())
    }
}

fn failing() -> Graphline {
    Graphline::new()
        .add("fails", Fails::default())
        .add("waits", Waits::default())
        .link("fails.outbox", "waits.inbox")
}

#[test]
fn a_failure_in_an_isolated_graph_ends_that_graph_and_no_other() {
    let collected = Collected::default();
    let report = Graphline::new()
        .nest("weak", failing().isolated())
        .add("count", Count::to(1_000))
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("count.outbox", "collect.inbox")
        .run()
        .unwrap();
    assert_eq!(contents(&collected).len(), 1_000);
    let failures: Vec<String> =
        report.failures().map(|(name, outcome)| format!("{name} {outcome}")).collect();
    assert_eq!(failures, ["weak/fails failed: on purpose"]);
}

#[test]
fn a_failure_in_any_other_nested_graph_ends_everything() {
    let error = Graphline::new()
        .nest("weak", failing())
        .nest(
            "other",
            Graphline::new().add("waits", Waits::default()).link("self.in", "waits.inbox"),
        )
        .add("pass", Pass::default())
        .link("pass.outbox", "other.in")
        .link("self.in", "pass.inbox")
        .run()
        .unwrap_err();
    assert!(matches!(error, RunError::Component { .. }), "{error}");
    assert_eq!(error.to_string(), "component `weak/fails` failed: on purpose");
}
