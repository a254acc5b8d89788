//! Looking into a graph, before it runs and while it does.

mod common;

use std::thread;

use axon_core::inspect::{Home, Introspection, State, Wait};
use axon_core::{
    Arrange, Asked, Closed, Component, Control, Graphline, HandleError, Inbox, Outbox,
};
use common::*;

/// Sends a hundred numbers, and lives on until it is asked to stop.
#[derive(Component, Default)]
struct Lingers {
    pub outbox: Outbox<u64>,
    control: Control,
}

impl Lingers {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send_many(0..100).await?;
        self.control.until_asked(Asked::Stop).await;
        Ok(())
    }
}

/// Holds its inbox open, so that nobody ends before the test says so.
#[derive(Component, Default)]
struct Holds {
    pub inbox: Inbox<u64>,
    #[optional]
    pub outbox: Outbox<u64>,
}

impl Holds {
    async fn main(mut self) {
        let _held_open = self.inbox.address();
        while self.inbox.recv().await.is_some() {}
    }
}

/// Takes messages of any type.
#[derive(Component)]
struct TakesAny<T: Send + 'static> {
    inbox: Inbox<T>,
}

impl<T: Send + 'static> Default for TakesAny<T> {
    fn default() -> Self {
        TakesAny { inbox: Inbox::new() }
    }
}

impl<T: Send + 'static> TakesAny<T> {
    async fn main(mut self) {
        while self.inbox.recv().await.is_some() {}
    }
}

fn graph() -> Graphline {
    let inner = Graphline::new()
        .add("pass", Pass::default())
        .link("self.inbox", "pass.inbox")
        .link("pass.outbox", "self.outbox");
    Graphline::new()
        .add("count", Lingers::default())
        .nest("inner", inner)
        .add("holds", Holds::default().on("there"))
        .link_with(7, "count.outbox", "inner.inbox")
        .link("inner.outbox", "holds.inbox")
}

#[test]
fn a_graph_can_be_drawn_before_it_runs() {
    let snapshot = graph().build().unwrap().snapshot();
    assert!(!snapshot.has_started());
    let names: Vec<&str> = snapshot.components.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["count", "inner/pass", "holds"]);
    let link = snapshot.link("count.outbox").unwrap();
    assert_eq!((link.to.component.as_str(), link.capacity), ("inner/pass", 7));
    assert_eq!(snapshot.component("holds").unwrap().home, Home::Worker("there".into()));
    assert!(snapshot.to_dot().contains("inner"));
}

#[test]
fn types_are_named_without_their_paths() {
    let graph = Graphline::new().add("all", TakesAny::<Vec<u8>>::default());
    let snapshot = graph.link("self.in", "all.inbox").build().unwrap().snapshot();
    assert_eq!(snapshot.component("all").unwrap().kind, "TakesAny<Vec<u8>>");
    assert_eq!(snapshot.component("all").unwrap().inboxes[0].message, "Vec<u8>");
}

/// Looks until it sees what it looks for.
#[track_caller]
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "it is never seen");
        thread::yield_now();
    }
}

#[test]
fn a_running_graph_tells_who_waits_for_what_and_how_much_has_passed() {
    let graph = graph().build().unwrap();
    let handle = graph.handle();
    let running = thread::spawn(move || graph.run());
    let snapshot = until(|| {
        let snapshot = handle.snapshot();
        let link = snapshot.link("inner/pass.outbox")?;
        (link.taken == 100 && snapshot.components.len() == 3).then_some(snapshot)
    });
    let holds = snapshot.component("holds").unwrap();
    assert_eq!(holds.kind.rsplit("::").next(), Some("Holds"));
    let waits = until(|| match &handle.snapshot().component("holds")?.state {
        State::Waiting(waits) => Some(waits.clone()),
        _ => None,
    });
    assert_eq!(waits, [Wait::Message { inbox: "inbox".into() }]);
    let text = Introspection::new().changes(&snapshot).unwrap();
    assert!(text.starts_with("DEL ALL\n"), "{text}");
    handle.stop();
    running.join().unwrap().unwrap();
    assert!(handle.snapshot().components.is_empty());
}

#[test]
fn a_paused_component_gets_no_turns_until_it_is_resumed_and_loses_nothing() {
    let collected = Collected::default();
    let collect = Collect { into: collected.clone(), ..Collect::default() };
    let threaded = Collected::default();
    let own = ThreadedCollect { into: threaded.clone(), ..ThreadedCollect::default() };
    let (mut here, mut there) = (Inbox::new(), Inbox::new());
    let (to_here, to_there) = (here.address(), there.address());
    let graph = Graphline::new()
        .add("here", Pass { inbox: here, ..Pass::default() })
        .add("there", Pass { inbox: there, ..Pass::default() })
        .add("collect", collect.on("apart"))
        .add("own", own)
        .link("here.outbox", "collect.inbox")
        .link("there.outbox", "own.inbox")
        .build()
        .unwrap();
    let handle = graph.handle();
    let running = thread::spawn(move || graph.run());
    until(|| handle.pause("here").ok());
    until(|| handle.pause("own").ok());
    to_here.send_blocking(1).unwrap();
    to_there.send_blocking(2).unwrap();
    until(|| (handle.snapshot().link("there.outbox")?.sent == 1).then_some(()));
    assert_eq!(handle.snapshot().component("here").unwrap().state, State::Paused);
    assert_eq!(contents(&collected), []);
    handle.resume("here").unwrap();
    handle.resume("own").unwrap();
    until(|| (contents(&collected) == [1]).then_some(()));
    until(|| (contents(&threaded) == [2]).then_some(()));
    let error = handle.pause("nobody").unwrap_err();
    assert_eq!(error, HandleError::NoSuchComponent { name: "nobody".into() });
    drop((to_here, to_there));
    running.join().unwrap().unwrap();
}

/// Keeps texts where the test can see them.
#[derive(Component, Default)]
struct Texts {
    pub inbox: Inbox<String>,
    into: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Texts {
    async fn main(mut self) {
        while let Some(text) = self.inbox.recv().await {
            self.into.lock().unwrap().push(text);
        }
    }
}

/// Adopts a component after ten seconds, which lives for ten.
#[derive(Component, Default)]
struct AdoptsOne {
    control: Control,
}

impl AdoptsOne {
    async fn main(self) {
        let ten = std::time::Duration::from_secs(10);
        axon_core::sleep(ten).await;
        let late = Graphline::new().add("late", Sleeps { time: ten });
        self.control.adopt(late).unwrap().all_ended().await;
        self.control.graph().unwrap().finish();
    }
}

/// Does nothing for this long.
#[derive(Component)]
struct Sleeps {
    time: std::time::Duration,
}

impl Sleeps {
    async fn main(self) {
        axon_core::sleep(self.time).await;
    }
}

#[test]
fn an_introspector_tells_of_changes_and_of_nothing_else() {
    let texts = Texts::default();
    let into = texts.into.clone();
    let introspector = axon_core::Introspector::default();
    let graph = Graphline::new()
        .link(&introspector.outbox, &texts.inbox)
        .add("introspector", introspector)
        .add("texts", texts)
        .add("adopts", AdoptsOne::default());
    graph.run_seeded(1).result.unwrap();
    let texts = into.lock().unwrap().clone();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[0].starts_with("DEL ALL\n"));
    assert!(texts[1].contains("\"late\" randompos component"), "{}", texts[1]);
    assert!(texts[2].starts_with("DEL NODE"), "{}", texts[2]);
}
