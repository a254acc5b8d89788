//! Who has a turn, and when all is over.

mod children;
mod waking;

use axon_core::{Graphline, HandleError, yield_now};
use rustix::time::{ClockId, clock_gettime};
use std::thread;
use std::time::Duration;

use crate::common::*;
use crate::parts::*;

#[test]
fn c22_a_graph_of_nothing_ends_at_once() {
    in_any_order(|order| {
        assert_eq!(order.run(Graphline::new()).unwrap().components(), 0);
        let nested = Graphline::new().nest("inner", Graphline::new());
        assert_eq!(order.run(nested).unwrap().components(), 0);
    });
}

#[test]
fn c23_a_run_ends_when_every_component_has_and_not_before() {
    in_any_order(|order| {
        let counted: Vec<(u64, Turns)> =
            [10, 20, 30, 40].into_iter().map(|turns| (turns, Turns::default())).collect();
        let mut graph = Graphline::new();
        for (turns, counter) in &counted {
            let turns = *turns;
            let yields = acts(async move |_mine| {
                for _ in 1..turns {
                    yield_now().await;
                }
            });
            let home = order.pick(&ANYWHERE);
            graph = graph.add(turns.to_string(), home.put(yields.counted(counter)));
        }
        assert_eq!(order.run(graph).unwrap().components(), 4);
        for (turns, counter) in &counted {
            assert_eq!(so_far(counter), *turns);
        }
    });
}

/// The turns of three that never wait, from when all three have begun.
fn turns_of_three(home: Where) -> Vec<&'static str> {
    let (notes, begun) = (Notes::new(), Notes::new());
    let mut graph = Graphline::new();
    for name in ["a", "b", "c"] {
        let (notes, begun) = (notes.clone(), begun.clone());
        let talks = acts(async move |_mine| {
            begun.add(());
            // A worker of its own may be faster than whoever gives it its components.
            until(|| begun.len() == 3).await;
            for _ in 0..20 {
                notes.add(name);
                yield_now().await;
            }
        });
        graph = graph.add(name, home.put(talks));
    }
    in_time(|| graph.run().map(drop)).unwrap();
    notes.take()
}

#[test]
fn c24_three_that_never_wait_have_their_turns_in_rotation_as_they_were_added() {
    for home in [Where::Here, Where::There] {
        let turns = turns_of_three(home);
        assert_eq!(turns.len(), 60);
        // The last to begin is the first that sees that all have.
        let rotation = ["c", "a", "b"].into_iter().cycle();
        assert!(rotation.take(60).eq(turns.iter().copied()), "{turns:?}");
    }
}

#[test]
fn c25_a_paused_component_has_no_turns_while_others_go_on() {
    in_any_order(|order| {
        let (inside, done) = (Inside::default(), Flag::default());
        let (quiet, busy) = (Turns::default(), Turns::default());
        let yields = || {
            let done = done.clone();
            acts(async move |_mine| done.raised().await)
        };
        let (home, conductor) = (order.pick(&ANYWHERE), inside.clone());
        let graph = Graphline::new()
            .add("quiet", home.put(yields().counted(&quiet)))
            .add("busy", home.put(yields().counted(&busy)));
        let conducts = acts(async move |_mine| {
            until(|| so_far(&quiet) > 3).await;
            conductor.handle().pause("quiet").unwrap();
            // One turn may have begun before, on another thread.
            let (most, others) = (so_far(&quiet) + 1, so_far(&busy));
            until(|| so_far(&busy) > others + 100).await;
            let paused_at = so_far(&quiet);
            assert!(paused_at <= most);
            conductor.handle().resume("quiet").unwrap();
            until(|| so_far(&quiet) > paused_at + 3).await;
            done.raise();
        });
        order.run_built(inside.build(graph.add("conducts", conducts))).unwrap();
    });
}

#[test]
fn c32_pausing_or_waking_what_does_not_run_changes_nothing() {
    in_any_order(|order| {
        let collected = Collected::default();
        let collect = Collect { into: collected.clone(), ..Collect::default() };
        let graph = Graphline::new()
            .add("count", Count::to(10))
            .add("collect", collect)
            .link("count.outbox", "collect.inbox");
        let graph = graph.build().unwrap();
        let handle = graph.handle();
        let unknown = |name: &str| Err(HandleError::NoSuchComponent { name: name.into() });
        assert_eq!(handle.pause("count"), unknown("count"), "it does not run yet");
        assert_eq!(handle.resume("count"), unknown("count"));
        assert_eq!(handle.pause("nobody"), unknown("nobody"));
        order.run_built(graph).unwrap();
        assert_eq!(contents(&collected).len(), 10);
        assert_eq!(handle.pause("count"), unknown("count"), "it has ended");
        assert_eq!(handle.resume("count"), unknown("count"));
    });
}

#[test]
fn c34_a_component_that_pauses_itself_and_ends_in_the_same_turn_ends() {
    in_any_order(|order| {
        let inside = Inside::default();
        let (awaits, threaded) = (inside.clone(), inside.clone());
        let awaits = acts(async move |_mine| awaits.handle().pause("awaits").unwrap());
        let threaded = blocks(move |_mine| threaded.handle().pause("threaded").unwrap());
        let home = order.pick(&ANYWHERE);
        let graph = Graphline::new().add("awaits", home.put(awaits)).add("threaded", threaded);
        assert_eq!(order.run_built(inside.build(graph)).unwrap().components(), 2);
    });
}

/// Processor time of this thread so far.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap())
}

const BURNT: Duration = Duration::from_millis(200);

#[test]
fn c35_while_everybody_waits_no_thread_uses_as_much_as_a_hundredth_of_a_processor() {
    let spent = in_time(|| {
        let (spent, ready) = (Notes::new(), Notes::new());
        let mut addresses = Vec::new();
        let mut graph = Graphline::new();
        for (number, home) in ANYWHERE.into_iter().cycle().take(30).enumerate() {
            let (spent, ready) = (spent.clone(), ready.clone());
            let mut waits = acts(async move |mut mine| {
                a_while().await;
                ready.add(());
                let before = used();
                mine.inbox.recv().await;
                spent.add(used() - before);
            });
            addresses.push(waits.own.inbox.address());
            graph = graph.add(number.to_string(), home.put(waits));
        }
        let run = thread::spawn(move || graph.run().map(drop));
        while ready.len() < 30 {
            thread::yield_now();
        }
        // Others may use the processors too, so what passes here is measured and not waited for.
        let begun = used();
        while used() - begun < BURNT {}
        addresses.iter().for_each(|address| address.send_blocking(1).unwrap());
        drop(addresses);
        run.join().unwrap().unwrap();
        spent.take()
    });
    assert_eq!(spent.len(), 30);
    assert!(spent.iter().all(|spent| *spent < BURNT / 100), "{spent:?}");
}
