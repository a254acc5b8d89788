//! Components that never end, in graphs whose patience with them does.

use std::future::pending;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use axon_core::inspect::ComponentStatus;
use axon_core::{
    Arrange, Closed, Component, Control, GraphHandle, Graphline, Inbox, Outbox, Outcome, Part,
    Report, RunError, ThreadedComponent, sleep, yield_now,
};

use crate::books::{Books, Message, ON_PURPOSE, be_quiet};
use crate::common::{AGES, Collect, Count, in_time};

/// Waits for nothing with a message in hand and others in its box; some break when they are dropped.
#[derive(Component)]
struct Pends {
    pub inbox: Inbox<Message>,
}

impl Pends {
    async fn main(mut self) {
        let _in_hand = self.inbox.recv().await;
        pending::<()>().await;
    }
}

/// Takes turns for ever, and heeds nothing.
#[derive(Component)]
struct Turns {
    pub inbox: Inbox<Message>,
}

impl Turns {
    async fn main(mut self) {
        let _in_hand = self.inbox.recv().await;
        loop {
            yield_now().await;
        }
    }
}

/// Waits where nobody can reach it, until the test is over.
#[derive(ThreadedComponent)]
struct Blocks {
    pub inbox: Inbox<Message>,
    release: Receiver<()>,
}

impl Blocks {
    fn main(mut self) {
        let _in_hand = self.inbox.recv_blocking();
        let _ = self.release.recv();
    }
}

/// Sends some, and waits for its receiver to end.
#[derive(Component)]
struct Feeds {
    pub outbox: Outbox<Message>,
    books: Books,
    fed: Sender<()>,
}

impl Feeds {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..3 {
            let message = match number {
                0 => self.books.message(number),
                _ => self.books.bomb(number, ON_PURPOSE),
            };
            self.outbox.send(message).await?;
        }
        let _ = self.fed.send(());
        self.outbox.until_closed().await;
        Ok(())
    }
}

const SHAPES: usize = 5;

/// A graph with one that never ends, who is told when that is so, and who keeps it blocked.
fn stubborn(shape: usize, count: u64, books: &Books) -> (Graphline, Receiver<()>, Sender<()>) {
    let ((fed, is_fed), (keep, release)) = (mpsc::channel(), mpsc::channel());
    let inbox = Inbox::new;
    let stubborn: Part = match shape {
        0 => Pends { inbox: inbox() }.into(),
        1 => Pends { inbox: inbox() }.on("there"),
        2 => Turns { inbox: inbox() }.into(),
        3 => Turns { inbox: inbox() }.on("there"),
        _ => Blocks { inbox: inbox(), release }.into(),
    };
    let feeds = Feeds { outbox: Outbox::new(), books: books.clone(), fed };
    let graph = Graphline::new()
        .add("stubborn", stubborn)
        .add("feeds", feeds)
        .add("count", Count::to(count))
        .add("collect", Collect::default())
        .link("feeds.outbox", "stubborn.inbox")
        .link("count.outbox", "collect.inbox");
    (graph, is_fed, keep)
}

/// It was left, and nobody else.
fn check(shape: usize, result: Result<Report, RunError>) {
    let Err(RunError::Component { report, .. }) = result else { panic!("{shape}: {result:?}") };
    let abandoned: Vec<&str> = report.failures().map(|(name, _)| name).collect();
    assert_eq!(abandoned, ["stubborn"], "{shape}");
    assert!(matches!(report.outcome("stubborn"), Some(Outcome::Abandoned)), "{shape}");
}

/// Stops the graph, and waits until nobody else is left.
fn stop_the_others(graph: &GraphHandle) {
    graph.stop();
    let begun = Instant::now();
    while begun.elapsed() < AGES {
        let lives = |it: &&ComponentStatus| !it.has_ended();
        if graph.snapshot().components.iter().filter(lives).count() == 1 {
            return;
        }
        thread::yield_now();
    }
}

/// Runs it until it has what it will hold, and asks.
fn leave(shape: usize, ask: fn(&GraphHandle)) {
    be_quiet();
    let books = Books::default();
    let (graph, is_fed, keep) = stubborn(shape, u64::MAX, &books);
    let graph = graph.build().unwrap();
    let handle = graph.handle();
    let asks = thread::spawn(move || {
        is_fed.recv_timeout(AGES).expect("it begins");
        ask(&handle);
    });
    let result = in_time(|| graph.run());
    asks.join().unwrap();
    check(shape, result);
    drop(keep);
    check_messages(&books, &format!("{shape}"));
}

/// A worker or a thread that was left may end after the run.
fn check_messages(books: &Books, place: &str) {
    let begun = Instant::now();
    while books.dropped() < books.made() && begun.elapsed() < AGES {
        thread::yield_now();
    }
    assert_eq!(books.dropped(), books.made(), "{place}");
}

#[test]
fn those_who_never_end_are_left_when_the_patience_ends_and_what_they_held_is_dropped() {
    for shape in 0..SHAPES {
        leave(shape, |graph| {
            stop_the_others(graph);
            graph.stop_within(Duration::ZERO);
        });
    }
}

#[test]
fn the_shortest_of_several_patiences_counts_whoever_asked_first() {
    for shape in 0..SHAPES {
        leave(shape, |graph| {
            graph.finish_within(2 * AGES);
            stop_the_others(graph);
            graph.stop_within(2 * AGES);
            graph.stop_within(Duration::ZERO);
            graph.stop_within(2 * AGES);
        });
    }
}

/// Asks for a stop with patience from within, by the clock of the graph.
#[derive(Component, Default)]
struct Asks {
    control: Control,
}

impl Asks {
    async fn main(self) {
        sleep(Duration::from_secs(3)).await;
        self.control.graph().expect("it runs").stop_within(Duration::from_secs(7));
    }
}

#[test]
fn in_a_seeded_run_they_are_left_at_that_very_moment() {
    be_quiet();
    for seed in 0..20 {
        // Whoever is always ready lets no time pass there, and a thread that blocks keeps its turn.
        for shape in [0, 1] {
            let books = Books::default();
            let (graph, _is_fed, _keep) = stubborn(shape, 10, &books);
            let run = in_time(move || graph.add("asks", Asks::default()).run_seeded(seed));
            check(shape, run.result);
            assert_eq!(run.trace.elapsed, Duration::from_secs(10), "seed {seed}");
            check_messages(&books, &format!("seed {seed}"));
        }
    }
}
