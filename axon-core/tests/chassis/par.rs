//! Components side by side.

use std::collections::BTreeMap;

use axon_core::{Graphline, Par, Pipeline, Section};

use super::common::*;
use super::parts::*;

#[test]
fn each_gets_a_copy_of_everything_and_all_answers_go_one_way() {
    let graph = |into| {
        let both = Par::new()
            .with(Take::only(100, 1_000))
            .with(Pipeline::open(ThreadedPass::default()).then(Take::only(100, 2_000)))
            .with(Pipeline::open(Take::only(100, 3_000)).on("there"));
        Graphline::new()
            .add("count", Count::to(10))
            .nest("all", both)
            .add("collect", collect(into))
            .link("count.outbox", "all.inbox")
            .link("all.outbox", "collect.inbox")
    };
    for_seeds(0..100, graph, |got| {
        let mut by_mark: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        for number in got {
            by_mark.entry(number / 1_000).or_default().push(number % 1_000);
        }
        let each: Vec<u64> = (0..10).collect();
        let expected = [(1, each.clone()), (2, each.clone()), (3, each)];
        assert_eq!(by_mark, BTreeMap::from(expected));
    });
}

#[test]
fn sources_side_by_side_are_merged_and_the_last_to_end_ends_them_all() {
    let graph = |into| {
        let merged = Par::new()
            .with(Section::source(Count::to(5)))
            .with(Section::source(Count::to(7)))
            .with(Section::source(ThreadedCount::to(9)));
        Graphline::new()
            .nest("merged", merged)
            .add("collect", collect(into))
            .link("merged.outbox", "collect.inbox")
    };
    for_seeds(0..100, graph, |mut got| {
        got.sort_unstable();
        let expected: Vec<u64> = (0..5).flat_map(|n| [n; 3]).chain([5, 5, 6, 6, 7, 8]).collect();
        assert_eq!(got, expected);
    });
}

#[test]
fn one_that_has_ended_holds_up_nobody() {
    let graph = |into| {
        let two = Par::new().with(Take::only(2, 1_000)).with(Pass::default());
        let pipeline = Section::source(Count::to(300)).then(two).then(Section::sink(collect(into)));
        Graphline::from(pipeline)
    };
    for_seeds(0..50, graph, |mut got| {
        got.sort_unstable();
        assert_eq!(got, (0..300).chain([1_000, 1_001]).collect::<Vec<_>>());
    });
}

#[test]
fn a_single_one_is_linked_without_copies() {
    let one = Par::new().with(Pass::default());
    let report = Graphline::from(
        Section::source(Count::to(3)).then(one).then(Section::sink(Collect::default())),
    )
    .run()
    .unwrap();
    assert_eq!(report.components(), 3);
}
