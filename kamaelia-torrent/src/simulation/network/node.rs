//! One node's access at work: what is left of this tick, and who shares it.

use std::collections::VecDeque;
use std::time::Duration;

use super::access::Access;
use super::line::FlowId;

const MICROS: u64 = 1_000_000;
/// The longest way to the core, in microseconds: more would only be a mistake.
const LATENCY_MOST: u64 = 3_600 * MICROS;

/// What an access may carry in this step. What is not used is lost, but for fractions of a byte.
#[derive(Default)]
pub(super) struct Budget {
    /// The step it was filled for.
    step: u32,
    left: u64,
    /// Millionths of a byte.
    fraction: u64,
}

impl Budget {
    /// What is left of it in this step, which is so many microseconds long.
    pub(super) fn left(&mut self, step: u32, elapsed: u64, rate: Option<u64>) -> u64 {
        let Some(rate) = rate else {
            return u64::MAX;
        };
        if self.step != step {
            self.step = step;
            let total = rate.saturating_mul(elapsed).saturating_add(self.fraction);
            self.left = total / MICROS;
            self.fraction = total % MICROS;
        }
        self.left
    }

    pub(super) fn spend(&mut self, bytes: u64) {
        self.left = self.left.saturating_sub(bytes);
    }
}

pub(super) struct Node {
    pub(super) access: Access,
    /// One way to the core, in microseconds.
    latency: u64,
    /// In microseconds.
    jitter: u64,
    pub(super) is_online: bool,
    /// The ends of lines it knows of.
    pub(super) ends: Vec<FlowId>,
    pub(super) up: Budget,
    pub(super) down: Budget,
    /// Flows from here with little to send, which go first.
    pub(super) light: VecDeque<FlowId>,
    /// Flows from here in turn.
    pub(super) round: VecDeque<FlowId>,
    /// What is left of the turn of the first in the round; none if it has not begun.
    pub(super) turn_left: u64,
    /// Flows to here that need leave to send more, in turn.
    pub(super) asking: VecDeque<FlowId>,
    /// What the first of those still gets in its turn; none if that has not begun.
    pub(super) grant_left: u64,
    /// It is among those with flows to send.
    pub(super) is_sending: bool,
    /// It is among those with flows that ask.
    pub(super) is_asked: bool,
}

impl Node {
    pub(super) fn new(access: Access) -> Self {
        Node {
            access,
            latency: micros(access.latency),
            jitter: micros(access.jitter),
            is_online: true,
            ends: Vec::new(),
            up: Budget::default(),
            down: Budget::default(),
            light: VecDeque::new(),
            round: VecDeque::new(),
            turn_left: 0,
            asking: VecDeque::new(),
            grant_left: 0,
            is_sending: false,
            is_asked: false,
        }
    }

    pub(super) fn set_access(&mut self, access: Access) {
        self.access = access;
        self.latency = micros(access.latency);
        self.jitter = micros(access.jitter);
    }

    /// Flows from here that have something to send.
    pub(super) fn flows(&self) -> usize {
        self.light.len() + self.round.len()
    }

    /// Takes a flow from here out of the round.
    pub(super) fn withdraw(&mut self, flow: FlowId) {
        if self.round.front() == Some(&flow) {
            self.turn_left = 0;
        }
        self.round.retain(|other| *other != flow);
        self.light.retain(|other| *other != flow);
    }

    /// Takes a flow to here out of those that ask.
    pub(super) fn unask(&mut self, flow: FlowId) {
        if self.asking.front() == Some(&flow) {
            self.grant_left = 0;
        }
        self.asking.retain(|other| *other != flow);
    }
}

/// One way between two nodes.
#[derive(Clone, Copy)]
pub(super) struct Path {
    /// Microseconds, without jitter.
    pub(super) latency: u64,
    /// The most that jitter adds, in microseconds.
    pub(super) jitter: u64,
}

impl Path {
    pub(super) fn between(one: &Node, other: &Node) -> Self {
        Path { latency: one.latency + other.latency, jitter: one.jitter + other.jitter }
    }

    pub(super) fn round_trip(self) -> u64 {
        2 * self.latency
    }

    /// How long what is sent in this step takes: all of one flow alike.
    pub(super) fn drawn(self, seed: u64, flow: FlowId, step: u32) -> u64 {
        if self.jitter == 0 {
            return self.latency;
        }
        // A draw of its own for each flow and step, so that one flow's luck is not another's.
        let key = u64::from(flow.number()) << 32 | u64::from(step);
        let mut rng = fastrand::Rng::with_seed(seed ^ key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        self.latency + rng.u64(..=self.jitter)
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX).min(LATENCY_MOST)
}
