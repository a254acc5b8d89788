//! How evenly the burden and the benefit of a swarm fall on its peers.

use serde::Serialize;

/// Jain's index of two things that each leecher has: 1 if it is the same for all, 1/n if one of n
/// has everything (Jain, Chiu and Hawe, A Quantitative Measure of Fairness and Discrimination for
/// Resource Allocation in Shared Computer Systems, DEC-TR-301, 1984).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Fairness {
    /// Of what each gave for each byte it got: uploads until it was complete, divided by downloads.
    /// It is the ratio by which Thommes and Coates measure fairness (BitTorrent Fairness: Analysis
    /// and Improvements, 2005). `None` if nobody got or nobody gave anything.
    pub giving: Option<f64>,
    /// Of the rates at which those that finished got everything, on average over their time.
    /// `None` if nobody finished.
    pub rates: Option<f64>,
}

/// Jain's index, (Σx)² / (n·Σx²). `None` if there are none, or all are zero.
pub fn jain(values: &[f64]) -> Option<f64> {
    let sum: f64 = values.iter().sum();
    let squares: f64 = values.iter().map(|value| value * value).sum();
    (squares > 0.0).then(|| sum * sum / (values.len() as f64 * squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_if_all_have_the_same() {
        assert_eq!(jain(&[3.0; 7]), Some(1.0));
        assert_eq!(jain(&[0.25]), Some(1.0));
    }

    #[test]
    fn it_is_the_part_of_those_who_have_something_if_these_have_the_same() {
        assert_eq!(jain(&[5.0, 0.0, 0.0, 0.0]), Some(0.25));
        assert_eq!(jain(&[5.0, 5.0, 0.0, 0.0]), Some(0.5));
    }

    #[test]
    fn it_lies_between_where_they_differ() {
        // 6² / (3 · 14)
        assert_eq!(jain(&[1.0, 2.0, 3.0]), Some(36.0 / 42.0));
    }

    #[test]
    fn of_nothing_it_is_not_known() {
        assert_eq!(jain(&[]), None);
        assert_eq!(jain(&[0.0, 0.0]), None);
    }
}
