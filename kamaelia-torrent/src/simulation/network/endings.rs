//! How lines end: by a goodbye, because a node leaves, or because bytes wait for too long.

use super::flow::Place;
use super::line::{EndState, FlowId, LineId, Side};
use super::news::News;
use super::partition::LINE_TIMEOUT;
use super::{Event, Network, NodeId};
use crate::simulation::Moment;

impl Network {
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
    /// so at once, the others after a round trip, or after [`LINE_TIMEOUT`] in another part of a
    /// divided network. What is already on its way from it arrives.
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
                let noticed = if self.partition.separates(self.sender(id), self.receiver(id)) {
                    now + LINE_TIMEOUT
                } else {
                    Moment(now.0 + self.path(id).round_trip())
                };
                self.schedule_last(id, noticed, Event::Goodbye(id));
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
    pub(super) fn drop_end(&mut self, id: FlowId) {
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
