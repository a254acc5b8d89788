//! Runs by a seed: the same seed makes the same run, time jumps, and threads take turns.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axon_core::{
    Arrange, Closed, Component, Graphline, Inbox, Outbox, RunError, TakeError, ThreadedComponent,
    TimedOut, now, sleep, sleep_blocking, timeout, try_seeds, yield_now,
};
use common::*;

/// Two sources, on a worker and a thread of their own, into one collector.
fn mixed(into: Collected) -> Graphline {
    Graphline::new()
        .add("count", Count::to(20).on("there"))
        .add("thread", ThreadedCount::to(20))
        .add("pass", ThreadedPass::default())
        .add("here", Pass::default())
        .add("collect", Collect { into, ..Collect::default() })
        .link_with(2, "count.outbox", "pass.inbox")
        .link_with(1, "pass.outbox", "collect.inbox")
        .link_with(3, "thread.outbox", "here.inbox")
        .link("here.outbox", "collect.inbox")
}

#[test]
fn one_seed_makes_one_run_bit_for_bit_and_another_seed_another() {
    let run = |seed| {
        let collected = Collected::default();
        let run = mixed(collected.clone()).run_seeded(seed);
        run.result.unwrap();
        (contents(&collected), run.trace)
    };
    let (orders, traces): (Vec<_>, Vec<_>) = in_time(move || (0..20).map(run).unzip());
    let again = in_time(move || run(3));
    assert_eq!(again, (orders[3].clone(), traces[3]));
    for order in &orders {
        assert_eq!(order.len(), 40);
    }
    let mut different = orders.clone();
    different.sort();
    different.dedup();
    assert!(different.len() > 10, "{} orders from 20 seeds", different.len());
}

/// Sends the hours as they pass.
#[derive(Component, Default)]
struct Hours {
    pub outbox: Outbox<u64>,
}

impl Hours {
    async fn main(mut self) -> Result<(), Closed> {
        let start = now();
        for _ in 0..1_000 {
            sleep(Duration::from_secs(3_600)).await;
            self.outbox.send(now().duration_since(start).as_secs() / 3_600).await?;
        }
        Ok(())
    }
}

#[test]
fn six_weeks_of_sleep_pass_at_once_on_workers_and_threads_alike() {
    let collected = Collected::default();
    let graph = Graphline::new()
        .add("here", Hours::default())
        .add("there", Hours::default().on("there"))
        .add("own", Hours::default().on_thread())
        .add("collect", Collect { into: collected.clone(), ..Collect::default() })
        .link("here.outbox", "collect.inbox")
        .link("there.outbox", "collect.inbox")
        .link("own.outbox", "collect.inbox");
    let run = in_time(|| graph.run_seeded(1));
    run.result.unwrap();
    assert_eq!(run.trace.elapsed, Duration::from_secs(3_600 * 1_000));
    let expected: Vec<u64> = (1..=1_000).flat_map(|hour| [hour; 3]).collect();
    assert_eq!(contents(&collected), expected);
}

/// How each wait ended.
type Told = Arc<Mutex<Vec<Result<Option<u64>, TimedOut>>>>;

/// Waits for a message that does not come, but not for ever.
#[derive(Component, Default)]
struct Impatient {
    pub inbox: Inbox<u64>,
    told: Told,
}

impl Impatient {
    async fn main(mut self) {
        let _held_open = self.inbox.address();
        for seconds in [10, 10, 1] {
            let message = timeout(Duration::from_secs(seconds), self.inbox.recv()).await;
            self.told.lock().unwrap().push(message);
        }
    }
}

/// Sends one message after fifteen seconds.
#[derive(Component, Default)]
struct Late {
    pub outbox: Outbox<u64>,
}

impl Late {
    async fn main(mut self) -> Result<(), Closed> {
        sleep(Duration::from_secs(15)).await;
        self.outbox.send(15).await
    }
}

#[test]
fn a_timeout_ends_a_wait_and_loses_no_message() {
    let impatient = Impatient::default();
    let told = impatient.told.clone();
    let graph = Graphline::new()
        .add("late", Late::default())
        .add("impatient", impatient)
        .link("late.outbox", "impatient.inbox");
    graph.run_seeded(1).result.unwrap();
    assert_eq!(*told.lock().unwrap(), [Err(TimedOut), Ok(Some(15)), Err(TimedOut)]);
}

#[test]
fn a_graph_that_is_stuck_is_found_by_every_seed() {
    let circle = || {
        Graphline::new()
            .add("here", Pass::default())
            .add("there", Pass::default().on("there"))
            .add("blocks", ThreadedPass::default())
            .link("here.outbox", "there.inbox")
            .link("there.outbox", "blocks.inbox")
            .link("blocks.outbox", "here.inbox")
    };
    in_time(move || {
        try_seeds(0..50, circle, |run| {
            let error = run.result.unwrap_err();
            assert!(matches!(error, RunError::Stuck { .. }), "{error}");
        });
    });
}

/// Ends as failed when the first message is not from the one it expects.
#[derive(Component, Default)]
struct Expects {
    pub inbox: Inbox<u64>,
}

impl Expects {
    async fn main(mut self) -> Result<(), String> {
        match self.inbox.recv().await {
            Some(0) => Ok(()),
            other => Err(format!("{other:?} came first")),
        }
    }
}

#[test]
fn seeds_find_an_order_in_which_something_goes_wrong() {
    let mut failures = 0;
    let race = || {
        Graphline::new()
            .add("expected", Count::to(1))
            .add("hasty", Hasty::default())
            .add("expects", Expects::default())
            .link("expected.outbox", "expects.inbox")
            .link("hasty.outbox", "expects.inbox")
    };
    try_seeds(0..100, race, |run| failures += u32::from(run.result.is_err()));
    assert!((10..90).contains(&failures), "{failures} of 100");
}

/// Sends 7.
#[derive(Component, Default)]
struct Hasty {
    pub outbox: Outbox<u64>,
}

impl Hasty {
    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(7).await
    }
}

/// Waits for messages, for a time and for ever, on a thread of its own.
#[derive(ThreadedComponent, Default)]
struct PatientThread {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl PatientThread {
    fn main(mut self) -> Result<(), Closed> {
        let start = now();
        assert_eq!(self.inbox.recv_within(Duration::from_secs(10)), Err(TakeError::TimedOut));
        assert_eq!(now() - start, Duration::from_secs(10));
        assert_eq!(self.inbox.recv_within(Duration::from_secs(10)), Ok(15));
        assert_eq!(now() - start, Duration::from_secs(15));
        sleep_blocking(Duration::from_secs(60));
        assert_eq!(self.inbox.recv_within(Duration::from_secs(1)), Err(TakeError::Finished));
        self.outbox.send_blocking((now() - start).as_secs())
    }
}

#[test]
fn threads_wait_in_the_same_time_as_everybody_else() {
    let collected = Collected::default();
    let make = || {
        Graphline::new()
            .add("late", Late::default())
            .add("patient", PatientThread::default())
            .add("collect", Collect { into: collected.clone(), ..Collect::default() })
            .link("late.outbox", "patient.inbox")
            .link("patient.outbox", "collect.inbox")
    };
    try_seeds(0..20, make, |run| {
        run.result.unwrap();
        assert_eq!(run.trace.elapsed, Duration::from_secs(75));
    });
    assert_eq!(contents(&collected), [75; 20]);
}

/// Lets others have their turns until one of them has raised the flag.
#[derive(Component, Default)]
struct Yields {
    raised: Arc<AtomicBool>,
}

impl Yields {
    async fn main(self) {
        while !self.raised.load(Ordering::SeqCst) {
            yield_now().await;
        }
    }
}

#[derive(Component, Default)]
struct Raises {
    raised: Arc<AtomicBool>,
}

impl Raises {
    async fn main(self) {
        for _ in 0..10 {
            yield_now().await;
        }
        self.raised.store(true, Ordering::SeqCst);
    }
}

#[test]
fn who_yields_on_a_thread_of_its_own_lets_others_go_on_in_every_seed() {
    let graph = || {
        let raised = Arc::new(AtomicBool::new(false));
        Graphline::new()
            .add("yields", Yields { raised: raised.clone() }.on_thread())
            .add("raises", Raises { raised })
    };
    in_time(move || try_seeds(0..50, graph, |run| drop(run.result.unwrap())));
}
