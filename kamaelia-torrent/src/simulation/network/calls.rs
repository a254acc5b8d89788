//! How lines begin and end.

use super::flow::Place;
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

    /// Hangs up. What was sent before still arrives, then the other side hears `Closed`; what it
    /// sends meanwhile is not heard any more.
    pub(in crate::simulation) fn close(&mut self, now: Moment, line: LineId, side: Side) {
        let Some(slot) = self.lines.find(line) else {
            return;
        };
        let id = FlowId::new(slot, side);
        if (self.lines[slot].end(side).state, side) == (EndState::Waiting, Side::Called) {
            return;
        }
        let state = std::mem::replace(&mut self.lines[slot].end_mut(side).state, EndState::Over);
        let other = self.lines[slot].end(side.other()).state;
        match (state, other) {
            (EndState::Over, _) => return,
            (EndState::Open, EndState::Open | EndState::Waiting) => {
                self.lines[slot].pending += 1;
                let flow = &mut self.lines[id];
                flow.owes_goodbye = true;
                // One who has nothing more to send leaves when it could have sent.
                if flow.place == Place::Idle {
                    self.start(id);
                }
            }
            // Before the caller has heard whether the line is up.
            (EndState::Waiting, EndState::Open) => {
                self.clear(id);
                self.delist(id);
                let latency = self.path(id).latency;
                self.schedule(slot, Moment(now.0 + latency), Event::Goodbye(id));
            }
            (EndState::Open | EndState::Waiting, _) => {
                self.clear(id);
                self.delist(id);
                self.forget_goodbye(id.reverse());
            }
        }
        self.lines.release(slot);
    }

    /// Takes a node off the network, or brings it back. All lines of one who goes break: it hears
    /// so at once, the others after a round trip. What is already on its way from it arrives.
    pub(in crate::simulation) fn set_online(&mut self, now: Moment, node: NodeId, online: bool) {
        self.nodes[node.as_usize()].is_online = online;
        if online {
            return;
        }
        for id in std::mem::take(&mut self.nodes[node.as_usize()].ends) {
            self.break_off(now, id);
        }
    }

    /// The end of a node that goes, and is no longer listed.
    fn break_off(&mut self, now: Moment, id: FlowId) {
        let slot = id.slot();
        self.drop_end(id);
        match (id.side(), self.lines[slot].end(id.side().other()).state) {
            (_, EndState::Over) => self.forget_goodbye(id.reverse()),
            // The called has not been asked yet, and never will be.
            (Side::Caller, EndState::Waiting) => {}
            (_, EndState::Open | EndState::Waiting) => {
                let noticed = now.0 + self.path(id).round_trip();
                self.schedule_last(id, Moment(noticed), Event::Goodbye(id));
            }
        }
        self.lines.release(slot);
    }

    /// Both ends hear at once that the line is over.
    pub(super) fn break_line(&mut self, slot: usize) {
        for side in [Side::Caller, Side::Called] {
            self.drop_end(FlowId::new(slot, side));
        }
    }

    /// An end is over, with all that waits there.
    fn drop_end(&mut self, id: FlowId) {
        self.forget_goodbye(id);
        self.clear(id);
        self.delist(id);
        self.end(id);
    }

    /// A node hears that its end of the line is over, if it did not end it itself.
    fn end(&mut self, id: FlowId) {
        let line = self.lines.id(id.slot());
        let end = self.lines[id.slot()].end_mut(id.side());
        let state = std::mem::replace(&mut end.state, EndState::Over);
        let node = end.node;
        match state {
            EndState::Waiting => self.mail.put(node, News::Failed(line)),
            EndState::Open => self.mail.put(node, News::Closed(line, id.side())),
            EndState::Over => {}
        }
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

    /// The goodbye of a flow arrives at its other end.
    pub(super) fn on_goodbye(&mut self, id: FlowId) {
        let slot = id.slot();
        self.lines[slot].pending -= 1;
        let heard = id.reverse();
        if self.lines[slot].end(heard.side()).state != EndState::Over {
            self.drop_end(heard);
        } else {
            // It hung up too, and what it still sends reaches nobody.
            self.forget_goodbye(heard);
        }
        self.lines.release(slot);
    }

    /// All of a flow that is to end has left; after the last of it comes the goodbye.
    pub(super) fn say_goodbye(&mut self, id: FlowId, latency: u64) {
        self.delist(id);
        let flow = &mut self.lines[id];
        flow.owes_goodbye = false;
        self.lines[id.slot()].pending -= 1;
        self.schedule_last(id, Moment(self.now.0 + latency), Event::Goodbye(id));
    }

    /// Nobody is left who would hear the rest of a flow that is to end.
    fn forget_goodbye(&mut self, id: FlowId) {
        if std::mem::take(&mut self.lines[id].owes_goodbye) {
            self.clear(id);
            self.delist(id);
            self.lines[id.slot()].pending -= 1;
        }
    }

    /// Forgets what waits in a flow, and takes it from where it stands.
    pub(super) fn clear(&mut self, id: FlowId) {
        let flow = &mut self.lines[id];
        self.chunks.clear(&mut flow.queue);
        flow.queued = 0;
        flow.allowance = 0;
        let place = std::mem::take(&mut flow.place);
        if std::mem::take(&mut flow.asks) {
            let receiver = flow.to;
            self.nodes[receiver.as_usize()].down.withdraw(id);
        }
        match place {
            Place::Idle | Place::Timer | Place::Receiver => {}
            Place::Sender => {
                let sender = self.sender(id);
                self.nodes[sender.as_usize()].up.withdraw(id);
            }
            Place::Partition => self.partition.forget(id),
        }
    }

    fn enlist(&mut self, id: FlowId) {
        let node = self.sender(id);
        let ends = &mut self.nodes[node.as_usize()].ends;
        let place = ends.len() as u32;
        ends.push(id);
        self.lines[id.slot()].end_mut(id.side()).place = place;
    }

    fn delist(&mut self, id: FlowId) {
        let end = self.lines[id.slot()].end(id.side());
        let place = end.place as usize;
        let ends = &mut self.nodes[end.node.as_usize()].ends;
        // A node that goes offline has already put its list away.
        if ends.get(place) != Some(&id) {
            return;
        }
        ends.swap_remove(place);
        if let Some(moved) = ends.get(place) {
            self.lines[moved.slot()].end_mut(moved.side()).place = place as u32;
        }
    }
}
