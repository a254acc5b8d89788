//! Components that only look on end when nobody else is left.

mod common;

use axon_core::{Asked, Component, Control, Graphline, Inbox, ThreadedComponent};
use common::*;

#[derive(Component, Default)]
struct Onlooker {
    control: Control,
}

impl Onlooker {
    async fn main(self) {
        self.control.look_on();
        self.control.look_on();
        self.control.until_asked(Asked::Finish).await;
    }
}

#[derive(ThreadedComponent, Default)]
struct ThreadedOnlooker {
    control: Control,
}

impl ThreadedOnlooker {
    fn main(self) {
        self.control.look_on();
        while self.control.asked() < Asked::Finish {
            self.control.wait_blocking();
        }
    }
}

#[test]
fn who_looks_on_ends_when_all_others_have_ended() {
    let (count, collect) = (ThreadedCount::to(1_000), Collect::default());
    let report = Graphline::new()
        .link(&count.outbox, &collect.inbox)
        .add("count", count)
        .add("collect", collect)
        .add("one", Onlooker::default())
        .add("other", ThreadedOnlooker::default())
        .run()
        .unwrap();
    assert!(report.outcomes().all(|(_, outcome)| outcome.to_string() == "finished"));
    assert_eq!(report.outcomes().count(), 4);
}

/// Looks on for a while, and ends before the others.
#[derive(Component, Default)]
struct Passer {
    control: Control,
}

impl Passer {
    async fn main(self) {
        self.control.look_on();
    }
}

/// Works as long as somebody may send it something.
#[derive(Component, Default)]
struct Works {
    pub inbox: Inbox<u64>,
    control: Control,
}

impl Works {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
        assert_eq!(self.control.asked(), Asked::GoOn, "its work was cut short");
    }
}

#[test]
fn who_works_is_not_asked_to_finish_because_onlookers_come_and_go() {
    let (count, works) = (ThreadedCount::to(100_000), Works::default());
    Graphline::new()
        .link(&count.outbox, &works.inbox)
        .add("first", Passer::default())
        .add("second", Passer::default())
        .add("count", count)
        .add("works", works)
        .add("onlooker", Onlooker::default())
        .run()
        .unwrap();
}
