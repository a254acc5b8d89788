//! A torrent that rests because somebody said so.
//!
//! Unlike a [pause](Swarm::pause), which waits for the disk with every connection open, a hold lets
//! all peers go and takes no new ones. What was received stays, half pieces included.

use std::time::Instant;

use super::{CloseReason, Swarm};

impl Swarm {
    /// Lets every peer go, and neither calls nor takes any until [`release`](Self::release). Web
    /// seeds are asked for nothing.
    pub fn hold(&mut self, now: Instant) {
        self.held = true;
        self.recall_web_seeds(now);
        for id in self.connections.ids() {
            self.close(now, id, CloseReason::Held);
        }
        self.settle(now);
    }

    /// Goes on after [`hold`](Self::hold). Peers that were let go are called again after a moment.
    pub fn release(&mut self, now: Instant) {
        self.held = false;
        self.refill = true;
        self.connect_more(now);
        self.settle(now);
    }

    /// Lets every peer go and forgets where any are, without a rest: from now on it is another swarm,
    /// as when a private torrent moves to another tracker (BEP 27).
    pub fn let_go(&mut self, now: Instant) {
        for id in self.connections.ids() {
            self.close(now, id, CloseReason::Held);
        }
        self.candidates.forget_all();
        self.settle(now);
    }

    /// Whether it is held.
    pub fn is_held(&self) -> bool {
        self.held
    }
}
