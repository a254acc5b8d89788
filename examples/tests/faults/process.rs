//! What the system knows of a running program.

use super::*;

/// Another program, by its number.
#[derive(Clone, Copy)]
pub(crate) struct Process(u32);

/// What a program has for itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holdings {
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    /// Bytes of memory that nobody else has, and that were written to.
    pub(crate) memory: usize,
}

impl Process {
    pub(crate) fn of(program: &Program) -> Self {
        Process(program.id())
    }

    /// Bytes it has asked the system for, of whatever files and pipes.
    pub(crate) fn read(self) -> u64 {
        self.number_in("io", "rchar:") as u64
    }

    pub(crate) fn holdings(self) -> Holdings {
        let count = |name: &str| fs::read_dir(self.path(name)).expect("it runs").count();
        Holdings {
            descriptors: count("fd"),
            threads: count("task"),
            memory: self.number_in("smaps_rollup", "Private_Dirty:") * 1024,
        }
    }

    /// Whether it stands still after a signal to stop.
    pub(crate) fn is_stopped(self) -> bool {
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
