//! Circles of components on all kinds of homes, drawn from seeds: one in which nobody can move is
//! always found, and one in which somebody can never is.
//!
//! A failure names its seed. Threads are not seeded, so it may take some tries to come back; where
//! the run is seeded too, it comes back at once.

mod common;

use std::thread;

use axon_core::{
    Address, Arrange, Closed, Component, Graphline, Inbox, Outbox, Part, RunError,
    ThreadedComponent,
};
use common::{in_stress_time, stress};
use fastrand::Rng;

/// Passes on what it gets; the one who starts sends so many first, and takes as many out of the
/// circle when they have been round so often.
#[derive(Component)]
struct Link {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    starts: u64,
    rounds: u64,
}

#[derive(ThreadedComponent)]
struct ThreadedLink {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Link {
    async fn main(mut self) -> Result<(), Closed> {
        for _ in 0..self.starts {
            self.outbox.send(self.rounds).await?;
        }
        let mut left = self.starts;
        while let Some(rounds) = self.inbox.recv().await {
            match (self.starts, rounds) {
                (0, _) => self.outbox.send(rounds).await?,
                (_, 1) => left -= 1,
                (_, _) => self.outbox.send(rounds - 1).await?,
            }
            if self.starts > 0 && left == 0 {
                break;
            }
        }
        Ok(())
    }
}

impl ThreadedLink {
    fn main(mut self) -> Result<(), Closed> {
        while let Some(rounds) = self.inbox.recv_blocking() {
            self.outbox.send_blocking(rounds)?;
        }
        Ok(())
    }
}

/// A circle with so many messages in it, and its length.
fn circle(chance: &mut Rng, messages: u64) -> (Graphline, usize) {
    let length = chance.usize(2..6);
    let mut graph = Graphline::new();
    for at in 0..length {
        let starts = if at == 0 { messages } else { 0 };
        let (inbox, outbox, rounds) = (Inbox::new(), Outbox::new(), chance.u64(1..6));
        let link = Link { inbox, outbox, starts, rounds };
        let part: Part = match (at, chance.u8(..5)) {
            (0, 0..3) | (_, 0) => link.into(),
            (0, _) | (_, 1) => link.on("one"),
            (_, 2) => link.on("another"),
            (_, 3) => link.on_thread(),
            _ => ThreadedLink { inbox: Inbox::new(), outbox: Outbox::new() }.into(),
        };
        graph = graph.add(format!("link {at}"), part);
    }
    for at in 0..length {
        // Room for all, or the messages would wait for each other.
        let capacity = usize::try_from(messages).unwrap() + chance.usize(1..4);
        let (from, to) = (format!("link {at}.outbox"), format!("link {}.inbox", (at + 1) % length));
        graph = graph.link_with(capacity, &*from, &*to);
    }
    (graph, length)
}

fn is_stuck_whole(result: &Result<(), RunError>, length: usize) -> bool {
    matches!(result, Err(RunError::Stuck { waiting }) if waiting.len() == length)
}

#[test]
fn circles_without_a_message_are_always_found() {
    in_stress_time(|| {
        for seed in 0..stress(1_000) {
            let (graph, length) = circle(&mut Rng::with_seed(seed), 0);
            let result = graph.run().map(drop);
            assert!(is_stuck_whole(&result, length), "seed {seed}: {result:?}");
        }
        for seed in 0..stress(600) {
            let (graph, length) = circle(&mut Rng::with_seed(seed), 0);
            let result = graph.run_seeded(seed).result.map(drop);
            assert!(is_stuck_whole(&result, length), "seed {seed}: {result:?}");
        }
    });
}

#[test]
fn circles_in_which_messages_go_round_never_are() {
    in_stress_time(|| {
        for seed in 0..stress(1_000) {
            let mut chance = Rng::with_seed(seed);
            let messages = chance.u64(1..4);
            let result = circle(&mut chance, messages).0.run().map(drop);
            result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
        for seed in 0..stress(1_000) {
            let mut chance = Rng::with_seed(seed);
            let messages = chance.u64(1..4);
            let result = circle(&mut chance, messages).0.run_seeded(seed).result;
            result.map(drop).unwrap_or_else(|error| panic!("seed {seed}: {error}"));
        }
    });
}

/// Starts a circle when it is told to from outside.
#[derive(Component)]
struct Gate {
    outside: Inbox<u64>,
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
}

impl Gate {
    async fn main(mut self) -> Result<(), Closed> {
        while let Some(number) = self.outside.recv().await {
            self.outbox.send(number).await?;
            assert_eq!(self.inbox.recv().await, Some(number));
        }
        Ok(())
    }
}

fn gated(chance: &mut Rng) -> (Graphline, Address<u64>) {
    let mut gate = Gate { outside: Inbox::new(), inbox: Inbox::new(), outbox: Outbox::new() };
    let address = gate.outside.address();
    let link = Link { inbox: Inbox::new(), outbox: Outbox::new(), starts: 0, rounds: 0 };
    let (gate, link) = match chance.u8(..4) {
        0 => (Part::from(gate), link.on_thread()),
        1 => (gate.on("one"), link.into()),
        2 => (gate.on_thread(), link.on("one")),
        _ => (gate.into(), link.into()),
    };
    let graph = Graphline::new()
        .add("gate", gate)
        .add("link", link)
        .link("gate.outbox", "link.inbox")
        .link("link.outbox", "gate.inbox");
    (graph, address)
}

#[test]
fn a_circle_that_somebody_outside_sets_going_is_not_called_stuck_before_he_leaves() {
    in_stress_time(|| {
        for seed in 0..stress(1_000) {
            let mut chance = Rng::with_seed(seed);
            let (graph, address) = gated(&mut chance);
            let mut chance = chance.fork();
            let outside = thread::spawn(move || {
                for number in 0..chance.u64(..4) {
                    for _ in 0..chance.u32(..2_000) {
                        std::hint::spin_loop();
                    }
                    address.send_blocking(number).expect("the gate is open");
                }
            });
            let result = graph.run().map(drop);
            result.unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            outside.join().unwrap();
        }
    });
}
