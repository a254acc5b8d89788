//! Asking a graph to end, and what happens to those who do not.

mod common;

use std::future::pending;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use axon_core::{
    Arrange, Closed, Component, Control, Graphline, Inbox, Outbox, Outcome, RunError,
    ThreadedComponent, now, sleep, yield_now,
};
use common::*;

const PATIENCE: Duration = Duration::from_secs(5);

/// Heeds nothing, ever.
#[derive(Component, Default)]
struct Deaf;

impl Deaf {
    async fn main(self) {
        pending::<()>().await;
    }
}

/// Asks the graph to stop, and then waits in vain for it to heed.
#[derive(ThreadedComponent)]
struct DeafThread {
    release: Receiver<()>,
}

impl DeafThread {
    fn main(self) {
        let _ = self.release.recv();
    }
}

#[test]
fn those_who_do_not_end_in_time_are_named_and_left() {
    let (keep, release) = mpsc::channel();
    let collected = Collected::default();
    let graph = Graphline::new()
        .add("deaf", Deaf)
        .add("deaf there", Deaf.on("there"))
        .add("deaf thread", DeafThread { release })
        .add("count", Count::to(10))
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("count.outbox", "collect.inbox")
        .build()
        .unwrap();
    graph.handle().stop_within(Duration::from_secs(2));
    let error = in_time(|| graph.run().unwrap_err());
    drop(keep);
    let RunError::Component { report, .. } = error else { panic!("{error}") };
    let mut abandoned: Vec<&str> = report.failures().map(|(name, _)| name).collect();
    abandoned.sort_unstable();
    assert_eq!(abandoned, ["deaf", "deaf there", "deaf thread"]);
    assert!(report.failures().all(|(_, outcome)| matches!(outcome, Outcome::Abandoned)));
}

/// Sends a number every second until it is asked to end, or for ever.
#[derive(Component, Default)]
struct Ticks {
    pub outbox: Outbox<u64>,
    control: Control,
    heeds: bool,
}

impl Ticks {
    async fn main(mut self) -> Result<(), Closed> {
        for tick in 0.. {
            sleep(Duration::from_secs(1)).await;
            if self.heeds && self.control.asked() > axon_core::Asked::GoOn {
                break;
            }
            self.outbox.send(tick).await?;
        }
        Ok(())
    }
}

/// Asks its graph to finish after a minute.
#[derive(Component)]
struct Finishes {
    handle: mpsc::Receiver<axon_core::GraphHandle>,
    control: Control,
}

impl Finishes {
    async fn main(self) {
        sleep(Duration::from_secs(60)).await;
        let handle = self.handle.try_recv().expect("the test sends it before the run");
        handle.finish_within(PATIENCE);
    }
}

/// How long the graph ran, and how it ended.
fn finished_after(heeds: bool) -> Duration {
    let (send, handle) = mpsc::channel();
    let graph = Graphline::new()
        .add("finishes", Finishes { handle, control: Control::default() })
        .add("ticks", Ticks { heeds, ..Ticks::default() })
        .add("collect", Collect::default())
        .link("ticks.outbox", "collect.inbox")
        .build()
        .unwrap();
    send.send(graph.handle()).unwrap();
    let run = in_time(|| graph.run_seeded(1));
    run.result.unwrap();
    run.trace.elapsed
}

#[test]
fn a_graph_that_finishes_in_time_is_not_stopped() {
    assert!(finished_after(true) < Duration::from_secs(62));
}

#[test]
fn a_graph_that_goes_on_is_stopped_when_the_patience_ends() {
    let elapsed = finished_after(false);
    assert!((Duration::from_secs(65)..Duration::from_secs(67)).contains(&elapsed), "{elapsed:?}");
}

/// Sleeps longer than a run takes, and is dropped with its timer.
#[derive(Component, Default)]
struct Sleeps {
    pub inbox: Inbox<u64>,
}

impl Sleeps {
    async fn main(mut self) {
        let start = now();
        let _held_open = self.inbox.address();
        let slept = axon_core::either(sleep(Duration::from_secs(3_600)), self.inbox.recv()).await;
        assert_eq!(slept, axon_core::Either::Second(None));
        assert!(now() - start < Duration::from_secs(3_600));
    }
}

#[test]
fn a_stop_does_not_wait_for_a_timer() {
    let graph = Graphline::new()
        .add("sleeps", Sleeps::default())
        .link("self.in", "sleeps.inbox")
        .build()
        .unwrap();
    let handle = graph.handle();
    let running = thread::spawn(move || graph.run());
    handle.stop();
    running.join().unwrap().unwrap();
}

/// Always has something to do.
#[derive(Component)]
struct Busy;

impl Busy {
    async fn main(self) {
        loop {
            yield_now().await;
        }
    }
}

#[test]
fn one_that_is_always_ready_is_left_in_time_as_well() {
    let graph = Graphline::new().add("busy", Busy).build().unwrap();
    graph.handle().stop_within(Duration::from_millis(10));
    let error = in_time(|| graph.run().unwrap_err());
    assert!(error.to_string().contains("did not end in time"), "{error}");
}

/// Adopts as long as it may, whatever is asked.
#[derive(ThreadedComponent, Default)]
struct AdoptsOn {
    control: Control,
}

impl AdoptsOn {
    fn main(self) {
        while self.control.adopt(Graphline::new().add("deaf", Deaf)).is_ok() {
            thread::yield_now();
        }
    }
}

#[test]
fn those_who_are_left_bring_in_no_others() {
    let graph = Graphline::new().add("adopts", AdoptsOn::default()).build().unwrap();
    graph.handle().stop_within(Duration::from_millis(10));
    let error = in_time(|| graph.run().unwrap_err());
    let RunError::Component { report, .. } = error else { panic!("{error}") };
    assert!(report.failures().all(|(_, outcome)| matches!(outcome, Outcome::Abandoned)));
}
