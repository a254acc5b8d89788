//! What is still to happen, and when.

use std::collections::BTreeMap;

use crate::simulation::scenario::Event;
use crate::simulation::{Moment, NodeId};

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A peer comes for the first time.
    Join(NodeId),
    /// A peer says goodbye and leaves for good.
    Leave(NodeId),
    /// A peer that comes and goes is away for a while.
    GoAway(NodeId),
    /// It is back.
    ComeBack(NodeId),
    /// Something that the scenario says.
    Event(Event),
}

impl Step {
    /// Whether somebody may come by it who wants something.
    fn brings_someone(&self) -> bool {
        matches!(self, Step::Join(_) | Step::ComeBack(_) | Step::Event(Event::Return(_)))
    }
}

/// Steps in the order of their moments; of those at the same moment the one planned first is first.
#[derive(Debug, Default)]
pub(super) struct Script {
    steps: BTreeMap<(Moment, u64), Step>,
    planned: u64,
    arrivals: usize,
}

impl Script {
    pub(super) fn plan(&mut self, at: Moment, step: Step) {
        self.arrivals += usize::from(step.brings_someone());
        self.planned += 1;
        self.steps.insert((at, self.planned), step);
    }

    /// When the next step is due.
    pub(super) fn soonest(&self) -> Option<Moment> {
        self.steps.first_key_value().map(|((at, _), _)| *at)
    }

    /// The next step, if its moment has come.
    pub(super) fn pop_due(&mut self, now: Moment) -> Option<Step> {
        let first = self.steps.first_entry().filter(|first| first.key().0 <= now)?;
        let step = first.remove();
        self.arrivals -= usize::from(step.brings_someone());
        Some(step)
    }

    /// Whether somebody is still to come.
    pub(super) fn expects_someone(&self) -> bool {
        self.arrivals > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_the_order_of_their_moments_and_then_as_planned() {
        let mut script = Script::default();
        script.plan(Moment(7), Step::Leave(NodeId(1)));
        script.plan(Moment(5), Step::Join(NodeId(2)));
        script.plan(Moment(7), Step::Leave(NodeId(0)));
        assert!(script.expects_someone());
        assert_eq!(script.soonest(), Some(Moment(5)));
        let due = std::iter::from_fn(|| script.pop_due(Moment(7)));
        let due: Vec<_> = due.map(|step| format!("{step:?}")).collect();
        assert_eq!(due, ["Join(NodeId(2))", "Leave(NodeId(1))", "Leave(NodeId(0))"]);
        assert!(!script.expects_someone());
    }
}
