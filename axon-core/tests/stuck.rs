//! Graphs in which nobody can move say so; those that still can do not.

mod common;

use std::thread;
use std::time::Duration;

use axon_core::inspect::State;
use axon_core::{
    Address, Asked, Closed, Component, Control, Either, GraphHandle, Graphline, Inbox, Outbox,
    RunError, ThreadedComponent, TryRecvError, Waiting, either,
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

/// Has nothing in its box, and then waits for room with somebody outside.
#[derive(ThreadedComponent)]
struct Reports {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    to: Address<u64>,
}

impl Reports {
    fn main(mut self) -> Result<(), Closed> {
        assert_eq!(self.inbox.try_recv(), Err(TryRecvError::Empty));
        self.to.send_blocking(1)?;
        self.outbox.send_blocking(1)
    }
}

fn wait_until(handle: &GraphHandle, seen: impl Fn(&[State]) -> bool) {
    loop {
        let snapshot = handle.snapshot();
        let states: Vec<State> = snapshot.components.iter().map(|it| it.state.clone()).collect();
        if !states.is_empty() && seen(&states) {
            return;
        }
        thread::yield_now();
    }
}

fn all_wait(states: &[State]) -> bool {
    states.iter().all(|state| matches!(state, State::Waiting(_)))
}

#[test]
fn a_graph_whose_thread_waits_for_room_outside_is_not_stuck() {
    let mut outside = Inbox::new();
    let to = outside.address();
    while to.try_send(0).is_ok() {}
    let reports = Reports { inbox: Inbox::new(), outbox: Outbox::new(), to };
    let pass = Pass::default();
    let graph = Graphline::new()
        .link(&reports.outbox, &pass.inbox)
        .link(&pass.outbox, &reports.inbox)
        .add("reports", reports)
        .add("pass", pass)
        .build()
        .unwrap();
    let handle = graph.handle();
    let run = thread::spawn(move || graph.run().map(drop));
    in_time(move || wait_until(&handle, all_wait));
    // Long enough for whoever would call it stuck.
    thread::sleep(Duration::from_millis(20));
    while outside.try_recv().is_ok() {}
    in_time(|| run.join()).unwrap().unwrap();
}

/// Waits for a neighbour, with a second box that others hold an address of.
#[derive(Component, Default)]
struct HasAnother {
    other: Option<Inbox<u64>>,
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    drops_it: bool,
}

impl HasAnother {
    async fn main(mut self) {
        if self.drops_it {
            self.other = None;
        }
        self.inbox.recv().await;
    }
}

/// Shows both boxes, which the macro would not.
struct ShowsAnother(HasAnother);

impl Component for ShowsAnother {
    fn boxes(&mut self, visitor: &mut dyn axon_core::Visitor) {
        self.0.boxes(visitor);
        if let Some(other) = &mut self.0.other {
            visitor.inbox(axon_core::About::new("other", "Whatever.").optional(), other);
        }
    }

    fn start(self: Box<Self>) -> axon_core::Start {
        Box::new(self.0).start()
    }
}

/// A circle of two who wait for each other, and the address of a box of the first.
fn circle(drops_it: bool) -> (Graphline, Address<u64>) {
    let (mut other, pass) = (Inbox::new(), Pass::default());
    let address = other.address();
    let first = HasAnother { other: Some(other), drops_it, ..HasAnother::default() };
    let graph = Graphline::new()
        .link(&first.outbox, &pass.inbox)
        .link(&pass.outbox, &first.inbox)
        .add("first", ShowsAnother(first))
        .add("pass", pass);
    (graph, address)
}

#[test]
fn an_address_that_goes_while_its_owner_waits_elsewhere_leaves_a_stuck_graph_that_is_found() {
    for _ in 0..20 {
        let (graph, address) = circle(false);
        let graph = graph.build().unwrap();
        let handle = graph.handle();
        let run = thread::spawn(move || graph.run().map(drop));
        in_time(move || wait_until(&handle, all_wait));
        // After the manager has looked, most often.
        thread::sleep(Duration::from_millis(1));
        drop(address);
        let error = in_time(|| run.join()).unwrap().unwrap_err();
        assert!(matches!(error, RunError::Stuck { .. }), "{error}");
    }
}

#[test]
fn an_address_of_a_box_that_is_gone_does_not_hide_that_a_graph_is_stuck() {
    let (graph, _address) = circle(true);
    let error = in_time(|| graph.run().unwrap_err());
    assert!(matches!(error, RunError::Stuck { .. }), "{error}");
}
