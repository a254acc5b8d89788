//! Whole graphs under loom: every order in which threads may meet, with so many changes of thread
//! that nothing forced. What runs here is the real thing; only what threads meet by is loom's.
//!
//! Whoever sleeps for ever is a deadlock to loom, and so is a graph that is stuck and not found so. One
//! that is called stuck and is not fails the model's own checks.

mod parts;

use loom::thread;
use parts::{
    Adopts, Blocks, Elsewhere, Gives, Hears, Looks, Offers, Passes, Sends, Sleeps, Takes, Tells,
};

use crate::{Address, Arrange, Graph, Graphline, Part, Restarts, RunError};

/// Tries all orders with at most so many changes of thread that nothing forced.
fn model(preemptions: usize, run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 100_000;
    builder.check(run);
}

fn there(part: impl Into<Part>) -> Part {
    part.into().on("there")
}

#[test]
fn messages_between_two_workers_arrive_and_both_fall_asleep_and_wake() {
    model(3, || {
        let (sends, takes) = (Sends::some(2), Takes::some(2));
        Graphline::new()
            .link_with(1, &sends.outbox, &takes.inbox)
            .add("sends", sends)
            .add("takes", there(takes))
            .run()
            .unwrap();
    });
}

#[test]
fn messages_between_a_worker_and_a_thread_arrive_and_both_fall_asleep_and_wake() {
    model(3, || {
        let (sends, blocks) = (Sends::some(2), Blocks::some(2));
        Graphline::new()
            .link_with(1, &sends.outbox, &blocks.inbox)
            .add("sends", sends)
            .add("blocks", blocks)
            .run()
            .unwrap();
    });
    model(3, || {
        let (gives, takes) = (Gives::some(2), Takes::some(2));
        Graphline::new()
            .link_with(1, &gives.outbox, &takes.inbox)
            .add("gives", gives)
            .add("takes", takes)
            .run()
            .unwrap();
    });
}

/// Three who wait for each other, on as many threads.
fn circle(second: Part, third: Part) -> Graphline {
    Graphline::new()
        .add("first", Passes::default())
        .add("second", second)
        .add("third", third)
        .link("first.outbox", "second.inbox")
        .link("second.outbox", "third.inbox")
        .link("third.outbox", "first.inbox")
}

#[test]
fn who_waits_for_each_other_across_workers_and_threads_is_always_found() {
    model(2, || {
        let stuck = circle(there(Passes::default()), Passes::default().on_thread()).run();
        let Err(RunError::Stuck { waiting }) = stuck else { panic!("{stuck:?}") };
        assert_eq!(waiting.len(), 3);
    });
}

/// One who takes from somebody outside and tells the next, who waits only for that.
fn told(home: fn(Tells) -> Part) -> (Graph, Address<u64>) {
    let (mut tells, takes) = (Tells::default(), Takes::some(1));
    let address = tells.outside.address();
    let graph = Graphline::new()
        .link(&tells.outbox, &takes.inbox)
        .add("takes", takes)
        .add("tells", home(tells));
    (graph.build().unwrap(), address)
}

#[test]
fn a_graph_is_never_called_stuck_while_somebody_outside_wakes_it() {
    let homes: [fn(Tells) -> Part; 3] =
        [Part::from, |tells| there(tells), |tells| tells.on_thread()];
    for home in homes {
        model(2, move || {
            let (graph, address) = told(home);
            let outside = thread::spawn(move || address.try_send(0).unwrap());
            graph.run().unwrap();
            outside.join().unwrap();
        });
    }
}

#[test]
fn who_wakes_and_leaves_while_somebody_looks_is_not_overlooked() {
    model(3, || {
        let (mut hears, passes) = (Hears::default(), Passes::default());
        let address = hears.outside.address();
        let graph = Graphline::new()
            .link(&hears.outbox, &passes.inbox)
            .link(&passes.outbox, &hears.inbox)
            .add("hears", hears.on_thread())
            .add("passes", passes)
            .build()
            .unwrap();
        let outside = thread::spawn(move || address.try_send(0).unwrap());
        graph.run().unwrap();
        outside.join().unwrap();
    });
}

#[test]
fn who_waits_for_room_outside_is_not_overlooked_while_it_is_made() {
    model(2, || {
        let (offers, passes) = (Offers::default(), Passes::default());
        let mut graph = Graphline::new()
            .link(&offers.outbox, &passes.inbox)
            .link(&passes.outbox, &offers.inbox)
            .export("offered", &offers.offered)
            .add("offers", offers.on_thread())
            .add("passes", passes)
            .build()
            .unwrap();
        let mut taker = graph.outbox_with::<u64>(1, "offered").unwrap();
        let outside = thread::spawn(move || while taker.take().is_some() {});
        graph.run().unwrap();
        outside.join().unwrap();
    });
}

#[test]
fn a_graph_is_always_found_stuck_when_the_last_who_could_wake_it_is_gone() {
    let homes: [fn(Looks) -> Part; 2] = [Part::from, |looks| looks.on_thread()];
    for home in homes {
        model(3, move || {
            let (mut looks, passes) = (Looks::default(), Passes::default());
            let address = looks.outside.address();
            let graph = Graphline::new()
                .link(&looks.outbox, &passes.inbox)
                .link(&passes.outbox, &looks.inbox)
                .add("looks", home(looks))
                .add("passes", passes)
                .build()
                .unwrap();
            let outside = thread::spawn(move || drop(address));
            assert!(matches!(graph.run(), Err(RunError::Stuck { .. })));
            outside.join().unwrap();
        });
    }
}

#[test]
fn whoever_is_paused_and_resumed_at_any_moment_goes_on_and_is_never_called_stuck() {
    let homes: [fn(Takes) -> Part; 2] = [|takes| there(takes), |takes| takes.on_thread()];
    for home in homes {
        model(2, move || {
            let (sends, takes) = (Sends::some(1), Takes::some(1));
            let graph = Graphline::new()
                .link_with(1, &sends.outbox, &takes.inbox)
                .add("sends", sends)
                .add("takes", home(takes))
                .build()
                .unwrap();
            let handle = graph.handle();
            let outside = thread::spawn(move || {
                if handle.pause("takes").is_ok() {
                    // It may have ended before the pause was of any use.
                    let _ = handle.resume("takes");
                }
            });
            graph.run().unwrap();
            outside.join().unwrap();
        });
    }
}

#[test]
fn a_stop_from_outside_ends_a_graph_at_any_moment() {
    model(2, || {
        let (mut tells, takes) = (Tells::default(), Takes::none());
        let _held_open = tells.outside.address();
        let graph = Graphline::new()
            .link(&tells.outbox, &takes.inbox)
            .add("takes", there(takes))
            .add("tells", tells.on_thread())
            .build()
            .unwrap();
        let handle = graph.handle();
        let outside = thread::spawn(move || handle.stop());
        graph.run().unwrap();
        outside.join().unwrap();
    });
}

#[test]
fn a_stop_that_comes_with_a_message_is_heard_and_so_are_two_at_once() {
    let homes: [fn(Takes) -> Part; 2] = [|takes| there(takes), |takes| takes.on_thread()];
    for home in homes {
        model(2, move || {
            let (sends, takes) = (Sends::some(1), Takes::none());
            let graph = Graphline::new()
                .link_with(1, &sends.outbox, &takes.inbox)
                .add("sends", sends)
                .add("takes", home(takes))
                .build()
                .unwrap();
            let handle = graph.handle();
            let outside = thread::spawn(move || handle.stop());
            graph.run().unwrap();
            outside.join().unwrap();
        });
    }
    model(1, || {
        let takes = Takes::none();
        let (sends, graph) = (Sends::some(1), Graphline::new());
        let graph = graph
            .link_with(1, &sends.outbox, &takes.inbox)
            .add("sends", sends.on_thread())
            .add("takes", takes)
            .build()
            .unwrap();
        let stops =
            [graph.handle(), graph.handle()].map(|handle| thread::spawn(move || handle.stop()));
        graph.run().unwrap();
        for stop in stops {
            stop.join().unwrap();
        }
    });
}

#[test]
fn whoever_begins_again_hears_of_messages_that_came_meanwhile() {
    let homes: [fn(Part) -> Part; 2] = [|part| part.on("there"), |part| part.on_thread()];
    for home in homes {
        model(2, move || {
            let mut lives = 0;
            let make = move || {
                lives += 1;
                parts::Stumbles { fails: lives == 1, ..parts::Stumbles::default() }
            };
            let stumbles = Part::restarting(Restarts::at_most(1), make);
            Graphline::new()
                .add("sends", Sends::some(2))
                .add("stumbles", home(stumbles))
                .link_with(1, "sends.outbox", "stumbles.inbox")
                .run()
                .unwrap();
        });
    }
}

#[test]
fn whoever_adopted_others_hears_of_each_end() {
    let homes: [fn(Adopts) -> Part; 2] = [|adopts| there(adopts), |adopts| adopts.on_thread()];
    for home in homes {
        model(3, move || {
            let report = Graphline::new().add("adopts", home(Adopts::default())).run().unwrap();
            assert_eq!(report.components(), 3);
        });
    }
}

#[test]
fn a_thread_that_waits_elsewhere_is_woken_there() {
    model(3, || {
        let (sends, elsewhere) = (Sends::some(2), Elsewhere::some(2));
        Graphline::new()
            .link_with(1, &sends.outbox, &elsewhere.inbox)
            .add("sends", sends)
            .add("elsewhere", elsewhere)
            .run()
            .unwrap();
    });
}

#[test]
fn a_wait_that_is_given_up_leaves_no_token_and_loses_no_wake() {
    model(4, || {
        let (sends, sleeps) = (Sends::some(1), Sleeps::some(1));
        Graphline::new()
            .link_with(1, &sends.outbox, &sleeps.inbox)
            .add("sends", sends)
            .add("sleeps", sleeps)
            .run()
            .unwrap();
    });
}

#[test]
fn senders_that_wait_for_room_at_an_address_are_all_let_in() {
    model(2, || {
        let mut takes = parts::Adds::default();
        let (one, another) = (takes.inbox.address(), takes.inbox.address());
        let sum = takes.sum.clone();
        let graph = Graphline::new()
            .add("adds", takes)
            .add("sends", there(parts::Addresses::to(one)))
            .build()
            .unwrap();
        let outside = thread::spawn(move || {
            for number in [10, 20] {
                another.send_blocking(number).unwrap();
            }
        });
        graph.run().unwrap();
        outside.join().unwrap();
        assert_eq!(sum.load(std::sync::atomic::Ordering::Relaxed), 33);
    });
}
