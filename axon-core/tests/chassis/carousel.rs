//! One component at a time, made anew for each message.

use axon_core::{Arrange, Carousel, Graphline, Outbox, Section};

use super::common::*;
use super::parts::*;

/// Lets one pipeline after another take what comes in.
fn takers(into: Collected, apart: bool) -> Graphline {
    // Each takes as many as it is told, and marks them with that.
    let carousel = Carousel::new(|count| Take::only(count, 1_000 * count));
    let choose = Script::of(&[(0, 2), (10, 3), (20, 90), (30, 1)], 40);
    let (count, end) = (Count::to(200), collect(into));
    let graph = Graphline::new()
        .link_with(1, &count.outbox, &carousel.inbox)
        .link(&choose.outbox, &carousel.next)
        .link(&carousel.outbox, &end.inbox)
        .add("choose", choose);
    match apart {
        false => graph.add("count", count).add("carousel", carousel).add("collect", end),
        true => graph
            .add("count", count.on("a"))
            .add("carousel", carousel.on("b"))
            .add("collect", end.on_thread()),
    }
}

#[test]
fn what_one_has_not_taken_is_there_for_the_next() {
    for apart in [false, true] {
        for_seeds(
            0..60,
            move |into| takers(into, apart),
            |got| {
                let expected = [0..2, 2..5, 5..95, 95..96].into_iter().flat_map(|range| {
                    let mark = 1_000 * (range.end - range.start);
                    range.map(move |number| mark + number)
                });
                assert_eq!(got, expected.collect::<Vec<_>>());
            },
        );
    }
}

/// Makes something that fails of odd numbers.
fn weak() -> Carousel<u64, u64, u64> {
    Carousel::new(|number| match number % 2 {
        0 => Section::source(One::of(number)).taking_no(),
        _ => Section::source(One::of(number)).taking_no().then(Fails::default()),
    })
}

fn of_four(carousel: Carousel<u64, u64, u64>, into: Collected) -> Graphline {
    Graphline::new()
        .add("script", Script::of(&[(1, 2), (2, 3), (3, 4), (4, 5)], 5))
        .add("carousel", carousel)
        .add("nothing", Count::to(0))
        .add("collect", collect(into))
        .link("script.outbox", "carousel.next")
        .link("nothing.outbox", "carousel.inbox")
        .link("carousel.outbox", "collect.inbox")
}

#[test]
fn a_failure_ends_the_graph_and_names_the_component() {
    let run = of_four(weak(), Collected::default()).run_seeded(1);
    assert_eq!(
        text(run.result.unwrap_err()),
        "component `carousel/Pipeline/2 Fails` failed: on purpose"
    );
}

#[test]
fn an_isolated_carousel_goes_on_after_a_failure() {
    let collected = Collected::default();
    let report = of_four(weak().isolated(), collected.clone()).run_seeded(1).result.unwrap();
    assert_eq!(contents(&collected), [2, 4]);
    assert_eq!(report.failures().count(), 2);
}

#[test]
fn one_that_is_replaced_gives_no_more_though_it_would() {
    let graph = |into| {
        let carousel = Carousel::new(|limit| Section::source(Count::to(limit)));
        let script = Script::of(&[(0, u64::MAX), (5, 3)], 5);
        Graphline::new()
            .link(&script.outbox, &carousel.next)
            .link("carousel.outbox", "slow.inbox")
            .link("slow.outbox", "collect.inbox")
            .add("script", script)
            .add("carousel", carousel)
            .add("slow", Slow { outbox: Outbox::new(), ..Slow::default() })
            .add("collect", collect(into))
    };
    for_seeds(0..50, graph, |got| {
        let (endless, last) = got.split_at(got.len() - 3);
        assert_eq!(last, [0, 1, 2]);
        assert_eq!(endless, (0..endless.len() as u64).collect::<Vec<_>>());
        // One a second for five seconds, and what was in the boxes by then.
        assert!((130..=140).contains(&endless.len()), "{}", endless.len());
    });
}

/// Passes on one message a second.
#[derive(axon_core::Component, Default)]
struct Slow {
    inbox: axon_core::Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Slow {
    async fn main(mut self) -> Result<(), axon_core::Closed> {
        while let Some(number) = self.inbox.recv().await {
            axon_core::sleep(seconds(1)).await;
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}
