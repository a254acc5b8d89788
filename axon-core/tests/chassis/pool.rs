//! Several of a kind that share the work.

use std::num::NonZero;

use axon_core::{Closed, Component, Graphline, Inbox, Outbox, Pipeline, Section, pool, sleep};

use super::common::*;
use super::parts::*;

fn three() -> NonZero<usize> {
    NonZero::new(3).unwrap()
}

/// Takes its time over each message, and puts its mark on it.
#[derive(Component)]
struct Works {
    seconds: u64,
    mark: u64,
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Works {
    fn of(seconds: u64, mark: u64) -> Self {
        Works { seconds, mark, inbox: Inbox::new(), outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            sleep(seconds(self.seconds)).await;
            self.outbox.send(self.mark + number).await?;
        }
        Ok(())
    }
}

/// Deals so many numbers to these.
fn dealt(limit: u64, workers: Section<u64, u64>, into: Collected) -> Graphline {
    Graphline::from(
        Section::source(Count::to(limit)).then(workers).then(Section::sink(collect(into))),
    )
}

#[test]
fn each_message_goes_to_one_of_them_wherever_they_run() {
    let graph = |into| {
        let worker = |number: usize| match number {
            1 => Pipeline::open(ThreadedPass::default()),
            _ => Pipeline::open(Pass::default()).on(&format!("worker {number}")),
        };
        dealt(300, pool(three(), worker), into)
    };
    for_seeds(0..100, graph, |mut got| {
        got.sort_unstable();
        assert_eq!(got, (0..300).collect::<Vec<_>>());
    });
}

#[test]
fn who_has_nothing_to_do_is_given_the_next() {
    in_time(|| {
        for seed in 0..50 {
            let into = Collected::default();
            let workers = pool(three(), |number| Works::of(10, 1_000 * number as u64));
            let run = dealt(3, workers, into.clone()).run_seeded(seed);
            run.result.unwrap();
            assert_eq!(run.trace.elapsed, seconds(10), "seed {seed}: they work side by side");
            let mut marks: Vec<u64> = contents(&into).iter().map(|got| got / 1_000).collect();
            marks.sort_unstable();
            assert_eq!(marks, [1, 2, 3], "seed {seed}");
        }
    });
}

#[test]
fn who_is_at_work_is_not_given_the_next_while_somebody_else_has_nothing_to_do() {
    in_time(|| {
        for seed in 0..50 {
            let workers = pool(three(), |_| Works::of(10, 0));
            let source = Section::source(Script::of(&[(1, 1), (2, 2), (3, 3)], 3));
            let graph = source.then(workers).then(Section::sink(collect(Collected::default())));
            let run = Graphline::from(graph).run_seeded(seed);
            run.result.unwrap();
            assert_eq!(run.trace.elapsed, seconds(13), "seed {seed}");
        }
    });
}

#[test]
fn a_slow_one_keeps_no_more_from_the_others_than_one_message() {
    let graph = |into| {
        let slow = |number| Works::of(if number == 1 { 1_000 } else { 1 }, 1_000 * number as u64);
        dealt(100, pool(three(), slow), into)
    };
    for_seeds(0..50, graph, |got| {
        assert_eq!(got.len(), 100);
        let slow = got.iter().filter(|number| **number / 1_000 == 1).count();
        assert_eq!(slow, 2, "one in hand, and one ahead");
    });
}

#[test]
fn one_that_has_ended_gets_no_more_and_when_all_have_the_rest_is_not_awaited() {
    let graph = |into| {
        let some = pool(three(), |number| Take::only(if number == 1 { 2 } else { 1_000 }, 0));
        dealt(300, some, into)
    };
    for_seeds(0..50, graph, |got| assert!((299..=300).contains(&got.len()), "{}", got.len()));
    let graph = |into| dealt(u64::MAX, pool(three(), |_| Take::only(5, 0)), into);
    for_seeds(0..50, graph, |got| assert_eq!(got.len(), 15));
}
