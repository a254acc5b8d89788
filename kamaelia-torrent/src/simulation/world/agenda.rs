//! When each node wants to be looked at next.

use std::collections::BTreeSet;

use crate::simulation::{Moment, NodeId};

/// The moments nodes wait for, one for each at most.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeSet<(Moment, NodeId)>,
    /// By node.
    moments: Vec<Option<Moment>>,
}

impl Agenda {
    /// Nobody waits for anything, and there are so many nodes.
    pub(super) fn new(nodes: usize) -> Self {
        Agenda { entries: BTreeSet::new(), moments: vec![None; nodes] }
    }

    /// The node waits for this moment, and for no other.
    pub(super) fn set(&mut self, node: NodeId, moment: Option<Moment>) {
        let before = std::mem::replace(&mut self.moments[node.as_usize()], moment);
        if before == moment {
            return;
        }
        if let Some(before) = before {
            self.entries.remove(&(before, node));
        }
        self.entries.extend(moment.map(|moment| (moment, node)));
    }

    /// The first moment anybody waits for.
    pub(super) fn soonest(&self) -> Option<Moment> {
        self.entries.first().map(|(moment, _)| *moment)
    }

    /// Takes the next node whose moment has come.
    pub(super) fn pop_due(&mut self, now: Moment) -> Option<NodeId> {
        let (moment, node) = *self.entries.first()?;
        if moment > now {
            return None;
        }
        self.set(node, None);
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_moment_has_come_is_taken_once_and_in_order() {
        let mut agenda = Agenda::new(3);
        agenda.set(NodeId(2), Some(Moment(5)));
        agenda.set(NodeId(0), Some(Moment(9)));
        agenda.set(NodeId(1), Some(Moment(5)));
        agenda.set(NodeId(0), Some(Moment(4)));
        assert_eq!(agenda.soonest(), Some(Moment(4)));
        let due: Vec<_> = std::iter::from_fn(|| agenda.pop_due(Moment(5))).collect();
        assert_eq!(due, [NodeId(0), NodeId(1), NodeId(2)]);
        assert_eq!(agenda.soonest(), None);
    }

    #[test]
    fn who_waits_for_nothing_any_more_is_not_found() {
        let mut agenda = Agenda::new(1);
        agenda.set(NodeId(0), Some(Moment(5)));
        agenda.set(NodeId(0), None);
        assert_eq!(agenda.pop_due(Moment(9)), None);
    }
}
