//! Boxes that stand for others: a nested graph's own, which are the boxes inside.

use axon_core::{Graphline, WiringError};

use crate::common::*;
use crate::parts::*;

/// Ten numbers, told in which order to write the links down.
fn collected_from(make: impl Fn(Graphline) -> Graphline, order: Order) -> Vec<u64> {
    let collected = Collected::default();
    let collect = Collect { into: collected.clone(), ..Collect::default() };
    let graph = Graphline::new().add("count", Count::to(10)).add("collect", collect);
    order.run(make(graph)).unwrap();
    contents(&collected)
}

fn ten() -> Vec<u64> {
    (0..10).collect()
}

/// A graph of one component that passes on, told in which order to write its links down.
fn passing(inbox_first: bool) -> Graphline {
    let graph = Graphline::new();
    if inbox_first {
        let graph = graph.link("self.inbox", "pass.inbox").link("pass.outbox", "self.outbox");
        return graph.add("pass", Pass::default());
    }
    let graph = graph.add("pass", Pass::default());
    graph.link("pass.outbox", "self.outbox").link("self.inbox", "pass.inbox")
}

#[test]
fn c09_through_a_graphs_own_inbox_a_message_reaches_the_inbox_inside_and_no_other() {
    in_any_order(|order| {
        for outer_first in [true, false] {
            let (into, aside) = (Collected::default(), Collected::default());
            let collect = |into: &Collected| Collect { into: into.clone(), ..Collect::default() };
            let mut inner = Graphline::new().add("aside", collect(&aside));
            inner = inner.add("idle", Count::to(0)).link("idle.outbox", "aside.inbox");
            inner = match outer_first {
                true => inner.link("self.inbox", "last.inbox").add("last", collect(&into)),
                false => inner.add("last", collect(&into)).link("self.inbox", "last.inbox"),
            };
            let graph = Graphline::new().add("count", Count::to(10));
            let graph = match outer_first {
                true => graph.link("count.outbox", "inner.inbox").nest("inner", inner),
                false => graph.nest("inner", inner).link("count.outbox", "inner.inbox"),
            };
            let built = graph.build().unwrap();
            let link = built.snapshot().link("count.outbox").unwrap().to.to_string();
            assert_eq!(link, "inner/last.inbox", "no box lies between");
            order.run_built(built).unwrap();
            assert_eq!(contents(&into), ten());
            assert_eq!(contents(&aside), []);
        }
    });
}

#[test]
fn c10_what_leaves_either_of_two_outboxes_behind_one_name_appears_in_the_inbox() {
    in_any_order(|order| {
        for inner_first in [true, false] {
            let collected = Collected::default();
            let collect = Collect { into: collected.clone(), ..Collect::default() };
            let sends = |number| {
                acts(async move |mut mine| {
                    mine.outbox.send(number).await.unwrap();
                })
            };
            let inner = Graphline::new().add("deep", sends(1)).link("deep.outbox", "self.outbox");
            let outer = Graphline::new().add("shallow", sends(2)).nest("inner", inner);
            let outer = match inner_first {
                true => outer.link("inner.outbox", "self.out").link("shallow.outbox", "self.out"),
                false => outer.link("shallow.outbox", "self.out").link("inner.outbox", "self.out"),
            };
            let graph = Graphline::new().add("collect", collect).link("outer.out", "collect.inbox");
            order.run(graph.nest("outer", outer)).unwrap();
            let mut got = contents(&collected);
            got.sort_unstable();
            assert_eq!(got, [1, 2]);
        }
    });
}

#[test]
fn c13_five_graphs_within_each_other_deliver_as_one_link_does() {
    in_any_order(|order| {
        let direct = |graph: Graphline| graph.link("count.outbox", "collect.inbox");
        let five_deep = |graph: Graphline| {
            let deep = (0..5).fold(passing(true), |inner, _| {
                let around = Graphline::new().link("self.inbox", "in.inbox");
                around.link("in.outbox", "self.outbox").nest("in", inner)
            });
            let graph = graph.nest("deep", deep).link("count.outbox", "deep.inbox");
            graph.link("deep.outbox", "collect.inbox")
        };
        assert_eq!(collected_from(direct, order), ten());
        assert_eq!(collected_from(five_deep, order), ten());
        let one = |graph: Graphline| {
            let graph = graph.link("one.outbox", "collect.inbox").nest("one", passing(false));
            graph.link("count.outbox", "one.inbox")
        };
        assert_eq!(collected_from(one, order), ten());
    });
}

#[test]
fn c21_a_graphs_own_box_that_stands_for_another_of_its_own_is_refused() {
    let circle = |name: &str| {
        let (one, other) = (format!("{name}.one"), format!("{name}.other"));
        Graphline::new().link(one.as_str(), other.as_str()).link(other.as_str(), one.as_str())
    };
    let ends = |graph: Graphline| {
        let errors = graph.build().unwrap_err();
        let end = |error: &WiringError| match error {
            WiringError::SelfToSelf { end } => end.clone(),
            other => panic!("{other}"),
        };
        errors.iter().map(end).collect::<Vec<_>>()
    };
    assert_eq!(ends(circle("self")), ["self.one", "self.other"]);
    assert_eq!(ends(circle("")), [".one", ".other"]);
    let inner = ["inner/self.one", "inner/self.other"];
    assert_eq!(ends(Graphline::new().nest("inner", circle("self"))), inner);
}
