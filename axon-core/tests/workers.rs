//! Graphs on several workers and threads: the same results, and nobody sleeps for ever.

mod common;

use std::sync::{Arc, Mutex};
use std::thread;

use axon_core::{Arrange, Closed, Component, Graphline, Inbox, Outbox, RunError, Waiting};
use common::*;

/// The name of the thread it runs on.
#[derive(Component)]
struct Tells {
    pub outbox: Outbox<String>,
}

impl Tells {
    async fn main(mut self) -> Result<(), Closed> {
        let name = thread::current().name().unwrap_or("none").to_owned();
        self.outbox.send(name).await
    }
}

/// Keeps texts where the test can see them.
#[derive(Component, Default)]
struct Names {
    pub inbox: Inbox<String>,
    into: Arc<Mutex<Vec<String>>>,
}

impl Names {
    async fn main(mut self) {
        while let Some(name) = self.inbox.recv().await {
            self.into.lock().unwrap().push(name);
        }
    }
}

#[test]
fn a_component_runs_on_the_worker_it_is_put_on() {
    let names = Names::default();
    let seen = names.into.clone();
    let tells = || Tells { outbox: Outbox::new() };
    let there = Graphline::new().add("there", tells()).link("there.outbox", "self.outbox");
    Graphline::new()
        .add("disk", tells().on("disk"))
        .add("own", tells().on_thread())
        .nest("all", there.on("elsewhere"))
        .add("names", names)
        .link("disk.outbox", "names.inbox")
        .link("own.outbox", "names.inbox")
        .link("all.outbox", "names.inbox")
        .run()
        .unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["disk", "elsewhere", "own"]);
}

#[test]
fn everything_arrives_in_order_through_workers_and_threads() {
    let collected = in_time(|| {
        let collected = Collected::default();
        Graphline::new()
            .add("count", Count::to(20_000).on("first"))
            .add("a", Pass::default().on("second"))
            .add("b", ThreadedPass::default())
            .add("c", Pass::default().on_thread())
            .add("d", BatchPass::default().on("first"))
            .add("collect", Collect { into: collected.clone(), ..Collect::default() })
            .link("count.outbox", "a.inbox")
            .link_with(1, "a.outbox", "b.inbox")
            .link("b.outbox", "c.inbox")
            .link_with(3, "c.outbox", "d.inbox")
            .link("d.outbox", "collect.inbox")
            .run()
            .unwrap();
        contents(&collected)
    });
    assert_eq!(collected, (0..20_000).collect::<Vec<_>>());
}

#[test]
fn a_circle_that_waits_across_workers_and_threads_is_named() {
    let error = in_time(|| {
        Graphline::new()
            .add("here", Pass::default())
            .add("there", Pass::default().on("there"))
            .add("own", Pass::default().on_thread())
            .add("blocks", ThreadedPass::default())
            .link("here.outbox", "there.inbox")
            .link("there.outbox", "own.inbox")
            .link("own.outbox", "blocks.inbox")
            .link("blocks.outbox", "here.inbox")
            .run()
            .unwrap_err()
    });
    let RunError::Stuck { waiting } = error else { panic!("{error}") };
    let waits = |component: &str| Waiting::ForMessage {
        component: component.into(),
        inbox: "inbox".into(),
    };
    assert_eq!(waiting, ["here", "there", "own", "blocks"].map(waits));
}

#[test]
fn a_panic_on_another_worker_is_told_and_ends_the_graph() {
    /// Panics over its first message.
    #[derive(Component, Default)]
    struct Panics {
        pub inbox: Inbox<u64>,
    }
    impl Panics {
        async fn main(mut self) {
            let number = self.inbox.recv().await;
            panic!("over {number:?}");
        }
    }
    let error = in_time(|| {
        Graphline::new()
            .add("count", Count::to(u64::MAX))
            .add("panics", Panics::default().on("there"))
            .link("count.outbox", "panics.inbox")
            .run()
            .unwrap_err()
    });
    assert_eq!(error.to_string(), "component `panics` panicked: over Some(0)");
}
