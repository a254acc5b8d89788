//! Components that several of these tests use.
#![allow(dead_code, unreachable_pub)]

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use axon_core::{
    Backplane, Closed, Component, Control, Graphline, Inbox, Next, Outbox, RunError, WiringErrors,
    now, sleep, sleep_until, timeout, try_seeds,
};

use super::common::*;

/// Runs a graph by each seed, and hands what it collected to `check`.
pub fn for_seeds(
    seeds: Range<u64>,
    graph: impl Fn(Collected) -> Graphline + Send + 'static,
    check: impl Fn(Vec<u64>) + Send + 'static,
) {
    in_time(move || {
        let collected = RefCell::new(Collected::default());
        let make = || {
            let into = Collected::default();
            collected.replace(into.clone());
            graph(into)
        };
        try_seeds(seeds, make, |run| {
            run.result.unwrap();
            check(contents(&collected.borrow()));
        });
    });
}

pub fn collect(into: Collected) -> Collect {
    Collect { into, ..Collect::default() }
}

/// Passes on so many messages, with its mark on them, and ends.
#[derive(Component)]
pub struct Take {
    pub count: u64,
    pub mark: u64,
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Take {
    pub fn only(count: u64, mark: u64) -> Self {
        Take { count, mark, inbox: Inbox::new(), outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        for _ in 0..self.count {
            let Some(number) = self.inbox.recv().await else { break };
            self.outbox.send(self.mark + number).await?;
        }
        Ok(())
    }
}

/// Gives a number.
#[derive(Component)]
pub struct One {
    pub number: u64,
    pub outbox: Outbox<u64>,
}

impl One {
    pub fn of(number: u64) -> Self {
        One { number, outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        self.outbox.send(self.number).await
    }
}

/// Gives a number, and then waits until it is asked to end or nobody takes what it gives.
#[derive(Component)]
pub struct Stays {
    pub number: u64,
    pub outbox: Outbox<u64>,
    pub log: Log,
}

impl Stays {
    pub fn of(number: u64, log: &Log) -> Self {
        Stays { number, outbox: Outbox::new(), log: log.clone() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        note(&self.log, format!("{} begins", self.number));
        let sent = self.outbox.send(self.number).await;
        self.outbox.until_closed().await;
        note(&self.log, format!("{} ends", self.number));
        sent
    }
}

/// Fails at once.
#[derive(Component, Default)]
pub struct Fails {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Fails {
    async fn main(self) -> Result<(), String> {
        Err("on purpose".to_owned())
    }
}

/// What happened, in order.
pub type Log = Arc<Mutex<Vec<String>>>;

pub fn note(log: &Log, text: impl Into<String>) {
    log.lock().unwrap().push(text.into());
}

pub fn noted(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

/// The name and the failure of the component that ended a run.
pub fn text(error: RunError) -> String {
    let RunError::Component { .. } = error else { panic!("{error}") };
    error.to_string()
}

/// Sends numbers, each at its second.
#[derive(Component)]
pub struct Script {
    pub lines: Vec<(u64, u64)>,
    /// The second at which it ends.
    pub end: u64,
    pub outbox: Outbox<u64>,
}

impl Script {
    pub fn of(lines: &[(u64, u64)], end: u64) -> Self {
        Script { lines: lines.to_vec(), end, outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        let start = now();
        for (second, number) in &self.lines {
            sleep_until(start + seconds(*second)).await;
            self.outbox.send(*number).await?;
        }
        sleep_until(start + seconds(self.end)).await;
        Ok(())
    }
}

/// Gives its number, lives some seconds or until it is ended, and notes when.
#[derive(Component)]
pub struct Lives {
    pub number: u64,
    pub seconds: u64,
    pub outbox: Outbox<u64>,
    pub clock: Clock,
}

impl Lives {
    async fn main(mut self) -> Result<(), Closed> {
        self.clock.note(format!("{} begins", self.number));
        let sent = self.outbox.send(self.number).await;
        let _ = timeout(seconds(self.seconds), self.outbox.until_closed()).await;
        self.clock.note(format!("{} ends", self.number));
        sent
    }
}

/// Notes what happens, and at which second since it was made in the graph's own time.
#[derive(Clone, Default)]
pub struct Clock {
    start: Arc<OnceLock<Instant>>,
    pub log: Log,
}

impl Clock {
    pub fn start(&self) -> Instant {
        *self.start.get_or_init(now)
    }

    pub fn note(&self, text: impl Display) {
        let start = self.start();
        note(&self.log, format!("{:>2} {text}", now().duration_since(start).as_secs()));
    }
}

/// Notes each request.
#[derive(Component)]
pub struct Requests {
    pub inbox: Inbox<Next>,
    pub clock: Clock,
}

impl Requests {
    async fn main(mut self) {
        while let Some(Next) = self.inbox.recv().await {
            self.clock.note("next?");
        }
    }
}

/// Fails at a second.
#[derive(Component)]
pub struct FailsAt {
    pub second: u64,
}

impl FailsAt {
    async fn main(self) -> Result<(), String> {
        sleep(seconds(self.second)).await;
        Err("as planned".to_owned())
    }
}

pub fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Takes a hundred messages and fails, which stops those around it.
#[derive(Component)]
pub struct Enough {
    inbox: Inbox<u64>,
    into: Collected,
}

impl Enough {
    pub fn of(into: Collected) -> Self {
        Enough { inbox: Inbox::new(), into }
    }

    async fn main(mut self) -> Result<(), String> {
        for _ in 0..100 {
            let number = self.inbox.recv().await.expect("there are more");
            self.into.lock().unwrap().push(number);
        }
        Err("that is enough".to_owned())
    }
}

/// Asks a bus to finish after some time.
#[derive(Component)]
pub struct EndsAfter {
    bus: Backplane<u64>,
    time: Duration,
    control: Control,
}

impl EndsAfter {
    pub fn of(bus: Backplane<u64>, time: Duration) -> Self {
        EndsAfter { bus, time, control: Control::default() }
    }

    async fn main(self) -> Result<(), WiringErrors> {
        let mut children = self.control.adopt(Graphline::new().add("bus", self.bus))?;
        sleep(self.time).await;
        children.finish();
        children.all_ended().await;
        Ok(())
    }
}
