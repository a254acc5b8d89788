//! How a node is joined to the network.

use std::time::Duration;

/// A node's access to the network: what it can send and take, how far away it is, and how badly it
/// is joined.
///
/// The network between the accesses is without bounds: only the first and the last mile cost time.
/// The default is an unlimited line, 20 ms from the core, without jitter or loss, that takes calls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Access {
    /// Bytes a second that can be sent; `None` for no limit.
    pub up: Option<u64>,
    /// Bytes a second that can be taken; `None` for no limit.
    pub down: Option<u64>,
    /// One way, from the node to the core of the network, an hour at most. From node to node it
    /// takes the sum of both.
    pub latency: Duration,
    /// What chance adds to the latency, anew in each tick: between nothing and this. Bytes of one
    /// line do not overtake each other.
    pub jitter: Duration,
    /// How likely a segment of 1,460 bytes is lost on this access, from 0 to 1. A loss stalls its
    /// flow for 200 ms or two round trips, whichever is longer, and halves its window.
    pub loss: f64,
    /// False behind a NAT: the node calls others, and calls to it come to nothing.
    pub reachable: bool,
}

impl Default for Access {
    fn default() -> Self {
        Access {
            up: None,
            down: None,
            latency: Duration::from_millis(20),
            jitter: Duration::ZERO,
            loss: 0.0,
            reachable: true,
        }
    }
}

impl Access {
    /// Sends at most so many bytes a second.
    pub fn up(self, bytes_per_second: u64) -> Self {
        Access { up: Some(bytes_per_second), ..self }
    }

    /// Takes at most so many bytes a second.
    pub fn down(self, bytes_per_second: u64) -> Self {
        Access { down: Some(bytes_per_second), ..self }
    }

    /// One way, from the node to the core of the network.
    pub fn latency(self, latency: Duration) -> Self {
        Access { latency, ..self }
    }

    /// The most that chance adds to the latency.
    pub fn jitter(self, jitter: Duration) -> Self {
        Access { jitter, ..self }
    }

    /// How likely a full segment is lost. What is not between 0 and 1 is taken for the nearer one.
    pub fn loss(self, loss: f64) -> Self {
        Access { loss, ..self }
    }

    /// False behind a NAT.
    pub fn reachable(self, reachable: bool) -> Self {
        Access { reachable, ..self }
    }

    /// Between 0 and 1, whatever was said; what is no number is no loss.
    pub(super) fn loss_clamped(&self) -> f64 {
        if self.loss > 0.0 { self.loss.min(1.0) } else { 0.0 }
    }
}
