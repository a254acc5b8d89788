//! A network in parts that do not reach each other.

use std::time::Duration;

use super::flow::Place;
use super::line::FlowId;
use super::{Event, Moment, Network, NodeId};

/// A line breaks when its bytes have waited for so long.
pub(in crate::simulation) const LINE_TIMEOUT: Duration = Duration::from_secs(120);

/// Which node is in which part, and what waits for the parts to meet.
#[derive(Default)]
pub(super) struct Partition {
    groups: Vec<u8>,
    /// Flows, and since when each has waited.
    waiting: Vec<(FlowId, Moment)>,
}

impl Partition {
    pub(super) fn separates(&self, one: NodeId, other: NodeId) -> bool {
        let group = |node: NodeId| self.groups.get(node.as_usize()).copied().unwrap_or(0);
        !self.groups.is_empty() && group(one) != group(other)
    }

    pub(super) fn forget(&mut self, flow: FlowId) {
        self.waiting.retain(|(other, _)| *other != flow);
    }
}

impl Network {
    /// Divides the network: nodes whose groups differ do not reach each other. The list is by
    /// number; nodes beyond its end are in group 0. Bytes wait, calls time out, and a line whose
    /// bytes have waited for [`LINE_TIMEOUT`] since the network was last divided breaks. What is on
    /// its way arrives.
    pub(in crate::simulation) fn separate(&mut self, groups: &[u8]) {
        self.partition.groups = groups.to_vec();
        for (flow, _) in std::mem::take(&mut self.partition.waiting) {
            self.start(flow);
        }
    }

    /// Makes the network whole again.
    pub(in crate::simulation) fn rejoin(&mut self) {
        self.separate(&[]);
    }

    /// A flow waits for the parts to meet.
    pub(super) fn hold_up(&mut self, id: FlowId) {
        self.lines[id].place = Place::Partition;
        self.partition.waiting.push((id, self.now));
        let given_up = self.now + LINE_TIMEOUT;
        self.schedule(id.slot(), given_up, Event::GiveUp(id, self.now));
    }

    pub(super) fn on_given_up(&mut self, id: FlowId, since: Moment) {
        self.lines[id.slot()].pending -= 1;
        if self.partition.waiting.contains(&(id, since)) {
            self.break_line(id.slot());
        }
        self.lines.release(id.slot());
    }
}
