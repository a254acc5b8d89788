//! Components on a bench: each message shows what it does, and time moves by hand.

mod common;

use std::time::Duration;

use axon_core::{
    Arrange, Closed, Component, Inbox, Outbox, RunError, ThreadedComponent, Workbench, sleep,
    timeout,
};
use common::*;

/// Tells when nothing has come for ten seconds.
#[derive(Component, Default)]
struct Watchdog {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<String>,
}

impl Watchdog {
    async fn main(mut self) -> Result<(), Closed> {
        loop {
            match timeout(Duration::from_secs(10), self.inbox.recv()).await {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(()),
                Err(_) => self.outbox.send("too long".to_owned()).await?,
            }
        }
    }
}

#[test]
fn time_stands_still_until_it_is_moved() {
    let watchdog = Watchdog::default();
    let mut bench = Workbench::new();
    let signs = bench.feed(&watchdog.inbox);
    let alarms = bench.watch(&watchdog.outbox);
    bench.start(watchdog);
    bench.advance(Duration::from_secs(9));
    signs.send(1);
    bench.until_idle();
    bench.advance(Duration::from_secs(9));
    assert!(alarms.is_empty());
    bench.advance(Duration::from_secs(22));
    assert_eq!(alarms.drain(), ["too long", "too long", "too long"]);
    drop(signs);
    bench.until_idle();
    assert!(bench.has_ended());
    bench.finish().unwrap();
}

#[test]
fn a_component_with_its_own_thread_is_seen_to_be_idle_too() {
    for place in 0..3 {
        let mut bench = Workbench::with_seed(place);
        let (inbox, outbox) = (Inbox::new(), Outbox::new());
        let numbers = bench.feed(&inbox);
        let passed = bench.watch(&outbox);
        match place {
            0 => bench.start(ThreadedPass { inbox, outbox }),
            1 => bench.start(Pass { inbox, outbox }.on("there")),
            _ => bench.start(Pass { inbox, outbox }.on_thread()),
        }
        for number in 0..1_000 {
            numbers.send(number);
            bench.until_idle();
            assert_eq!(passed.drain(), [number]);
        }
        bench.finish().unwrap();
    }
}

#[test]
fn more_than_a_box_holds_waits_in_the_feed() {
    let pass = Pass::default();
    let mut bench = Workbench::new();
    let numbers = bench.feed(&pass.inbox);
    bench.start(pass);
    numbers.send_many(0..10_000);
    bench.until_idle();
    assert_eq!(numbers.waiting(), 0, "a loose outbox takes everything");
}

/// Fails over the number 3, on a thread of its own.
#[derive(ThreadedComponent, Default)]
struct Superstitious {
    pub inbox: Inbox<u64>,
}

impl Superstitious {
    fn main(mut self) -> Result<(), String> {
        while let Some(number) = self.inbox.recv_blocking() {
            if number == 3 {
                return Err("three".to_owned());
            }
        }
        Ok(())
    }
}

#[test]
fn a_failure_is_told_at_the_end() {
    let superstitious = Superstitious::default();
    let mut bench = Workbench::new();
    let numbers = bench.feed(&superstitious.inbox);
    bench.start(superstitious);
    numbers.send_many(1..5);
    bench.until_idle();
    assert!(bench.has_ended());
    let error = bench.finish().unwrap_err();
    assert!(matches!(error, RunError::Component { .. }));
    assert_eq!(error.to_string(), "component `component` failed: three");
}

#[test]
fn a_bench_that_is_dropped_ends_what_is_on_it() {
    /// Sleeps for a year.
    #[derive(Component, Default)]
    struct Sleeper {
        pub outbox: Outbox<u64>,
    }
    impl Sleeper {
        async fn main(mut self) -> Result<(), Closed> {
            sleep(Duration::from_secs(31_536_000)).await;
            self.outbox.send(1).await
        }
    }
    for _ in 0..2 {
        let mut bench = Workbench::new();
        bench.start_with(|graph| {
            graph
                .add("sleeper", Sleeper::default())
                .add("own", ThreadedCollect::default())
                .link("sleeper.outbox", "own.inbox")
        });
        assert!(!bench.has_ended());
    }
}

#[test]
#[should_panic(expected = "uses an inbox of a component that is not in the graph; add it")]
fn a_box_of_another_component_is_refused_with_its_fix() {
    let (pass, other) = (Pass::default(), Pass::default());
    let mut bench = Workbench::new();
    let _numbers = bench.feed(&other.inbox);
    bench.start(pass);
}
