//! What the system knows of a running program.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{AGES, Program};

/// Another program, by its number.
#[derive(Clone, Copy)]
pub struct Process(u32);

/// What a program has for itself.
#[derive(Clone, Copy, Debug)]
pub struct Holdings {
    pub descriptors: usize,
    pub threads: usize,
    /// Bytes of memory that nobody else has, and that were written to.
    pub memory: usize,
}

impl Process {
    pub fn of(program: &Program) -> Self {
        Process(program.id())
    }

    /// Bytes it has asked the system for, of whatever files and pipes.
    pub fn read(self) -> u64 {
        self.number_in("io", "rchar:") as u64
    }

    pub fn holdings(self) -> Holdings {
        let count = |name: &str| fs::read_dir(self.path(name)).expect("it runs").count();
        Holdings {
            descriptors: count("fd"),
            threads: count("task"),
            memory: self.number_in("smaps_rollup", "Private_Dirty:") * 1024,
        }
    }

    /// Waits until it has no more descriptors and threads than before: what closes takes its time.
    pub fn settled(self, before: &Holdings) -> Holdings {
        let deadline = Instant::now() + AGES;
        loop {
            let now = self.holdings();
            if now.descriptors <= before.descriptors && now.threads <= before.threads {
                return now;
            }
            assert!(Instant::now() < deadline, "{before:?} {now:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ticks of processor time it has had, a hundred of which are a second.
    pub fn ticks(self) -> u64 {
        let stat = self.text("stat");
        // Its name, which may hold anything, ends with the last parenthesis.
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || fields.next().and_then(|ticks| ticks.parse::<u64>().ok());
        next().zip(next()).map(|(own, system)| own + system).expect("two numbers")
    }

    /// Whether it stands still after a signal to stop.
    pub fn is_stopped(self) -> bool {
        self.text("status").lines().any(|line| line.starts_with("State:\tT"))
    }

    fn number_in(self, file: &str, field: &str) -> usize {
        let text = self.text(file);
        let line = text.lines().find(|line| line.starts_with(field)).expect("a line");
        line.split_whitespace().nth(1).expect("a number").parse().expect("a number")
    }

    fn text(self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("it runs")
    }

    fn path(self, name: &str) -> PathBuf {
        Path::new("/proc").join(self.0.to_string()).join(name)
    }
}
