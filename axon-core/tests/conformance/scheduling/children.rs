//! Components that start others while the graph runs, and the end of those that sleep.

use axon_core::{Asked, Graphline};

use crate::common::*;
use crate::parts::*;

#[test]
fn c36_a_parent_is_woken_when_a_child_ends_and_not_if_it_has_let_go_of_it() {
    in_any_order(|order| {
        for keeps in [true, false] {
            let (inside, adopted, go) = (Inside::default(), Flag::default(), Flag::default());
            let (conductor, is_adopted, may_end) = (inside.clone(), adopted.clone(), go.clone());
            let turns = Turns::default();
            let home = order.pick(&ANYWHERE);
            let parent = acts(async move |mine| {
                let child = acts(async move |_mine| may_end.raised().await);
                let graph = Graphline::new().add("child", home.put(child));
                let children = mine.control.adopt(graph).unwrap();
                adopted.raise();
                if keeps {
                    let mut children = children;
                    assert!(!children.have_ended());
                    let ended = children.next_end().await.unwrap();
                    assert_eq!((ended.name.as_str(), ended.failure), ("child", None));
                    assert!(children.have_ended());
                } else {
                    drop(children);
                }
                mine.control.until_asked(Asked::Stop).await;
            });
            let watched = turns.clone();
            let conducts = acts(async move |_mine| {
                is_adopted.raised().await;
                until(|| conductor.lives("child")).await;
                a_while().await;
                let before = so_far(&watched);
                go.raise();
                until(|| !conductor.lives("child")).await;
                a_while().await;
                assert_eq!(so_far(&watched), before + u64::from(keeps));
                conductor.handle().stop();
            });
            let graph =
                Graphline::new().add("parent", parent.counted(&turns)).add("conducts", conducts);
            order.run_built(inside.build(graph)).unwrap();
        }
    });
}

#[test]
fn c37_a_component_started_while_the_graph_runs_begins_by_itself() {
    in_any_order(|order| {
        let collected = Collected::default();
        let (into, home) = (collected.clone(), order.pick(&ANYWHERE));
        let parent = acts(async move |mine| {
            a_while().await;
            let graph = Graphline::new()
                .add("count", home.put(Count::to(10)))
                .add("collect", Collect { into, ..Collect::default() })
                .link("count.outbox", "collect.inbox");
            // Nobody waits for them, and the parent ends at once.
            drop(mine.control.adopt(graph).unwrap());
        });
        let report = order.run(Graphline::new().add("parent", parent)).unwrap();
        assert_eq!(report.components(), 3);
        assert_eq!(contents(&collected), (0..10).collect::<Vec<_>>());
    });
}

#[test]
fn c38_components_that_sleep_when_they_are_stopped_end_and_so_does_the_run() {
    in_any_order(|order| {
        let inside = Inside::default();
        let conductor = inside.clone();
        let for_message = acts(async |mut mine| assert_eq!(mine.inbox.recv().await, None));
        let for_room = acts(async |mut mine| mine.outbox.send_many(0..).await);
        let for_ever = acts(async |mine| mine.control.until_asked(Asked::Stop).await);
        let for_child = acts(async |mine| {
            let sleeps = acts(async |mine| mine.control.until_asked(Asked::Stop).await);
            let mut children = mine.control.adopt(Graphline::new().add("child", sleeps)).unwrap();
            children.all_ended().await;
        });
        let deaf = acts(async |mine| {
            mine.control.until_asked(Asked::Stop).await;
            drop(mine);
        });
        let threaded = blocks(|mut mine| assert_eq!(mine.inbox.recv_blocking(), None));
        let silent = acts(async |mine| {
            mine.control.until_asked(Asked::Stop).await;
            drop(mine);
        });
        let conducts = acts(async move |mine| {
            a_while().await;
            conductor.handle().stop();
            mine.control.until_asked(Asked::Stop).await;
            drop(mine);
        });
        let home = order.pick(&ANYWHERE);
        let graph = Graphline::new()
            .add("for message", home.put(for_message))
            .add("for room", home.put(for_room))
            .add("for ever", home.put(for_ever))
            .add("for child", home.put(for_child))
            .add("deaf", deaf)
            .add("threaded", threaded)
            .add("silent", silent)
            .add("conducts", conducts)
            .link("for room.outbox", "deaf.inbox")
            .link("silent.outbox", "threaded.inbox")
            .link("conducts.outbox", "for message.inbox");
        assert_eq!(order.run_built(inside.build(graph)).unwrap().components(), 9);
    });
}
