//! What this process takes of the machine.

use std::fs;

/// What a process takes at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Bytes of memory that nobody else has.
    pub(crate) memory: u64,
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
}

impl Size {
    pub(crate) fn now() -> Self {
        let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
        let private = rollup.lines().filter(|line| line.starts_with("Private_"));
        let kibibytes = private.map(|line| {
            let number = line.split_whitespace().nth(1).and_then(|number| number.parse().ok());
            number.unwrap_or(0)
        });
        let count = |of| fs::read_dir(of).expect("Linux").count();
        Size {
            memory: kibibytes.sum::<u64>() * 1024,
            descriptors: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
        }
    }
}

/// The sizes of a process through a load, in order.
#[derive(Default)]
pub(crate) struct Course(Vec<Size>);

impl Course {
    pub(crate) fn note(&mut self) {
        self.0.push(Size::now());
    }

    /// That after the first tenth nothing is taken but so much memory: what an allocator does as it likes.
    pub(crate) fn assert_flat(&self, growth_max: u64) {
        let settled = self.settled();
        for (number, size) in self.0.iter().enumerate().skip(self.tenth()) {
            let grown = size.memory.saturating_sub(settled.memory);
            assert!(grown <= growth_max, "{grown} bytes more after round {number}: {:#?}", self.0);
            assert!(size.descriptors <= settled.descriptors, "round {number}: {:#?}", self.0);
            assert!(size.threads <= settled.threads, "round {number}: {:#?}", self.0);
        }
    }

    /// In words, for people and for the page.
    pub(crate) fn tell(&self, what: &str) {
        let (settled, last) = (self.settled(), self.0[self.0.len() - 1]);
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        println!(
            "load: {what}: {:.1} MiB after a tenth, {:.1} MiB at the end, {} descriptors, {} threads",
            mib(settled.memory),
            mib(last.memory),
            last.descriptors,
            last.threads,
        );
    }

    fn tenth(&self) -> usize {
        self.0.len().div_ceil(10)
    }

    /// The most of each that was taken in the first tenth.
    fn settled(&self) -> Size {
        let first = self.0[..self.tenth()].iter().copied();
        let most = |one: Size, other: Size| Size {
            memory: one.memory.max(other.memory),
            descriptors: one.descriptors.max(other.descriptors),
            threads: one.threads.max(other.threads),
        };
        first.reduce(most).expect("at least one round")
    }
}
