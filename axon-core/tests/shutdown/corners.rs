//! Before a graph runs, after it has ended, and what somebody has kept of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axon_core::{
    Asked, Component, Control, GraphHandle, Graphline, Inbox, LinkPolicy, Outbox, Part, Restarts,
};

use crate::books::{Books, Message};
use crate::common::{Collect, Count, in_time};

fn counting() -> Graphline {
    Graphline::new()
        .add("count", Count::to(5))
        .add("collect", Collect::default())
        .link("count.outbox", "collect.inbox")
}

/// All there is to ask of a graph.
fn ask_everything(graph: &GraphHandle) {
    graph.finish();
    graph.finish_within(Duration::ZERO);
    graph.stop();
    graph.stop_within(Duration::ZERO);
    graph.stop_within(Duration::MAX);
    let _ = graph.snapshot();
    assert!(graph.pause("count").is_err());
    assert!(graph.resume("count").is_err());
    assert!(graph.unlink("count.outbox").is_err());
    assert!(graph.link_with(LinkPolicy::wait(1), "count.outbox", "collect.inbox").is_err());
    assert!(graph.tap::<u64>("count.outbox").is_err());
}

#[test]
fn a_graph_that_has_ended_may_be_asked_anything_and_nothing_happens() {
    in_time(|| {
        let graph = counting().build().unwrap();
        let handle = graph.handle();
        graph.run().unwrap();
        ask_everything(&handle);
        let seeded = counting().build().unwrap();
        let handle = seeded.handle();
        seeded.run_seeded(1).result.unwrap();
        ask_everything(&handle);
    });
}

/// Gives its control to the test.
#[derive(Component)]
struct Lends {
    control: Control,
    to: Arc<Mutex<Option<Control>>>,
}

impl Lends {
    async fn main(self) {
        *self.to.lock().unwrap() = Some(self.control);
    }
}

/// Holds a message from when it is made.
#[derive(Component)]
struct Holds {
    message: Message,
}

impl Holds {
    async fn main(self) {
        drop(self.message);
    }
}

#[test]
fn a_control_that_is_kept_adopts_nobody_when_the_graph_has_ended() {
    in_time(|| {
        let books = Books::default();
        let lent: Arc<Mutex<Option<Control>>> = Arc::default();
        let lends = Lends { control: Control::default(), to: lent.clone() };
        Graphline::new().add("lends", lends).run().unwrap();
        let control = lent.lock().unwrap().take().unwrap();
        let child = Holds { message: books.message(0) };
        assert!(control.adopt(Graphline::new().add("child", child)).is_err());
        assert_eq!((books.made(), books.dropped()), (1, 1));
        // Nothing more is asked of it than was while it lived.
        assert_eq!(control.asked(), Asked::GoOn);
        ask_everything(&control.graph().unwrap());
    });
}

#[test]
fn a_graph_that_never_runs_drops_what_is_in_it_once_whatever_was_asked() {
    for asks in [|_: &GraphHandle| (), GraphHandle::stop, ask_before] {
        let books = Books::default();
        let made = books.clone();
        let make = move || Holds { message: made.message(1) };
        let graph = counting()
            .add("holds", Holds { message: books.message(0) })
            .add("again", Part::restarting(Restarts::at_most(3), make))
            .build()
            .unwrap();
        let handle = graph.handle();
        asks(&handle);
        drop(graph);
        ask_everything(&handle);
        assert_eq!((books.made(), books.dropped()), (2, 2));
    }
}

fn ask_before(graph: &GraphHandle) {
    graph.finish_within(Duration::ZERO);
    graph.stop_within(Duration::ZERO);
}

/// Stops its graph while one that it has adopted, one that it has not and itself wait for room.
#[derive(Component)]
struct StopsItself {
    pub outbox: Outbox<Message>,
    control: Control,
    books: Books,
}

impl StopsItself {
    async fn main(mut self) {
        let graph = self.control.graph().expect("it runs");
        self.outbox.send(self.books.message(0)).await.expect("there is room");
        graph.stop();
        // It was only asked: what it can still do, it may.
        assert!(self.outbox.send(self.books.message(1)).await.is_err());
        graph.stop();
    }
}

/// Never looks at its box.
#[derive(Component, Default)]
struct Deaf {
    pub inbox: Inbox<Message>,
    control: Control,
}

impl Deaf {
    async fn main(self) {
        self.control.until_asked(Asked::Stop).await;
    }
}

#[test]
fn who_stops_its_graph_and_then_waits_for_room_hears_that_there_will_be_none() {
    for seed in 0..50 {
        in_time(move || {
            let books = Books::default();
            let (outbox, control) = Default::default();
            let stops = StopsItself { outbox, control, books: books.clone() };
            let deaf = Deaf::default();
            let graph = Graphline::new()
                .link_with(1, &stops.outbox, &deaf.inbox)
                .add("stops", Part::from(stops))
                .add("deaf", Part::from(deaf).on_thread());
            graph.run_seeded(seed).result.unwrap();
            assert_eq!((books.made(), books.dropped()), (2, 2));
        });
    }
}
