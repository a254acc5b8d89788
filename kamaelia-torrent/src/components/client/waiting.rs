//! How a client waits: on this machine for its sockets, in an imagined world for its boxes.
//!
//! An imagined world has no time of its own when its engines are in a graph: it is moved to the time of
//! the graph before each turn, and the client sleeps until something happens in it. Whoever wakes first
//! moves it for all.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use axon_core::{Address, now};

use super::{Next, TorrentClient};
use crate::engine::Engine;
use crate::engine::world::World;

/// As good as for ever, and a time that every system can count.
const AGES: Duration = Duration::from_secs(24 * 60 * 60);

impl TorrentClient {
    /// From now on, what happens to the client wakes it, wherever it waits.
    pub(super) fn hear_of_wakes(&mut self, engine: &Engine) {
        match &self.config.engine.world {
            World::System => self.control.wake_with(engine.waker()),
            World::Imagined(host) => {
                host.wake_with(Waker::from(Arc::new(Nudge(self.nudges.address()))));
            }
        }
    }

    /// Lets the engine have its turn: at once, or when something happens.
    pub(super) fn give_turn(&mut self, engine: &mut Engine, next: Next) -> io::Result<()> {
        let until = match next {
            Next::Sleep if engine.has_stirred() => self.next_tick.saturating_duration_since(now()),
            Next::Sleep if self.is_heard() => AGES,
            Next::Sleep => Duration::ZERO,
            Next::Look | Next::End => Duration::ZERO,
        };
        if let World::Imagined(host) = self.config.engine.world.clone() {
            self.sleep_in_boxes(engine, until);
            host.move_to(now());
            return engine.turn(Duration::ZERO);
        }
        engine.turn(until)?;
        self.control.came_back();
        Ok(())
    }

    /// Whether anybody reads what the client says; if so, the end of that will wake it.
    fn is_heard(&self) -> bool {
        let until_closed = pin!(self.outbox.until_closed());
        until_closed.poll(&mut Context::from_waker(Waker::noop())).is_pending()
    }

    fn sleep_in_boxes(&mut self, engine: &Engine, at_most: Duration) {
        // A nudge that came before it is looked for here has had its effect; one that comes later ends
        // the wait.
        while self.nudges.try_recv().is_ok() {}
        let due = engine.next_timeout().map(|due| due.saturating_duration_since(now()));
        let at_most = due.map_or(at_most, |due| due.min(at_most));
        if !at_most.is_zero() {
            self.control.wait_within(at_most);
        }
    }
}

/// The world begins to move with the graph.
pub(super) fn begin(world: &World) {
    if let World::Imagined(host) = world {
        host.move_to(now());
    }
}

/// Wakes the client when there is news of its host.
struct Nudge(Address<()>);

impl Wake for Nudge {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // One that waits to be taken is as good as many.
        let _ = self.0.try_send(());
    }
}
