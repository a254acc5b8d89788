//! Who sends how much in a tick.
//!
//! Each sender serves its flows in turn, a quantum each. A downlink with a limit gives flows leave
//! to send: at once while nobody asks, in turn once somebody does. A flow that has to ask stands in
//! the receiver's round instead of the sender's, so both ends are busy as long as somebody can use
//! them.

use super::flow::Place;
use super::line::{EndState, FlowId};
use super::news::News;
use super::node::Path;
use super::window::{Pace, SEGMENT};
use super::{Event, Network, NodeId, loss};
use crate::simulation::Moment;

/// What a flow sends in its turn, in bytes: a quarter of a block, or its share of the tick if that
/// is more.
const QUANTUM: u64 = 4_096;
/// The most a flow gets leave for in one turn, in bytes.
const GRANT_MOST: u64 = 1 << 29;
/// The least a loss holds up its flow, in microseconds: the least time-out of common systems.
const STALL_LEAST: u64 = 200_000;

/// Why a flow's turn ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Turn {
    /// It sent all it might, and has more.
    Over,
    /// It has nothing left.
    Empty,
    /// It waits for something else than its sender.
    Blocked,
}

impl Network {
    /// Puts a flow with a backlog into its sender's round.
    pub(super) fn start(&mut self, id: FlowId) {
        let flow = self.flow_mut(id);
        flow.place = Place::Sender;
        let is_light = flow.queued <= u64::from(SEGMENT);
        let sender = self.sender(id);
        let node = &mut self.nodes[sender.as_usize()];
        let queue = if is_light { &mut node.light } else { &mut node.round };
        queue.push_back(id);
        if !node.is_sending {
            node.is_sending = true;
            self.senders.push(sender);
        }
    }

    /// Gives flows leave to send, in turn, until the tick's downlinks are spent.
    pub(super) fn share_downlinks(&mut self) {
        let mut receivers = std::mem::take(&mut self.receivers);
        receivers.retain(|receiver| {
            self.share_downlink(*receiver);
            let node = &mut self.nodes[receiver.as_usize()];
            node.is_asked = !node.asking.is_empty();
            node.is_asked
        });
        self.receivers = receivers;
    }

    fn share_downlink(&mut self, receiver: NodeId) {
        let node = &mut self.nodes[receiver.as_usize()];
        let mut left = node.down.left(self.step, self.elapsed, node.access.down);
        let share = QUANTUM.max(left / node.asking.len().max(1) as u64);
        while left > 0
            && let Some(&id) = self.nodes[receiver.as_usize()].asking.front()
        {
            left -= self.grant(receiver, id, share, left);
        }
    }

    /// The turn of one that asks.
    fn grant(&mut self, receiver: NodeId, id: FlowId, share: u64, left: u64) -> u64 {
        let flow = self.lines[id.slot()].flow_mut(id.side());
        let node = &mut self.nodes[receiver.as_usize()];
        if node.grant_left == 0 {
            let wanted = flow.queued.saturating_sub(flow.allowance.into());
            node.grant_left = wanted.min(share).min(GRANT_MOST);
        }
        let given = left.min(node.grant_left);
        node.grant_left -= given;
        node.down.spend(given);
        flow.allowance += given as u32;
        if node.grant_left == 0 {
            node.asking.pop_front();
            // Two turns ahead, so that the downlink is busy while the sender serves others.
            let allowance = u64::from(flow.allowance);
            flow.asks = allowance < flow.queued && allowance < share.saturating_mul(2);
            if flow.asks {
                node.asking.push_back(id);
            }
            if flow.place == Place::Receiver {
                self.start(id);
            }
        }
        given
    }

    /// Serves every sender that has something to send.
    pub(super) fn share_uplinks(&mut self) {
        let mut senders = std::mem::take(&mut self.senders);
        senders.retain(|sender| {
            self.share_uplink(*sender);
            let node = &mut self.nodes[sender.as_usize()];
            node.is_sending = node.flows() > 0;
            node.is_sending
        });
        self.senders = senders;
    }

    fn share_uplink(&mut self, sender: NodeId) {
        let node = &mut self.nodes[sender.as_usize()];
        let mut left = node.up.left(self.step, self.elapsed, node.access.up);
        let share = QUANTUM.max(left / node.flows().max(1) as u64);
        while left > 0 {
            let node = &self.nodes[sender.as_usize()];
            left -= if let Some(&id) = node.light.front() {
                self.serve_light(sender, id, left)
            } else if let Some(&id) = node.round.front() {
                self.serve_next(sender, id, share, left)
            } else {
                break;
            };
        }
    }

    /// One who has little to send goes first, unless more has come since.
    fn serve_light(&mut self, sender: NodeId, id: FlowId, left: u64) -> u64 {
        let is_light = self.flow(id).queued <= SEGMENT.into();
        let (sent, turn) = if is_light { self.serve(id, left) } else { (0, Turn::Over) };
        let node = &mut self.nodes[sender.as_usize()];
        node.light.pop_front();
        if turn == Turn::Over {
            node.round.push_back(id);
        }
        sent
    }

    fn serve_next(&mut self, sender: NodeId, id: FlowId, share: u64, left: u64) -> u64 {
        let node = &self.nodes[sender.as_usize()];
        let turn_left = if node.turn_left > 0 { node.turn_left } else { share };
        let (sent, turn) = self.serve(id, left.min(turn_left));
        let node = &mut self.nodes[sender.as_usize()];
        // A turn that the tick cut short goes on in the next.
        node.turn_left = if turn == Turn::Over { turn_left - sent } else { 0 };
        if node.turn_left == 0 {
            node.round.pop_front();
            if turn == Turn::Over {
                node.round.push_back(id);
            }
        }
        sent
    }

    /// Sends from a flow, at most so much.
    fn serve(&mut self, id: FlowId, most: u64) -> (u64, Turn) {
        let sender = self.sender(id);
        let receiver = self.receiver(id);
        if self.partition.separates(sender, receiver) {
            self.hold_up(id);
            return (0, Turn::Blocked);
        }
        let path = self.path(id);
        let pace = Pace { round_trip: path.round_trip(), tick: self.tick };
        let mut sent = 0;
        let turn = loop {
            if self.flow(id).queued == 0 {
                break self.on_empty(id, path);
            }
            if sent == most {
                break Turn::Over;
            }
            let now = self.now;
            let room = self.flow_mut(id).window.room(now, pace);
            let until_loss = self.until_loss(id, sender, receiver);
            if until_loss == 0 {
                self.stall(id, path);
                break Turn::Blocked;
            }
            if room == 0 {
                let opens = self.flow(id).window.opens(pace);
                self.wait(id, opens);
                break Turn::Blocked;
            }
            let wanted = (most - sent).min(room).min(until_loss).min(self.flow(id).queued);
            let allowed = self.allowed(id, receiver, wanted);
            if allowed == 0 {
                self.ask(id, receiver);
                self.flow_mut(id).place = Place::Receiver;
                break Turn::Blocked;
            }
            self.transmit(id, allowed, path);
            sent += allowed;
        };
        (sent, turn)
    }

    /// What the receiver's downlink lets through now, at most what is wanted.
    fn allowed(&mut self, id: FlowId, receiver: NodeId, wanted: u64) -> u64 {
        let node = &mut self.nodes[receiver.as_usize()];
        if node.access.down.is_none() {
            return wanted;
        }
        let flow = self.lines[id.slot()].flow_mut(id.side());
        if flow.allowance == 0 && node.asking.is_empty() {
            let allowed = wanted.min(node.down.left(self.step, self.elapsed, node.access.down));
            node.down.spend(allowed);
            return allowed;
        }
        let allowed = wanted.min(flow.allowance.into());
        flow.allowance -= allowed as u32;
        let left = u64::from(flow.allowance);
        // Asks in time: one that is slower than its share never waits for leave.
        if left < QUANTUM.max(allowed) && left < flow.queued - allowed {
            self.ask(id, receiver);
        }
        allowed
    }

    fn ask(&mut self, id: FlowId, receiver: NodeId) {
        let flow = self.lines[id.slot()].flow_mut(id.side());
        if std::mem::replace(&mut flow.asks, true) {
            return;
        }
        let node = &mut self.nodes[receiver.as_usize()];
        node.asking.push_back(id);
        if !node.is_asked {
            node.is_asked = true;
            self.receivers.push(receiver);
        }
    }

    /// Bytes until the next loss, drawn if it was not.
    fn until_loss(&mut self, id: FlowId, sender: NodeId, receiver: NodeId) -> u64 {
        let flow = self.lines[id.slot()].flow_mut(id.side());
        if let Some(bytes) = flow.until_loss {
            return bytes;
        }
        let loss = |node: NodeId| self.nodes[node.as_usize()].access.loss_clamped();
        let loss = loss::either(loss(sender), loss(receiver));
        if loss == 0.0 {
            return u64::MAX;
        }
        let bytes = loss::distance(&mut self.rng, loss).saturating_mul(SEGMENT.into());
        flow.until_loss = Some(bytes);
        bytes
    }

    /// The next segment is lost, and is sent again once that is noticed.
    fn stall(&mut self, id: FlowId, path: Path) {
        let flow = self.flow_mut(id);
        flow.until_loss = None;
        flow.window.on_loss();
        let stall = STALL_LEAST.max(2 * path.round_trip());
        self.wait(id, Moment(self.now.0 + stall));
    }

    fn wait(&mut self, id: FlowId, until: Moment) {
        self.flow_mut(id).place = Place::Timer;
        self.schedule(id.slot(), until, Event::Wake(id));
    }

    fn transmit(&mut self, id: FlowId, bytes: u64, path: Path) {
        let flow = self.lines[id.slot()].flow_mut(id.side());
        flow.queued -= bytes;
        flow.window.on_sent(bytes);
        if let Some(until_loss) = &mut flow.until_loss {
            *until_loss -= bytes;
        }
        let mut left = bytes;
        while left > 0 {
            let flow = self.lines[id.slot()].flow_mut(id.side());
            let (sent, chunk) = self.chunks.send(&mut flow.queue, left);
            left -= sent;
            if let Some(chunk) = chunk {
                self.dispatch(id, chunk, path);
            }
        }
    }

    /// The last byte of a chunk has left.
    fn dispatch(&mut self, id: FlowId, chunk: Vec<u8>, path: Path) {
        let latency = path.drawn(self.seed, id, self.step);
        let line = &mut self.lines[id.slot()];
        let flow = line.flow_mut(id.side());
        flow.last_arrival = flow.last_arrival.max(self.now.0 + latency);
        let tick = self.events.tick_of(Moment(flow.last_arrival));
        let is_told = flow.told == self.step;
        flow.told = self.step;
        // Chunks that arrive together travel together.
        let parcel = flow.parcel.1.filter(|_| flow.parcel.0 == tick);
        let parcel = parcel.and_then(|place| self.events.get_mut(tick, place));
        if let Some(Event::Arrive(_, bytes)) = parcel {
            bytes.extend_from_slice(&chunk);
        } else {
            flow.parcel = (tick, self.events.put(tick, Event::Arrive(id, chunk)));
            line.pending += 1;
        }
        let end = self.lines[id.slot()].end(id.side());
        if !is_told && end.state == EndState::Open {
            let node = end.node;
            self.mail.put(node, News::Drained(self.lines.id(id.slot()), id.side()));
        }
    }

    fn on_empty(&mut self, id: FlowId, path: Path) -> Turn {
        let flow = self.flow_mut(id);
        flow.place = Place::Idle;
        flow.allowance = 0;
        if flow.owes_goodbye {
            self.say_goodbye(id, path.latency);
        }
        Turn::Empty
    }
}
