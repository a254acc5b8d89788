//! How runs end: by themselves, when asked, when something fails, when nobody can move.

mod common;

use std::cell::RefCell;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use axon_core::{
    Asked, Closed, Component, Control, Graph, GraphHandle, Graphline, Inbox, Outbox, Outcome,
    Pipeline, RunError, ThreadedComponent, Waiting, yield_now,
};
use common::*;

/// Long enough for any machine; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(60);

#[test]
fn an_empty_graph_ends_at_once() {
    assert_eq!(Graphline::new().run().unwrap().outcomes().count(), 0);
}

#[test]
fn every_component_has_an_outcome() {
    let report = Pipeline::new(Count::to(3)).then(Collect::default()).run().unwrap();
    let outcomes: Vec<_> = report.outcomes().map(|(name, o)| format!("{name} {o}")).collect();
    assert_eq!(outcomes, ["1 Count finished", "2 Collect finished"]);
}

#[derive(Component, Default)]
struct Breaks {
    pub inbox: Inbox<u64>,
    panics: bool,
}

impl Breaks {
    async fn main(mut self) -> Result<(), String> {
        self.inbox.recv().await;
        assert!(!self.panics, "a bad day");
        Err("no more room".into())
    }
}

#[test]
fn an_error_names_its_component_and_ends_the_others() {
    let result = Pipeline::new(Count::to(u64::MAX)).then(Breaks::default()).run();
    let error = result.unwrap_err();
    assert_eq!(error.to_string(), "component `2 Breaks` failed: no more room");
    let RunError::Component { report, .. } = error else { panic!("{error}") };
    assert!(matches!(report.outcome("1 Count"), Some(Outcome::Finished)));
}

#[test]
fn a_panic_names_its_component_and_ends_the_others() {
    let breaks = Breaks { panics: true, ..Breaks::default() };
    let error = Pipeline::new(ThreadedCount::to(u64::MAX)).then(breaks).run().unwrap_err();
    assert_eq!(error.to_string(), "component `2 Breaks` panicked: a bad day");
}

#[derive(ThreadedComponent, Default)]
struct ThreadPanics {
    #[optional]
    inbox: Inbox<u64>,
}

impl ThreadPanics {
    fn main(mut self) {
        let _ = self.inbox.try_recv();
        panic!("on a thread");
    }
}

#[test]
fn a_panic_on_a_thread_is_not_lost() {
    let (sender, control) = mpsc::channel();
    let waits = Waits { tell: sender, control: Control::default(), until: Asked::Stop };
    let graph = Graphline::new().add("bad", ThreadPanics::default()).add("waits", waits);
    let error = graph.run().unwrap_err();
    assert_eq!(error.to_string(), "component `bad` panicked: on a thread");
    assert_eq!(control.try_iter().collect::<Vec<_>>(), ["waiting", "asked"]);
}

/// Does nothing until it is asked to end.
#[derive(Component)]
struct Waits {
    tell: mpsc::Sender<&'static str>,
    until: Asked,
    control: Control,
}

impl Waits {
    async fn main(self) {
        let _ = self.tell.send("waiting");
        self.control.until_asked(self.until).await;
        let _ = self.tell.send("asked");
    }
}

#[test]
fn stop_ends_components_that_wait_for_messages_for_room_or_for_being_asked() {
    let (tell, told) = mpsc::channel();
    let waits = Waits { tell, control: Control::default(), until: Asked::Stop };
    let (count, deaf) = (ThreadedCount::to(u64::MAX), Deaf::default());
    let graph = Graphline::new()
        .link(&count.outbox, &deaf.inbox)
        .add("count", count)
        .add("deaf", deaf)
        .add("waits", waits)
        .build()
        .unwrap();
    let handle = graph.handle();
    let run = thread::spawn(move || graph.run().map(drop));
    assert_eq!(told.recv_timeout(AGES), Ok("waiting"));
    handle.stop();
    assert_eq!(told.recv_timeout(AGES), Ok("asked"));
    run.join().unwrap().unwrap();
}

/// Never looks at its inbox.
#[derive(Component, Default)]
struct Deaf {
    pub inbox: Inbox<u64>,
    control: Control,
}

impl Deaf {
    async fn main(self) {
        self.control.until_asked(Asked::Stop).await;
    }
}

/// Counts until it is asked to begin nothing new.
#[derive(ThreadedComponent)]
struct Source {
    tell: mpsc::Sender<u64>,
    pub outbox: Outbox<u64>,
    control: Control,
}

impl Source {
    fn main(mut self) -> Result<(), Closed> {
        let mut sent = 0;
        while self.control.asked() < Asked::Finish {
            self.outbox.send_blocking(sent)?;
            sent += 1;
            let _ = self.tell.send(sent);
        }
        Ok(())
    }
}

#[test]
fn finish_works_through_everything_that_was_sent() {
    let (tell, told) = mpsc::channel();
    let collect = Collect::default();
    let into = collect.into.clone();
    let source = Source { tell, outbox: Outbox::new(), control: Control::default() };
    let graph = Pipeline::new(source).then(Pass::default()).then(collect).build().unwrap();
    let handle = graph.handle();
    let run = thread::spawn(move || graph.run().map(drop));
    told.recv_timeout(AGES).unwrap();
    handle.finish();
    run.join().unwrap().unwrap();
    let sent = told.try_iter().last().unwrap_or(1);
    assert_eq!(contents(&into), (0..sent).collect::<Vec<_>>());
}

thread_local! {
    /// Dropped when its thread is over, and so after the thread has said that it is.
    static UNTIL_OVER: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) };
}

/// A thread that is over at once.
#[derive(ThreadedComponent)]
struct Brief {
    until_over: mpsc::Sender<()>,
}

impl Brief {
    fn main(self) {
        UNTIL_OVER.with(|kept| kept.replace(Some(self.until_over)));
    }
}

/// Takes so many turns, and one more in which it sees the thread end.
#[derive(Component)]
struct Turns {
    count: u32,
    over: mpsc::Receiver<()>,
}

impl Turns {
    async fn main(self) {
        for _ in 0..self.count {
            yield_now().await;
        }
        assert_eq!(self.over.recv_timeout(AGES), Err(RecvTimeoutError::Disconnected));
    }
}

#[test]
fn a_graph_ends_with_its_last_component_in_whatever_turn_that_is() {
    for count in 0..200 {
        let (until_over, over) = mpsc::channel();
        let graph = Graphline::new()
            .add("brief", Brief { until_over })
            .add("turns", Turns { count, over })
            .build()
            .unwrap();
        assert_ends(graph, &format!("after {count} turns"));
    }
}

/// Asks its own graph to finish, with its last breath.
#[derive(Component)]
struct Parting {
    graph: mpsc::Receiver<GraphHandle>,
}

impl Parting {
    async fn main(self) {
        self.graph.recv_timeout(AGES).unwrap().finish();
    }
}

#[test]
fn asking_a_graph_to_finish_as_it_ends_does_not_keep_it() {
    let (tell, told) = mpsc::channel();
    let graph = Graphline::new().add("parting", Parting { graph: told }).build().unwrap();
    tell.send(graph.handle()).unwrap();
    assert_ends(graph, "asked as it ends");
}

fn assert_ends(graph: Graph, when: &str) {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(graph.run().map(drop).map_err(|error| error.to_string())));
    assert_eq!(told.recv_timeout(AGES), Ok(Ok(())), "{when}");
}

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

#[test]
fn a_graph_inside_a_component_is_refused_with_the_way_out() {
    #[derive(Component, Default)]
    struct Inner;
    impl Inner {
        async fn main(self) -> Result<(), RunError> {
            Graphline::new().run().map(drop)
        }
    }
    let error = Graphline::new().add("inner", Inner).run().unwrap_err();
    assert!(error.to_string().contains("run this one on a thread of its own"), "{error}");
}

#[test]
fn a_blocking_call_on_a_shared_worker_is_refused() {
    #[derive(Component, Default)]
    struct Blocks {
        inbox: Inbox<u64>,
    }
    impl Blocks {
        async fn main(mut self) {
            self.inbox.recv_blocking();
        }
    }
    let (silent, blocks) = (Silent::default(), Blocks::default());
    let error = Graphline::new()
        .link(&silent.outbox, &blocks.inbox)
        .add("blocks", blocks)
        .add("silent", silent)
        .run()
        .unwrap_err();
    assert!(error.to_string().contains("`blocks` runs on a shared worker"), "{error}");
}

/// Sends nothing until it is asked to stop.
#[derive(Component, Default)]
struct Silent {
    outbox: Outbox<u64>,
    control: Control,
}

impl Silent {
    async fn main(mut self) -> Result<(), Closed> {
        self.control.until_asked(Asked::Stop).await;
        self.outbox.send(0).await
    }
}
