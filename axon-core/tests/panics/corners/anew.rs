//! Components that begin again: what makes them, what they leave, what they failed with.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axon_core::{
    About, Closed, Component, Control, Graphline, Inbox, MainResult, Outbox, Part, Restarts, Start,
    Visitor,
};

use super::{Breaks, HOMES, fails_alone, failures, goes_well, run_each};
use crate::books::{Books, Message, ON_PURPOSE};
use crate::common::{Collect, Count};

/// Passes numbers on; fails so often before.
struct Flaky {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
    fails: Option<Failure>,
    /// Its boxes cannot be seen.
    is_hidden: bool,
}

impl Flaky {
    fn new(fails: Option<Failure>) -> Self {
        Flaky { inbox: Inbox::new(), outbox: Outbox::new(), fails, is_hidden: false }
    }

    async fn main(mut self) -> Result<(), Box<dyn Error + Send + Sync>> {
        if let Some(failure) = self.fails.take() {
            return Err(failure.into());
        }
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

impl Component for Flaky {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(About::new("inbox", "Numbers."), &mut self.inbox);
        assert!(!self.is_hidden, "{ON_PURPOSE}: hidden");
        visitor.outbox(About::new("outbox", "The same."), &mut self.outbox);
    }

    fn start(self: Box<Self>) -> Start {
        Start::Polled(Box::pin(async move { self.main().await.into_result() }))
    }
}

/// What it fails with.
#[derive(Debug)]
struct Failure {
    _on_drop: Option<Breaks>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "as it should")
    }
}

impl Error for Failure {}

impl fmt::Debug for Breaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Breaks")
    }
}

fn passing(part: Part) -> Graphline {
    Graphline::new()
        .add("count", Count::to(10))
        .add("flaky", part.isolated())
        .add("collect", Collect::default())
        .link_with(1, "count.outbox", "flaky.inbox")
        .link_with(1, "flaky.outbox", "collect.inbox")
}

/// Made by this, which is told how many lives there were before.
fn flaky(home: fn(Part) -> Part, make: fn(u64) -> Flaky) -> Graphline {
    let lives = AtomicU64::new(0);
    let make = move || make(lives.fetch_add(1, Ordering::Relaxed));
    passing(home(Part::restarting(Restarts::at_most(1), make)))
}

#[test]
fn an_error_that_breaks_when_it_is_dropped_does_not_keep_a_component_from_another_life() {
    for home in HOMES {
        let make = |before| Flaky::new((before == 0).then(|| Failure { _on_drop: Some(Breaks) }));
        run_each(|| flaky(home, make), goes_well);
    }
}

#[test]
fn a_component_that_cannot_be_made_anew_has_failed_as_it_did_before() {
    for home in HOMES {
        let make = |before| match before {
            0 => Flaky::new(Some(Failure { _on_drop: None })),
            _ => panic!("{ON_PURPOSE}"),
        };
        run_each(
            || flaky(home, make),
            |result| assert_eq!(failures(&result.unwrap()), ["flaky failed: as it should"]),
        );
    }
}

#[test]
fn a_component_that_panics_over_its_boxes_when_it_begins_again_has_failed_as_it_did_before() {
    for home in HOMES {
        let make = |before| match before {
            0 => Flaky::new(Some(Failure { _on_drop: None })),
            _ => Flaky { is_hidden: true, ..Flaky::new(None) },
        };
        run_each(
            || flaky(home, make),
            |result| assert_eq!(failures(&result.unwrap()), ["flaky failed: as it should"]),
        );
    }
}

#[test]
fn what_makes_a_component_and_breaks_when_it_is_dropped_is_the_failure_of_that_component() {
    for home in HOMES {
        let graph = || {
            let breaks = Breaks;
            let make = move || {
                let _ = &breaks;
                Flaky::new(None)
            };
            passing(home(Part::restarting(Restarts::at_most(1), make)))
        };
        run_each(graph, fails_alone("flaky"));
    }
}

#[test]
fn what_makes_a_component_and_breaks_when_it_is_dropped_does_not_hide_a_failure() {
    for home in HOMES {
        let graph = || {
            let breaks = Breaks;
            let make = move || {
                let _ = &breaks;
                Flaky::new(Some(Failure { _on_drop: None }))
            };
            passing(home(Part::restarting(Restarts::at_most(1), make)))
        };
        run_each(graph, |result| {
            assert_eq!(failures(&result.unwrap()), ["flaky failed: as it should"]);
        });
    }
}

/// Sends messages of which each breaks.
#[derive(Component)]
struct Bombs {
    pub outbox: Outbox<Message>,
    books: Books,
}

impl Bombs {
    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..3 {
            self.outbox.send(self.books.bomb(number, ON_PURPOSE)).await?;
        }
        self.outbox.until_closed().await;
        Ok(())
    }
}

/// Leaves with its box full, having talked to another.
#[derive(Component, Default)]
struct LeavesFull {
    pub inbox: Inbox<Message>,
    pub outbox: Outbox<u64>,
    control: Control,
}

impl LeavesFull {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(1).await?;
        while self.inbox.waiting() < 3 {
            axon_core::yield_now().await;
        }
        Ok(())
    }
}

#[test]
fn several_messages_that_break_in_a_box_that_is_let_go_are_all_dropped_and_all_neighbours_hear() {
    for home in HOMES {
        let books = Arc::new(Books::default());
        let graph = || {
            let leaves = Part::restarting(Restarts::at_most(1), LeavesFull::default);
            Graphline::new()
                .add("bombs", Bombs { outbox: Outbox::new(), books: (*books).clone() })
                .add("leaves", home(leaves).isolated())
                .add("collect", Collect::default())
                .link("bombs.outbox", "leaves.inbox")
                .link("leaves.outbox", "collect.inbox")
        };
        run_each(graph, fails_alone("leaves"));
        assert_eq!(books.dropped(), books.made());
    }
}
