//! Runs of the same work by several systems in turn, and what each cost.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, Timespec, clock_gettime};

use crate::options::Options;
use crate::shapes::Timed;
use crate::systems::System;

/// How long one round may take by the wall, about: long enough that starting and ending do not
/// count, short enough that a run of everything can be waited for.
const ROUND: Duration = Duration::from_millis(60);

/// Processor time some work took, and how many operations it was.
pub(crate) struct Spent {
    cpu: Duration,
    wall: Duration,
    operations: u64,
}

/// Measures from here to [`Stopwatch::stop`].
pub(crate) struct Stopwatch {
    cpu: Duration,
    wall: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Stopwatch { cpu: cpu_time(ClockId::ProcessCPUTime), wall: Instant::now() }
    }

    pub(crate) fn stop(self, operations: u64) -> Spent {
        let cpu = cpu_time(ClockId::ProcessCPUTime) - self.cpu;
        Spent { cpu, wall: self.wall.elapsed(), operations }
    }
}

/// What the process or the thread has used so far, user and system.
pub(crate) fn cpu_time(clock: ClockId) -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(clock);
    Duration::new(tv_sec as u64, tv_nsec as u32)
}

/// What one system needs, in each round.
pub(crate) struct Row {
    pub(crate) system: &'static str,
    pub(crate) rounds: Vec<f64>,
    /// Something worth knowing besides, and what it is.
    pub(crate) beside: (&'static str, f64),
}

impl Row {
    pub(crate) fn least(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn middle(&self) -> f64 {
        middle(self.rounds.iter().copied())
    }

    /// How many times what the other needs. Both are compared round by round: a processor that
    /// changes its pace does so for both.
    pub(crate) fn times(&self, other: &Row) -> f64 {
        let rounds = self.rounds.iter().zip(&other.rounds);
        middle(rounds.map(|(this, other)| if this == other { 1.0 } else { this / other }))
    }
}

/// Lets every system that can do the work do it in turn.
pub(crate) fn measure(shape: &Timed, systems: &[Box<dyn System>], options: &Options) -> Vec<Row> {
    let able = |system| Some((system, count_for_a_round(system, shape)?, Vec::new()));
    let mut able: Vec<(&dyn System, u64, Vec<Spent>)> =
        options.chosen(systems, &shape.title).into_iter().filter_map(able).collect();
    for _ in 0..options.rounds {
        for (system, count, rounds) in &mut able {
            rounds.extend(system.run(shape.work, *count));
        }
    }
    able.iter().map(|(system, _, rounds)| row(system.name(), rounds)).collect()
}

/// Grows until a run is as long as a round should be. None if the system cannot do this work.
fn count_for_a_round(system: &dyn System, shape: &Timed) -> Option<u64> {
    let mut count = shape.exactly.unwrap_or(1_000);
    loop {
        let spent = system.run(shape.work, count)?;
        let scale = ROUND.as_secs_f64() / spent.wall.as_secs_f64();
        if scale < 1.5 || shape.exactly.is_some() {
            return Some(count);
        }
        count = (count as f64 * scale.min(10.0)) as u64;
    }
}

fn row(system: &'static str, rounds: &[Spent]) -> Row {
    let each = |part: fn(&Spent) -> Duration| {
        rounds.iter().map(move |spent| part(spent).as_nanos() as f64 / spent.operations as f64)
    };
    let wall = middle(each(|spent| spent.wall));
    Row { system, rounds: each(|spent| spent.cpu).collect(), beside: ("wall", wall) }
}

fn middle(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
