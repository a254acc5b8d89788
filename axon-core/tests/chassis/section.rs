//! Sections, and pipelines that are open at both ends.

use axon_core::{Graphline, Pipeline, Section};

use super::common::*;
use super::parts::*;

#[test]
fn an_open_pipeline_has_the_inbox_of_its_first_and_the_outbox_of_its_last() {
    let collected = Collected::default();
    let inner = Pipeline::open(Take::only(100, 1)).then(Take::only(100, 10));
    let outer = Pipeline::open(Take::only(100, 100)).then(inner).then(ThreadedPass::default());
    let report = Graphline::new()
        .add("count", Count::to(3))
        .nest("outer", outer)
        .add("collect", collect(collected.clone()))
        .link("count.outbox", "outer.inbox")
        .link("outer.outbox", "collect.inbox")
        .run()
        .unwrap();
    assert_eq!(contents(&collected), [111, 112, 113]);
    let names: Vec<&str> = report.outcomes().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "count",
            "outer/1 Take",
            "outer/2 Pipeline/1 Take",
            "outer/2 Pipeline/2 Take",
            "outer/3 ThreadedPass",
            "collect"
        ]
    );
}

#[test]
fn a_graph_with_an_inbox_and_an_outbox_is_a_section() {
    let collected = Collected::default();
    let graph = Graphline::new()
        .add("first", Pass::default())
        .add("second", Take::only(100, 7))
        .link("self.inbox", "first.inbox")
        .link("first.outbox", "second.inbox")
        .link("second.outbox", "self.outbox");
    let whole = Section::source(Count::to(3))
        .then(Section::<u64, u64>::of_graph(graph).on("there"))
        .then(Section::sink(collect(collected.clone())));
    Graphline::from(whole).run().unwrap();
    assert_eq!(contents(&collected), [7, 8, 9]);
}

#[test]
fn a_section_whose_boxes_are_missing_or_of_other_types_is_refused() {
    let nothing = Section::<u64, u64>::of_graph(Graphline::new());
    let texts = Graphline::new()
        .link("self.inbox", "first.inbox")
        .add("first", handle_text())
        .link("first.outbox", "self.outbox");
    let wrong = Pipeline::open(Section::<u64, u64>::of_graph(texts)).then(Pass::default());
    let whole = Section::source(Count::to(3))
        .then(nothing)
        .then(wrong)
        .then(Section::sink(Collect::default()));
    let errors = Graphline::from(whole).build().unwrap_err();
    let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        errors,
        [
            "`2 Graphline.inbox`: there is no such inbox; there is none at all",
            "`3 Pipeline/1 Graphline/first.outbox` gives String, but `3 Pipeline/2 Pass.inbox` \
             takes u64; put a component between them that turns one into the other",
            "`1 Count.outbox`, an outbox of u64, is not linked; link it, or mark its field `#[optional]`",
            "`3 Pipeline/1 Graphline/first.inbox`, an inbox of String, is not linked; link it, or mark its field `#[optional]`",
        ]
    );
}

fn handle_text() -> impl axon_core::Component {
    axon_core::handle(|text: String, out: &mut axon_core::Out<String>| out.send(text))
}

#[test]
fn a_failure_in_an_isolated_section_ends_that_section_and_no_other() {
    let collected = Collected::default();
    let weak = Pipeline::open(Pass::default()).then(Fails::default()).isolated();
    let report = Graphline::new()
        .nest("weak", Section::source(Count::to(1_000)).then(weak))
        .add("end", Collect::default())
        .link("weak.outbox", "end.inbox")
        .add("count", Count::to(1_000))
        .add("collect", collect(collected.clone()))
        .link("count.outbox", "collect.inbox")
        .run()
        .unwrap();
    assert_eq!(contents(&collected).len(), 1_000);
    let failures: Vec<&str> = report.failures().map(|(name, _)| name).collect();
    assert_eq!(failures, ["weak/2 Pipeline/2 Fails"]);
}
