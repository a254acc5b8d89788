//! How the components of a run ended.

use std::sync::Arc;

use super::member::Member;
use super::slot::Slot;
use crate::error::{Outcome, Report, RunError, Waiting};

/// Adopted components that are named in the report, of those that finished well and of those that
/// did not; the rest is counted.
const ADOPTED_NAMED_MAX: usize = 1_000;

/// How one component ended, or that it has not.
pub(crate) struct Record {
    pub(crate) slot: Arc<Slot>,
    pub(crate) kind: &'static str,
    pub(crate) outcome: Option<Outcome>,
}

impl Record {
    pub(super) fn of(member: &Member, outcome: Option<Outcome>) -> Self {
        Record { slot: member.slot.clone(), kind: member.kind, outcome }
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
            return Err(RunError::Stuck { waiting: stuck });
        }
        let outcomes = self.records.into_iter().map(|Record { slot, outcome, .. }| {
            (slot.name().to_owned(), outcome.unwrap_or(Outcome::Finished))
        });
        let report = Report::new(outcomes.collect(), self.unnamed, self.unnamed_failures);
        match self.first_failure {
            Some(at) => Err(RunError::Component { at, report }),
            None => Ok(report),
        }
    }
}
