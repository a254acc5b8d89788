//! What components cost that wait for a message.
//!
//! Each system is looked at in a process of its own: memory that another has given back would be
//! taken again without a trace, and another's threads could wake.

use std::env;
use std::fs;
use std::process::{self, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use rustix::thread::gettid;
use rustix::time::ClockId;

use crate::measure::{Row, cpu_time};
use crate::options::Options;
use crate::shapes::{Gauge, Idle};
use crate::systems::{self, System};

/// What begins the arguments of such a process.
const ALONE: &str = "alone";

/// From the last component's beginning to wait until nothing moves any more.
const SETTLING: Duration = Duration::from_millis(100);

/// Components that have begun to wait.
pub(crate) type Waiting = Arc<AtomicUsize>;

/// Looks at every system that has such components.
pub(crate) fn measure(shape: &Idle, systems: &[Box<dyn System>], options: &Options) -> Vec<Row> {
    let able = options.chosen(systems, &shape.title).into_iter();
    able.filter(|system| system.idle_max() > 0)
        .filter_map(|system| row(shape, system, options.rounds))
        .collect()
}

/// None where the operating system does not say.
fn row(shape: &Idle, system: &dyn System, rounds: usize) -> Option<Row> {
    let components = shape.components.min(system.idle_max());
    let (seconds, rounds) = match shape.gauge {
        Gauge::Bytes => (0, rounds.min(3)),
        Gauge::Wakes { seconds } => (seconds, 1),
    };
    let seen: Option<Vec<Seen>> =
        (0..rounds).map(|_| look(system.name(), components, seconds)).collect();
    let seen = seen?;
    let figure = |seen: &Seen| match shape.gauge {
        Gauge::Bytes => seen.bytes as f64 / components as f64,
        Gauge::Wakes { .. } => seen.wakes as f64,
    };
    let beside = match shape.gauge {
        Gauge::Bytes => ("components", components as f64),
        Gauge::Wakes { .. } => ("CPU us", seen[0].cpu_us as f64),
    };
    Some(Row { system: system.name(), rounds: seen.iter().map(figure).collect(), beside })
}

/// What was seen of the components of one process.
struct Seen {
    bytes: u64,
    wakes: u64,
    cpu_us: u64,
}

fn look(system: &str, components: usize, seconds: u64) -> Option<Seen> {
    let this = env::current_exe().expect("this program has a file");
    let (components, seconds) = (components.to_string(), seconds.to_string());
    let arguments = [ALONE, system, &components, &seconds];
    let output = Command::new(this).args(arguments).output().expect("this program starts again");
    assert!(output.status.success(), "{system}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().map(|number| number.parse().ok());
    Some(Seen { bytes: numbers.next()??, wakes: numbers.next()??, cpu_us: numbers.next()?? })
}

/// The work of such a process.
pub(crate) struct Alone {
    system: String,
    components: usize,
    seconds: u64,
}

impl Alone {
    /// None if this is not one.
    pub(crate) fn from(arguments: &[String]) -> Option<Self> {
        let [ALONE, system, components, seconds] =
            arguments.iter().map(String::as_str).collect::<Vec<_>>()[..]
        else {
            return None;
        };
        let (components, seconds) = (components.parse().ok()?, seconds.parse().ok()?);
        Some(Alone { system: system.to_owned(), components, seconds })
    }

    /// The components live on this thread and never end; another looks on, then ends the process.
    pub(crate) fn measure(self) -> ! {
        let systems = systems::all();
        let system = systems.iter().find(|system| system.name() == self.system);
        let system = system.expect("whoever started this knows the systems");
        let waiting = Waiting::default();
        let onlooker = Onlooker { before: bytes_in_use(), waiting: waiting.clone() };
        thread::spawn(move || onlooker.look_on(self.components, self.seconds));
        system.idle(self.components, &waiting);
        unreachable!("nothing ends those who wait");
    }
}

struct Onlooker {
    before: Option<u64>,
    waiting: Waiting,
}

impl Onlooker {
    /// Prints what was seen; less than that where the operating system does not say.
    fn look_on(&self, components: usize, seconds: u64) -> ! {
        while self.waiting.load(Ordering::Relaxed) < components {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(SETTLING);
        if let (Some(before), Some(after)) = (self.before, bytes_in_use()) {
            print!("{} ", after.saturating_sub(before));
        }
        let (wakes, cpu) = (wakes_of_others(), cpu_of_others());
        thread::sleep(Duration::from_secs(seconds));
        if let (Some(before), Some(after)) = (wakes, wakes_of_others()) {
            let cpu = cpu_of_others().saturating_sub(cpu);
            print!("{} {}", after - before, cpu.as_micros());
        }
        println!();
        process::exit(0)
    }
}

fn bytes_in_use() -> Option<u64> {
    Some(memory_stats::memory_stats()?.physical_mem as u64)
}

/// Up to the few microseconds that pass between the two looks.
fn cpu_of_others() -> Duration {
    let own = cpu_time(ClockId::ThreadCPUTime);
    cpu_time(ClockId::ProcessCPUTime).saturating_sub(own)
}

/// How often the other threads of this process have gone to sleep so far, and so been woken.
fn wakes_of_others() -> Option<u64> {
    let own = gettid().as_raw_nonzero().to_string();
    let mut wakes = 0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        let thread = thread.ok()?;
        if thread.file_name() != own.as_str() {
            let status = fs::read_to_string(thread.path().join("status")).ok()?;
            wakes += number_after(&status, "\nvoluntary_ctxt_switches:")?;
        }
    }
    Some(wakes)
}

fn number_after(text: &str, word: &str) -> Option<u64> {
    text.split_once(word)?.1.split_whitespace().next()?.parse().ok()
}
