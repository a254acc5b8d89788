//! Messages copied, changed, paired, summed up and held back: none lost, none doubled, none out of order.

mod common;

use std::num::NonZero;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use axon_core::{
    Component, Graphline, Inbox, Outcome, Pipeline, ThreadedComponent, Watched, Workbench, sleep,
};
use common::*;
use kamaelia_io::{
    ChunksToLines, Fanout, Fold, LINE_BYTES_MAX, PureTransformer, RateLimit, TwoSourceListifier,
};

/// C63.
#[test]
fn a_fanout_copies_everything_to_exactly_the_named_boxes() {
    let fanout = Fanout::new(["maker", "writer"]);
    let feed = Feed::of(0..200);
    let ((maker, made), (writer, written)) = (Collect::new(), Collect::new());
    Graphline::new()
        .link(&feed.outbox, &fanout.inbox)
        .link(&fanout.to("maker"), &maker.inbox)
        .link(&fanout.to("writer"), &writer.inbox)
        .add("feed", feed)
        .add("fanout", fanout)
        .add("maker", maker)
        .add("writer", writer)
        .run()
        .unwrap();
    let all: Vec<i32> = (0..200).collect();
    assert_eq!((taken(&made), taken(&written)), (all.clone(), all));
}

/// C63.
#[test]
fn a_fanout_has_no_boxes_but_those_it_was_given_names_for() {
    let build = |from: &str| {
        Graphline::new()
            .add("feed", Feed::of([1]))
            .add("fanout", Fanout::<i32>::new(["maker"]))
            .add("collect", Collect::<i32>::new().0)
            .link("feed.outbox", "fanout.inbox")
            .link(from, "collect.inbox")
            .build()
    };
    assert!(build("fanout.maker").is_ok());
    for unknown in ["fanout.outbox", "fanout.signal"] {
        let error = build(unknown).unwrap_err().to_string();
        assert!(error.contains("there is no such outbox"), "{error}");
    }
    let error = Pipeline::new(Feed::of([1]))
        .into_graphline()
        .add("fanout", Fanout::<i32>::new(["loose"]))
        .build()
        .unwrap_err()
        .to_string();
    assert!(error.contains("`fanout.loose`, an outbox of i32, is not linked"), "{error}");
}

/// Notes in which order copies were made.
#[derive(Debug)]
struct Numbered {
    copy: usize,
    copies: Arc<Mutex<usize>>,
}

impl Clone for Numbered {
    fn clone(&self) -> Self {
        let mut copies = self.copies.lock().unwrap();
        *copies += 1;
        Numbered { copy: *copies, copies: self.copies.clone() }
    }
}

/// C63.
#[test]
fn a_fanout_serves_its_boxes_in_the_order_of_their_names_and_gives_the_original_last() {
    let fanout = Fanout::new(["z", "m", "a"]);
    let feed = Feed::of([Numbered { copy: 0, copies: Arc::default() }]);
    let mut graph = Graphline::new().link(&feed.outbox, &fanout.inbox);
    let mut all = Vec::new();
    for name in ["a", "m", "z"] {
        let (collect, into) = Collect::new();
        all.push((name, into));
        graph = graph.link(&fanout.to(name), &collect.inbox).add(name, collect);
    }
    graph.add("feed", feed).add("fanout", fanout).run().unwrap();
    let copies: Vec<(&str, Vec<usize>)> = all
        .iter()
        .map(|(name, into)| (*name, taken(into).iter().map(|got| got.copy).collect()))
        .collect();
    assert_eq!(copies, [("a", vec![0]), ("m", vec![2]), ("z", vec![1])]);
}

#[test]
fn a_fanout_goes_on_for_the_others_when_one_receiver_has_ended() {
    let fanout = Fanout::new(["gone", "stays"]);
    let feed = Feed::of(0..500);
    let (gone, (stays, into)) = (TakeOnly::of(1), Collect::new());
    Graphline::new()
        .link(&feed.outbox, &fanout.inbox)
        .link_with(1, &fanout.to("gone"), &gone.inbox)
        .link(&fanout.to("stays"), &stays.inbox)
        .add("feed", feed)
        .add("fanout", fanout)
        .add("gone", gone)
        .add("stays", stays)
        .run()
        .unwrap();
    assert_eq!(taken(&into), (0..500).collect::<Vec<_>>());
}

#[test]
fn a_fanout_ends_when_all_its_receivers_have() {
    let fanout = Fanout::new(["a", "b"]);
    let endless = Feed::of(0..1_000_000);
    let (a, b) = (TakeOnly::of(1), TakeOnly::of(2));
    let report = Graphline::new()
        .link(&endless.outbox, &fanout.inbox)
        .link(&fanout.to("a"), &a.inbox)
        .link(&fanout.to("b"), &b.inbox)
        .add("endless", endless)
        .add("fanout", fanout)
        .add("a", a)
        .add("b", b)
        .run()
        .unwrap();
    assert!(report.outcomes().all(|(_, outcome)| matches!(outcome, Outcome::Finished)));
}

/// C64.
#[test]
fn a_transformer_drops_what_is_none_and_keeps_the_order() {
    let halves = PureTransformer::new(|number: u32| number.is_multiple_of(2).then_some(number / 2));
    assert_eq!(through(0..1000, halves), (0..500).collect::<Vec<_>>());
}

/// C64.
#[test]
fn a_transformer_works_through_everything_before_it_ends() {
    let mut sum = 0;
    let sums = PureTransformer::map(move |number: u64| {
        sum += number;
        sum
    });
    assert_eq!(through(1..=1000, sums).last(), Some(&500_500));
}

/// Pairs of two sources whose boxes hold so many messages.
fn pairs(a: Vec<u32>, b: Vec<char>, capacity: usize) -> Vec<(u32, char)> {
    let (a, b) = (Feed::of(a), Feed::of(b));
    let (pairs, (collect, into)) = (TwoSourceListifier::new(), Collect::new());
    Graphline::new()
        .link_with(capacity, &a.outbox, &pairs.a)
        .link_with(capacity, &b.outbox, &pairs.b)
        .link(&pairs.outbox, &collect.inbox)
        .add("a", a)
        .add("b", b)
        .add("pairs", pairs)
        .add("collect", collect)
        .run()
        .unwrap();
    taken(&into)
}

/// C66.
#[test]
fn the_nth_of_one_side_is_paired_with_the_nth_of_the_other() {
    let letters: Vec<char> = ('a'..='z').collect();
    let expected: Vec<(u32, char)> = (0..26).zip(letters.iter().copied()).collect();
    for capacity in [1, 2, 100] {
        assert_eq!(pairs((0..26).collect(), letters.clone(), capacity), expected);
        // What one side has too much of is dropped, and nobody waits for it to be taken.
        assert_eq!(pairs((0..1000).collect(), letters.clone(), capacity), expected);
        assert_eq!(pairs((0..3).collect(), letters.clone(), capacity), expected[..3]);
    }
    assert_eq!(pairs(Vec::new(), letters, 1), []);
}

/// C66, where one side hears of each message only after the other has.
#[test]
fn pairs_are_right_when_one_side_goes_the_long_way_round() {
    let (feed, fanout) = (Feed::of(0..300), Fanout::new(["short", "long"]));
    let (first, second) = (PureTransformer::map(|n: i32| n + 1), PureTransformer::map(|n| n * 10));
    let (pairs, (collect, into)) = (TwoSourceListifier::new(), Collect::new());
    Graphline::new()
        .link(&feed.outbox, &fanout.inbox)
        .link_with(1, &fanout.to("short"), &pairs.a)
        .link_with(3, &fanout.to("long"), &first.inbox)
        .link_with(1, &first.outbox, &second.inbox)
        .link_with(2, &second.outbox, &pairs.b)
        .link_with(1, &pairs.outbox, &collect.inbox)
        .add("feed", feed)
        .add("fanout", fanout)
        .add("first", first)
        .add("second", second)
        .add("pairs", pairs)
        .add("collect", collect)
        .run()
        .unwrap();
    assert_eq!(taken(&into), (0..300).map(|n| (n, (n + 1) * 10)).collect::<Vec<_>>());
}

#[test]
fn pairing_ends_when_one_side_has_ended_although_the_other_goes_on() {
    for silent_side in ["a", "b"] {
        let (ends, waits) = (Feed::of([1]), FeedAndWait::of([1]));
        let (pairs, (collect, into)) =
            (TwoSourceListifier::<i32, i32>::new(), Collect::<Option<(i32, i32)>>::new());
        let ending_side = if silent_side == "a" { "b" } else { "a" };
        let running = Running::start(move || {
            Graphline::new()
                .add("ends", ends)
                .add("waits", waits)
                .add("pairs", pairs)
                .add("collect", collect)
                .add("last", StopsAfter::new())
                .link("ends.outbox", &*format!("pairs.{ending_side}"))
                .link("waits.outbox", &*format!("pairs.{silent_side}"))
                .link("pairs.outbox", "last.inbox")
                .link("last.outbox", "collect.inbox")
                .build()
                .unwrap()
        });
        // The source that waits must be told; all others end before that.
        while into.lock().unwrap().len() < 2 {
            std::thread::yield_now();
        }
        running.handle.stop();
        running.end().unwrap();
        assert_eq!(taken(&into), [Some((1, 1)), None]);
    }
}

/// Passes on what comes and says when no more can.
#[derive(axon_core::Component)]
struct StopsAfter {
    inbox: axon_core::Inbox<(i32, i32)>,
    outbox: axon_core::Outbox<Option<(i32, i32)>>,
}

impl StopsAfter {
    fn new() -> Self {
        StopsAfter { inbox: axon_core::Inbox::new(), outbox: axon_core::Outbox::new() }
    }

    async fn main(mut self) -> Result<(), axon_core::Closed> {
        while let Some(pair) = self.inbox.recv().await {
            self.outbox.send(Some(pair)).await?;
        }
        self.outbox.send(None).await
    }
}

#[test]
fn lines_are_the_same_however_their_bytes_are_cut() {
    let text = "one\r\n\ntwo €\nthree\r\r\nlast".as_bytes();
    for size in 1..=text.len() {
        let lines = through(text.chunks(size).map(<[u8]>::to_vec), ChunksToLines::new());
        assert_eq!(lines, ["one", "", "two €", "three", "last"], "in pieces of {size}");
    }
}

#[test]
fn a_line_beyond_the_limit_is_passed_over_however_it_comes() {
    let long = vec![b'x'; LINE_BYTES_MAX + 1];
    let text = [b"a\n", &long[..], b"\nb\n", &long[..LINE_BYTES_MAX], b"\nc\n", &long].concat();
    for size in [1000, text.len()] {
        let lines = through(text.chunks(size).map(<[u8]>::to_vec), ChunksToLines::new());
        let lengths: Vec<usize> = lines.iter().map(String::len).collect();
        assert_eq!(lengths, [1, 1, LINE_BYTES_MAX, 1], "in pieces of {size}");
    }
}

/// Says one thing, and waits until nobody wants to hear more.
#[derive(axon_core::Component, Default)]
struct Patient {
    outbox: axon_core::Outbox<u32>,
}

impl Patient {
    async fn main(mut self) -> Result<(), axon_core::Closed> {
        self.outbox.send(1).await?;
        self.outbox.until_closed().await;
        Ok(())
    }
}

#[test]
fn whoever_waits_before_a_function_hears_that_nobody_takes_what_it_makes() {
    let report = Pipeline::new(Patient::default())
        .then(PureTransformer::map(|number: u32| number + 1))
        .then(TakeOnly::of(1))
        .run()
        .expect("nobody is stuck");
    assert_eq!(report.components(), 3);
}

#[test]
fn a_fold_sends_what_came_of_all_once_and_what_it_began_with_if_nothing_came() {
    let sum = || Fold::new(7, |sum: &mut u64, number: u64| *sum += number);
    assert_eq!(through(0..1000, sum()), [499_507]);
    assert_eq!(through([], sum()), [7]);
}

#[test]
fn a_fold_whose_function_fails_sends_nothing_and_fails_with_its_reason() {
    let even = Fold::trying(0, |sum: &mut u64, number: u64| {
        *sum += number;
        if number.is_multiple_of(2) { Ok(()) } else { Err(format!("{number} is odd")) }
    });
    let (collect, into) = Collect::new();
    let error = Pipeline::new(Feed::of([2, 4, 5])).then(even).then(collect).run().unwrap_err();
    assert!(error.to_string().ends_with("failed: 5 is odd"), "{error}");
    assert!(taken(&into).is_empty());
}

/// Fails when it is told to.
#[derive(ThreadedComponent)]
struct FailsThen {
    told: mpsc::Receiver<()>,
}

impl FailsThen {
    fn main(self) -> Result<(), String> {
        self.told.recv_timeout(AGES).unwrap();
        Err("as planned".to_owned())
    }
}

/// What it has then is not of all messages, and would be taken for that by who is not stopped.
#[test]
fn a_fold_that_is_stopped_sends_nothing() {
    let (tell, told) = mpsc::channel();
    let fold = Fold::new(0, move |count: &mut u64, _: u64| {
        *count += 1;
        tell.send(()).unwrap();
    });
    let (outbox, (collect, into)) = (fold.outbox.handle(), Collect::new());
    let stopped = Pipeline::new(FeedAndWait::of([1])).then(fold).into_graphline();
    let stopped = stopped.add("fails", FailsThen { told }).isolated();
    Graphline::new()
        .link(&outbox, &collect.inbox)
        .nest("stopped", stopped)
        .add("collect", collect)
        .run()
        .unwrap();
    assert!(taken(&into).is_empty());
}

/// Two a second, and three at once after a pause.
fn limit_on_a_bench() -> (Workbench, axon_core::Feed<u32>, Watched<u32>) {
    let [rate, burst] = [2, 3].map(|number| NonZero::new(number).unwrap());
    let limit = RateLimit::per_second(rate).burst(burst);
    let mut bench = Workbench::new();
    let (feed, passed) = (bench.feed(&limit.inbox), bench.watch(&limit.outbox));
    bench.start(limit);
    (bench, feed, passed)
}

#[test]
fn messages_leave_at_the_rate_and_a_pause_saves_up_for_a_burst() {
    let (mut bench, feed, passed) = limit_on_a_bench();
    feed.send_many(1..=10);
    let mut after = |time| {
        bench.advance(Duration::from_millis(time));
        passed.drain().len()
    };
    assert_eq!([after(0), after(499), after(1), after(1000)], [1, 0, 1, 2]);
    assert_eq!(after(60_000), 6);
    feed.send_many(11..=20);
    assert_eq!([after(0), after(499), after(1), after(1000)], [3, 0, 1, 2]);
    assert_eq!(after(60_000), 4);
    drop(feed);
    bench.finish().unwrap();
}

#[test]
fn no_second_has_more_messages_than_its_rate_be_it_no_whole_part_of_one() {
    let limit = RateLimit::per_second(NonZero::new(3).unwrap());
    let mut bench = Workbench::new();
    let (feed, passed) = (bench.feed(&limit.inbox), bench.watch(&limit.outbox));
    bench.start(limit);
    feed.send_many(1..=10);
    bench.advance(Duration::from_nanos(999_999_999));
    assert_eq!(passed.drain(), [1, 2, 3]);
}

#[test]
fn at_the_end_all_that_came_still_passes_in_its_time_and_in_order() {
    let (mut bench, feed, passed) = limit_on_a_bench();
    feed.send_many(1..=5);
    drop(feed);
    bench.advance(Duration::from_secs(1));
    assert_eq!(passed.drain(), [1, 2, 3]);
    bench.advance(Duration::from_secs(1));
    assert_eq!(passed.drain(), [4, 5]);
    bench.finish().unwrap();
}

/// Takes one, and ends half a second later.
#[derive(Component)]
struct EndsSoon {
    inbox: Inbox<u32>,
}

impl EndsSoon {
    async fn main(mut self) {
        self.inbox.recv().await;
        sleep(Duration::from_millis(500)).await;
    }
}

#[test]
fn a_limit_does_not_outlive_its_receiver_by_the_time_of_a_message() {
    let limit = RateLimit::per_second(NonZero::new(1).unwrap());
    let end = EndsSoon { inbox: Inbox::new() };
    let graph = Pipeline::new(Feed::of([1, 2, 3])).then(limit).then(end).into_graphline();
    let run = graph.run_seeded(1);
    run.result.unwrap();
    assert_eq!(run.trace.elapsed, Duration::from_millis(500));
}
