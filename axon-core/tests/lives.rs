//! Components that begin again, on any home and after any end; and what comes after an end.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use axon_core::{
    Arrange, Asked, Closed, Component, Control, Graphline, Inbox, Outbox, Part, Restarts,
    ThreadedComponent, TryRecvError, Workbench, either, now, sleep, yield_now,
};
use common::*;

/// How often the flaky one fails before it does not.
const FAILURES: u64 = 3;

/// Fails with a wake of its own under way, and works when it has done so often enough.
#[derive(Component)]
struct Flaky {
    lives: Arc<AtomicU64>,
}

impl Flaky {
    async fn main(self) -> Result<(), &'static str> {
        if self.lives.fetch_add(1, Ordering::Relaxed) < FAILURES {
            std::future::poll_fn(|context| {
                context.waker().wake_by_ref();
                std::task::Poll::Ready(())
            })
            .await;
            return Err("again");
        }
        // The life that is left hears its wakes and its timers.
        for _ in 0..3 {
            yield_now().await;
            sleep(Duration::from_micros(10)).await;
        }
        Ok(())
    }
}

fn flaky() -> (Part, Arc<AtomicU64>) {
    let lives = Arc::new(AtomicU64::new(0));
    let counted = lives.clone();
    let make = move || Flaky { lives: counted.clone() };
    (Part::restarting(Restarts::at_most(5), make), lives)
}

#[test]
fn a_component_begins_again_wherever_it_lives() {
    let homes: [fn(Part) -> Part; 3] =
        [|here| here, |part| part.on("there"), |part| part.on_thread()];
    for (number, home) in homes.into_iter().cycle().take(60).enumerate() {
        let (part, lives) = flaky();
        let graph = Graphline::new().add("flaky", home(part));
        let seed = number as u64;
        let result = in_time(move || match seed % 2 {
            0 => graph.run().map(drop),
            _ => graph.run_seeded(seed).result.map(drop),
        });
        result.unwrap();
        assert_eq!(lives.load(Ordering::Relaxed), FAILURES + 1);
    }
}

/// Hears nothing of a stop for a hundred seconds, and says when it ends.
#[derive(Component)]
struct HardOfHearing {
    ended: mpsc::Sender<()>,
}

impl HardOfHearing {
    async fn main(self) {
        for _ in 0..100 {
            sleep(Duration::from_secs(1)).await;
        }
        let _ = self.ended.send(());
    }
}

#[test]
fn a_thread_that_a_seeded_run_goes_on_without_comes_to_its_end_by_itself() {
    let (ended, has_ended) = mpsc::channel();
    let graph = Graphline::new().add("slow", HardOfHearing { ended }.on_thread()).build().unwrap();
    graph.handle().stop_within(Duration::from_secs(5));
    let run = in_time(|| graph.run_seeded(1));
    run.result.unwrap_err();
    assert_eq!(run.trace.elapsed, Duration::from_secs(5));
    has_ended.recv_timeout(AGES).unwrap();
}

#[test]
fn a_workbench_that_is_dropped_early_leaves_no_thread_waiting_for_its_turn() {
    let (ended, has_ended) = mpsc::channel();
    in_time(move || {
        let mut bench = Workbench::new();
        bench.start(HardOfHearing { ended }.on_thread());
    });
    has_ended.recv_timeout(AGES).unwrap();
}

/// Sends as many as it gets, and waits for whatever comes first.
#[derive(ThreadedComponent, Default)]
struct Trades {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    control: Control,
}

impl Trades {
    fn main(mut self) -> Result<(), Closed> {
        loop {
            match self.inbox.try_recv() {
                Ok(number) => {
                    // Its box is empty now, most often, and its other box full.
                    let next = self.inbox.try_recv();
                    self.outbox.send_blocking(number)?;
                    match next {
                        Ok(number) => self.outbox.send_blocking(number)?,
                        Err(TryRecvError::Finished) => return Ok(()),
                        // What came while it sent is waited for no longer.
                        Err(TryRecvError::Empty) => self.control.wait_blocking(),
                    }
                }
                Err(TryRecvError::Finished) => return Ok(()),
                Err(TryRecvError::Empty) => self.control.wait_blocking(),
            }
        }
    }
}

#[test]
fn what_comes_while_a_thread_waits_for_something_else_is_not_slept_through() {
    for seed in 0..200 {
        let (trades, collected) = (Trades::default(), Collected::default());
        let (count, collect) =
            (Count::to(20), Collect { into: collected.clone(), ..Collect::default() });
        let graph = Graphline::new()
            .link_with(1, &count.outbox, &trades.inbox)
            .link_with(1, &trades.outbox, &collect.inbox)
            .add("count", count.on("there"))
            .add("trades", trades)
            .add("collect", collect);
        in_time(move || graph.run_seeded(seed).result.map(drop)).unwrap();
        assert_eq!(contents(&collected), (0..20).collect::<Vec<_>>(), "seed {seed}");
    }
}

/// Runs a graph on its own thread while a timer of its own is set.
#[derive(Component)]
struct Runs;

impl Runs {
    async fn main(self) {
        let begun = now();
        let runs_another = async {
            yield_now().await;
            let inner = Graphline::new()
                .add("count", Count::to(10))
                .add("collect", Collect::default())
                .link("count.outbox", "collect.inbox");
            inner.run_seeded(1).result.unwrap();
            std::future::pending::<()>().await;
        };
        either(sleep(Duration::from_secs(60)), runs_another).await;
        // In the time of its own graph.
        assert!(now() - begun >= Duration::from_secs(60));
    }
}

#[test]
fn a_thread_that_runs_another_graph_keeps_its_timers_and_its_time() {
    let graph = Graphline::new().add("runs", Runs.on_thread());
    in_time(|| graph.run_seeded(1).result.map(drop)).unwrap();
}

/// Asks for a timer with one waker, and waits for it with another.
#[derive(Component)]
struct Moves;

impl Moves {
    async fn main(self) {
        let mut slept = Box::pin(sleep(Duration::from_secs(1)));
        let nobody = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(slept.as_mut().poll(nobody).is_pending());
        slept.await;
    }
}

#[test]
fn a_timer_wakes_whoever_asked_for_it_last() {
    let graph = Graphline::new().add("moves", Moves);
    in_time(|| graph.run_seeded(1).result.map(drop)).unwrap();
}

/// Counts the seconds.
#[derive(Component, Default)]
struct Seconds {
    seen: Arc<AtomicU64>,
    control: Control,
}

impl Seconds {
    async fn main(self) {
        while self.control.asked() == Asked::GoOn {
            sleep(Duration::from_secs(1)).await;
            self.seen.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Lets the other rest for an hour.
#[derive(Component)]
struct Pauses {
    handle: mpsc::Receiver<axon_core::GraphHandle>,
    seen: Arc<AtomicU64>,
}

impl Pauses {
    async fn main(self) {
        let handle = self.handle.try_recv().expect("the test sends it before the run");
        let seen = || self.seen.load(Ordering::Relaxed);
        sleep(Duration::from_secs(10)).await;
        handle.pause("seconds").unwrap();
        sleep(Duration::from_secs(2)).await;
        let before = seen();
        sleep(Duration::from_secs(3_600)).await;
        assert_eq!(seen(), before);
        handle.resume("seconds").unwrap();
        sleep(Duration::from_secs(10)).await;
        assert!(seen() > before + 5);
        handle.finish();
    }
}

#[test]
fn a_component_that_is_paused_gets_no_turn_for_a_timer_wherever_it_lives() {
    let homes: [fn(Seconds) -> Part; 3] =
        [Part::from, |seconds| seconds.on("there"), |seconds| seconds.on_thread()];
    for home in homes {
        let seconds = Seconds::default();
        let (send, handle) = mpsc::channel();
        let graph = Graphline::new()
            .add("pauses", Pauses { handle, seen: seconds.seen.clone() })
            .add("seconds", home(seconds))
            .build()
            .unwrap();
        send.send(graph.handle()).unwrap();
        in_time(|| graph.run_seeded(1).result.map(drop)).unwrap();
    }
}
