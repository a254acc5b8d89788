//! How lines begin: calls, answers, and calls that come to nothing.

use super::line::{EndState, FlowId, LineId, Side};
use super::news::News;
use super::node::Path;
use super::{CONNECT_TIMEOUT, Event, Network, NodeId};
use crate::simulation::Moment;

/// Stands for one who does not exist.
const NOBODY: NodeId = NodeId(u32::MAX);

impl Network {
    /// Calls a node, or an address that is nobody's.
    ///
    /// The caller hears `Up` after a round trip, or `Failed`: after a round trip to the core where
    /// there is nobody, in the next tick if it is not online itself, and after [`CONNECT_TIMEOUT`]
    /// if the called is offline, behind a NAT or in another part of a divided network.
    pub(in crate::simulation) fn call(
        &mut self,
        now: Moment,
        from: NodeId,
        to: Option<NodeId>,
    ) -> LineId {
        let id = self.lines.open(from, to.unwrap_or(NOBODY));
        let slot = id.slot();
        self.enlist(FlowId::new(slot, Side::Caller));
        let caller = &self.nodes[from.as_usize()];
        if !caller.is_online {
            self.lines[slot].end_mut(Side::Called).state = EndState::Over;
            self.schedule(slot, now, Event::Fail(slot as u32));
        } else if to.is_none() {
            let noticed = Moment(now.0 + Path::to_nobody(caller).round_trip());
            self.lines[slot].end_mut(Side::Called).state = EndState::Over;
            self.schedule(slot, noticed, Event::Fail(slot as u32));
        } else {
            let path = self.path(FlowId::new(slot, Side::Caller));
            self.schedule(slot, Moment(now.0 + path.latency), Event::Ring(slot as u32));
        }
        id
    }

    pub(super) fn on_ring(&mut self, slot: usize) {
        self.lines[slot].pending -= 1;
        let caller = FlowId::new(slot, Side::Caller);
        let called = caller.reverse();
        if self.lines[slot].end(Side::Caller).state == EndState::Over {
            self.lines[slot].end_mut(Side::Called).state = EndState::Over;
            return self.lines.release(slot);
        }
        let (from, to) = (self.sender(caller), self.receiver(caller));
        let node = &self.nodes[to.as_usize()];
        let latency = self.path(caller).latency;
        if !node.is_online || !node.is_reachable || self.partition.separates(from, to) {
            self.lines[slot].end_mut(Side::Called).state = EndState::Over;
            let timeout = Moment::after(CONNECT_TIMEOUT).0.saturating_sub(latency);
            return self.schedule(slot, Moment(self.now.0 + timeout), Event::Fail(slot as u32));
        }
        self.lines[slot].end_mut(Side::Called).state = EndState::Open;
        self.enlist(called);
        let answered = Moment(self.now.0 + latency);
        self.schedule_last(called, answered, Event::Answer(slot as u32));
        self.mail.put(to, News::Called { line: self.lines.id(slot), from });
    }

    pub(super) fn on_answer(&mut self, slot: usize) {
        self.lines[slot].pending -= 1;
        let end = self.lines[slot].end_mut(Side::Caller);
        if end.state == EndState::Waiting {
            end.state = EndState::Open;
            let node = end.node;
            self.mail.put(node, News::Up(self.lines.id(slot)));
            if self.lines[FlowId::new(slot, Side::Caller)].queued > 0 {
                self.start(FlowId::new(slot, Side::Caller));
            }
        }
        self.lines.release(slot);
    }

    pub(super) fn on_failure(&mut self, slot: usize) {
        self.lines[slot].pending -= 1;
        let caller = FlowId::new(slot, Side::Caller);
        if self.lines[slot].end(Side::Caller).state == EndState::Waiting {
            self.drop_end(caller);
        }
        self.lines.release(slot);
    }

    fn enlist(&mut self, id: FlowId) {
        let node = self.sender(id);
        let ends = &mut self.nodes[node.as_usize()].ends;
        let place = ends.len() as u32;
        ends.push(id);
        self.lines[id.slot()].end_mut(id.side()).place = place;
    }
}
