//! What is told of a failure is its author's words: they may break too, or look around.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::thread;

use axon_core::inspect::ComponentStatus;
use axon_core::{Arrange, Component, Control, GraphHandle, Graphline, Part, RunError, Workbench};

use super::{HOMES, run_each};
use crate::books::{ON_PURPOSE, be_quiet};
use crate::common::{Collect, Count, in_time};

type AnyError = Box<dyn Error + Send + Sync>;

/// Cannot be told.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("{ON_PURPOSE}");
    }
}

impl Error for Unspeakable {}

#[derive(Component)]
struct Fails;

impl Fails {
    async fn main(self) -> Result<(), Unspeakable> {
        Err(Unspeakable)
    }
}

/// Adopts one that fails, and then looks at what the graph has to say.
#[derive(Component)]
struct Adopts {
    control: Control,
    home: fn(Part) -> Part,
    told: Arc<Mutex<Vec<String>>>,
}

impl Adopts {
    async fn main(self) -> Result<(), AnyError> {
        let fails = (self.home)(Part::from(Fails));
        let graph = Graphline::new().add("fails", fails).isolated();
        let ended = self.control.adopt(graph)?.next_end().await.expect("it ends");
        let snapshot = self.control.graph().expect("it runs").snapshot();
        let state = snapshot.component("fails").map(|it| it.state.to_string());
        let mut told = self.told.lock().unwrap();
        told.extend(ended.failure);
        told.extend(state);
        Ok(())
    }
}

#[test]
fn a_failure_that_cannot_be_told_is_told_so_to_who_adopted_it_and_in_snapshots() {
    for home in HOMES {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        run_each(
            || {
                let adopts = Adopts { control: Control::default(), home, told: told.clone() };
                Graphline::new().add("adopts", adopts)
            },
            |result| {
                let report = result.unwrap();
                assert_eq!(report.failures().count(), 1);
                let words = format!("failed, and telling how panicked: {ON_PURPOSE}");
                assert_eq!(std::mem::take(&mut *told.lock().unwrap()), [words.clone(), words]);
            },
        );
    }
}

/// Looks into the graph whenever it is told.
#[derive(Clone, Debug, Default)]
struct Looks(Arc<Mutex<Option<GraphHandle>>>);

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handle = self.0.lock().unwrap().clone();
        let seen = handle.map_or(0, |handle| handle.snapshot().components.len());
        write!(f, "saw {seen}")
    }
}

impl Error for Looks {}

#[derive(Component)]
struct FailsLooking {
    error: Looks,
}

impl FailsLooking {
    async fn main(self) -> Result<(), Looks> {
        Err(self.error)
    }
}

/// Looks when another has failed.
#[derive(Component, Default)]
struct LooksOn {
    control: Control,
}

impl LooksOn {
    async fn main(self) {
        let graph = self.control.graph().expect("it runs");
        let has_failed =
            || graph.snapshot().component("fails").is_some_and(ComponentStatus::has_ended);
        while !has_failed() {
            axon_core::yield_now().await;
        }
    }
}

#[test]
fn an_error_may_look_into_the_graph_while_somebody_else_does() {
    let looks = Looks::default();
    let graph = Graphline::new()
        .add("fails", FailsLooking { error: looks.clone() }.isolated())
        .add("looks", LooksOn::default())
        .build()
        .unwrap();
    *looks.0.lock().unwrap() = Some(graph.handle());
    let report = in_time(|| graph.run()).unwrap();
    assert_eq!(report.failures().count(), 1);
}

/// Panics when it is asked for its boxes.
struct Hidden;

impl Component for Hidden {
    fn boxes(&mut self, _visitor: &mut dyn axon_core::Visitor) {
        panic!("{ON_PURPOSE}");
    }

    fn start(self: Box<Self>) -> axon_core::Start {
        unreachable!("it is never part of a graph");
    }
}

/// Adopts a graph with a component that cannot be looked at.
#[derive(Component, Default)]
struct AdoptsHidden {
    control: Control,
}

impl AdoptsHidden {
    async fn main(self) -> Result<(), AnyError> {
        let graph = Graphline::new()
            .add("count", Count::to(10))
            .add("collect", Collect::default())
            .link("count.outbox", "collect.inbox")
            .add("hidden", Hidden);
        self.control.adopt(graph)?;
        Ok(())
    }
}

#[test]
fn a_component_that_panics_over_its_boxes_panics_whoever_builds_or_adopts_it() {
    be_quiet();
    let built = thread::spawn(|| Graphline::new().add("hidden", Hidden).build().map(drop)).join();
    assert!(built.is_err());
    for home in HOMES {
        let adopts = || home(Part::from(AdoptsHidden::default())).isolated();
        run_each(|| Graphline::new().add("adopts", adopts()), super::fails_alone("adopts"));
    }
}

#[derive(Component)]
struct Panics;

impl Panics {
    async fn main(self) {
        panic!("{ON_PURPOSE}");
    }
}

#[test]
fn a_workbench_tells_of_a_panic_when_it_finishes_and_is_dropped_well_when_it_does_not() {
    be_quiet();
    for home in HOMES {
        let told = in_time(move || {
            let mut bench = Workbench::new();
            bench.start(home(Part::from(Panics)));
            assert!(bench.has_ended());
            let mut another = Workbench::new();
            drop(bench);
            another.start(home(Part::from(Panics)));
            another.finish().unwrap_err().to_string()
        });
        assert_eq!(told, format!("component `component` panicked: {ON_PURPOSE}"));
    }
}

/// Runs a graph of its own, on its own thread.
#[derive(Component)]
struct Runs;

impl Runs {
    async fn main(self) {
        let error = Graphline::new().add("inner", Panics).run().unwrap_err();
        assert!(matches!(error, RunError::Component { .. }), "{error}");
    }
}

#[test]
fn a_panic_in_a_graph_that_a_component_runs_is_that_graphs_alone() {
    run_each(|| Graphline::new().add("runs", Runs.on_thread()), super::goes_well);
}
