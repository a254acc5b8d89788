//! One node's access at work: what is left of this tick, and who shares it.

use std::collections::VecDeque;
use std::time::Duration;

use super::access::Access;
use super::line::FlowId;

const MICROS: u64 = 1_000_000;
/// The longest way to the core, in microseconds: more would only be a mistake.
const LATENCY_MOST: u64 = 3_600 * MICROS;

/// A step, and how much time it is about.
#[derive(Clone, Copy, Default)]
pub(super) struct Step {
    pub(super) number: u32,
    /// Microseconds, no more than a tick.
    pub(super) elapsed: u64,
}

/// What an access carries one way.
#[derive(Default)]
pub(super) struct Budget {
    /// Bytes a second.
    rate: Option<u64>,
    /// The step it was filled for.
    step: u32,
    left: u64,
    /// Millionths of a byte.
    fraction: u64,
}

impl Budget {
    /// What is left of it in this step. What earlier steps did not use is lost, but for fractions
    /// of a byte.
    pub(super) fn left(&mut self, step: Step) -> u64 {
        let Some(rate) = self.rate else {
            return u64::MAX;
        };
        if self.step != step.number {
            self.step = step.number;
            let total = rate.saturating_mul(step.elapsed).saturating_add(self.fraction);
            self.left = total / MICROS;
            self.fraction = total % MICROS;
        }
        self.left
    }

    pub(super) fn spend(&mut self, bytes: u64) {
        self.left = self.left.saturating_sub(bytes);
    }

    pub(super) fn is_unlimited(&self) -> bool {
        self.rate.is_none()
    }
}

/// The way from a node, and the flows that share it.
#[derive(Default)]
pub(super) struct Uplink {
    pub(super) budget: Budget,
    /// Flows with little to send, which go first.
    pub(super) light: VecDeque<FlowId>,
    /// Flows in turn.
    pub(super) round: VecDeque<FlowId>,
    /// What is left of the turn of the first in the round; none if it has not begun.
    pub(super) turn_left: u64,
    /// The node is listed as one with flows to send.
    pub(super) is_listed: bool,
}

impl Uplink {
    /// How many flows have something to send.
    pub(super) fn flows(&self) -> usize {
        self.light.len() + self.round.len()
    }

    /// Takes a flow out of its turn.
    pub(super) fn withdraw(&mut self, flow: FlowId) {
        if self.round.front() == Some(&flow) {
            self.turn_left = 0;
        }
        self.round.retain(|other| *other != flow);
        self.light.retain(|other| *other != flow);
    }
}

/// The way to a node, and the flows that share it.
#[derive(Default)]
pub(super) struct Downlink {
    pub(super) budget: Budget,
    /// Flows that need leave to send more, in turn.
    pub(super) asking: VecDeque<FlowId>,
    /// What the first of those still gets in its turn; none if that has not begun.
    pub(super) turn_left: u64,
    /// The node is listed as one with flows that ask.
    pub(super) is_listed: bool,
}

impl Downlink {
    /// Takes a flow out of those that ask.
    pub(super) fn withdraw(&mut self, flow: FlowId) {
        if self.asking.front() == Some(&flow) {
            self.turn_left = 0;
        }
        self.asking.retain(|other| *other != flow);
    }
}

pub(super) struct Node {
    pub(super) down: Downlink,
    /// One way to the core, in microseconds.
    latency: u64,
    /// In microseconds.
    jitter: u64,
    pub(super) loss: f64,
    pub(super) is_online: bool,
    pub(super) is_reachable: bool,
    pub(super) up: Uplink,
    /// The ends of lines it knows of.
    pub(super) ends: Vec<FlowId>,
}

impl Node {
    pub(super) fn new(access: Access) -> Self {
        let mut node = Node {
            down: Downlink::default(),
            latency: 0,
            jitter: 0,
            loss: 0.0,
            is_online: true,
            is_reachable: true,
            up: Uplink::default(),
            ends: Vec::new(),
        };
        node.set_access(access);
        node
    }

    pub(super) fn set_access(&mut self, access: Access) {
        self.up.budget.rate = access.up;
        self.down.budget.rate = access.down;
        self.latency = micros(access.latency);
        self.jitter = micros(access.jitter);
        self.loss = access.loss_clamped();
        self.is_reachable = access.reachable;
    }
}

/// One way between two nodes.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// Microseconds, without jitter.
    pub(super) latency: u64,
    /// The most that jitter adds, in microseconds.
    jitter: u64,
}

impl Path {
    pub(super) fn between(one: &Node, other: &Node) -> Self {
        Path { latency: one.latency + other.latency, jitter: one.jitter + other.jitter }
    }

    /// From a node to where there is nobody.
    pub(super) fn to_nobody(one: &Node) -> Self {
        Path { latency: one.latency, jitter: one.jitter }
    }

    pub(super) fn round_trip(self) -> u64 {
        2 * self.latency
    }

    /// How long what is sent in this step takes: all of one flow alike.
    pub(super) fn drawn(self, seed: u64, flow: FlowId, step: Step) -> u64 {
        if self.jitter == 0 {
            return self.latency;
        }
        // A draw of its own for each flow and step, so that one flow's luck is not another's.
        let key = u64::from(flow.number()) << 32 | u64::from(step.number);
        let mut rng = fastrand::Rng::with_seed(seed ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        self.latency + rng.u64(..=self.jitter)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).min(LATENCY_MOST)
}
