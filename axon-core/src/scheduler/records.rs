//! How the components of a run ended.

use std::sync::Arc;

use super::member::Member;
use super::slot::Slot;
use crate::error::{Outcome, Report, RunError, Waiting, caught};

/// Adopted components that are named in the report, of those that finished well and of those that
/// did not; the rest is counted.
const ADOPTED_NAMED_MAX: usize = 1_000;

/// How one component ended, or that it has not.
pub(crate) struct Record {
    pub(crate) slot: Arc<Slot>,
    pub(crate) kind: &'static str,
    pub(crate) end: Option<EndInWords>,
}

/// How a component ended, and how it failed, in words, if it did. The words of an error are its
/// author's: they are asked for once, and while nothing is locked.
pub(crate) struct EndInWords {
    pub(crate) outcome: Outcome,
    pub(crate) failure: Option<String>,
}

impl From<Outcome> for EndInWords {
    fn from(outcome: Outcome) -> Self {
        EndInWords { failure: outcome.failure(), outcome }
    }
}

impl Record {
    pub(super) fn of(member: &Member, end: Option<EndInWords>) -> Self {
        Record { slot: member.slot.clone(), kind: member.kind, end }
    }
}

/// How many have a record of their own, and how many are only counted.
#[derive(Default)]
pub(super) struct Tally {
    named: usize,
    pub(super) unnamed: u64,
}

impl Tally {
    /// Whether one more may have a record.
    pub(super) fn names_one_more(&mut self) -> bool {
        let is_named = self.named < ADOPTED_NAMED_MAX;
        self.named += usize::from(is_named);
        self.unnamed += u64::from(!is_named);
        is_named
    }
}

/// How the components of a run ended.
pub(crate) struct Ends {
    pub(super) records: Vec<Record>,
    pub(super) unnamed: u64,
    pub(super) unnamed_failures: u64,
    pub(super) first_failure: Option<usize>,
}

impl Ends {
    /// Sums up the run.
    pub(crate) fn report(self, stuck: Vec<Waiting>) -> Result<Report, RunError> {
        // A failure stops a graph before it can be stuck: what failed besides failed for that.
        if !stuck.is_empty() {
            // Errors that break when they are dropped do not hide that it is.
            let _ = caught(|| drop(self.records));
            return Err(RunError::Stuck { waiting: stuck });
        }
        let outcomes = self.records.into_iter().map(|Record { slot, end, .. }| {
            (slot.name().to_owned(), end.map_or(Outcome::Finished, |end| end.outcome))
        });
        let report = Report::new(outcomes.collect(), self.unnamed, self.unnamed_failures);
        match self.first_failure {
            Some(at) => Err(RunError::Component { at, report }),
            None => Ok(report),
        }
    }
}
