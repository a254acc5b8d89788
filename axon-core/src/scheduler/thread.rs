//! The life of a component that has a thread of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::local;
use super::mailroom::{Mail, Mailroom};
use super::run::News;
use super::slot::Slot;
use super::sync::{Builder, JoinHandle};
use super::worker::Life;
use crate::component::{ComponentResult, Start};
use crate::error::{Outcome, caught};

/// Starts the thread, which tells the manager when the component has ended.
pub(super) fn spawn(life: Life, manager: Arc<Mailroom>) -> std::io::Result<JoinHandle<()>> {
    let slot = life.slot.clone();
    manager.census.enter();
    let census = manager.census.clone();
    if let Some(stage) = census.stage() {
        slot.play(stage.add());
    }
    let name = name_of_thread(slot.name());
    let spawned = Builder::new().name(name).spawn(move || run(life, &manager));
    if spawned.is_err() {
        slot.end_of_thread();
        if let (Some(stage), Some(actor)) = (census.stage(), slot.actor()) {
            stage.strike(actor);
        }
        census.leave();
    }
    spawned
}

/// What a thread may be called: the system's names end where the first zero is.
pub(super) fn name_of_thread(component: &str) -> String {
    component.replace('\0', " ")
}

fn run(life: Life, manager: &Arc<Mailroom>) {
    let (member, slot) = (life.member, life.slot.clone());
    slot.settle_on_this_thread(&life.foreign);
    let outcome = live(life);
    slot.end_of_thread();
    manager.send(Mail::News(News::Ended { member, outcome }));
    manager.census.leave();
    if let (Some(stage), Some(actor)) = (manager.census.stage(), slot.actor()) {
        stage.leave(actor);
    }
}

fn live(life: Life) -> Outcome {
    let waker = Waker::from(life.foreign);
    let (component, slot) = (life.component, life.slot);
    let main = || match component.start() {
        Start::Blocking(main) => main(),
        Start::Polled(future) => block_on(future, &slot, &waker),
    };
    caught(main).map_or_else(|panicked| panicked, Outcome::of_result)
}

/// Polls whenever the component is woken or a timer of its own is due.
fn block_on(
    mut future: Pin<Box<dyn Future<Output = ComponentResult>>>,
    slot: &Arc<Slot>,
    waker: &Waker,
) -> ComponentResult {
    let context = &mut Context::from_waker(waker);
    loop {
        local::begin_own_turn();
        if let Poll::Ready(result) = future.as_mut().poll(context) {
            return result;
        }
        slot.park_until(local::next_due());
        local::wake_due();
        // One that only yields never waits: in a seeded run nobody else would have a turn.
        slot.step_aside();
    }
}
