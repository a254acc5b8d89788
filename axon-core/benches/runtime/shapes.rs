//! The work there is, and what we aim for in each.

use crate::systems::{CALL, THREADS, Work};

/// What a kind of work is called and held to.
pub(crate) struct Title {
    pub(crate) name: &'static str,
    /// What is counted.
    pub(crate) unit: &'static str,
    /// For those of our systems whose name begins like this; the first that fits counts.
    pub(crate) aims: Vec<(&'static str, Aim)>,
}

/// The most that something should cost.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// As many times what this system needs in the same run.
    Times(f64, &'static str),
    /// As many of these.
    Of(f64, &'static str),
}

/// Work whose processor time is measured.
pub(crate) struct Timed {
    pub(crate) title: Title,
    pub(crate) work: Work,
    /// How many operations, where the number is part of the work; else as many as fill a round.
    pub(crate) exactly: Option<u64>,
}

/// Components that wait for a message that does not come.
pub(crate) struct Idle {
    pub(crate) title: Title,
    pub(crate) components: usize,
    pub(crate) gauge: Gauge,
}

/// What is looked at while they wait.
#[derive(Clone, Copy)]
pub(crate) enum Gauge {
    /// Growth of the memory in use, for each of them.
    Bytes,
    /// How often a thread of theirs was woken in so many seconds.
    Wakes { seconds: u64 },
}

/// How the names of our own systems begin.
pub(crate) const OURS: &str = "axon-core";
const BATCHES: &str = "axon-core, in batches";

pub(crate) fn timed() -> Vec<Timed> {
    let calls = |most| vec![(OURS, Aim::Times(most, CALL))];
    let both =
        |each, batches| vec![(BATCHES, Aim::Times(batches, CALL)), (OURS, Aim::Times(each, CALL))];
    let nanos = |most| vec![(OURS, Aim::Of(most, "ns"))];
    vec![
        hops("pipeline of 10, boxes of 1000", both(5.0, 1.0), pipeline(1_000)),
        hops("pipeline of 10, boxes of 64", vec![], pipeline(64)),
        hops("pipeline of 10, boxes of 1", calls(25.0), pipeline(1)),
        hops("ring of 1000, 1 token", calls(25.0), Work::Ring { members: 1_000, tokens: 1 }),
        hops("ring of 1000, 100 tokens", calls(25.0), Work::Ring { members: 1_000, tokens: 100 }),
        hops("fan-out 1 to 100", calls(6.0), Work::FanOut { fan: 100, boxes: 1_000 }),
        hops("fan-in 100 to 1", calls(6.0), Work::FanIn { fan: 100, boxes: 1_000 }),
        lives("spawn: make, run, end; 1000 at a time", nanos(150.0), 1_000),
        lives("spawn: make, run, end; 100000 in one graph", nanos(150.0), 100_000),
        Timed {
            title: Title {
                name: "ask a thread and wait",
                unit: "CPU ns per round trip",
                aims: vec![(OURS, Aim::Times(1.5, THREADS))],
            },
            work: Work::Ask { boxes: 16 },
            exactly: None,
        },
        hops("stream from a thread, boxes of 1000", vec![], Work::Stream { boxes: 1_000 }),
    ]
}

pub(crate) fn idle() -> Vec<Idle> {
    let aim = |most, unit| vec![(OURS, Aim::Of(most, unit))];
    vec![
        Idle {
            title: Title {
                name: "idle: memory of 100000 components",
                unit: "bytes each",
                aims: aim(500.0, "bytes"),
            },
            components: 100_000,
            gauge: Gauge::Bytes,
        },
        Idle {
            title: Title {
                name: "idle: wake-ups of 1000 components",
                unit: "in two seconds",
                aims: aim(0.0, "wake-ups"),
            },
            components: 1_000,
            gauge: Gauge::Wakes { seconds: 2 },
        },
    ]
}

fn pipeline(boxes: usize) -> Work {
    Work::Pipeline { stages: 10, boxes }
}

fn hops(name: &'static str, aims: Vec<(&'static str, Aim)>, work: Work) -> Timed {
    Timed { title: Title { name, unit: "CPU ns per message and hop", aims }, work, exactly: None }
}

fn lives(name: &'static str, aims: Vec<(&'static str, Aim)>, alive: u64) -> Timed {
    let title = Title { name, unit: "CPU ns per component", aims };
    Timed { title, work: Work::Lives { alive }, exactly: Some(100_000) }
}

impl Title {
    pub(crate) fn aim_of(&self, system: &str) -> Option<Aim> {
        self.aims.iter().find(|(name, _)| system.starts_with(name)).map(|(_, aim)| *aim)
    }

    /// Whether an aim is a multiple of what this system needs.
    pub(crate) fn is_a_measure(&self, system: &str) -> bool {
        let is_it = |aim: &Aim| matches!(aim, Aim::Times(_, measure) if *measure == system);
        self.aims.iter().any(|(_, aim)| is_it(aim))
    }
}
