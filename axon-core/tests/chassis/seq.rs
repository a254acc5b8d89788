//! Components one after another in time.

use std::sync::{Arc, Mutex};

use axon_core::{Arrange, Component, Graphline, Inbox, Outbox, Part, Pipeline, Section, Seq};

use super::common::*;
use super::parts::*;

/// Where a sequence and those around it live.
#[derive(Clone, Copy)]
enum Living {
    Together,
    OnWorkers,
    OnThreads,
}

/// Count, a sequence, and a collector.
fn around(seq: Seq<u64, u64>, limit: u64, into: Collected, living: Living) -> Graphline {
    let count = Count::to(limit);
    let end = collect(into);
    let graph =
        Graphline::new().link_with(3, &count.outbox, &seq.inbox).link(&seq.outbox, &end.inbox);
    let (count, seq, end): (Part, Part, Part) = match living {
        Living::Together => (count.into(), seq.into(), end.into()),
        Living::OnWorkers => (count.on("a"), seq.on("b"), end.on("c")),
        Living::OnThreads => (count.on_thread(), seq.on_thread(), end.on_thread()),
    };
    graph.add("count", count).add("seq", seq).add("collect", end)
}

/// Shares out two hundred numbers.
fn shares(into: Collected, living: Living) -> Graphline {
    let seq = Seq::new()
        .then(Take::only(3, 1_000))
        .then(Take::only(0, 2_000))
        .then_with(|| Take::only(70, 3_000))
        .then(Pipeline::open(Take::only(5, 4_000)).on("elsewhere"))
        .then(Pass::default());
    around(seq, 200, into, living)
}

fn check_shares(got: Vec<u64>) {
    let marked = |range: std::ops::Range<u64>, mark| range.map(move |number| number + mark);
    let expected =
        marked(0..3, 1_000).chain(marked(3..73, 3_000)).chain(marked(73..78, 4_000)).chain(78..200);
    assert_eq!(got, expected.collect::<Vec<_>>());
}

#[test]
fn what_one_has_not_taken_is_there_for_the_next_in_order() {
    for living in [Living::Together, Living::OnWorkers, Living::OnThreads] {
        for_seeds(0..60, move |into| shares(into, living), check_shares);
    }
}

#[test]
fn nothing_is_lost_between_one_and_the_next_as_threads_run_in_fact() {
    for living in [Living::OnWorkers, Living::OnThreads] {
        for _ in 0..200 {
            let collected = Collected::default();
            let graph = shares(collected.clone(), living);
            in_time(|| graph.run().map(drop)).unwrap();
            check_shares(contents(&collected));
        }
    }
}

#[test]
fn each_begins_when_the_one_before_has_ended_and_is_made_only_then() {
    let log = Log::default();
    let make = |number| {
        let log = log.clone();
        move || {
            note(&log, format!("{number} is made"));
            Section::source(Notes { number, log, outbox: Outbox::new() })
        }
    };
    let seq = Seq::new().then_with(make(1)).then_with(make(2)).then_with(make(3));
    let collected = Collected::default();
    Pipeline::new(seq).then(collect(collected.clone())).run().unwrap();
    assert_eq!(contents(&collected), [1, 2, 3]);
    let expected =
        (1..=3).flat_map(|n| ["is made", "begins", "ends"].map(|what| format!("{n} {what}")));
    assert_eq!(noted(&log), expected.collect::<Vec<_>>());
}

/// Notes its life.
#[derive(Component)]
struct Notes {
    number: u64,
    log: Log,
    outbox: Outbox<u64>,
}

impl Notes {
    async fn main(mut self) {
        note(&self.log, format!("{} begins", self.number));
        axon_core::yield_now().await;
        let _ = self.outbox.send(self.number).await;
        note(&self.log, format!("{} ends", self.number));
    }
}

#[test]
fn sources_and_sinks_take_their_turn_among_others() {
    let collected = Collected::default();
    let early = Collected::default();
    let take_all = collect(early.clone());
    let seq = Seq::new()
        .then(Section::source(One::of(500)).taking_no())
        .then(Take::only(2, 0))
        .then(Section::source(One::of(600)).taking_no())
        .then(Section::sink(take_all).giving_no())
        .then(Section::source(One::of(700)).taking_no());
    around(seq, 5, collected.clone(), Living::Together).run().unwrap();
    assert_eq!(contents(&collected), [500, 0, 1, 600, 700]);
    assert_eq!(contents(&early), [2, 3, 4]);
}

#[test]
fn an_empty_sequence_ends_at_once() {
    let collected = Collected::default();
    around(Seq::new(), 1_000, collected.clone(), Living::Together).run().unwrap();
    assert!(contents(&collected).is_empty());
}

#[test]
fn a_failure_ends_the_graph_and_names_the_component() {
    let seq = Seq::new().then(Take::only(1, 0)).then(Fails::default()).then(Pass::default());
    let error = around(seq, 10, Collected::default(), Living::Together).run().unwrap_err();
    assert_eq!(text(error), "component `seq/2 Fails` failed: on purpose");
}

#[test]
fn after_an_isolated_failure_the_next_one_runs() {
    let collected = Collected::default();
    let weak = Pipeline::open(Fails::default()).isolated();
    let seq = Seq::new().then(weak).then(Pass::default());
    let report = around(seq, 3, collected.clone(), Living::Together).run().unwrap();
    assert_eq!(contents(&collected), [0, 1, 2]);
    assert_eq!(report.failures().map(|(name, _)| name).collect::<Vec<_>>(), ["seq/1 Fails"]);
}

#[test]
fn one_that_waits_hears_that_nobody_takes_what_it_gives() {
    let log = Log::default();
    let seq = Seq::new()
        .then(Section::source(Stays::of(1, &log)))
        .then(Section::source(Stays::of(2, &log)));
    let pipeline = Pipeline::new(seq).then(TakesOne::default());
    in_time(move || pipeline.run().map(drop)).unwrap();
    assert_eq!(noted(&log), ["1 begins", "1 ends", "2 begins", "2 ends"]);
}

/// Takes a message, and ends.
#[derive(Component, Default)]
struct TakesOne {
    inbox: Inbox<u64>,
}

impl TakesOne {
    async fn main(mut self) {
        self.inbox.recv().await;
    }
}

#[test]
fn a_sequence_that_is_stopped_begins_no_other() {
    let begun = Arc::new(Mutex::new(0));
    let counted = begun.clone();
    let graph = move |into| {
        let begun = counted.clone();
        let seq = Seq::new().then(Section::source(Count::to(u64::MAX))).then_with(move || {
            *begun.lock().unwrap() += 1;
            Section::source(One::of(0))
        });
        let stopped = Pipeline::new(seq).then(Enough::of(into));
        Graphline::new().nest("stopped", stopped.into_graphline().isolated())
    };
    for_seeds(0..50, graph, |got| assert_eq!(got, (0..100).collect::<Vec<_>>()));
    assert_eq!(*begun.lock().unwrap(), 0);
}
