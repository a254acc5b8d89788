//! Components with threads of their own: the same boxes, from another thread.

use std::sync::atomic::Ordering;
use std::thread::{self, ThreadId};
use std::time::Duration;

use axon_core::{
    Asked, Closed, Graphline, HandleError, TakeError, TimedOut, TryRecvError, TrySendError,
    WiringError, now, sleep, timeout, yield_now,
};

use crate::common::*;
use crate::parts::*;

#[test]
fn c39_a_threaded_component_runs_on_a_thread_that_is_neither_the_graphs_nor_anybody_elses() {
    in_any_order(|order| {
        let threads = Notes::<ThreadId>::new();
        let [awaits, threaded, here] = [(); 3].map(|()| threads.clone());
        let awaits = acts(async move |_mine| awaits.add(thread::current().id()));
        let threaded = blocks(move |_mine| threaded.add(thread::current().id()));
        let here = acts(async move |_mine| here.add(thread::current().id()));
        let graph = Graphline::new()
            .add("awaits", Where::OwnThread.put(awaits))
            .add("threaded", threaded)
            .add("here", here);
        order.run(graph).unwrap();
        let seen = threads.take();
        assert_eq!(seen.len(), 3);
        let this = thread::current().id();
        assert_eq!(seen.iter().filter(|id| **id == this).count(), 1, "only the one that is here");
        assert!(seen[0] != seen[1] && seen[1] != seen[2] && seen[0] != seen[2]);
    });
}

#[test]
fn c40_data_flows_through_a_threaded_component_with_the_calls_of_any_other() {
    in_any_order(|order| {
        for home in ANYWHERE {
            let collected = Collected::default();
            let graph = Graphline::new()
                .add("count", Count::to(200))
                // The same component, wherever it lives; and one that blocks.
                .add("pass", home.put(Pass::default()))
                .add("blocks", ThreadedPass::default())
                .add("collect", Collect { into: collected.clone(), ..Collect::default() })
                .link_with(order.pick(&[64, 1, 3]), "count.outbox", "pass.inbox")
                .link_with(order.pick(&[64, 1, 3]), "pass.outbox", "blocks.inbox")
                .link("blocks.outbox", "collect.inbox");
            order.run(graph).unwrap();
            assert_eq!(contents(&collected), (0..200).collect::<Vec<_>>());
        }
    });
}

#[test]
fn c41_a_threads_twenty_first_send_into_a_link_of_twenty_is_refused_or_waits() {
    in_any_order(|order| {
        let (full, went) = (Flag::default(), Flag::default());
        let (is_full, has_gone) = (full.clone(), went.clone());
        let sends = blocks(move |mut mine| {
            for number in 0..20 {
                mine.outbox.try_send(number).unwrap();
            }
            assert_eq!(mine.outbox.try_send(20), Err(TrySendError::Full(20)));
            full.raise();
            mine.outbox.send_blocking(20).unwrap();
            went.raise();
        });
        let takes = acts(async move |mut mine| {
            is_full.raised().await;
            a_while().await;
            assert!(!has_gone.is_raised(), "there is no room");
            for expected in 0..=20 {
                assert_eq!(mine.inbox.recv().await, Some(expected));
            }
            assert_eq!(mine.inbox.recv().await, None);
            assert!(has_gone.is_raised());
        });
        let graph = Graphline::new().add("sends", sends).add("takes", takes).link_with(
            20,
            "sends.outbox",
            "takes.inbox",
        );
        order.run(graph).unwrap();
    });
}

/// Blocks without looking into its boxes until the graph is asked to finish.
fn wait_for_finish(mine: &Own) {
    while mine.control.asked() < Asked::Finish {
        mine.control.wait_blocking();
    }
}

#[test]
fn c42_into_the_boxes_of_a_thread_that_does_not_read_fits_what_the_link_says_and_no_more() {
    in_any_order(|order| {
        let inside = Inside::default();
        let conductor = inside.clone();
        let mut reads = blocks(|mut mine| {
            wait_for_finish(&mine);
            assert_eq!(mine.inbox.waiting(), 10 + 128);
            while mine.inbox.recv_blocking().is_some() {}
        });
        let address = reads.own.inbox.address();
        let sends = acts(async move |mut mine| {
            let fitting = (0..).take_while(|number| mine.outbox.try_send(*number).is_ok());
            assert_eq!(fitting.count(), 10, "by the link");
            let fitting = (0..).take_while(|number| address.try_send(*number).is_ok());
            assert_eq!(fitting.count(), 128, "by addresses");
            conductor.handle().finish();
        });
        let graph = Graphline::new()
            .add("sends", order.pick(&ANYWHERE).put(sends))
            .add("reads", reads)
            .link_with(10, "sends.outbox", "reads.inbox");
        order.run_built(inside.build(graph)).unwrap();
    });
}

#[test]
fn c43_what_a_thread_has_sent_outlives_it_and_it_does_not_end_before_it_has_sent_all() {
    in_any_order(|order| {
        let inside = Inside::default();
        let conductor = inside.clone();
        let collected = Collected::default();
        let into = collected.clone();
        let takes = acts(async move |mut mine| {
            let sender_lives = || conductor.lives("sends");
            // Twenty are to go into a box of five: it cannot have ended before fifteen are taken.
            for _ in 0..15 {
                a_while().await;
                assert!(sender_lives());
                let number = mine.inbox.recv().await.unwrap();
                into.lock().unwrap().push(number);
            }
            until(|| !sender_lives()).await;
            assert_eq!(mine.inbox.waiting(), 5);
            while let Some(number) = mine.inbox.recv().await {
                into.lock().unwrap().push(number);
            }
        });
        let graph = Graphline::new()
            .add("sends", ThreadedCount::to(20))
            .add("takes", takes)
            .link_with(5, "sends.outbox", "takes.inbox");
        order.run_built(inside.build(graph)).unwrap();
        assert_eq!(contents(&collected), (0..20).collect::<Vec<_>>());
    });
}

#[test]
fn c44_a_thread_whose_inbox_is_full_ends_all_the_same_and_its_sender_hears_of_it() {
    in_any_order(|order| {
        let inside = Inside::default();
        let conductor = inside.clone();
        let ends = blocks(|mine| wait_for_finish(&mine));
        let sends = acts(async move |mut mine| {
            for number in 0..5 {
                mine.outbox.send(number).await.unwrap();
            }
            assert_eq!(mine.outbox.room(), 0);
            conductor.handle().finish();
            assert_eq!(mine.outbox.send(5).await, Err(Closed));
        });
        let graph = Graphline::new()
            .add("sends", order.pick(&ANYWHERE).put(sends))
            .add("ends", ends)
            .link_with(5, "sends.outbox", "ends.inbox");
        assert_eq!(order.run_built(inside.build(graph)).unwrap().components(), 2);
    });
}

#[test]
fn c45_links_made_and_cut_by_several_at_once_never_overlap() {
    in_any_order(|order| {
        let (inside, ended) = (Inside::default(), Notes::new());
        let all = [(); 3].map(|()| Collected::default());
        let (made, cut) = (Turns::default(), Turns::default());
        let has_ended = ended.clone();
        let sends = acts(async move |mut mine| {
            for number in 0.. {
                mine.outbox.send(number).await?;
                yield_now().await;
                if has_ended.len() == 3 {
                    break;
                }
            }
            Ok::<(), Closed>(())
        });
        let mut graph = Graphline::new().add("sends", order.pick(&ANYWHERE).put(sends));
        for ((number, home), into) in ANYWHERE.into_iter().enumerate().zip(&all) {
            let (inside, ended) = (inside.clone(), ended.clone());
            let (made, cut) = (made.clone(), cut.clone());
            let rewires = acts(async move |mine| {
                let handle = inside.handle();
                until(|| inside.lives("listens 2")).await;
                for _ in 0..50 {
                    let count = |counter: &Turns| counter.fetch_add(1, Ordering::SeqCst);
                    match handle.link("sends.outbox", &format!("listens {number}.inbox")) {
                        Ok(()) => drop(count(&made)),
                        Err(HandleError::Wiring(WiringError::LinkedTwice { .. })) => {}
                        Err(other) => panic!("{other}"),
                    }
                    yield_now().await;
                    match handle.unlink("sends.outbox") {
                        Ok(()) => drop(count(&cut)),
                        Err(HandleError::NotLinked { .. }) => {}
                        Err(other) => panic!("{other}"),
                    }
                    yield_now().await;
                }
                ended.add(());
                drop(mine);
            });
            graph = graph
                .add(format!("rewires {number}"), home.put(rewires))
                .add(format!("listens {number}"), home.put(listener(into)));
        }
        let conductor = inside.clone();
        let stops = acts(async move |mine| {
            until(|| !conductor.lives("sends")).await;
            a_while().await;
            conductor.handle().stop();
            mine.control.until_asked(Asked::Stop).await;
        });
        order.run_built(inside.build(graph.add("stops", stops))).unwrap();
        // Every second step is the other: all that was made was cut.
        assert!(so_far(&made) > 0);
        assert_eq!(so_far(&made), so_far(&cut));
        let mut whole = Vec::new();
        for got in all.each_ref().map(contents) {
            assert!(got.is_sorted(), "{got:?}");
            whole.extend(got);
        }
        let count = whole.len();
        whole.sort_unstable();
        whole.dedup();
        assert_eq!(whole.len(), count, "none came twice");
    });
}

const LIMIT: Duration = Duration::from_millis(50);

#[test]
fn c46_a_wait_of_fifty_milliseconds_ends_then_or_with_the_message_that_comes_before() {
    in_any_order(|order| {
        // Time is that of the seed; in an ordinary run it is the system's.
        let Order::Seed(_) = order else { return };
        for (sent_after, expected) in [(10, Ok(Some(1))), (90, Err(TimedOut))] {
            let sent_after = Duration::from_millis(sent_after);
            let sends = acts(async move |mut mine| {
                sleep(sent_after).await;
                mine.outbox.send(1).await
            });
            let waits = acts(async move |mut mine| {
                let begun = now();
                assert_eq!(timeout(LIMIT, mine.inbox.recv()).await, expected);
                assert_eq!(now() - begun, sent_after.min(LIMIT));
            });
            let graph = Graphline::new()
                .add("sends", order.pick(&[Where::There, Where::OwnThread]).put(sends))
                .add("waits", order.pick(&ANYWHERE).put(waits))
                .link("sends.outbox", "waits.inbox");
            order.run(graph).unwrap();
        }
    });
}

#[test]
fn c46_a_thread_that_blocks_waits_for_a_message_or_for_anything_no_longer_than_it_says() {
    in_any_order(|order| {
        let Order::Seed(_) = order else { return };
        for (sent_after, message) in [(10, Ok(1)), (90, Err(TakeError::TimedOut))] {
            let sent_after = Duration::from_millis(sent_after);
            let sends = || {
                acts(async move |mut mine| {
                    sleep(sent_after).await;
                    mine.outbox.send(1).await
                })
            };
            let takes = blocks(move |mut mine| {
                let begun = now();
                assert_eq!(mine.inbox.recv_within(LIMIT), message);
                assert_eq!(now() - begun, sent_after.min(LIMIT));
            });
            let pauses = blocks(move |mut mine| {
                let begun = now();
                assert_eq!(mine.inbox.try_recv(), Err(TryRecvError::Empty));
                assert_eq!(mine.control.wait_within(LIMIT), message.is_ok());
                assert_eq!(now() - begun, sent_after.min(LIMIT));
            });
            let graph = Graphline::new()
                .add("to one", order.pick(&ANYWHERE).put(sends()))
                .add("to other", order.pick(&[Where::OwnThread, Where::Here]).put(sends()))
                .add("takes", takes)
                .add("pauses", pauses)
                .link("to one.outbox", "takes.inbox")
                .link("to other.outbox", "pauses.inbox");
            order.run(graph).unwrap();
        }
    });
}
