//! A client as a process of its own, and what it uses.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What something took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// Seconds of processor time, user and system, of all threads.
    pub(crate) cpu: f64,
    /// Seconds by the wall.
    pub(crate) wall: f64,
    /// The most memory it had for itself alone, in MiB.
    pub(crate) private: f64,
}

/// A process that runs, and is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    started: Instant,
    private_most: f64,
}

impl Process {
    /// Starts it, with what it says thrown away.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Process { child, started, private_most: 0.0 }
    }

    /// Waits until `is_done` says so or the process has ended, whichever comes first, and says what
    /// it took from its start; nothing if it takes for ever, or ends badly.
    pub(crate) fn until(&mut self, is_done: impl Fn() -> bool) -> Option<Spent> {
        while self.started.elapsed() < PATIENCE {
            self.private();
            if is_done() || self.has_ended() {
                let (cpu, wall) = (self.cpu(), self.started.elapsed().as_secs_f64());
                let went_well = self.child.try_wait().ok()?.is_none_or(|status| status.success());
                return went_well.then_some(Spent { cpu, wall, private: self.private_most });
            }
            thread::sleep(LOOK);
        }
        None
    }

    /// Waits until it has ended by itself.
    pub(crate) fn until_ended(&mut self) -> Option<Spent> {
        self.until(|| false)
    }

    /// Processor time so far, as [`Spent::cpu`]. The system counts in hundredths of a second.
    pub(crate) fn cpu(&self) -> f64 {
        let ticks: u64 = (11..15).filter_map(|at| self.stat(at)?.parse::<u64>().ok()).sum();
        ticks as f64 / rustix::param::clock_ticks_per_second() as f64
    }

    /// The share of a processor that it takes in the time to come.
    pub(crate) fn idle_share(&self, long: Duration) -> f64 {
        let (before, since) = (self.cpu_of_threads(), Instant::now());
        thread::sleep(long);
        (self.cpu_of_threads() - before) / since.elapsed().as_secs_f64()
    }

    /// Processor time of the threads it has now, to the nanosecond.
    fn cpu_of_threads(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let tasks = tasks.into_iter().flatten().flatten();
        let nanoseconds = tasks.filter_map(|task| {
            let counts = fs::read_to_string(task.path().join("schedstat")).ok()?;
            counts.split(' ').next()?.parse::<f64>().ok()
        });
        nanoseconds.sum::<f64>() / 1e9
    }

    /// Memory that it has for itself alone now, in MiB.
    pub(crate) fn private(&mut self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        let mib = kib.unwrap_or_default() / 1024.0;
        self.private_most = self.private_most.max(mib);
        mib
    }

    /// The most of that seen so far.
    pub(crate) fn private_most(&self) -> f64 {
        self.private_most
    }

    /// Since when it runs.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Whether it has ended. What it took can still be asked for.
    pub(crate) fn has_ended(&self) -> bool {
        self.stat(0).is_none_or(|state| state == "Z")
    }

    /// A field of its line in `/proc`, counted from behind its name.
    fn stat(&self, at: usize) -> Option<String> {
        let line = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).ok()?;
        let (_, fields) = line.rsplit_once(") ")?;
        fields.split(' ').nth(at).map(str::to_owned)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
