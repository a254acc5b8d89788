//! Components that begin again when they fail, and those that may not any more.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axon_core::{
    Closed, Component, Graphline, Inbox, Outbox, Part, Restarts, RunError, ThreadedComponent,
    sleep, try_seeds,
};
use common::*;

/// Passes numbers on, and panics over each multiple of ten.
#[derive(Component, Default)]
struct Stumbles {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Stumbles {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            assert!(number % 10 != 0, "over {number}");
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// The same, failing, on a thread of its own.
#[derive(ThreadedComponent, Default)]
struct StumblesThere {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl StumblesThere {
    fn main(mut self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        while let Some(number) = self.inbox.recv_blocking() {
            if number % 10 == 0 {
                return Err(format!("over {number}").into());
            }
            self.outbox.send_blocking(number)?;
        }
        Ok(())
    }
}

fn graph(stumbles: Part, into: &Collected) -> Graphline {
    Graphline::new()
        .add("count", Count::to(100))
        .add("stumbles", stumbles)
        .add("collect", Collect { into: into.clone(), ..Collect::default() })
        .link_with(3, "count.outbox", "stumbles.inbox")
        .link_with(2, "stumbles.outbox", "collect.inbox")
}

fn all_but_the_tens() -> Vec<u64> {
    (0..100).filter(|number| number % 10 != 0).collect()
}

#[test]
fn a_component_that_begins_again_keeps_its_links_and_what_waits_in_them() {
    let ten = Restarts::at_most(10);
    let shapes: [fn(Restarts) -> Part; 4] = [
        |budget| Part::restarting(budget, Stumbles::default),
        |budget| Part::restarting(budget, Stumbles::default).on("there"),
        |budget| Part::restarting(budget, Stumbles::default).on_thread(),
        |budget| Part::restarting(budget, StumblesThere::default),
    ];
    for shape in shapes {
        let collected = in_time(move || {
            let collected = Collected::default();
            graph(shape(ten), &collected).run().unwrap();
            contents(&collected)
        });
        assert_eq!(collected, all_but_the_tens());
        let into = Collected::default();
        let make = || {
            into.lock().unwrap().clear();
            graph(shape(ten), &into)
        };
        try_seeds(0..30, make, |run| {
            run.result.unwrap();
            assert_eq!(contents(&into), all_but_the_tens());
        });
    }
}

#[test]
fn when_the_budget_is_spent_a_failure_counts_as_any_other() {
    let collected = Collected::default();
    let stumbles = Part::restarting(Restarts::at_most(3), Stumbles::default);
    let error = graph(stumbles, &collected).run().unwrap_err();
    assert_eq!(error.to_string(), "component `stumbles` panicked: over 30");
    assert!(all_but_the_tens().starts_with(&contents(&collected)), "a stop may lose the last");
}

#[test]
fn when_the_budget_is_spent_an_isolated_component_ends_alone() {
    let collected = Collected::default();
    let stumbles = Part::restarting(Restarts::at_most(1), Stumbles::default).isolated();
    let report = graph(stumbles, &collected).run().unwrap();
    let failures: Vec<String> =
        report.failures().map(|(name, outcome)| format!("{name} {outcome}")).collect();
    assert_eq!(failures, ["stumbles panicked: over 10"]);
}

/// Fails after so long each time it lives.
#[derive(Component)]
struct Mortal {
    life: Duration,
    lives: Arc<AtomicU64>,
}

impl Mortal {
    async fn main(self) -> Result<(), String> {
        self.lives.fetch_add(1, Ordering::Relaxed);
        sleep(self.life).await;
        Err("too old".to_owned())
    }
}

fn lives_of(life: Duration, budget: Restarts) -> u64 {
    let lives = Arc::new(AtomicU64::new(0));
    let counted = lives.clone();
    let make = move || Mortal { life, lives: counted.clone() };
    let graph = Graphline::new().add("mortal", Part::restarting(budget, make));
    let run = graph.run_seeded(1);
    assert!(matches!(run.result, Err(RunError::Component { .. })));
    lives.load(Ordering::Relaxed)
}

#[test]
fn a_budget_can_be_for_a_period_of_time() {
    let second = Duration::from_secs(1);
    assert_eq!(lives_of(second, Restarts::at_most(4)), 5);
    assert_eq!(lives_of(second, Restarts::at_most(4).within(10 * second)), 5);
}

#[test]
fn whoever_fails_seldom_enough_goes_on() {
    let second = Duration::from_secs(1);
    let lives = Arc::new(AtomicU64::new(0));
    let counted = lives.clone();
    let make = move || Mortal { life: 11 * second, lives: counted.clone() };
    let budget = Restarts::at_most(1).within(10 * second);
    let graph = Graphline::new().add("mortal", Part::restarting(budget, make)).build().unwrap();
    let handle = graph.handle();
    handle.finish_within(1_000 * second);
    graph.run_seeded(1).result.unwrap_err();
    assert_eq!(lives.load(Ordering::Relaxed), 91);
}
