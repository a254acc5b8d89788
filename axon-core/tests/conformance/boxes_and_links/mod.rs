//! What boxes hold, and in which order it comes out again.

mod chains;
mod limits;
mod running;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon_core::{
    Arrange, Component, Graphline, Inbox, Lent, Outbox, Outboxes, TryRecvError, WiringError,
    yield_now,
};

use crate::common::*;
use crate::parts::*;

/// Declares no boxes.
#[derive(Component, Default)]
struct Nothing;

impl Nothing {
    async fn main(self) {}
}

/// Declares two boxes, and does not ask what the graph wants of it.
#[derive(Component, Default)]
struct TwoBoxes {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl TwoBoxes {
    async fn main(mut self) {
        assert_eq!(self.inbox.waiting(), 0);
        assert_eq!(self.inbox.try_recv(), Err(TryRecvError::Empty));
        assert_eq!(self.inbox.recv().await, None, "nothing is sent");
    }
}

#[test]
fn c01_a_component_has_the_boxes_it_declares_all_empty_and_is_controlled_without_one() {
    let bare = Graphline::new().add("bare", Nothing).build().unwrap();
    let snapshot = bare.snapshot();
    let shown = snapshot.component("bare").unwrap();
    assert!(shown.inboxes.is_empty() && shown.outboxes.is_empty());
    bare.run().unwrap();

    in_any_order(|order| {
        let (inside, told) = (Inside::default(), Notes::new());
        let (conductor, notes) = (inside.clone(), told.clone());
        let stops = acts(async move |mine| {
            a_while().await;
            drop(mine);
            conductor.handle().stop();
        });
        let follows = acts(async move |mut mine| notes.add(mine.inbox.recv().await));
        let graph = Graphline::new()
            .add("stops", stops)
            .add("two", TwoBoxes::default())
            .add("follows", follows)
            .link("stops.outbox", "two.inbox")
            .link("two.outbox", "follows.inbox");
        order.run_built(inside.build(graph)).unwrap();
        assert_eq!(told.take(), [None], "the end of one is told to the next");
    });
}

#[test]
fn c02_a_thousand_messages_through_one_link_arrive_in_order_none_lost_none_doubled() {
    in_any_order(|order| {
        for (from, to) in ANYWHERE.into_iter().flat_map(|a| ANYWHERE.map(|b| (a, b))) {
            let collected = Collected::default();
            let collect = Collect { into: collected.clone(), ..Collect::default() };
            let graph = Graphline::new()
                .add("count", from.put(Count::to(1_000)))
                .add("collect", to.put(collect))
                .link_with(order.pick(&[64, 1, 2, 1_000]), "count.outbox", "collect.inbox");
            order.run(graph).unwrap();
            assert_eq!(contents(&collected), (0..1_000).collect::<Vec<_>>(), "{from:?} {to:?}");
        }
    });
}

#[test]
fn c03_right_after_a_send_returns_the_message_waits_in_the_inbox() {
    let itself = acts(async |mut mine| {
        for already in 0..10 {
            mine.outbox.send(already as u64).await.unwrap();
            assert_eq!(mine.inbox.waiting(), already + 1);
        }
    });
    let graph = Graphline::new().add("itself", itself).link("itself.outbox", "itself.inbox");
    graph.run().unwrap();

    in_any_order(|order| {
        let sent = Arc::new(AtomicU64::new(0));
        let so_far = sent.clone();
        let sends = acts(async move |mut mine| {
            for number in 1..=50 {
                mine.outbox.send(number).await.unwrap();
                sent.store(number, Ordering::SeqCst);
                yield_now().await;
            }
        });
        let looks = acts(async move |mut mine| {
            let mut taken = 0;
            for turn in 0.. {
                let sent = so_far.load(Ordering::SeqCst);
                assert!(taken + mine.inbox.waiting() as u64 >= sent, "{sent} were sent");
                if turn % 3 == 0 && mine.inbox.try_recv().is_ok() {
                    taken += 1;
                }
                if taken == 50 {
                    break;
                }
                yield_now().await;
            }
        });
        let graph = Graphline::new()
            .add("sends", sends)
            .add("looks", order.pick(&ANYWHERE).put(looks))
            .link("sends.outbox", "looks.inbox");
        order.run(graph).unwrap();
    });
}

#[test]
fn c04_taking_from_an_empty_inbox_without_waiting_fails_and_does_not_block() {
    // Nobody else could end a wait for what the component itself will send.
    let awaits = acts(async |mut mine| {
        assert_eq!(mine.inbox.try_recv(), Err(TryRecvError::Empty));
        mine.outbox.send(1).await.unwrap();
        assert_eq!(mine.inbox.try_recv(), Ok(1));
        drop(mine.outbox);
        assert_eq!(mine.inbox.try_recv(), Err(TryRecvError::Finished));
    });
    let threaded = blocks(|mut mine| {
        assert_eq!(mine.inbox.try_recv(), Err(TryRecvError::Empty));
        mine.outbox.send_blocking(1).unwrap();
        assert_eq!(mine.inbox.try_recv(), Ok(1));
        drop(mine.outbox);
        assert_eq!(mine.inbox.try_recv(), Err(TryRecvError::Finished));
    });
    let graph = Graphline::new()
        .add("awaits", awaits)
        .add("threaded", threaded)
        .link("awaits.outbox", "awaits.inbox")
        .link("threaded.outbox", "threaded.inbox");
    in_time(|| graph.run().map(drop)).unwrap();
}

#[test]
fn c05_what_is_sent_while_no_link_leaves_the_outbox_is_gone_also_when_one_does_later() {
    in_any_order(|order| {
        let collected = Collected::default();
        let into = collected.clone();
        let home = order.pick(&ANYWHERE);
        let parent = acts(async move |mut mine| {
            assert!(!mine.outbox.is_taken());
            mine.outbox.send(1).await.unwrap();
            mine.outbox.send(2).await.unwrap();
            let child = Collect { into, ..Collect::default() };
            let graph = Graphline::new().link(&mine.outbox, &child.inbox);
            let lent = Lent::default().outbox(&mut mine.outbox);
            mine.control.adopt_linked(graph.add("child", home.put(child)), lent).unwrap();
            mine.outbox.send(3).await.unwrap();
        });
        order.run(Graphline::new().add("parent", parent)).unwrap();
        assert_eq!(contents(&collected), [3]);
    });
}

/// One outbox for each name.
#[derive(Component)]
struct Family {
    outboxes: Outboxes<u64>,
}

impl Family {
    async fn main(self) {}
}

#[test]
fn c06_a_box_that_does_not_exist_is_an_error_that_names_it() {
    let mistakes = |from: &str, to: &str| {
        let graph = Graphline::new().add("count", Count::to(1)).add("collect", Collect::default());
        graph.link(from, to).build().unwrap_err().to_string()
    };
    let error = mistakes("count.outbx", "collect.inbox");
    assert!(error.contains("`count.outbx`: there is no such outbox"), "{error}");
    let error = mistakes("count.outbox", "collect.in");
    assert!(error.contains("`collect.in`: there is no such inbox"), "{error}");

    let family = Family { outboxes: Outboxes::new(["left", "right"]) };
    let collect = Collect::default();
    let graph = Graphline::new().link(&family.outboxes.named("middle"), &collect.inbox);
    let error = graph.add("family", family).add("collect", collect).build().unwrap_err();
    assert!(error.to_string().contains("`middle`: there is no such outbox"), "{error}");
}

#[test]
fn c07_an_outbox_that_is_linked_cannot_be_linked_again() {
    let graph = Graphline::new()
        .add("count", Count::to(1))
        .add("first", Collect::default())
        .add("second", Collect::default())
        .link("count.outbox", "first.inbox")
        .link("count.outbox", "second.inbox");
    let errors = graph.build().unwrap_err();
    let twice = WiringError::LinkedTwice { from: "count.outbox".into() };
    assert_eq!(errors.iter().collect::<Vec<_>>(), [&twice]);
}

#[test]
fn c08_two_sources_feed_one_inbox_each_in_order() {
    in_any_order(|order| {
        let (collected, bound) = (Collected::default(), order.pick(&[64, 1, 7, 1_000]));
        let evens = acts(async |mut mine| {
            mine.outbox.send_many((0..2_000).step_by(2)).await.unwrap();
        });
        let odds = acts(async |mut mine| {
            for number in (1..2_000).step_by(2) {
                mine.outbox.send(number).await.unwrap();
            }
        });
        let graph = Graphline::new()
            .add("evens", evens)
            .add("odds", order.pick(&ANYWHERE).put(odds))
            .add("collect", Collect { into: collected.clone(), ..Collect::default() }.on("apart"))
            .link_with(bound, "evens.outbox", "collect.inbox")
            .link_with(bound, "odds.outbox", "collect.inbox");
        order.run(graph).unwrap();
        let of_rest = |rest| contents(&collected).into_iter().filter(move |n| n % 2 == rest);
        assert!(of_rest(0).eq((0..2_000).step_by(2)));
        assert!(of_rest(1).eq((1..2_000).step_by(2)));
    });
}
