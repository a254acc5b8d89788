//! Processor time, and which of several numbers to believe.

use std::time::Duration;

use rustix::time::{ClockId, Timespec, clock_gettime};

/// What this process has used so far, user and system, all threads.
pub(crate) fn cpu_time() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(tv_sec as u64, tv_nsec as u32)
}

/// The least and the middle one. Others use the machine too, so a mean says little.
pub(crate) fn least_and_middle(mut numbers: Vec<f64>) -> (f64, f64) {
    numbers.sort_by(f64::total_cmp);
    (numbers[0], numbers[numbers.len() / 2])
}

/// Bytes, in GiB.
pub(crate) fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// The same bytes every time, with nothing in them to compress.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(1);
    let mut bytes = vec![0; length];
    chance.fill(&mut bytes);
    bytes
}
