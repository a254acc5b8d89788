//! How much boxes hold, and what their senders hear of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axon_core::{
    Graphline, LinkPolicy, Outbox, Outcome, Overflow, RunError, TrySendError, yield_now,
};

use crate::common::*;
use crate::parts::*;

/// Sends without waiting until the box is full; how many fitted, and what was refused.
fn fill(outbox: &mut Outbox<u64>) -> (u64, u64) {
    let mut number = 0;
    loop {
        match outbox.try_send(number) {
            Ok(()) => number += 1,
            Err(TrySendError::Full(refused)) => return (number, refused),
            Err(TrySendError::Closed(_)) => panic!("the receiver has ended"),
        }
    }
}

#[test]
fn c16_a_link_of_five_takes_five_and_the_sixth_send_fails_and_delivers_nothing() {
    in_any_order(|order| {
        let (collected, full) = (Collected::default(), Flag::default());
        let (into, is_full) = (collected.clone(), full.clone());
        let sends = acts(async move |mut mine| {
            assert_eq!(mine.outbox.room(), 5);
            assert_eq!(fill(&mut mine.outbox), (5, 5), "and the sixth is handed back");
            assert_eq!(mine.outbox.room(), 0);
            let failed = mine.outbox.send(6).await;
            full.raise();
            failed
        });
        let takes = acts(async move |mut mine| {
            is_full.raised().await;
            assert_eq!(mine.inbox.waiting(), 5);
            while let Some(number) = mine.inbox.recv().await {
                into.lock().unwrap().push(number);
            }
        });
        let graph = Graphline::new()
            .add("sends", order.pick(&ANYWHERE).put(sends))
            .add("takes", takes)
            .link_with(LinkPolicy::fail(5), "sends.outbox", "takes.inbox");
        let error = order.run(graph).unwrap_err();
        let RunError::Component { report, .. } = error else { panic!("{error}") };
        let Some(Outcome::Failed(cause)) = report.outcome("sends") else { panic!("it failed") };
        let overflow: &Overflow = cause.downcast_ref().unwrap();
        assert_eq!((overflow.size, overflow.limit), (5, 5));
        assert!(!contents(&collected).contains(&6));
    });
}

#[test]
fn c17_after_three_are_taken_from_a_full_link_of_five_exactly_three_more_fit() {
    in_any_order(|order| {
        let (full, taken, done) = (Flag::default(), Flag::default(), Flag::default());
        let (is_full, are_taken, is_done) = (full.clone(), taken.clone(), done.clone());
        let sends = acts(async move |mut mine| {
            assert_eq!(fill(&mut mine.outbox).0, 5);
            full.raise();
            are_taken.raised().await;
            assert_eq!(fill(&mut mine.outbox).0, 3);
            done.raise();
        });
        let takes = acts(async move |mut mine| {
            is_full.raised().await;
            for expected in 0..3 {
                assert_eq!(mine.inbox.recv().await, Some(expected));
            }
            taken.raise();
            is_done.raised().await;
            assert_eq!(mine.inbox.waiting(), 5);
        });
        let policies = [LinkPolicy::wait(5), LinkPolicy::fail(5)];
        let graph = Graphline::new()
            .add("sends", order.pick(&ANYWHERE).put(sends))
            .add("takes", takes)
            .link_with(order.pick(&policies), "sends.outbox", "takes.inbox");
        order.run(graph).unwrap();
    });
}

/// How many messages fit into a box through graphs that have limits of their own.
fn fitting_through_chain(order: Order) -> u64 {
    let (filled, fitting) = (Flag::default(), Notes::new());
    let (is_filled, fitted) = (filled.clone(), fitting.clone());
    let sends = acts(async move |mut mine| {
        fitted.add(fill(&mut mine.outbox).0);
        filled.raise();
    });
    let takes = acts(async move |mine| {
        is_filled.raised().await;
        drop(mine);
    });
    let source = Graphline::new().add("sends", sends);
    let source = source.link_with(3, "sends.outbox", "self.outbox");
    let sink = Graphline::new().add("takes", takes).link_with(2, "self.inbox", "takes.inbox");
    let graph = Graphline::new().nest("source", source).nest("sink", sink);
    order.run(graph.link_with(9, "source.outbox", "sink.inbox")).unwrap();
    fitting.take()[0]
}

#[test]
fn c18_of_a_chain_only_the_limit_of_the_link_itself_counts() {
    in_any_order(|order| assert_eq!(fitting_through_chain(order), 9));
}

#[test]
fn c18_a_chain_that_is_cut_and_linked_anew_further_in_has_the_limit_it_has_there() {
    in_any_order(|order| {
        let (inside, done) = (Inside::default(), Flag::default());
        let (conductor, is_done) = (inside.clone(), done.clone());
        let sends = acts(async move |mut mine| {
            until(|| conductor.lives("sink/takes")).await;
            assert_eq!(mine.outbox.room(), 9);
            conductor.handle().unlink("source/sends.outbox").unwrap();
            let (from, to) = ("source/sends.outbox", "sink/takes.inbox");
            conductor.handle().link_with(2, from, to).unwrap();
            let fitting = (0..).take_while(|number| mine.outbox.try_send(*number).is_ok());
            assert_eq!(fitting.count(), 2);
            done.raise();
        });
        let takes = acts(async move |mut mine| {
            is_done.raised().await;
            assert_eq!(mine.inbox.recv().await, Some(0));
            assert_eq!(mine.inbox.recv().await, Some(1));
            assert_eq!(mine.inbox.recv().await, None);
        });
        let source = Graphline::new().add("sends", order.pick(&ANYWHERE).put(sends));
        let source = source.link_with(4, "sends.outbox", "self.outbox");
        let sink = Graphline::new().add("takes", takes).link_with(5, "self.inbox", "takes.inbox");
        let graph = Graphline::new().nest("source", source).nest("sink", sink);
        let graph = graph.link_with(9, "source.outbox", "sink.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c19_four_senders_each_fill_their_own_link_and_through_addresses_one_box_together() {
    in_any_order(|order| {
        let (fitted, full) = (Notes::new(), Arc::new(AtomicUsize::new(0)));
        let sends = || {
            let (fitted, full) = (fitted.clone(), full.clone());
            acts(async move |mut mine| {
                fitted.add(fill(&mut mine.outbox).0);
                full.fetch_add(1, Ordering::SeqCst);
            })
        };
        let all_full = full.clone();
        let takes = acts(async move |mut mine| {
            until(|| all_full.load(Ordering::SeqCst) == 4).await;
            assert_eq!(mine.inbox.waiting(), 20);
        });
        let both = Graphline::new().add("c", sends()).add("d", sends());
        let both = both.link("c.outbox", "self.outbox").link("d.outbox", "self.outbox");
        let graph = Graphline::new()
            .add("a", sends())
            .add("b", order.pick(&ANYWHERE).put(sends()))
            .nest("both", both)
            .add("takes", takes)
            .link_with(5, "a.outbox", "takes.inbox")
            .link_with(5, "b.outbox", "takes.inbox")
            .link_with(5, "both.outbox", "takes.inbox");
        order.run(graph).unwrap();
        assert_eq!(fitted.take(), [5; 4]);
    });

    in_any_order(|order| {
        let (fitted, full) = (Notes::new(), Notes::new());
        let all_full = full.clone();
        let mut takes = acts(async move |mut mine| {
            until(|| all_full.len() == 4).await;
            assert_eq!(mine.inbox.waiting(), 128);
        });
        let address = takes.own.inbox.address();
        let sends = || {
            let (address, fitted, full) = (address.clone(), fitted.clone(), full.clone());
            acts(async move |_mine| {
                let mut count = 0;
                while address.try_send(0).is_ok() {
                    count += 1;
                    yield_now().await;
                }
                fitted.add(count);
                full.add(address.try_send(0));
            })
        };
        let graph = Graphline::new()
            .add("a", sends())
            .add("b", sends())
            .add("c", sends())
            .add("d", order.pick(&ANYWHERE).put(sends()))
            .add("takes", takes);
        order.run(graph).unwrap();
        assert_eq!(full.take(), [Err(TrySendError::Full(0)); 4]);
        assert_eq!(fitted.take().into_iter().sum::<u64>(), 128);
    });
}

#[test]
fn c20_a_limit_that_is_lifted_lets_five_hundred_more_in_at_once_and_after_those_before() {
    in_any_order(|order| {
        let (inside, done) = (Inside::default(), Flag::default());
        let (conductor, is_done) = (inside.clone(), done.clone());
        let sends = acts(async move |mut mine| {
            until(|| conductor.lives("takes")).await;
            for number in 0..5 {
                mine.outbox.try_send(number).unwrap();
            }
            assert_eq!(mine.outbox.try_send(5), Err(TrySendError::Full(5)));
            conductor.handle().unlink("sends.outbox").unwrap();
            let wide = LinkPolicy::wait(500);
            conductor.handle().link_with(wide, "sends.outbox", "takes.inbox").unwrap();
            for number in 5..505 {
                mine.outbox.try_send(number).unwrap();
            }
            assert_eq!(mine.outbox.try_send(505), Err(TrySendError::Full(505)));
            done.raise();
        });
        let takes = acts(async move |mut mine| {
            // Some take what is there before the new link is made, some only when all is there.
            let is_early = matches!(order, Order::Seed(seed) if seed % 2 == 0);
            until(|| is_early || is_done.is_raised()).await;
            let mut taken = Vec::new();
            while mine.inbox.recv_many(&mut taken, 7).await > 0 {
                yield_now().await;
            }
            assert_eq!(taken, (0..505).collect::<Vec<_>>());
        });
        let home = match order {
            Order::AsItComes => Where::Here,
            Order::Seed(_) => order.pick(&ANYWHERE),
        };
        let graph = Graphline::new().add("sends", sends).add("takes", home.put(takes)).link_with(
            5,
            "sends.outbox",
            "takes.inbox",
        );
        order.run_built(inside.build(graph)).unwrap();
    });
}
