//! Panics in what a chassis runs, and in what it is told to make.

use std::time::Duration;

use axon_core::{
    Carousel, Closed, Component, Graphline, Inbox, IntoPart, Outbox, Par, Pipeline, RunError,
    Section, Seq, TimeToLive,
};

use super::{failures, run_each};
use crate::books::ON_PURPOSE;
use crate::common::{Collect, Collected, Count, contents};

/// Passes numbers on, and panics over this one.
#[derive(Component)]
struct Stumbles {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    over: u64,
}

impl Stumbles {
    fn over(over: u64) -> Self {
        Stumbles { inbox: Inbox::new(), outbox: Outbox::new(), over }
    }

    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            assert!(number != self.over, "{ON_PURPOSE}");
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// A chassis that is called `it`, between numbers and one who collects them; alone in its group.
fn between(it: impl IntoPart, is_isolated: bool) -> Graphline {
    let inner = Graphline::new()
        .add("it", it)
        .link("self.inbox", "it.inbox")
        .link("it.outbox", "self.outbox");
    let inner = if is_isolated { inner.isolated() } else { inner };
    Graphline::new()
        .add("count", Count::to(5))
        .nest("inner", inner)
        .add("collect", Collect::default())
        .link("count.outbox", "inner.inbox")
        .link("inner.outbox", "collect.inbox")
}

/// Whoever panics in there is named, and ends the graph, or what is isolated of it.
fn is_told<P: IntoPart>(chassis: impl Fn() -> P, whom: &str) {
    let panicked = format!("inner/it{whom} panicked: {ON_PURPOSE}");
    run_each(
        || between(chassis(), false),
        |result| {
            let error = result.unwrap_err();
            assert!(matches!(error, RunError::Component { .. }), "{error}");
            let said = format!("component `inner/it{whom}` panicked: {ON_PURPOSE}");
            assert_eq!(error.to_string(), said);
        },
    );
    run_each(
        || between(chassis(), true),
        |result| assert_eq!(failures(&result.unwrap()), [panicked.as_str()]),
    );
}

#[test]
fn a_panic_in_what_a_sequence_runs_is_told() {
    is_told(|| Seq::new().then(Stumbles::over(2)).then(Stumbles::over(9)), "/1 Stumbles");
}

#[test]
fn a_panic_in_what_makes_the_next_of_a_sequence_is_the_sequences() {
    fn never() -> Stumbles {
        panic!("{ON_PURPOSE}")
    }
    is_told(|| Seq::new().then_with(never), "");
}

#[test]
fn a_panic_in_what_lives_for_a_time_is_told() {
    is_told(|| TimeToLive::new(Stumbles::over(2), Duration::from_secs(60)), "/Stumbles");
}

/// Says what a carousel is to run next, when the one before has come to its end.
#[derive(Component, Default)]
struct NextWhenAsked {
    pub asked: Inbox<axon_core::Next>,
    pub outbox: Outbox<u64>,
}

impl NextWhenAsked {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..4 {
            if self.asked.recv().await.is_none() {
                break;
            }
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// One that is fed on `next` and has no other feeder.
fn fed(carousel: Carousel<u64, u64, u64>) -> Graphline {
    let next = NextWhenAsked::default();
    Graphline::new()
        .link(&next.outbox, &carousel.next)
        .link(&carousel.request_next, &next.asked)
        .add("next", next)
        .add("it", carousel.asking_first())
}

fn with_collector(inner: Graphline, into: Collected) -> Graphline {
    Graphline::new()
        .nest("inner", inner.link("self.inbox", "it.inbox").link("it.outbox", "self.outbox"))
        .add("count", Count::to(0))
        .add("collect", Collect { into, ..Collect::default() })
        .link("count.outbox", "inner.inbox")
        .link("inner.outbox", "collect.inbox")
}

#[test]
fn a_panic_in_what_makes_the_next_of_a_carousel_is_the_carousels() {
    let make = |number: u64| {
        assert!(number != 2, "{ON_PURPOSE}");
        Section::source(Count::to(number)).taking_no()
    };
    run_each(
        || with_collector(fed(Carousel::new(make)).isolated(), Collected::default()),
        |result| {
            let failed = format!("inner/it panicked: {ON_PURPOSE}");
            assert_eq!(failures(&result.unwrap()), [failed]);
        },
    );
}

#[test]
fn an_isolated_carousel_goes_on_after_each_panic_in_what_it_runs() {
    let into = Collected::default();
    // Of the sections that count to 0, 1, 2 and 3 the last two come to a 1.
    let make = |number: u64| Section::source(Count::to(number)).taking_no().then(Stumbles::over(1));
    run_each(
        || with_collector(fed(Carousel::new(make).isolated()), into.clone()),
        |result| {
            assert_eq!(failures(&result.unwrap()).len(), 2);
            // A panic loses nothing that was sent before it.
            assert_eq!(std::mem::take(&mut *into.lock().unwrap()), [0, 0, 0]);
        },
    );
}

#[test]
fn a_panic_in_one_of_several_side_by_side_is_told() {
    let both = || Par::new().with(Stumbles::over(2)).with(Stumbles::over(9));
    is_told(move || Seq::new().then(both()), "/1 Par/1 Stumbles");
}

#[test]
fn a_panic_in_a_pipeline_is_told_and_those_before_and_after_it_hear() {
    let into = Collected::default();
    run_each(
        || {
            let collect = Collect { into: into.clone(), ..Collect::default() };
            let pipeline = Pipeline::new(Count::to(5)).then(Stumbles::over(2)).then(collect);
            Graphline::new().nest("inner", pipeline.into_graphline().isolated())
        },
        |result| {
            let failed = format!("inner/2 Stumbles panicked: {ON_PURPOSE}");
            assert_eq!(failures(&result.unwrap()), [failed]);
            assert!([0, 1].starts_with(&contents(&into)), "{into:?}");
            into.lock().unwrap().clear();
        },
    );
}
