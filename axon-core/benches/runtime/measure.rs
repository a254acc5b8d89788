//! Runs of the same work by several systems in turn, and what each cost.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, Timespec, clock_gettime};

/// Times each system does the work. Others use the machine too: the least and the middle of these
/// say more than their mean.
const ROUNDS: usize = 7;

/// How long one round may take by the wall, about: long enough that starting and ending do not
/// count, short enough that a run of everything can be waited for.
const ROUND: Duration = Duration::from_millis(60);

/// Processor time some work took, and how many operations it was.
pub(crate) struct Spent {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) operations: u64,
}

impl Spent {
    fn nanos_each(&self) -> f64 {
        self.cpu.as_nanos() as f64 / self.operations as f64
    }

    fn wall_each(&self) -> f64 {
        self.wall.as_nanos() as f64 / self.operations as f64
    }
}

/// Measures from here to [`Stopwatch::stop`].
pub(crate) struct Stopwatch {
    cpu: Duration,
    wall: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Stopwatch { cpu: cpu_time(), wall: Instant::now() }
    }

    pub(crate) fn stop(self, operations: u64) -> Spent {
        Spent { cpu: cpu_time() - self.cpu, wall: self.wall.elapsed(), operations }
    }
}

/// What the process has used so far, user and system, all threads.
fn cpu_time() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(tv_sec as u64, tv_nsec as u32)
}

/// One kind of work, and who does it.
pub(crate) struct Shape {
    pub(crate) name: String,
    /// What is counted.
    unit: &'static str,
    systems: Vec<System>,
}

struct System {
    name: &'static str,
    /// Does the work for about so many operations.
    run: Box<dyn Fn(u64) -> Spent>,
}

impl Shape {
    pub(crate) fn new(name: String, unit: &'static str) -> Self {
        Shape { name, unit, systems: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, run: impl Fn(u64) -> Spent + 'static) -> Self {
        self.systems.push(System { name, run: Box::new(run) });
        self
    }
}

impl Shape {
    /// Without the systems whose names do not contain this word.
    pub(crate) fn only(mut self, word: &str) -> Self {
        self.systems.retain(|system| system.name.contains(word));
        self
    }
}

/// Lets every system do the work in turn, and prints a line for each. The first system is what the
/// others are compared with.
pub(crate) fn measure(shape: Shape) {
    if shape.systems.is_empty() {
        return;
    }
    let counts: Vec<u64> = shape.systems.iter().map(count_for_a_round).collect();
    let mut rounds: Vec<Vec<Spent>> = shape.systems.iter().map(|_| Vec::new()).collect();
    for _ in 0..ROUNDS {
        for (at, system) in shape.systems.iter().enumerate() {
            rounds[at].push((system.run)(counts[at]));
        }
    }
    let unit = shape.unit;
    println!("{}", shape.name);
    println!(
        "  {:<24} {:>10} {:>10} {:>8} {:>10}",
        "CPU ns per ".to_owned() + unit,
        "least",
        "middle",
        "ratio",
        "wall"
    );
    let ours = middle(rounds[0].iter().map(Spent::nanos_each));
    for (system, spent) in shape.systems.iter().zip(&rounds) {
        let least = spent.iter().map(Spent::nanos_each).fold(f64::INFINITY, f64::min);
        let cpu = middle(spent.iter().map(Spent::nanos_each));
        let wall = middle(spent.iter().map(Spent::wall_each));
        println!(
            "  {:<24} {} {} {:>8} {}",
            system.name,
            number(least),
            number(cpu),
            format!("{:.2}", cpu / ours),
            number(wall)
        );
    }
    println!();
}

/// Grows until a run is as long as a round should be.
fn count_for_a_round(system: &System) -> u64 {
    let mut count = 1_000;
    loop {
        let spent = (system.run)(count);
        let scale = ROUND.as_secs_f64() / spent.wall.as_secs_f64();
        if scale < 1.5 {
            return count;
        }
        count = (count as f64 * scale.min(10.0)) as u64;
    }
}

fn middle(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn number(nanos: f64) -> String {
    match nanos {
        n if n < 10.0 => format!("{n:>10.2}"),
        n if n < 100.0 => format!("{n:>10.1}"),
        n => format!("{n:>10.0}"),
    }
}

/// The sum of the numbers below this one.
pub(crate) fn sum_below(limit: u64) -> u64 {
    limit * limit.saturating_sub(1) / 2
}
