//! What links do with messages for which there is no room.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axon_core::{
    Closed, Component, Graphline, Inbox, LinkPolicy, Outbox, Outcome, Overflow, RunError,
    ThreadedComponent, TrySendError,
};
use common::*;

/// What arrives of ten numbers that are sent before the first is taken.
fn ten_through(policy: impl Into<LinkPolicy>) -> Vec<u64> {
    let (count, collect) = (Count::to(10), Collect::default());
    let into = collect.into.clone();
    let graph = Graphline::new().link_with(policy, &count.outbox, &collect.inbox);
    graph.add("count", count).add("collect", collect).run().unwrap();
    contents(&into)
}

#[test]
fn the_oldest_messages_make_room_for_the_newest() {
    assert_eq!(ten_through(LinkPolicy::drop_oldest(3)), [7, 8, 9]);
}

#[test]
fn only_the_latest_message_is_kept() {
    assert_eq!(ten_through(LinkPolicy::latest()), [9]);
}

#[test]
fn a_link_that_waits_loses_nothing_whatever_it_weighs() {
    assert_eq!(ten_through(1), (0..10).collect::<Vec<_>>());
    let weighed = LinkPolicy::wait(5).max_bytes(6, |number: &u64| *number as usize);
    assert_eq!(ten_through(weighed), (0..10).collect::<Vec<_>>());
}

#[test]
fn the_oldest_go_by_weight_too() {
    let weighed = LinkPolicy::drop_oldest(9).max_bytes(20, |number: &u64| *number as usize);
    assert_eq!(ten_through(weighed), [8, 9]);
}

#[test]
fn a_link_that_fails_when_full_names_itself_and_its_sender() {
    let (count, collect) = (Count::to(6), Collect::default());
    let graph = Graphline::new().link_with(LinkPolicy::fail(5), &count.outbox, &collect.inbox);
    let error = graph.add("count", count).add("collect", collect).run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "component `count` failed: `count.outbox -> collect.inbox` was full, with 5 of 5 messages, \
         and fails then; take from it faster, let it hold more, or let it wait or drop"
    );
    let RunError::Component { report, .. } = error else { panic!("{error}") };
    let Some(Outcome::Failed(cause)) = report.outcome("count") else { panic!("it failed") };
    let overflow: &Overflow = cause.downcast_ref().expect("it failed by that");
    assert_eq!((overflow.size, overflow.limit), (5, 5));
}

#[test]
fn a_link_can_fail_by_weight_also_between_threads_and_in_batches() {
    let (count, deaf) = (ThreadedCount::to(100), Deaf::default());
    let policy = LinkPolicy::fail(50).max_bytes(12, |_: &u64| 8);
    let graph = Graphline::new().link_with(policy, &count.outbox, &deaf.inbox);
    let graph = graph.add("count", count).add("deaf", deaf);
    let error = in_time(|| graph.run().map(drop)).unwrap_err();
    let text =
        "component `count` failed: `count.outbox -> deaf.inbox` was full, with 8 of 12 bytes";
    assert!(error.to_string().starts_with(text), "{error}");

    let (batches, deaf) = (Batches::default(), Deaf::default());
    let graph = Graphline::new().link_with(LinkPolicy::fail(7), &batches.outbox, &deaf.inbox);
    let graph = graph.add("batches", batches).add("deaf", deaf);
    let error = in_time(|| graph.run().map(drop)).unwrap_err();
    assert!(error.to_string().contains("with 7 of 7 messages"), "{error}");
}

/// Never looks at its inbox, until it is asked to stop.
#[derive(Component, Default)]
struct Deaf {
    inbox: Inbox<u64>,
    control: axon_core::Control,
}

impl Deaf {
    async fn main(self) {
        self.control.until_asked(axon_core::Asked::Stop).await;
    }
}

#[derive(Component, Default)]
struct Batches {
    outbox: Outbox<u64>,
}

impl Batches {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send_many(0..100).await
    }
}

/// Tries until the box is full, gives a turn to its receiver, and tries again.
#[derive(Component)]
struct Tries {
    outbox: Outbox<u64>,
    fitted: Arc<Mutex<Vec<u64>>>,
}

impl Tries {
    async fn main(mut self) -> Result<(), Closed> {
        for _ in 0..2 {
            let room = self.outbox.room();
            let mut count = 0;
            let refused = loop {
                match self.outbox.try_send(count) {
                    Ok(()) => count += 1,
                    Err(refused) => break refused,
                }
            };
            assert_eq!(refused, TrySendError::Full(count));
            // What messages weigh is not known beforehand.
            assert!(count <= room as u64);
            self.fitted.lock().unwrap().push(count);
            axon_core::yield_now().await;
        }
        Ok(())
    }
}

/// Takes three messages, then waits for its sender to end.
#[derive(Component, Default)]
struct Three {
    inbox: Inbox<u64>,
}

impl Three {
    async fn main(mut self) {
        let before = self.inbox.waiting();
        for _ in 0..3 {
            self.inbox.recv().await;
        }
        assert_eq!(self.inbox.waiting(), before - 3);
        axon_core::yield_now().await;
        axon_core::yield_now().await;
    }
}

#[test]
fn after_three_of_five_are_taken_three_more_fit_and_trying_harms_nobody() {
    for policy in [
        LinkPolicy::wait(5),
        LinkPolicy::fail(5),
        LinkPolicy::wait(9).max_bytes(40, |_: &u64| 8),
        LinkPolicy::fail(9).max_bytes(40, |_: &u64| 8),
    ] {
        let fitted = Arc::new(Mutex::new(Vec::new()));
        let tries = Tries { outbox: Outbox::new(), fitted: fitted.clone() };
        let three = Three::default();
        let graph = Graphline::new().link_with(policy, &tries.outbox, &three.inbox);
        graph.add("tries", tries).add("three", three).run().unwrap();
        assert_eq!(*fitted.lock().unwrap(), [5, 3]);
    }
}

/// Sends texts of many lengths, and counts the bytes under way.
#[derive(Component)]
struct Texts {
    outbox: Outbox<String>,
    under_way: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Texts {
    async fn main(mut self) -> Result<(), Closed> {
        for length in (0..30).cycle().take(1_000) {
            self.outbox.send("x".repeat(length)).await?;
            let under_way = self.under_way.fetch_add(length, Ordering::Relaxed) + length;
            self.most.fetch_max(under_way, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[derive(Component)]
struct Reader {
    inbox: Inbox<String>,
    under_way: Arc<AtomicUsize>,
}

impl Reader {
    async fn main(mut self) {
        while let Some(text) = self.inbox.recv().await {
            self.under_way.fetch_sub(text.len(), Ordering::Relaxed);
            axon_core::yield_now().await;
        }
    }
}

#[test]
fn no_more_bytes_are_under_way_than_a_link_may_hold() {
    let (under_way, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let texts = Texts { outbox: Outbox::new(), under_way: under_way.clone(), most: most.clone() };
    let reader = Reader { inbox: Inbox::new(), under_way };
    let policy = LinkPolicy::wait(100).max_bytes(50, |text: &String| text.len());
    let graph = Graphline::new().link_with(policy, &texts.outbox, &reader.inbox);
    graph.add("texts", texts).add("reader", reader).run().unwrap();
    assert!((30..=50).contains(&most.load(Ordering::Relaxed)), "{most:?}");
}

#[test]
fn a_weigher_of_other_messages_is_refused_with_what_to_do() {
    let (count, collect) = (Count::to(1), Collect::default());
    let policy = LinkPolicy::wait(1).max_bytes(10, |text: &String| text.len());
    let errors = Graphline::new()
        .link_with(policy, &count.outbox, &collect.inbox)
        .add("count", count)
        .add("collect", collect)
        .build()
        .unwrap_err();
    assert_eq!(
        errors.to_string(),
        "the graph has a mistake: the link from `count.outbox` to `collect.inbox` carries u64, \
         but `max_bytes` weighs String; give it a function of `&u64`"
    );
}

#[test]
fn every_policy_holds_between_threads() {
    for limit in [1, 2, 64] {
        let policies = [
            LinkPolicy::wait(limit),
            LinkPolicy::wait(limit).max_bytes(100, |_: &u64| 8),
            LinkPolicy::drop_oldest(limit),
            LinkPolicy::latest(),
        ];
        for (which, policy) in policies.into_iter().enumerate() {
            let got = in_time(move || {
                let (count, pass) = (ThreadedCount::to(3_000), Pass::default());
                let collect = ThreadedCollect::default();
                let into = collect.into.clone();
                Graphline::new()
                    .link_with(policy.clone(), &count.outbox, &pass.inbox)
                    .link_with(policy, &pass.outbox, &collect.inbox)
                    .add("count", count)
                    .add("pass", pass)
                    .add("collect", collect)
                    .run()
                    .unwrap();
                contents(&into)
            });
            assert!(got.windows(2).all(|pair| pair[0] < pair[1]), "in order");
            assert_eq!(got.last(), Some(&2_999), "the last is never dropped");
            assert!(which > 1 || got.len() == 3_000, "who waits loses nothing");
        }
    }
}

/// Sends in batches from a thread that shares nothing, to one that is in no hurry.
#[derive(ThreadedComponent, Default)]
struct Eager {
    outbox: Outbox<u64>,
}

impl Eager {
    fn main(mut self) -> Result<(), Closed> {
        (0..1_000).try_for_each(|number| self.outbox.send_blocking(number))
    }
}

#[test]
fn batches_are_taken_from_every_kind_of_link() {
    for policy in [LinkPolicy::drop_oldest(2_000), LinkPolicy::wait(7).max_bytes(9, |_: &u64| 3)] {
        let (eager, pass, collect) = (Eager::default(), BatchPass::default(), Collect::default());
        let into = collect.into.clone();
        let graph = Graphline::new()
            .link_with(policy.clone(), &eager.outbox, &pass.inbox)
            .link_with(policy, &pass.outbox, &collect.inbox)
            .add("eager", eager)
            .add("pass", pass)
            .add("collect", collect);
        in_time(|| graph.run().map(drop)).unwrap();
        assert_eq!(contents(&into), (0..1_000).collect::<Vec<_>>());
    }
}
