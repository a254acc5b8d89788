//! What this process takes of the machine.

use std::fs;

/// What a process takes at one moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Bytes of memory that nobody else has.
    pub(crate) memory: u64,
    pub(crate) descriptors: u64,
    pub(crate) threads: u64,
}

impl Size {
    pub(crate) fn now() -> Self {
        let rollup = fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
        let private = rollup.lines().filter(|line| line.starts_with("Private_"));
        let kibibytes = private.map(|line| {
            let number = line.split_whitespace().nth(1).and_then(|number| number.parse().ok());
            number.unwrap_or(0)
        });
        let count = |of| fs::read_dir(of).expect("Linux").count() as u64;
        Size {
            memory: kibibytes.sum::<u64>() * 1024,
            descriptors: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
        }
    }
}

impl Size {
    /// Each number of these by itself, chosen in this way.
    fn of_each(sizes: &[Size], choose: fn(u64, u64) -> u64) -> Size {
        let of = |number: fn(&Size) -> u64| sizes.iter().map(number).reduce(choose);
        let of = |number| of(number).expect("at least one round");
        Size {
            memory: of(|size| size.memory),
            descriptors: of(|size| size.descriptors),
            threads: of(|size| size.threads),
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

    /// That no more is taken in the end than after the first tenth, but for so much memory: what an
    /// allocator does as it likes. What is taken only for a while, as in the middle of a round, is no growth.
    pub(crate) fn assert_flat(&self, growth_max: u64) {
        let (settled, end) = (self.settled(), self.end());
        let is_flat = end.memory <= settled.memory + growth_max
            && end.descriptors <= settled.descriptors
            && end.threads <= settled.threads;
        assert!(is_flat, "in the end it takes {end:?}, and after a tenth {settled:?}");
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
        Size::of_each(&self.0[..self.tenth()], Ord::max)
    }

    /// The least of each that was taken in the last quarter.
    fn end(&self) -> Size {
        Size::of_each(&self.0[self.0.len() * 3 / 4..], Ord::min)
    }
}
