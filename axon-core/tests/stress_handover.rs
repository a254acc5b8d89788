//! Messages handed over between two components that fall asleep after each: across threads, across
//! workers, and between the two. None is lost and none comes twice.
//!
//! `AXON_STRESS=500 cargo test --release -p axon-core --test stress_handover` makes ten million for
//! each pair.

mod common;

use axon_core::{Arrange, Closed, Component, Graphline, Inbox, Outbox, Part, ThreadedComponent};
use common::{in_stress_time, stress};

/// Hand-overs for each pair of homes.
const USUAL: u64 = 20_000;

/// Sends a number and waits for the next one.
#[derive(Component)]
struct Player {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    serves: bool,
    last: u64,
}

#[derive(ThreadedComponent)]
struct ThreadedPlayer {
    pub inbox: Inbox<u64>,
    pub outbox: Outbox<u64>,
    serves: bool,
    last: u64,
}

impl Player {
    fn new(serves: bool, last: u64) -> Self {
        Player { inbox: Inbox::new(), outbox: Outbox::new(), serves, last }
    }

    async fn main(mut self) -> Result<(), Closed> {
        let mut next = u64::from(self.serves);
        if self.serves {
            self.outbox.send(0).await?;
        }
        while next <= self.last {
            assert_eq!(self.inbox.recv().await, Some(next), "none is lost and none comes twice");
            if next < self.last {
                self.outbox.send(next + 1).await?;
            }
            next += 2;
        }
        Ok(())
    }
}

impl ThreadedPlayer {
    fn new(serves: bool, last: u64) -> Self {
        ThreadedPlayer { inbox: Inbox::new(), outbox: Outbox::new(), serves, last }
    }

    fn main(mut self) -> Result<(), Closed> {
        let mut next = u64::from(self.serves);
        if self.serves {
            self.outbox.send_blocking(0)?;
        }
        while next <= self.last {
            assert_eq!(self.inbox.recv_blocking(), Some(next), "none is lost and none comes twice");
            if next < self.last {
                self.outbox.send_blocking(next + 1)?;
            }
            next += 2;
        }
        Ok(())
    }
}

type Home = fn(bool, u64) -> Part;

fn play(one: Home, another: Home) {
    let last = stress(USUAL);
    in_stress_time(move || {
        Graphline::new()
            .add("one", one(true, last))
            .add("another", another(false, last))
            .link_with(1, "one.outbox", "another.inbox")
            .link_with(1, "another.outbox", "one.inbox")
            .run()
            .unwrap();
    });
}

const HERE: Home = |serves, last| Player::new(serves, last).into();
const THERE: Home = |serves, last| Player::new(serves, last).on("there");
const ELSEWHERE: Home = |serves, last| Player::new(serves, last).on("elsewhere");
const POLLED_ON_A_THREAD: Home = |serves, last| Player::new(serves, last).on_thread();
const ON_A_THREAD: Home = |serves, last| ThreadedPlayer::new(serves, last).into();

#[test]
fn between_two_threads() {
    play(ON_A_THREAD, ON_A_THREAD);
    play(ON_A_THREAD, POLLED_ON_A_THREAD);
}

#[test]
fn between_two_workers() {
    play(HERE, THERE);
    play(THERE, ELSEWHERE);
}

#[test]
fn between_a_worker_and_a_thread() {
    play(THERE, ON_A_THREAD);
    play(ON_A_THREAD, HERE);
    play(POLLED_ON_A_THREAD, THERE);
}
