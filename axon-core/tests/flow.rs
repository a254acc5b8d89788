//! Messages: none lost, none doubled, in order, never more under way than the boxes hold.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon_core::{Asked, Closed, Component, Control, Graphline, Inbox, Outbox, Pipeline};
use common::*;

fn numbers(limit: u64) -> Vec<u64> {
    (0..limit).collect()
}

#[test]
fn a_pipeline_delivers_everything_in_order() {
    let collect = Collect::default();
    let into = collect.into.clone();
    Pipeline::new(Count::to(1_000)).then(Pass::default()).then(collect).run().unwrap();
    assert_eq!(contents(&into), numbers(1_000));
}

#[test]
fn batches_of_any_size_arrive_whole_and_in_order() {
    let collect = Collect::default();
    let into = collect.into.clone();
    let (count, pass) = (Count::to(1_000), BatchPass::default());
    Graphline::new()
        .link_with(7, &count.outbox, &pass.inbox)
        .link_with(3, &pass.outbox, &collect.inbox)
        .add("count", count)
        .add("pass", pass)
        .add("collect", collect)
        .run()
        .unwrap();
    assert_eq!(contents(&into), numbers(1_000));
}

#[test]
fn a_box_of_one_passes_everything() {
    let collect = Collect::default();
    let into = collect.into.clone();
    let (count, pass) = (Count::to(500), Pass::default());
    Graphline::new()
        .link_with(1, &count.outbox, &pass.inbox)
        .link_with(1, &pass.outbox, &collect.inbox)
        .add("count", count)
        .add("pass", pass)
        .add("collect", collect)
        .run()
        .unwrap();
    assert_eq!(contents(&into), numbers(500));
}

#[test]
fn threads_and_shared_workers_exchange_everything_in_order() {
    for capacity in [1, 2, 64] {
        let collect = ThreadedCollect::default();
        let into = collect.into.clone();
        let (count, pass, threaded) =
            (ThreadedCount::to(5_000), Pass::default(), ThreadedPass::default());
        let again = BatchPass::default();
        Graphline::new()
            .link_with(capacity, &count.outbox, &pass.inbox)
            .link_with(capacity, &pass.outbox, &threaded.inbox)
            .link_with(capacity, &threaded.outbox, &again.inbox)
            .link_with(capacity, &again.outbox, &collect.inbox)
            .add("count", count)
            .add("pass", pass)
            .add("threaded", threaded)
            .add("again", again)
            .add("collect", collect)
            .run()
            .unwrap();
        assert_eq!(contents(&into), numbers(5_000), "boxes of {capacity}");
    }
}

#[test]
fn an_inbox_with_several_senders_gets_all_of_each_in_its_order_and_then_finishes() {
    let collect = Collect::default();
    let into = collect.into.clone();
    let mut graph = Graphline::new();
    for sender in 0..5 {
        let pass = Offset { by: sender * 1_000, ..Offset::default() };
        let count = Count::to(300);
        graph = graph
            .link(&count.outbox, &pass.inbox)
            .link(&pass.outbox, &collect.inbox)
            .add(format!("count {sender}"), count)
            .add(format!("offset {sender}"), pass);
    }
    graph.add("collect", collect).run().unwrap();
    let got = contents(&into);
    assert_eq!(got.len(), 1_500);
    for sender in 0..5 {
        let of_one: Vec<u64> = got.iter().copied().filter(|n| n / 1_000 == sender).collect();
        let sent: Vec<u64> = (0..300).map(|n| n + sender * 1_000).collect();
        assert_eq!(of_one, sent);
    }
}

#[derive(Component, Default)]
struct Offset {
    by: u64,
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Offset {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number + self.by).await?;
        }
        Ok(())
    }
}

/// Counts how far it is ahead of whoever confirms.
#[derive(Component)]
struct Ahead {
    confirmed: Arc<AtomicU64>,
    furthest: Arc<AtomicU64>,
    pub outbox: Outbox<u64>,
}

impl Ahead {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..1_000 {
            self.outbox.send(number).await?;
            let ahead = number + 1 - self.confirmed.load(Ordering::Relaxed);
            self.furthest.fetch_max(ahead, Ordering::Relaxed);
        }
        Ok(())
    }
}

#[derive(Component)]
struct Confirm {
    confirmed: Arc<AtomicU64>,
    pub inbox: Inbox<u64>,
}

impl Confirm {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {
            self.confirmed.fetch_add(1, Ordering::Relaxed);
            axon_core::yield_now().await;
        }
    }
}

#[test]
fn a_sender_is_never_further_ahead_than_its_box() {
    let confirmed = Arc::new(AtomicU64::new(0));
    let furthest = Arc::new(AtomicU64::new(0));
    let ahead =
        Ahead { confirmed: confirmed.clone(), furthest: furthest.clone(), outbox: Outbox::new() };
    let confirm = Confirm { confirmed, inbox: Inbox::new() };
    Graphline::new()
        .link_with(5, &ahead.outbox, &confirm.inbox)
        .add("ahead", ahead)
        .add("confirm", confirm)
        .run()
        .unwrap();
    // Five in the box and one just taken out, not yet confirmed.
    assert!(furthest.load(Ordering::Relaxed) <= 6, "{furthest:?}");
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
fn an_endless_source_ends_when_nobody_listens_any_more() {
    Pipeline::new(Count::to(u64::MAX))
        .then(Pass::default())
        .then(FirstOnly::default())
        .run()
        .unwrap();
    Pipeline::new(ThreadedCount::to(u64::MAX)).then(FirstOnly::default()).run().unwrap();
}

#[test]
fn a_loose_optional_outbox_drops_what_it_is_given() {
    #[derive(Component, Default)]
    struct Talker {
        #[optional]
        outbox: Outbox<u64>,
    }
    impl Talker {
        async fn main(mut self) -> Result<(), Closed> {
            self.outbox.send_many(0..100).await?;
            self.outbox.send(1).await
        }
    }
    Graphline::new().add("talker", Talker::default()).run().unwrap();
}

/// Sends a message for each number, after so many turns; then ends, or stays.
#[derive(Component)]
struct Script {
    outbox: Outbox<u64>,
    control: Control,
    after_turns: Vec<usize>,
    stays: bool,
}

impl Script {
    async fn main(mut self) -> Result<(), Closed> {
        for turns in self.after_turns {
            for _ in 0..turns {
                axon_core::yield_now().await;
            }
            self.outbox.send(turns as u64).await?;
        }
        if self.stays {
            self.control.until_asked(Asked::Stop).await;
        }
        Ok(())
    }
}

/// Takes two batches, lets others go on, and says which message came next.
#[derive(Component, Default)]
struct Third {
    inbox: Inbox<u64>,
}

impl Third {
    async fn main(mut self) -> Result<(), String> {
        let mut batch = Vec::new();
        self.inbox.recv_many(&mut batch, 2).await;
        self.inbox.recv_many(&mut batch, 2).await;
        for _ in 0..5 {
            axon_core::yield_now().await;
        }
        Err(format!("{:?}", self.inbox.recv().await))
    }
}

// The look at the other senders once went wrong when one was found to have ended on the way.
#[test]
fn a_sender_that_has_ended_hides_no_other_sender_s_message() {
    let script = |after_turns: &[usize], stays| Script {
        outbox: Outbox::new(),
        control: Control::default(),
        after_turns: after_turns.to_vec(),
        stays,
    };
    let third = Third::default();
    let ends = script(&[0], false);
    let sends = script(&[0, 3], true);
    let (silent, other) = (script(&[], true), script(&[], true));
    let graph = Graphline::new()
        .link(&ends.outbox, &third.inbox)
        .link(&sends.outbox, &third.inbox)
        .link(&silent.outbox, &third.inbox)
        .link(&other.outbox, &third.inbox)
        .add("ends", ends)
        .add("sends", sends)
        .add("silent", silent)
        .add("other", other)
        .add("third", third);
    let error = in_time(|| graph.run().map(drop)).unwrap_err();
    assert_eq!(error.to_string(), "component `third` failed: Some(3)");
}
