//! Small components that the tests wire up.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use axon_core::{Closed, Component, Inbox, Outbox, ThreadedComponent};

/// Sends the numbers below a limit.
#[derive(Component)]
pub struct Count {
    pub limit: u64,
    pub outbox: Outbox<u64>,
}

impl Count {
    pub fn to(limit: u64) -> Self {
        Count { limit, outbox: Outbox::new() }
    }

    async fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.limit {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// The same from a thread of its own.
#[derive(ThreadedComponent)]
pub struct ThreadedCount {
    pub limit: u64,
    pub outbox: Outbox<u64>,
}

impl ThreadedCount {
    pub fn to(limit: u64) -> Self {
        ThreadedCount { limit, outbox: Outbox::new() }
    }

    fn main(mut self) -> Result<(), Closed> {
        for number in 0..self.limit {
            self.outbox.send_blocking(number)?;
        }
        Ok(())
    }
}

/// Passes everything on.
#[derive(Component, Default)]
pub struct Pass {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Pass {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv().await {
            self.outbox.send(number).await?;
        }
        Ok(())
    }
}

/// The same from a thread of its own.
#[derive(ThreadedComponent, Default)]
pub struct ThreadedPass {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl ThreadedPass {
    fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.inbox.recv_blocking() {
            self.outbox.send_blocking(number)?;
        }
        Ok(())
    }
}

/// The same in batches.
#[derive(Component, Default)]
pub struct BatchPass {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl BatchPass {
    async fn main(mut self) -> Result<(), Closed> {
        let mut batch = Vec::new();
        while self.inbox.recv_many(&mut batch, 100).await > 0 {
            self.outbox.send_many(batch.drain(..)).await?;
        }
        Ok(())
    }
}

/// What a collector has got so far.
pub type Collected = Arc<Mutex<Vec<u64>>>;

/// Keeps what it gets where the test can see it.
#[derive(Component, Default)]
pub struct Collect {
    pub inbox: Inbox<u64>,
    pub into: Collected,
}

impl Collect {
    async fn main(mut self) {
        while let Some(number) = self.inbox.recv().await {
            self.into.lock().unwrap().push(number);
        }
    }
}

/// The same from a thread of its own.
#[derive(ThreadedComponent, Default)]
pub struct ThreadedCollect {
    pub inbox: Inbox<u64>,
    pub into: Collected,
}

impl ThreadedCollect {
    fn main(mut self) {
        while let Some(number) = self.inbox.recv_blocking() {
            self.into.lock().unwrap().push(number);
        }
    }
}

pub fn contents(of: &Collected) -> Vec<u64> {
    of.lock().unwrap().clone()
}

/// Long enough for any machine; a test that meets it has failed.
pub const AGES: Duration = Duration::from_secs(60);

/// Does this on another thread, so that what never ends is a failure and not a test that hangs.
pub fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(work()));
    told.recv_timeout(AGES).expect("it ends in time")
}

/// How many of a table's cells to pass over for each that is tried: Miri takes half a minute for one.
pub const STEP: usize = if cfg!(miri) { 997 } else { 1 };

/// By how much more than usual a test that draws lots is to try: `AXON_STRESS=100` for a long night.
pub fn stress(usual: u64) -> u64 {
    usual * stress_factor()
}

fn stress_factor() -> u64 {
    std::env::var("AXON_STRESS").ok().and_then(|factor| factor.parse().ok()).unwrap_or(1)
}

/// The same as [`in_time`] for work that grows with [`stress`].
pub fn in_stress_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(work()));
    let ages = AGES * u32::try_from(stress_factor()).unwrap_or(u32::MAX);
    told.recv_timeout(ages).expect("it ends in time")
}
