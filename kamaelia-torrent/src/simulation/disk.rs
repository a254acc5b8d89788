//! A virtual disk: how long reads and stores take, and how they fail.
//!
//! It has one arm: jobs are done one after the other, and answered in order. It keeps no bytes; what
//! is read or written is for its owner to know. A disk that takes no time answers at once.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;

use super::Moment;

/// How a disk is. The default is instant, endless and flawless.
///
/// ```
/// use kamaelia_torrent::simulation::DiskRules;
/// use std::time::Duration;
///
/// let old = DiskRules {
///     read_rate: Some(80_000_000),
///     write_rate: Some(60_000_000),
///     access_time: Duration::from_millis(9),
///     ..DiskRules::default()
/// };
/// let full = DiskRules { room: Some(0), ..old };
/// # assert_ne!(old, full);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DiskRules {
    /// Bytes read in a second; no limit if `None`. 0 counts as 1.
    pub read_rate: Option<u64>,
    /// Bytes written in a second; no limit if `None`. 0 counts as 1.
    pub write_rate: Option<u64>,
    /// What every read and every store of a piece takes besides.
    pub access_time: Duration,
    /// Bytes that can be written from now on until it is full; endless if `None`.
    pub room: Option<u64>,
    /// The probability that a read fails, from 0 to 1.
    pub read_errors: f64,
    /// The probability that a store fails, from 0 to 1.
    pub write_errors: f64,
    /// The probability that a read brings wrong bytes, from 0 to 1.
    pub corrupts: f64,
}

/// What a disk is asked to do with so many bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effort {
    Read(u32),
    Write(u32),
}

/// How it went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    Done,
    /// A read that brought wrong bytes.
    Corrupted,
    Failed(DiskFault),
}

/// Why it did not go well.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum DiskFault {
    #[error("the disk is full")]
    Full,
    #[error("the disk cannot be read")]
    Unreadable,
    #[error("the disk cannot be written to")]
    Unwritable,
}

/// One disk. `T` is what a job is about, handed back with its verdict.
pub(super) struct Disk<T> {
    rules: DiskRules,
    /// Neither takes time, nor fails.
    is_perfect: bool,
    /// When the arm is free, in nanoseconds from the start, so that no part of a microsecond is lost
    /// with each job.
    free: u128,
    under_way: VecDeque<(Moment, T, Verdict)>,
    chance: Rng,
}

impl<T> Disk<T> {
    pub(super) fn new(rules: DiskRules, seed: u64) -> Self {
        let mut disk = Disk {
            rules: DiskRules::default(),
            is_perfect: true,
            free: 0,
            under_way: VecDeque::new(),
            chance: Rng::with_seed(seed),
        };
        disk.set_rules(rules);
        disk
    }

    /// It is like that from now on. What is under way goes on as it began.
    pub(super) fn set_rules(&mut self, rules: DiskRules) {
        self.is_perfect = rules == DiskRules::default();
        self.rules = rules;
    }

    /// Has something done. What takes no time is answered here and now, if nothing is under way;
    /// all else when [`poll`](Self::poll) says so.
    pub(super) fn submit(&mut self, now: Moment, job: T, effort: Effort) -> Option<(T, Verdict)> {
        if self.is_perfect && self.under_way.is_empty() {
            return Some((job, Verdict::Done));
        }
        let verdict = self.verdict(effort);
        let due = self.occupy(now, effort);
        if self.under_way.is_empty() && due <= now {
            return Some((job, verdict));
        }
        self.under_way.push_back((due, job, verdict));
        None
    }

    /// The next job that is done by now.
    pub(super) fn poll(&mut self, now: Moment) -> Option<(T, Verdict)> {
        self.next_due().filter(|due| *due <= now)?;
        let (_, job, verdict) = self.under_way.pop_front()?;
        Some((job, verdict))
    }

    /// When the next job is done.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.under_way.front().map(|(due, ..)| *due)
    }

    /// How it will go. What fails takes its time, too.
    fn verdict(&mut self, effort: Effort) -> Verdict {
        let rules = &mut self.rules;
        let mut happens = |probability: f64| probability > 0.0 && self.chance.f64() < probability;
        match effort {
            Effort::Read(_) if happens(rules.read_errors) => Verdict::Failed(DiskFault::Unreadable),
            Effort::Read(_) if happens(rules.corrupts) => Verdict::Corrupted,
            Effort::Read(_) => Verdict::Done,
            Effort::Write(_) if happens(rules.write_errors) => {
                Verdict::Failed(DiskFault::Unwritable)
            }
            Effort::Write(bytes) => match &mut rules.room {
                Some(room) if *room < u64::from(bytes) => Verdict::Failed(DiskFault::Full),
                Some(room) => {
                    *room -= u64::from(bytes);
                    Verdict::Done
                }
                None => Verdict::Done,
            },
        }
    }

    /// Occupies the arm, after all that is under way; gives when it is free again.
    fn occupy(&mut self, now: Moment, effort: Effort) -> Moment {
        let (bytes, rate) = match effort {
            Effort::Read(bytes) => (bytes, self.rules.read_rate),
            Effort::Write(bytes) => (bytes, self.rules.write_rate),
        };
        let transfer =
            rate.map_or(0, |rate| u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1)));
        let begin = self.free.max(u128::from(now.0) * 1_000);
        self.free = begin + self.rules.access_time.as_nanos() + transfer;
        Moment(u64::try_from(self.free.div_ceil(1_000)).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment(5_000_000);

    fn later(ms: u64) -> Moment {
        START + Duration::from_millis(ms)
    }

    fn slow() -> DiskRules {
        DiskRules {
            read_rate: Some(10_000),
            write_rate: Some(1_000),
            access_time: Duration::from_millis(10),
            ..DiskRules::default()
        }
    }

    /// Everything answered by then, in order.
    fn answers(disk: &mut Disk<u32>, now: Moment) -> Vec<(u32, Verdict)> {
        std::iter::from_fn(|| disk.poll(now)).collect()
    }

    #[test]
    fn a_perfect_disk_answers_at_once() {
        let mut disk = Disk::new(DiskRules::default(), 1);
        assert_eq!(disk.submit(START, 1, Effort::Write(u32::MAX)), Some((1, Verdict::Done)));
        assert_eq!(disk.submit(START, 2, Effort::Read(u32::MAX)), Some((2, Verdict::Done)));
        assert_eq!((disk.next_due(), disk.poll(later(1))), (None, None));
    }

    #[test]
    fn jobs_take_their_time_one_after_the_other() {
        let mut disk = Disk::new(slow(), 1);
        assert_eq!(disk.submit(START, 1, Effort::Read(900)), None);
        assert_eq!(disk.submit(START, 2, Effort::Write(90)), None);
        assert_eq!(disk.next_due(), Some(later(100)));
        assert_eq!(answers(&mut disk, later(99)), []);
        assert_eq!(answers(&mut disk, later(100)), [(1, Verdict::Done)]);
        assert_eq!(disk.next_due(), Some(later(200)));
        assert_eq!(answers(&mut disk, later(300)), [(2, Verdict::Done)]);
        // The arm has rested meanwhile.
        disk.submit(later(300), 3, Effort::Read(100));
        assert_eq!(disk.next_due(), Some(later(320)));
    }

    #[test]
    fn no_part_of_a_microsecond_is_lost() {
        let rules = DiskRules { read_rate: Some(100_000_000), ..DiskRules::default() };
        let mut disk = Disk::new(rules, 1);
        for job in 0..1_000 {
            disk.submit(START, job, Effort::Read(16_384));
        }
        let last = disk.under_way.back().expect("a job").0;
        assert_eq!(last, START + Duration::from_micros(163_840));
    }

    #[test]
    fn a_disk_that_becomes_instant_still_answers_in_order() {
        let mut disk = Disk::new(slow(), 1);
        disk.submit(START, 1, Effort::Read(900));
        disk.set_rules(DiskRules::default());
        assert_eq!(disk.submit(START, 2, Effort::Read(900)), None);
        let both = [(1, Verdict::Done), (2, Verdict::Done)];
        assert_eq!(answers(&mut disk, later(100)), both);
        assert_eq!(disk.submit(later(100), 3, Effort::Read(900)), Some((3, Verdict::Done)));
    }

    #[test]
    fn a_disk_without_room_stores_nothing_more_until_it_is_given_some() {
        let rules = |room| DiskRules { room: Some(room), ..DiskRules::default() };
        let mut disk = Disk::new(rules(250), 1);
        let store = |disk: &mut Disk<u32>| {
            disk.submit(START, 0, Effort::Write(100)).expect("an answer at once").1
        };
        let full = Verdict::Failed(DiskFault::Full);
        let verdicts = [store(&mut disk), store(&mut disk), store(&mut disk), store(&mut disk)];
        assert_eq!(verdicts, [Verdict::Done, Verdict::Done, full, full]);
        assert_eq!(disk.submit(START, 0, Effort::Read(100)), Some((0, Verdict::Done)));
        disk.set_rules(rules(100));
        assert_eq!([store(&mut disk), store(&mut disk)], [Verdict::Done, full]);
    }

    #[test]
    fn faults_come_as_often_as_they_should_and_the_same_for_the_same_seed() {
        let rules = DiskRules {
            read_errors: 0.25,
            corrupts: 0.25,
            write_errors: 0.5,
            ..DiskRules::default()
        };
        let run = |seed| {
            let mut disk = Disk::new(rules, seed);
            let mut count = |effort| {
                let verdicts = (0..10_000).filter_map(|job| disk.submit(START, job, effort));
                let mut counts = [0; 4];
                for (_, verdict) in verdicts {
                    counts[match verdict {
                        Verdict::Done => 0,
                        Verdict::Corrupted => 1,
                        Verdict::Failed(DiskFault::Unreadable) => 2,
                        Verdict::Failed(_) => 3,
                    }] += 1;
                }
                counts
            };
            (count(Effort::Read(1)), count(Effort::Write(1)))
        };
        let ([done, corrupted, unreadable, 0], [written, 0, 0, unwritten]) = run(7) else {
            panic!("faults of the wrong kind: {:?}", run(7));
        };
        for (found, expected) in [
            (done, 5_625),
            (corrupted, 1_875),
            (unreadable, 2_500),
            (written, 5_000),
            (unwritten, 5_000),
        ] {
            assert!((expected - 200..expected + 200).contains(&found), "{found} for {expected}");
        }
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }
}
