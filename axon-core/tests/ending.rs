//! How runs end: by themselves, when asked, when something fails, when nobody can move.

mod common;

use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use axon_core::{
    About, Asked, Closed, Component, ComponentResult, Control, Graphline, Inbox, Outbox, Outcome,
    Pipeline, RunError, Start, ThreadedComponent, Visitor, yield_now,
};
use common::*;

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

#[test]
fn a_graph_that_is_asked_before_it_runs_ends() {
    for asked in [Asked::Finish, Asked::Stop] {
        let outcomes = in_time(move || {
            let graph = Pipeline::new(Count::to(3)).then(Collect::default()).build().unwrap();
            let handle = graph.handle();
            match asked {
                Asked::Finish => handle.finish(),
                _ => handle.stop(),
            }
            let report = graph.run().unwrap();
            // And it may be asked again when all is over.
            handle.stop();
            report.outcomes().count()
        });
        assert_eq!(outcomes, 2);
    }
}

#[test]
fn an_empty_graph_that_is_asked_to_stop_ends() {
    in_time(|| {
        let graph = Graphline::new().build().unwrap();
        graph.handle().stop();
        graph.run().unwrap();
    });
}

/// Fails, and then breaks while its life is dropped.
#[derive(Default)]
struct Fragile {
    is_alive: bool,
}

impl Component for Fragile {
    fn boxes(&mut self, _visitor: &mut dyn Visitor) {}

    fn start(self: Box<Self>) -> Start {
        Start::Polled(Box::pin(Fragile { is_alive: true }))
    }
}

impl Future for Fragile {
    type Output = ComponentResult;

    fn poll(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<ComponentResult> {
        Poll::Ready(Err("the first thing that went wrong".into()))
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!self.is_alive, "broken on the way out");
    }
}

#[test]
fn a_failure_is_not_hidden_by_what_breaks_on_the_way_out() {
    let error = Graphline::new().add("fragile", Fragile::default()).run().unwrap_err();
    assert_eq!(error.to_string(), "component `fragile` failed: the first thing that went wrong");
}

/// Says that it shares a worker, and then wants a thread.
#[derive(Default)]
struct Undecided {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
}

impl Component for Undecided {
    fn boxes(&mut self, visitor: &mut dyn Visitor) {
        visitor.inbox(About::new("inbox", "Numbers."), &mut self.inbox);
        visitor.outbox(About::new("outbox", "The same."), &mut self.outbox);
    }

    fn start(self: Box<Self>) -> Start {
        Start::Blocking(Box::new(move || {
            drop(self);
            Ok(())
        }))
    }
}

#[test]
fn a_component_that_lives_elsewhere_than_it_said_is_refused() {
    let (count, undecided, collect) = (Count::to(3), Undecided::default(), Collect::default());
    let graph = Graphline::new()
        .link(&count.outbox, &undecided.inbox)
        .link(&undecided.outbox, &collect.inbox)
        .add("count", count)
        .add("undecided", undecided)
        .add("collect", collect);
    let error = in_time(|| graph.run().map(drop)).unwrap_err();
    assert!(error.to_string().contains("`undecided` failed: it asks for"), "{error}");
}

/// Talks without end, to whoever listens.
#[derive(Component, Default)]
struct Talker {
    #[optional]
    pub outbox: Outbox<u64>,
    many: bool,
}

impl Talker {
    async fn main(mut self) -> Result<(), Closed> {
        if self.many {
            self.outbox.send_many(0..).await?;
        }
        loop {
            self.outbox.send(1).await?;
        }
    }
}

#[test]
fn talking_to_nobody_leaves_turns_to_others_and_ends_when_asked_to_stop() {
    for many in [false, true] {
        let (tell, told) = mpsc::channel();
        let waits = Waits { tell, control: Control::default(), until: Asked::Stop };
        let graph = Graphline::new()
            .add("talker", Talker { many, ..Talker::default() })
            .add("waits", waits)
            .build()
            .unwrap();
        let handle = graph.handle();
        let run = thread::spawn(move || graph.run().map(drop));
        assert_eq!(told.recv_timeout(AGES), Ok("waiting"));
        handle.stop();
        assert_eq!(told.recv_timeout(AGES), Ok("asked"));
        in_time(|| run.join()).unwrap().unwrap();
    }
}

#[test]
fn a_component_that_talks_to_itself_leaves_turns_to_others() {
    let (tell, told) = mpsc::channel();
    let waits = Waits { tell, control: Control::default(), until: Asked::Stop };
    let itself = Itself::default();
    let graph = Graphline::new()
        .link(&itself.outbox, &itself.inbox)
        .add("itself", itself)
        .add("waits", waits)
        .build()
        .unwrap();
    let handle = graph.handle();
    let run = thread::spawn(move || graph.run().map(drop));
    assert_eq!(told.recv_timeout(AGES), Ok("waiting"));
    handle.stop();
    assert_eq!(told.recv_timeout(AGES), Ok("asked"));
    in_time(|| run.join()).unwrap().unwrap();
}

/// Gets its own messages.
#[derive(Component, Default)]
struct Itself {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Itself {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(1).await?;
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// Has one thing to say, and then waits for its receiver to end.
#[derive(Component)]
struct Attached {
    pub outbox: Outbox<u64>,
    tell: mpsc::Sender<bool>,
}

impl Attached {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(1).await?;
        self.outbox.until_closed().await;
        let _ = self.tell.send(self.outbox.is_taken());
        Ok(())
    }
}

/// Takes its time, then one message, and leaves.
#[derive(Component, Default)]
struct Leaves {
    pub inbox: Inbox<u64>,
}

impl Leaves {
    async fn main(mut self) {
        yield_now().await;
        self.inbox.recv().await;
        yield_now().await;
    }
}

#[derive(ThreadedComponent, Default)]
struct ThreadedLeaves {
    pub inbox: Inbox<u64>,
}

impl ThreadedLeaves {
    fn main(mut self) {
        self.inbox.recv_blocking();
    }
}

fn attached() -> (Attached, mpsc::Receiver<bool>) {
    let (tell, told) = mpsc::channel();
    (Attached { outbox: Outbox::new(), tell }, told)
}

#[test]
fn a_source_learns_from_its_box_that_its_receiver_has_ended() {
    in_time(|| {
        let (beside, told) = attached();
        Pipeline::new(beside).then(Leaves::default()).run().unwrap();
        assert_eq!(told.try_recv(), Ok(false));
        let (apart, told) = attached();
        Pipeline::new(apart).then(ThreadedLeaves::default()).run().unwrap();
        assert_eq!(told.try_recv(), Ok(false));
    });
}

#[test]
fn waiting_for_a_receiver_to_end_is_itself_ended_by_a_stop() {
    let (attached, told) = attached();
    let graph = Pipeline::new(attached).then(Deaf::default()).build().unwrap();
    let handle = graph.handle();
    let run = thread::spawn(move || graph.run().map(drop));
    thread::sleep(Duration::from_millis(20));
    handle.stop();
    in_time(|| run.join()).unwrap().unwrap();
    assert!(told.recv().is_ok());
}

/// Takes so many turns after its sender has ended, and ends.
#[derive(Component, Default)]
struct Lingers {
    turns: u32,
    pub inbox: Inbox<u64>,
}

impl Lingers {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
        for _ in 0..self.turns {
            yield_now().await;
        }
    }
}

#[test]
fn the_end_of_a_thread_is_the_end_of_the_graph_in_whichever_turn_it_is_heard_of() {
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        for turns in (0..130).cycle().take(1_000) {
            let lingers = Lingers { turns, ..Lingers::default() };
            Pipeline::new(ThreadedCount::to(1)).then(lingers).run().unwrap();
        }
        done.send(())
    });
    is_done.recv_timeout(AGES).expect("every run comes to its end");
}
