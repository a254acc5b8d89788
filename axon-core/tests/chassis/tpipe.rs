//! A side path for some of the messages.

use axon_core::{Graphline, Pipeline, Section, TPipe};

use super::common::*;
use super::parts::*;

fn between(section: Section<u64, u64>, into: Collected) -> Graphline {
    let whole = Section::source(Count::to(100)).then(section).then(Section::sink(collect(into)));
    Graphline::from(whole)
}

/// What came straight on, and what came by the side path, which adds a thousand.
fn parted(got: Vec<u64>) -> (Vec<u64>, Vec<u64>) {
    got.into_iter().partition(|number| *number < 1_000)
}

#[test]
fn routed_messages_go_only_aside() {
    let graph = |into| {
        let beside = Pipeline::open(Take::only(100, 1_000)).then(ThreadedPass::default());
        between(TPipe::route(|number| number % 3 == 0).around(beside), into)
    };
    for_seeds(0..60, graph, |got| {
        let (on, aside) = parted(got);
        assert_eq!(on, (0..100).filter(|n| n % 3 != 0).collect::<Vec<_>>());
        assert_eq!(aside, (0..100).filter(|n| n % 3 == 0).map(|n| n + 1_000).collect::<Vec<_>>());
    });
}

#[test]
fn split_messages_go_both_ways() {
    let graph = |into| {
        let beside = Take::only(100, 1_000);
        between(TPipe::split(|number| number % 3 == 0).around(beside), into)
    };
    for_seeds(0..60, graph, |got| {
        let (on, aside) = parted(got);
        assert_eq!(on, (0..100).collect::<Vec<_>>());
        assert_eq!(aside, (0..100).filter(|n| n % 3 == 0).map(|n| n + 1_000).collect::<Vec<_>>());
    });
}

#[test]
fn what_goes_aside_may_end_there() {
    let (collected, taken) = (Collected::default(), Collected::default());
    let sink = Section::sink(collect(taken.clone())).giving_no();
    between(TPipe::route(|number| *number < 10).around(sink), collected.clone()).run().unwrap();
    assert_eq!(contents(&taken), (0..10).collect::<Vec<_>>());
    assert_eq!(contents(&collected), (10..100).collect::<Vec<_>>());
}

#[test]
fn a_side_path_that_has_ended_loses_its_messages_and_holds_up_nothing() {
    let graph = |into| {
        let beside = Take::only(5, 1_000);
        between(TPipe::split(|_| true).around(beside), into)
    };
    for_seeds(0..60, graph, |got| {
        let (on, aside) = parted(got);
        assert_eq!(on, (0..100).collect::<Vec<_>>());
        assert_eq!(aside, (1_000..1_005).collect::<Vec<_>>());
    });
}
