//! Components that are adopted by others, and watched by them.

mod common;

use std::sync::{Arc, Mutex};

use axon_core::{
    Asked, ChildEnded, Closed, Component, Control, Graphline, Inbox, Lent, Outbox, RunError,
    ThreadedComponent, Waiting, yield_now,
};
use common::*;

type AnyError = Box<dyn std::error::Error + Send + Sync>;
type Seen = Arc<Mutex<Vec<String>>>;

/// Does what the test says, as a parent.
#[derive(Component)]
struct Parent {
    control: Control,
    graph: Option<Graphline>,
    seen: Seen,
}

impl Parent {
    fn of(graph: Graphline) -> (Self, Seen) {
        let seen = Seen::default();
        (Parent { control: Control::default(), graph: Some(graph), seen: seen.clone() }, seen)
    }

    async fn main(mut self) -> Result<(), AnyError> {
        let mut children = self.control.adopt(self.graph.take().expect("given by the test"))?;
        while let Some(ended) = children.next_end().await {
            self.seen.lock().unwrap().push(told(&ended));
        }
        assert!(children.have_ended());
        Ok(())
    }
}

fn told(ended: &ChildEnded) -> String {
    format!("{} {}", ended.name, ended.failure.as_deref().unwrap_or("well"))
}

/// Fails at once.
#[derive(Component)]
struct Fails;

impl Fails {
    async fn main(self) -> Result<(), String> {
        Err("on purpose".to_owned())
    }
}

#[test]
fn a_parent_is_told_of_each_childs_end_and_then_that_all_have() {
    let graph = Graphline::new()
        .add("count", Count::to(10))
        .add("collect", Collect::default())
        .link("count.outbox", "collect.inbox");
    let (parent, seen) = Parent::of(graph);
    let report = Graphline::new().add("parent", parent).run().unwrap();
    assert_eq!(*seen.lock().unwrap(), ["count well", "collect well"]);
    assert_eq!(report.components(), 3);
}

#[test]
fn a_failure_among_isolated_children_is_told_to_the_parent_and_ends_nobody_else() {
    let (parent, seen) = Parent::of(Graphline::new().add("fails", Fails).isolated());
    Graphline::new().add("parent", parent).run().unwrap();
    assert_eq!(*seen.lock().unwrap(), ["fails failed: on purpose"]);
}

#[test]
fn a_failure_among_other_children_ends_the_graph() {
    let (parent, _) = Parent::of(Graphline::new().add("fails", Fails));
    let error = Graphline::new().add("parent", parent).run().unwrap_err();
    assert_eq!(error.to_string(), "component `fails` failed: on purpose");
}

/// Gives numbers to a child through a box of its own, and takes what comes back.
#[derive(Component, Default)]
struct Lends {
    control: Control,
    into: Collected,
}

impl Lends {
    async fn main(self) -> Result<(), AnyError> {
        for round in 0..3 {
            let (mut to_child, mut from_child) = (Outbox::new(), Inbox::new());
            let child = Pass::default();
            let graph = Graphline::new()
                .link(&to_child, &child.inbox)
                .link(&child.outbox, &from_child)
                .add("child", child);
            let lent = Lent::default().outbox(&mut to_child).inbox(&mut from_child);
            let mut children = self.control.adopt_linked(graph, lent)?;
            to_child.send(round).await?;
            drop(to_child);
            while let Some(number) = from_child.recv().await {
                self.into.lock().unwrap().push(number);
            }
            children.all_ended().await;
        }
        Ok(())
    }
}

#[test]
fn a_parent_talks_with_its_children_through_boxes_it_lends_them() {
    let lends = Lends::default();
    let collected = lends.into.clone();
    Graphline::new().add("lends", lends).run().unwrap();
    assert_eq!(contents(&collected), [0, 1, 2]);
}

/// Adopts a child that waits for it, and waits for the child.
#[derive(Component, Default)]
struct WaitsForEver {
    control: Control,
}

impl WaitsForEver {
    async fn main(self) -> Result<(), AnyError> {
        let mut to_child = Outbox::<u64>::new();
        let child = Collect::default();
        let graph = Graphline::new().link(&to_child, &child.inbox).add("child", child);
        let lent = Lent::default().outbox(&mut to_child);
        self.control.adopt_linked(graph, lent)?.all_ended().await;
        Ok(())
    }
}

#[test]
fn a_parent_and_a_child_that_wait_for_each_other_are_named() {
    let graph = Graphline::new().add("parent", WaitsForEver::default());
    let error = in_time(|| graph.run().unwrap_err());
    let RunError::Stuck { waiting } = error else { panic!("{error}") };
    assert_eq!(
        waiting,
        [
            Waiting::ForChild { component: "parent".into() },
            Waiting::ForMessage { component: "child".into(), inbox: "inbox".into() },
        ]
    );
}

/// Adopts what would go on for ever, and stops it.
#[derive(ThreadedComponent, Default)]
struct Stops {
    control: Control,
}

impl Stops {
    fn main(self) -> Result<(), AnyError> {
        let endless = Graphline::new()
            .add("count", Count::to(u64::MAX))
            .add("collect", Pass::default())
            .add("end", Forget::default())
            .link("count.outbox", "collect.inbox")
            .link("collect.outbox", "end.inbox");
        let mut children = self.control.adopt(endless)?;
        children.stop();
        let mut ends = Vec::new();
        while let Some(ended) = children.next_end_blocking() {
            ends.push(told(&ended));
        }
        ends.sort();
        assert_eq!(ends, ["collect well", "count well", "end well"]);
        Ok(())
    }
}

/// Forgets what it gets.
#[derive(Component, Default)]
struct Forget {
    pub inbox: Inbox<u64>,
}

impl Forget {
    async fn main(mut self) -> Result<(), Closed> {
        while self.inbox.recv().await.is_some() {}
        Ok(())
    }
}

#[test]
fn a_parent_can_stop_its_children_and_goes_on_itself() {
    let collected = in_time(|| {
        let collected = Collected::default();
        Graphline::new()
            .add("stops", Stops::default())
            .add("count", Count::to(1_000))
            .add("collect", Collect { into: collected.clone(), ..Collect::default() })
            .link("count.outbox", "collect.inbox")
            .run()
            .unwrap();
        contents(&collected)
    });
    assert_eq!(collected.len(), 1_000);
}

/// Has a child take over boxes that it has had itself, or lends one that is linked.
#[derive(Component, Default)]
struct GivesAway {
    inbox: Inbox<u64>,
    outbox: Outbox<u64>,
    control: Control,
    told: Seen,
}

impl GivesAway {
    async fn main(mut self) -> Result<(), Closed> {
        let second = Collect::default();
        let graph = Graphline::new().link(&self.outbox, &second.inbox).add("second", second);
        let lent = Lent::default().outbox(&mut self.outbox);
        let twice = self.control.adopt_linked(graph, lent).unwrap_err();
        self.outbox.send(1).await?;
        let child = Pass { inbox: self.inbox, outbox: self.outbox };
        let given = self.control.adopt(Graphline::new().add("child", child)).unwrap_err();
        let errors = [&twice, &given].into_iter().flat_map(axon_core::WiringErrors::iter);
        self.told.lock().unwrap().extend(errors.map(ToString::to_string));
        Ok(())
    }
}

#[test]
fn a_child_cannot_take_over_the_boxes_of_its_parent_nor_a_second_link_from_one() {
    let (gives_away, collect) = (GivesAway::default(), Collect::default());
    let (told, collected) = (gives_away.told.clone(), collect.into.clone());
    Graphline::new()
        .add("count", Count::to(0))
        .add("gives away", gives_away)
        .add("collect", collect)
        .link("count.outbox", "gives away.inbox")
        .link("gives away.outbox", "collect.inbox")
        .run()
        .unwrap();
    assert_eq!(
        *told.lock().unwrap(),
        [
            "two links leave `self.lent outbox 0`; put a `Fanout` (kamaelia-io) after it",
            "`child.inbox`, an inbox, belongs to another component, and does so for life; make a \
             new one, and link both components",
            "`child.outbox`, an outbox, belongs to another component, and does so for life; make \
             a new one, and link both components",
        ]
    );
    assert_eq!(contents(&collected), [1], "the first link still works");
}

/// Waits until it is stopped, and then adopts one that waits for that too.
#[derive(Component, Default)]
struct AdoptsLate {
    control: Control,
}

impl AdoptsLate {
    async fn main(self) -> Result<(), AnyError> {
        self.control.until_asked(Asked::Stop).await;
        let waits = Graphline::new().add("waits", UntilStopped::default());
        self.control.adopt(Graphline::new().nest("inner", waits))?.all_ended().await;
        Ok(())
    }
}

/// Ends when it is stopped.
#[derive(Component, Default)]
struct UntilStopped {
    control: Control,
}

impl UntilStopped {
    async fn main(self) {
        self.control.until_asked(Asked::Stop).await;
    }
}

#[test]
fn what_was_asked_of_a_nested_graph_is_asked_of_those_adopted_into_it_later() {
    let inner = Graphline::new().add("adopts", AdoptsLate::default()).add("fails", Fails);
    let graph = Graphline::new().nest("inner", inner.isolated());
    let report = in_time(|| graph.run()).unwrap();
    assert!(report.outcome("inner/waits").is_some());
}

/// Adopts one that fails, and ends in the same turn.
#[derive(Component, Default)]
struct AdoptsAndEnds {
    control: Control,
}

impl AdoptsAndEnds {
    async fn main(self) -> Result<(), AnyError> {
        self.control.adopt(Graphline::new().add("fails", Fails))?;
        Ok(())
    }
}

#[test]
fn who_is_adopted_by_the_last_that_lived_may_fail_as_any_other() {
    let graph = Graphline::new().add("parent", AdoptsAndEnds::default());
    let error = in_time(|| graph.run().unwrap_err());
    assert_eq!(error.to_string(), "component `fails` failed: on purpose");
    let isolated = Graphline::new().add("parent", AdoptsAndEnds::default()).isolated();
    let graph = Graphline::new()
        .nest("inner", isolated)
        .add("count", Count::to(100))
        .add("collect", Collect::default());
    in_time(|| graph.link("count.outbox", "collect.inbox").run().map(drop)).unwrap();
}

/// Takes so many turns, adopts one that fails, and ends in the same turn.
#[derive(Component)]
struct AdoptsLast {
    control: Control,
    turns: u32,
}

impl AdoptsLast {
    async fn main(self) -> Result<(), AnyError> {
        for _ in 0..self.turns {
            yield_now().await;
        }
        self.control.adopt(Graphline::new().add("fails", Fails))?;
        Ok(())
    }
}

#[test]
fn who_is_adopted_in_a_last_turn_belongs_to_the_group_whichever_turn_that_is() {
    for turns in 0..130 {
        let (control, inner) = (Control::default(), Graphline::new().isolated());
        let graph = Graphline::new()
            .nest("inner", inner.add("parent", AdoptsLast { control, turns }))
            .add("count", Count::to(1_000))
            .add("collect", Collect::default());
        let graph = graph.link_with(1, "count.outbox", "collect.inbox");
        let report = in_time(|| graph.run()).unwrap_or_else(|error| panic!("{turns}: {error}"));
        assert_eq!(report.failures().count(), 1);
    }
}
