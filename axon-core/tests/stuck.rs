//! Graphs in which nobody can move say so; those that still can do not.

mod common;

use std::thread;
use std::time::Duration;

use axon_core::{
    Asked, Closed, Component, Control, Either, Graphline, Inbox, Outbox, RunError, Waiting, either,
};
use common::*;

#[test]
fn two_components_that_wait_for_each_other_are_named() {
    let (a, b) = (Pass::default(), Pass::default());
    let error = Graphline::new()
        .link(&a.outbox, &b.inbox)
        .link(&b.outbox, &a.inbox)
        .add("left", a)
        .add("right", b)
        .run()
        .unwrap_err();
    let RunError::Stuck { waiting } = error else { panic!("{error}") };
    let waits = |component: &str| Waiting::ForMessage {
        component: component.into(),
        inbox: "inbox".into(),
    };
    assert_eq!(waiting, [waits("left"), waits("right")]);
}

/// Sends two messages for each it gets: in a circle of boxes that must fill up.
#[derive(Component, Default)]
struct Doubles {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    starts: bool,
}

impl Doubles {
    async fn main(mut self) -> Result<(), Closed> {
        if self.starts {
            self.outbox.send(1).await?;
        }
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

#[test]
fn a_circle_of_full_boxes_is_reported_and_not_suffered() {
    let first = Doubles { starts: true, ..Doubles::default() };
    let second = Doubles::default();
    let error = Graphline::new()
        .link(&first.outbox, &second.inbox)
        .link(&second.outbox, &first.inbox)
        .add("first", first)
        .add("second", second)
        .run()
        .unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`first` waits for room in `second.inbox`"), "{text}");
    assert!(text.contains("`second` waits for room in `first.inbox`"), "{text}");
}

/// Complains when its messages end before it has seen one.
#[derive(Component, Default)]
struct Fussy {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Fussy {
    async fn main(mut self) -> Result<(), &'static str> {
        match self.inbox.recv().await {
            Some(_) => Ok(()),
            None => Err("nothing came"),
        }
    }
}

#[test]
fn a_graph_that_could_not_go_on_says_so_whatever_its_end_does_to_components() {
    let (a, b) = (Fussy::default(), Fussy::default());
    let error = Graphline::new()
        .link(&a.outbox, &b.inbox)
        .link(&b.outbox, &a.inbox)
        .add("a", a)
        .add("b", b)
        .run()
        .unwrap_err();
    assert!(matches!(error, RunError::Stuck { .. }), "{error}");
}

/// Passes messages on until it is asked to finish.
#[derive(Component, Default)]
struct Attends {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    control: Control,
}

impl Attends {
    async fn main(mut self) -> Result<(), Closed> {
        let asked = self.control.until_asked(Asked::Finish);
        let passing = async {
            while let Some(number) = self.inbox.recv().await {
                self.outbox.send(number).await?;
            }
            Ok(())
        };
        match either(asked, passing).await {
            Either::First(()) => Ok(()),
            Either::Second(result) => result,
        }
    }
}

#[test]
fn a_graph_that_waits_to_be_asked_is_not_stuck() {
    let (a, b) = (Attends::default(), Attends::default());
    let graph = Graphline::new()
        .link(&a.outbox, &b.inbox)
        .link(&b.outbox, &a.inbox)
        .add("a", a)
        .add("b", b)
        .build()
        .unwrap();
    let handle = graph.handle();
    let run = thread::spawn(move || graph.run().map(drop));
    // Whether it is asked before or after it falls asleep.
    thread::sleep(Duration::from_millis(20));
    handle.finish();
    in_time(|| run.join()).unwrap().unwrap();
}
