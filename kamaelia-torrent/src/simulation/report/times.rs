//! Finishing times, and how moments are serialised.

use serde::{Serialize, Serializer};

use crate::simulation::Moment;

/// The first, the middle and the last of some times. Serialised as seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct Times {
    /// The shortest.
    #[serde(serialize_with = "seconds")]
    pub first: Moment,
    /// As many are shorter as are longer; between the two in the middle of an even number.
    #[serde(serialize_with = "seconds")]
    pub median: Moment,
    /// The longest.
    #[serde(serialize_with = "seconds")]
    pub last: Moment,
}

impl Times {
    /// Of all these, or `None` if there are none.
    pub(super) fn of(times: impl IntoIterator<Item = Moment>) -> Option<Self> {
        let mut times: Vec<Moment> = times.into_iter().collect();
        times.sort_unstable();
        let (first, last) = (*times.first()?, *times.last()?);
        let (low, high) = (times[(times.len() - 1) / 2].0, times[times.len() / 2].0);
        Some(Times { first, median: Moment(low + (high - low) / 2), last })
    }
}

/// A moment as seconds since the start.
pub(super) fn seconds<S: Serializer>(moment: &Moment, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(moment.seconds())
}

/// A moment that may not have come, as seconds since the start.
pub(super) fn maybe_seconds<S: Serializer>(
    moment: &Option<Moment>,
    to: S,
) -> Result<S::Ok, S::Error> {
    moment.map(Moment::seconds).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(times: &[u64]) -> Option<[u64; 3]> {
        let times = Times::of(times.iter().map(|time| Moment(*time)))?;
        Some([times.first.0, times.median.0, times.last.0])
    }

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[7]), Some([7, 7, 7]));
        assert_eq!(of(&[9, 1, 5]), Some([1, 5, 9]));
        assert_eq!(of(&[9, 1, 5, 6]), Some([1, 5, 9]));
        assert_eq!(of(&[u64::MAX, u64::MAX]), Some([u64::MAX; 3]));
    }
}
