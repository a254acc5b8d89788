//! Components that only answer each message.

mod common;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use axon_core::{
    Asked, Closed, Component, Control, Graphline, Handler, Handling, Inbox, Out, Outbox, Outcome,
    Pipeline, RunError, TryHandler, handle, try_handle,
};
use common::*;

/// Sends each number so many times, and at the end how many numbers there were.
struct Repeat {
    times: usize,
    handled: u64,
}

impl Repeat {
    fn times(times: usize) -> Handling<Self> {
        Handling::new(Repeat { times, handled: 0 })
    }
}

impl Handler for Repeat {
    type In = u64;
    type Out = u64;

    fn on(&mut self, number: u64, out: &mut Out<u64>) {
        self.handled += 1;
        out.send_many(std::iter::repeat_n(number, self.times));
    }

    fn at_end(&mut self, out: &mut Out<u64>) {
        out.send(self.handled);
    }
}

fn repeated(limit: u64, times: usize) -> Vec<u64> {
    let numbers = (0..limit).flat_map(|number| std::iter::repeat_n(number, times));
    numbers.chain([limit]).collect()
}

#[test]
fn answers_arrive_whole_in_order_and_the_last_word_last() {
    for (capacity, times) in [(1, 1), (1, 3), (3, 0), (64, 1), (64, 300), (1_000, 2)] {
        let collect = Collect::default();
        let into = collect.into.clone();
        let (count, repeat) = (Count::to(1_000), Repeat::times(times));
        Graphline::new()
            .link_with(capacity, &count.outbox, &repeat.inbox)
            .link_with(capacity, &repeat.outbox, &collect.inbox)
            .add("count", count)
            .add("repeat", repeat)
            .add("collect", collect)
            .run()
            .unwrap();
        assert_eq!(contents(&into), repeated(1_000, times), "boxes of {capacity}, {times} times");
    }
}

#[test]
fn a_handler_between_threads_passes_everything_in_order() {
    let collect = ThreadedCollect::default();
    let into = collect.into.clone();
    Pipeline::new(ThreadedCount::to(20_000)).then(Repeat::times(2)).then(collect).run().unwrap();
    assert_eq!(contents(&into), repeated(20_000, 2));
}

/// Takes one message a turn, and notes how far the handler is ahead of it.
#[derive(Component)]
struct Slow {
    pub inbox: Inbox<u64>,
    handled: Arc<AtomicU64>,
    furthest: Arc<AtomicU64>,
}

impl Slow {
    async fn main(mut self) {
        let mut taken = 0;
        while self.inbox.recv().await.is_some() {
            taken += 1;
            let ahead = (3 * self.handled.load(Ordering::Relaxed)).saturating_sub(taken);
            self.furthest.fetch_max(ahead, Ordering::Relaxed);
            axon_core::yield_now().await;
        }
    }
}

#[test]
fn a_handler_is_given_no_more_while_there_is_no_room_for_its_answers() {
    let (handled, furthest) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let seen = handled.clone();
    let triple = handle(move |number: u64, out| {
        seen.fetch_add(1, Ordering::Relaxed);
        out.send_many([number; 3]);
    });
    let slow = Slow { inbox: Inbox::new(), handled, furthest: furthest.clone() };
    let count = Count::to(2_000);
    Graphline::new()
        .link_with(1_000, &count.outbox, &triple.inbox)
        .link_with(10, &triple.outbox, &slow.inbox)
        .add("count", count)
        .add("triple", triple)
        .add("slow", slow)
        .run()
        .unwrap();
    // Ten in the box, and fewer than 128 in `Out` before the last message added three.
    assert!(furthest.load(Ordering::Relaxed) <= 10 + 127 + 3, "{furthest:?}");
}

/// Sends numbers until it is asked to finish.
#[derive(Component)]
struct UntilFinish {
    pub outbox: Outbox<u64>,
    control: Control,
    sent: Arc<AtomicU64>,
}

impl UntilFinish {
    async fn main(mut self) -> Result<(), Closed> {
        while self.control.asked() < Asked::Finish {
            self.outbox.send(self.sent.fetch_add(1, Ordering::Relaxed)).await?;
        }
        Ok(())
    }
}

#[test]
fn a_graph_that_is_asked_to_finish_has_all_its_messages_answered() {
    let sent = Arc::new(AtomicU64::new(0));
    let source =
        UntilFinish { outbox: Outbox::new(), control: Control::default(), sent: sent.clone() };
    let collect = Collect::default();
    let into = collect.into.clone();
    let graph = Pipeline::new(source).then(Repeat::times(1)).then(collect).build().unwrap();
    let handle = graph.handle();
    let run = thread::spawn(|| graph.run().map(drop));
    while sent.load(Ordering::Relaxed) < 1_000 {
        thread::yield_now();
    }
    handle.finish();
    in_time(|| run.join()).unwrap().unwrap();
    assert_eq!(contents(&into), repeated(sent.load(Ordering::Relaxed), 1));
}

/// Takes one message and leaves.
#[derive(Component, Default)]
struct FirstOnly {
    pub inbox: Inbox<u64>,
}

impl FirstOnly {
    async fn main(mut self) {
        self.inbox.recv().await;
    }
}

#[test]
fn a_handler_ends_when_nobody_takes_its_answers_any_more() {
    let run = |times| {
        in_time(move || {
            Pipeline::new(Count::to(u64::MAX))
                .then(Repeat::times(times))
                .then(FirstOnly::default())
                .run()
                .map(drop)
        })
    };
    run(1).unwrap();
    run(500).unwrap();
}

#[test]
fn a_handler_with_nothing_to_say_ends_too_when_nobody_would_listen() {
    in_time(|| {
        let first_only = handle(|number: u64, out| {
            if number == 0 {
                out.send(number);
            }
        });
        Pipeline::new(Count::to(u64::MAX)).then(first_only).then(FirstOnly::default()).run()
    })
    .unwrap();
}

#[test]
fn a_stop_ends_a_handler_that_waits_for_room() {
    /// Never looks into its box.
    #[derive(Component, Default)]
    struct Deaf {
        pub inbox: Inbox<u64>,
        control: Control,
    }
    impl Deaf {
        async fn main(self) {
            self.control.until_asked(Asked::Stop).await;
        }
    }
    let handled = Arc::new(AtomicU64::new(0));
    let seen = handled.clone();
    let pass = handle(move |number: u64, out| {
        seen.fetch_add(1, Ordering::Relaxed);
        out.send(number);
    });
    let graph =
        Pipeline::new(Count::to(u64::MAX)).then(pass).then(Deaf::default()).build().unwrap();
    let handle = graph.handle();
    let run = thread::spawn(|| graph.run().map(drop));
    while handled.load(Ordering::Relaxed) < 64 {
        thread::yield_now();
    }
    handle.stop();
    in_time(|| run.join()).unwrap().unwrap();
    assert!(handled.load(Ordering::Relaxed) < 64 + 128 + 16, "{handled:?}");
}

/// Answers with ten numbers, and breaks.
struct Breaks;

impl TryHandler for Breaks {
    type In = u64;
    type Out = u64;
    type Error = String;

    fn try_on(&mut self, number: u64, out: &mut Out<u64>) -> Result<(), String> {
        out.send_many(0..10);
        Err(format!("{number} is one too many"))
    }
}

#[test]
fn an_error_names_its_component_after_the_answers_from_before_it() {
    let (count, breaks, collect) = (Count::to(3), Handling::new(Breaks), Collect::default());
    let into = collect.into.clone();
    let error = Graphline::new()
        .link_with(1, &count.outbox, &breaks.inbox)
        .link_with(1, &breaks.outbox, &collect.inbox)
        .add("count", count)
        .add("breaks", breaks)
        .add("collect", collect)
        .run()
        .unwrap_err();
    assert_eq!(error.to_string(), "component `breaks` failed: 0 is one too many");
    // The failure stops the others, so the one message in the last box may stay there.
    assert_eq!(contents(&into)[..9], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn an_error_is_not_hidden_by_nobody_taking_the_answers_before_it() {
    let (count, breaks, first) = (Count::to(3), Handling::new(Breaks), FirstOnly::default());
    let error = Graphline::new()
        .link_with(1, &count.outbox, &breaks.inbox)
        .link_with(1, &breaks.outbox, &first.inbox)
        .add("count", count)
        .add("breaks", breaks)
        .add("first", first)
        .run()
        .unwrap_err();
    assert_eq!(error.to_string(), "component `breaks` failed: 0 is one too many");
}

#[test]
fn an_error_at_the_end_is_a_failure_and_closed_is_a_normal_end() {
    struct Counts(u64);
    impl TryHandler for Counts {
        type In = u64;
        type Out = Infallible;
        type Error = String;
        fn try_on(&mut self, _number: u64, _out: &mut Out<Infallible>) -> Result<(), String> {
            self.0 += 1;
            Ok(())
        }
        fn try_at_end(&mut self, _out: &mut Out<Infallible>) -> Result<(), String> {
            Err(format!("only {}", self.0))
        }
    }
    let error = Pipeline::new(Count::to(3)).then(Handling::new(Counts(0))).run().unwrap_err();
    let RunError::Component { at, report } = error else { panic!("{error}") };
    assert!(
        matches!(report.outcomes().nth(at), Some((_, Outcome::Failed(e))) if e.to_string() == "only 3")
    );

    let enough = try_handle(|number: u64, _: &mut Out<Infallible>| match number {
        5.. => Err(Closed),
        _ => Ok(()),
    });
    Pipeline::new(Count::to(u64::MAX)).then(enough).run().unwrap();
}

#[test]
fn only_a_handler_that_sends_nothing_may_have_its_outbox_left_loose() {
    let sum = Arc::new(AtomicU64::new(0));
    let adds = sum.clone();
    let add = handle(move |number: u64, _: &mut Out<Infallible>| {
        adds.fetch_add(number, Ordering::Relaxed);
    });
    Pipeline::new(Count::to(100)).then(add).run().unwrap();
    assert_eq!(sum.load(Ordering::Relaxed), 4_950);

    let pass = handle(|number: u64, out: &mut Out<u64>| out.send(number));
    let error = Pipeline::new(Count::to(100)).then(pass).run().unwrap_err();
    assert!(error.to_string().contains("outbox"), "{error}");
}

#[test]
fn a_panic_in_a_handler_is_its_component_s() {
    let breaks = handle(|_: u64, _: &mut Out<Infallible>| panic!("a bad day"));
    let error = Graphline::new().link("count.outbox", "breaks.inbox");
    let error = error.add("count", Count::to(3)).add("breaks", breaks).run().unwrap_err();
    assert_eq!(error.to_string(), "component `breaks` panicked: a bad day");
}
