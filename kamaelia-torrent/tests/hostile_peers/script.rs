//! What an offender does, step by step.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::simulation::Access;
use kamaelia_torrent::wire::{Handshake, Message};

/// What everybody knows who is in the swarm.
pub(crate) struct Scene {
    /// The right bytes, all of them.
    pub(crate) content: Vec<u8>,
    pub(crate) metainfo: Arc<Metainfo>,
}

/// What an offender says to something that it was told.
pub(crate) type Answer = fn(&Message<'_>, &Scene, &mut Rng) -> Vec<u8>;

/// One step.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Say(Vec<u8>),
    Wait(Duration),
    /// As often as the line takes it.
    ForEver(Vec<u8>),
    /// A byte each time.
    Drip(Vec<u8>, Duration),
    /// The same each time, so often.
    Repeat(Vec<u8>, Duration, u32),
    HangUp,
}

/// How it begins.
#[derive(Clone, Copy)]
pub(crate) enum Opening {
    /// With its first step.
    Steps,
    /// With a handshake; steps come once there is an answer.
    Plainly(fn(Handshake) -> Handshake),
    /// By agreeing on encryption, likewise.
    Encrypted(fn(Handshake) -> Handshake),
    /// By saying what it hears.
    Echo,
}

/// One offender's part.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) opening: Opening,
    pub(crate) steps: Vec<Step>,
    pub(crate) answer: Option<Answer>,
    /// Lines at a time.
    pub(crate) lines: u32,
    /// How many times it calls in all.
    pub(crate) calls: u32,
    pub(crate) access: Access,
    /// It comes so long after everybody else.
    pub(crate) after: Duration,
    /// It waits to be called.
    pub(crate) is_called: bool,
}

/// Four times what the one it bothers can take.
const UP: u64 = 1 << 20;

/// A fifth of what a seed gives.
const DOWN: u64 = 48 << 10;

impl Script {
    fn new(opening: Opening) -> Self {
        let access = Access::default().up(UP).down(DOWN);
        let (steps, answer) = (Vec::new(), None);
        let (after, is_called) = (Duration::ZERO, false);
        Script { opening, steps, answer, lines: 1, calls: 1, access, after, is_called }
    }

    /// One that says whatever its steps are.
    pub(crate) fn raw() -> Self {
        Script::new(Opening::Steps)
    }

    /// One that knows the fast extension and that for others.
    pub(crate) fn greeting() -> Self {
        Script::new(Opening::Plainly(|plain| plain.with_fast().with_extensions()))
    }

    /// One that knows what everybody does.
    pub(crate) fn plain() -> Self {
        Script::new(Opening::Plainly(|plain| plain))
    }

    /// The first, over an encrypted line.
    pub(crate) fn encrypted() -> Self {
        Script::new(Opening::Encrypted(|plain| plain.with_fast().with_extensions()))
    }

    pub(crate) fn introduced(self, handshake: fn(Handshake) -> Handshake) -> Self {
        let opening = match self.opening {
            Opening::Encrypted(_) => Opening::Encrypted(handshake),
            _ => Opening::Plainly(handshake),
        };
        Script { opening, ..self }
    }

    pub(crate) fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Say(bytes.into()));
        self
    }

    pub(crate) fn says(self, messages: &[Message<'_>]) -> Self {
        self.bytes(encoded(messages))
    }

    pub(crate) fn waits(mut self, time: Duration) -> Self {
        self.steps.push(Step::Wait(time));
        self
    }

    pub(crate) fn for_ever(mut self, messages: &[Message<'_>]) -> Self {
        self.steps.push(Step::ForEver(encoded(messages)));
        self
    }

    pub(crate) fn bytes_for_ever(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::ForEver(bytes.into()));
        self
    }

    pub(crate) fn drips(mut self, bytes: impl Into<Vec<u8>>, every: Duration) -> Self {
        self.steps.push(Step::Drip(bytes.into(), every));
        self
    }

    pub(crate) fn repeats(mut self, messages: &[Message<'_>], every: Duration, times: u32) -> Self {
        self.steps.push(Step::Repeat(encoded(messages), every, times));
        self
    }

    pub(crate) fn hangs_up(mut self) -> Self {
        self.steps.push(Step::HangUp);
        self
    }

    pub(crate) fn answers(self, answer: Answer) -> Self {
        Script { answer: Some(answer), ..self }
    }

    /// Says what it hears, and nothing else.
    pub(crate) fn answers_by_echo(self) -> Self {
        Script { opening: Opening::Echo, ..self }
    }

    pub(crate) fn lines(self, lines: u32) -> Self {
        Script { lines, calls: self.calls.max(lines), ..self }
    }

    pub(crate) fn calls(self, calls: u32) -> Self {
        Script { calls, ..self }
    }

    pub(crate) fn comes_after(self, after: Duration) -> Self {
        Script { after, ..self }
    }

    pub(crate) fn takes(mut self, bytes_a_second: u64) -> Self {
        self.access = self.access.down(bytes_a_second);
        self
    }

    pub(crate) fn waits_for_a_call(self) -> Self {
        Script { is_called: true, calls: 0, ..self }
    }
}

/// As on the wire.
pub(crate) fn encoded(messages: &[Message<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    messages.iter().for_each(|message| message.encode(&mut bytes));
    bytes
}
