//! The life of a component that has a thread of its own.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use super::local;
use super::mailroom::{Mail, Mailroom};
use super::run::News;
use super::slot::Slot;
use super::worker::Life;
use crate::component::{ComponentResult, Start};
use crate::error::Outcome;

/// Starts the thread, which tells the manager when the component has ended.
pub(super) fn spawn(life: Life, manager: Arc<Mailroom>) -> std::io::Result<JoinHandle<()>> {
    let name = life.slot.name().to_owned();
    manager.census.enter();
    let census = manager.census.clone();
    if let Some(stage) = census.stage() {
        life.slot.play(stage.add());
    }
    let spawned = thread::Builder::new().name(name).spawn(move || {
        let (member, slot) = (life.member, life.slot.clone());
        slot.settle_on_this_thread();
        let outcome = live(life);
        slot.end_of_thread();
        manager.send(Mail::News(News::Ended { member, outcome }));
        manager.census.leave();
        if let (Some(stage), Some(actor)) = (manager.census.stage(), slot.actor()) {
            stage.leave(actor);
        }
    });
    if spawned.is_err() {
        census.leave();
    }
    spawned
}

fn live(life: Life) -> Outcome {
    let waker = Waker::from(life.foreign);
    let (component, slot) = (life.component, life.slot);
    let main = AssertUnwindSafe(|| match component.start() {
        Start::Blocking(main) => main(),
        Start::Polled(future) => block_on(future, &slot, &waker),
    });
    match catch_unwind(main) {
        Ok(result) => Outcome::of_result(result),
        Err(panic) => Outcome::of_panic(&*panic),
    }
}

/// Polls whenever the component is woken or a timer of its own is due.
fn block_on(
    mut future: Pin<Box<dyn Future<Output = ComponentResult>>>,
    slot: &Arc<Slot>,
    waker: &Waker,
) -> ComponentResult {
    let context = &mut Context::from_waker(waker);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(context) {
            return result;
        }
        slot.park_until(local::next_due());
        local::wake_due();
        // One that only yields never waits: in a seeded run nobody else would have a turn.
        slot.step_aside();
    }
}
