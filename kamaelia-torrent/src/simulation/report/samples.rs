//! How a swarm stood at even distances in time.

use std::time::Duration;

use serde::Serialize;

use super::log::EventLog;
use super::snapshot::Snapshot;
use super::times;
use crate::simulation::Moment;

/// The most samples of a run. If it takes more than a few seconds there are at least half as many,
/// however long it is.
const SAMPLES_MAX: usize = 512;

/// How far apart they are at first.
const EVERY: Duration = Duration::from_millis(10);

/// How the swarm stood at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// When. Serialised as seconds.
    #[serde(serialize_with = "times::seconds")]
    pub at: Moment,
    /// Peers that are there, seeds among them.
    pub present: u32,
    /// Peers that had everything by then, without those that came with it.
    pub finished: u32,
    /// Pieces got by then, by everyone together.
    pub pieces_stored: u64,
    /// Copies of the piece that fewest have.
    pub least_copies: u32,
    /// Copies of a piece, on average.
    pub mean_copies: f64,
}

impl Sample {
    fn of(snapshot: &Snapshot, at: Moment) -> Self {
        Sample {
            at,
            present: snapshot.present(),
            finished: snapshot.finished(),
            pieces_stored: snapshot.pieces_stored(),
            least_copies: snapshot.least_copies(),
            mean_copies: snapshot.mean_copies(),
        }
    }
}

impl EventLog {
    /// How the swarm stood over time; nothing but the start of a log that was not kept.
    pub fn samples(&self) -> Vec<Sample> {
        let (mut samples, mut snapshot) = (Samples::new(), Snapshot::new(self.torrent().pieces));
        for event in self.events() {
            samples.before(event.at, &snapshot);
            snapshot.apply(&event);
        }
        samples.finish(self.end(), &snapshot)
    }
}

/// Takes samples of a run whose length nobody knows: whenever there are too many, every other one
/// is dropped and the rest are taken half as often.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    taken: Vec<Sample>,
    due: Moment,
    every: Duration,
}

impl Samples {
    pub(super) fn new() -> Self {
        Samples { taken: Vec::new(), due: Moment::START, every: EVERY }
    }

    /// Takes all that were due before what happens at this moment changes anything.
    pub(super) fn before(&mut self, now: Moment, snapshot: &Snapshot) {
        if self.due < now {
            self.take(now, snapshot);
        }
    }

    fn take(&mut self, now: Moment, snapshot: &Snapshot) {
        let mut sample = Sample::of(snapshot, self.due);
        while self.due < now {
            sample.at = self.due;
            self.taken.push(sample);
            if self.taken.len() == SAMPLES_MAX {
                self.thin_out();
            }
            self.due = self.due + self.every;
        }
    }

    /// All of them, with the last one at the end of the run.
    pub(super) fn finish(mut self, end: Moment, snapshot: &Snapshot) -> Vec<Sample> {
        self.before(end, snapshot);
        self.taken.push(Sample::of(snapshot, end));
        self.taken
    }

    fn thin_out(&mut self) {
        let mut is_even = false;
        self.taken.retain(|_| {
            is_even = !is_even;
            is_even
        });
        self.every *= 2;
        // The last one kept is the one before the last one taken.
        self.due = self.taken.last().map_or(Moment::START, |last| last.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seconds: u64) -> Vec<Sample> {
        let mut samples = Samples::new();
        let snapshot = Snapshot::new(1);
        for millis in (0..seconds * 1000).step_by(7) {
            let now = Moment(millis * 1000);
            samples.before(now, &snapshot);
        }
        samples.finish(Moment(seconds * 1_000_000), &snapshot)
    }

    #[test]
    fn there_are_enough_and_not_too_many_however_long_it_takes() {
        for seconds in [1, 5, 6, 60, 3600] {
            let count = run(seconds).len();
            assert!((100..=SAMPLES_MAX).contains(&count), "{count} of {seconds} s");
            assert!(seconds < 6 || count >= SAMPLES_MAX / 2, "{count} of {seconds} s");
        }
    }

    #[test]
    fn they_are_evenly_apart_from_the_beginning_to_the_end() {
        for seconds in [1, 10, 100] {
            let samples = run(seconds);
            assert_eq!(samples[0].at, Moment::START);
            assert_eq!(samples.last().unwrap().at, Moment(seconds * 1_000_000));
            let apart: Vec<_> = samples.windows(2).map(|two| two[1].at - two[0].at).collect();
            assert!(apart[..apart.len() - 1].windows(2).all(|two| two[0] == two[1]), "{apart:?}");
        }
    }
}
