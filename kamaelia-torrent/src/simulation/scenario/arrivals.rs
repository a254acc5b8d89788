//! When peers come, and when they go.

use std::time::Duration;

use fastrand::Rng;

use crate::simulation::Moment;

/// When the peers of a group join. Each is counted from the start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Arrivals {
    /// All at once: a flash crowd.
    At(Duration),
    /// One after the other, with the same time between each two.
    Every {
        /// When the first one comes.
        first: Duration,
        /// How long after one comes the next.
        apart: Duration,
    },
    /// Each at a moment of its own within this time, by chance.
    Within {
        /// The earliest moment.
        from: Duration,
        /// The latest moment.
        to: Duration,
    },
}

impl Default for Arrivals {
    /// All at the start.
    fn default() -> Self {
        Arrivals::At(Duration::ZERO)
    }
}

impl Arrivals {
    /// When the peer with this number, counted within its group, joins.
    pub(in crate::simulation) fn moment(self, number: u32, chance: &mut Rng) -> Moment {
        match self {
            Arrivals::At(at) => Moment::after(at),
            Arrivals::Every { first, apart } => Moment::after(first) + apart.saturating_mul(number),
            Arrivals::Within { from, to } => {
                let (from, to) = (Moment::after(from), Moment::after(to));
                Moment(chance.u64(from.0..=to.0.max(from.0)))
            }
        }
    }
}

/// When a peer goes for good.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Departure {
    /// It stays, and seeds when it has everything.
    #[default]
    Never,
    /// So long after it has everything; at once, if that is zero. A seed counts from when it joins.
    AfterFinishing(Duration),
    /// So long after it joined, whether it has everything or not.
    AfterJoining(Duration),
}

/// Peers that go and come back, again and again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Churn {
    /// How long a peer is there, about: half of this to one and a half, by chance.
    pub here: Duration,
    /// How long it is away, about. It keeps what it has.
    pub away: Duration,
}

impl Churn {
    pub(in crate::simulation) fn stay(&self, chance: &mut Rng) -> Duration {
        about(self.here, chance)
    }

    pub(in crate::simulation) fn absence(&self, chance: &mut Rng) -> Duration {
        about(self.away, chance)
    }
}

/// Half of it to one and a half.
fn about(duration: Duration, chance: &mut Rng) -> Duration {
    let micros = Moment::after(duration).0;
    Duration::from_micros(micros / 2 + chance.u64(0..=micros))
}
