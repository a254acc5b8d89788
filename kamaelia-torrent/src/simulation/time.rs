//! Virtual time.

use std::fmt;
use std::time::{Duration, Instant};

/// A moment of a simulation: microseconds since it began.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Moment(pub u64);

impl Moment {
    /// When the simulation begins.
    pub const START: Moment = Moment(0);

    /// So long after the start; what is beyond half a million years is cut off.
    pub fn after(duration: Duration) -> Self {
        Moment(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }

    /// How long after the start.
    pub fn since_start(self) -> Duration {
        Duration::from_micros(self.0)
    }

    /// In seconds, for people.
    pub fn seconds(self) -> f64 {
        self.since_start().as_secs_f64()
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Moment;

    fn add(self, duration: Duration) -> Moment {
        Moment(self.0.saturating_add(Moment::after(duration).0))
    }
}

impl std::ops::Sub for Moment {
    type Output = Duration;

    /// Nothing if `earlier` is later.
    fn sub(self, earlier: Moment) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

/// Virtual moments as the engine knows them. Nothing depends on where its clock begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epoch(Instant);

impl Epoch {
    pub(super) fn new(start: Instant) -> Self {
        Epoch(start)
    }

    pub(super) fn instant(self, moment: Moment) -> Instant {
        self.0 + moment.since_start()
    }

    /// The first moment that is not before `instant`.
    pub(super) fn moment(self, instant: Instant) -> Moment {
        let since = instant.saturating_duration_since(self.0);
        let whole = Moment::after(since);
        if whole.since_start() < since { Moment(whole.0 + 1) } else { whole }
    }
}
