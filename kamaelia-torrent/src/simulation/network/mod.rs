//! The network between the nodes: calls, bytes in virtual time, and what goes wrong on the way.
//!
//! In comes what nodes ask for: [`Network::call`], [`Network::send`], [`Network::close`]. Each
//! [`Network::step`] moves one tick's worth of bytes; out come [`News`], a mailbox for each node.
//! Nothing here knows what the bytes mean. The order of all that happens follows from the order of
//! the calls, and chance from the seed.
//!
//! What it is a model of, and how well:
//!
//! * Bottlenecks are the accesses alone. A sender's flows share its uplink by deficit round robin
//!   (Shreedhar and Varghese 1995), those with little to say first, as in RFC 8290. A receiver's
//!   downlink gives its flows leave to send in even shares, as if flow control were perfect: there
//!   are no queues in between and no losses by congestion.
//! * A flow sends at most its window in each round trip; see [`window`]. Losses come from chance
//!   alone; see [`loss`].
//! * Acknowledgements, headers and retransmitted bytes cost nothing, and calls know no jitter.
//! * A downlink is not exceeded over time, but for moments: a flow may hold leave for two turns.
//!
//! What it costs: a step looks only at flows that have something to send and at what arrives. A
//! line takes 160 bytes. A block and its request take 0.2 to 0.4 µs, most of it spent on waiting for
//! memory; `tests/speed.rs` measures it.

mod access;
mod calls;
mod chunks;
mod downlinks;
mod endings;
mod flow;
mod line;
mod loss;
mod news;
mod node;
mod partition;
mod sending;
#[cfg(test)]
mod tests;
mod uplinks;
mod wheel;
mod window;

use std::time::Duration;

pub use access::Access;
use chunks::Chunks;
use fastrand::Rng;
use flow::{Parcel, Place};
use line::{EndState, FlowId, Lines};
pub(in crate::simulation) use line::{LineId, Side};
use loss::UntilLoss;
use news::Mailboxes;
pub(in crate::simulation) use news::News;
use node::{Node, Path, Step};
use partition::Partition;
use wheel::Wheel;

use super::{Moment, NodeId};

/// A call that nobody answers has failed after so long.
pub(in crate::simulation) const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// All nodes and the lines between them.
pub(in crate::simulation) struct Network {
    seed: u64,
    rng: Rng,
    tick: u64,
    /// The moment of the last step.
    now: Moment,
    step: Step,
    nodes: Vec<Node>,
    lines: Lines,
    chunks: Chunks,
    partition: Partition,
    events: Wheel<Event>,
    mail: Mailboxes,
    /// Nodes with flows to send.
    senders: Vec<NodeId>,
    /// Nodes whose downlink is asked for leave.
    receivers: Vec<NodeId>,
}

/// What is to come.
enum Event {
    /// Bytes of this flow arrive.
    Arrive(FlowId, Vec<u8>),
    /// A call reaches the called.
    Ring(u32),
    /// The caller hears that its line is up.
    Answer(u32),
    /// The caller gives up, or hears that there is nobody.
    Fail(u32),
    /// The end at which this flow arrives hears that the line is over.
    Goodbye(FlowId),
    /// A flow's window opens, or its stall is over.
    Wake(FlowId),
    /// A flow has waited too long for a partition that began to hold it up at this moment.
    GiveUp(FlowId, Moment),
}

impl Network {
    /// An empty network. `tick` is how far apart [`step`](Self::step)s are while something moves.
    ///
    /// # Panics
    ///
    /// If a tick is shorter than a microsecond.
    pub(in crate::simulation) fn new(tick: Duration, seed: u64) -> Self {
        let tick = Moment::after(tick).0;
        assert!(tick > 0, "a tick takes time");
        Network {
            seed,
            rng: Rng::with_seed(seed),
            tick,
            now: Moment::START,
            step: Step::default(),
            nodes: Vec::new(),
            lines: Lines::default(),
            chunks: Chunks::default(),
            partition: Partition::default(),
            events: Wheel::new(tick),
            mail: Mailboxes::default(),
            senders: Vec::new(),
            receivers: Vec::new(),
        }
    }

    /// Adds a node, which is online.
    pub(in crate::simulation) fn add(&mut self, access: Access) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node::new(access));
        self.mail.add();
        id
    }

    /// Joins a node in another way from now on. Lines stay, and what is on its way arrives as it
    /// would have.
    pub(in crate::simulation) fn set_access(&mut self, node: NodeId, access: Access) {
        let node = &mut self.nodes[node.as_usize()];
        node.set_access(access);
        for end in &node.ends {
            // Distances have no memory, so drawing them anew is fair.
            for flow in [*end, end.reverse()] {
                self.lines[flow].until_loss = UntilLoss::default();
            }
        }
    }

    /// Sends one chunk: `bytes`, and as many again in time as are `omitted`. The other side hears of
    /// it when its last byte has arrived. The caller's bytes wait for the line to be up; what is sent
    /// on a line that is over, or that the called has not heard of, goes nowhere.
    ///
    /// # Panics
    ///
    /// If a chunk is 4 GiB long or longer.
    pub(in crate::simulation) fn send(
        &mut self,
        line: LineId,
        side: Side,
        bytes: Vec<u8>,
        omitted: u32,
    ) {
        let Some(slot) = self.lines.find(line) else {
            return;
        };
        let length = u32::try_from(bytes.len()).ok().and_then(|length| length.checked_add(omitted));
        let length = length.expect("a chunk is shorter than 4 GiB");
        let state = self.lines[slot].end(side).state;
        // The called has not heard of the line before it is open.
        let may_send =
            state == EndState::Open || (state, side) == (EndState::Waiting, Side::Caller);
        if !may_send || length == 0 {
            return;
        }
        let id = FlowId::new(slot, side);
        let flow = &mut self.lines[id];
        self.chunks.push(&mut flow.queue, bytes, length);
        flow.queued += u64::from(length);
        if state == EndState::Open && flow.place == Place::Idle {
            self.start(id);
        }
    }

    /// Bytes sent from this side that have not left yet, those omitted included.
    pub(in crate::simulation) fn queued(&self, line: LineId, side: Side) -> usize {
        let slot = self.lines.find(line);
        let open = slot.filter(|slot| self.lines[*slot].end(side).state != EndState::Over);
        open.map_or(0, |slot| self.lines[FlowId::new(slot, side)].queued as usize)
    }

    /// One tick: brings what arrives by `now`, and sends what fits into the time since the last
    /// step, but no more than into one tick.
    pub(in crate::simulation) fn step(&mut self, now: Moment) {
        let elapsed = now.0.saturating_sub(self.now.0).min(self.tick);
        self.step = Step { number: self.step.number.wrapping_add(1), elapsed };
        self.now = now;
        let tick = now.0 / self.tick;
        while let Some(due) = self.events.next().filter(|due| *due <= tick) {
            let mut events = self.events.take(due);
            for event in events.drain(..) {
                self.on_event(event);
            }
            self.events.reuse(events);
        }
        self.events.advance(tick);
        self.share_downlinks();
        self.share_uplinks();
    }

    /// When there is something to do again; a moment that has passed means the next tick. Nothing
    /// while nothing is under way.
    pub(in crate::simulation) fn next_due(&self) -> Option<Moment> {
        if !self.senders.is_empty() || !self.receivers.is_empty() || !self.mail.is_empty() {
            return Some(Moment(self.now.0 + self.tick));
        }
        self.events.next().map(|tick| self.events.moment_of(tick))
    }

    /// The nodes with news, each once, in ascending order; what the list held before is gone.
    pub(in crate::simulation) fn with_news(&mut self, nodes: &mut Vec<NodeId>) {
        nodes.clear();
        nodes.extend(self.mail.nodes());
    }

    /// A node's news, in the order they came. [`reuse`](Self::reuse) takes the list back.
    pub(in crate::simulation) fn take_news(&mut self, node: NodeId) -> Vec<News> {
        self.mail.take(node)
    }

    /// Takes back a list of news, for its room.
    pub(in crate::simulation) fn reuse(&mut self, news: Vec<News>) {
        self.mail.reuse(news);
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::Arrive(flow, bytes) => self.on_arrival(flow, bytes),
            Event::Ring(slot) => self.on_ring(slot as usize),
            Event::Answer(slot) => self.on_answer(slot as usize),
            Event::Fail(slot) => self.on_failure(slot as usize),
            Event::Goodbye(flow) => self.on_goodbye(flow),
            Event::Wake(flow) => self.on_wake(flow),
            Event::GiveUp(flow, since) => self.on_given_up(flow, since),
        }
    }

    fn on_arrival(&mut self, flow: FlowId, bytes: Vec<u8>) {
        let slot = flow.slot();
        let side = flow.side().other();
        let line = &mut self.lines[slot];
        line.pending -= 1;
        let end = line.end(side);
        if end.state == EndState::Open {
            let node = end.node;
            self.mail.put(node, News::Bytes(self.lines.id(slot), side, bytes));
        } else {
            self.lines.release(slot);
        }
    }

    fn on_wake(&mut self, flow: FlowId) {
        self.lines[flow.slot()].pending -= 1;
        if self.lines[flow].place == Place::Timer {
            self.start(flow);
        }
        self.lines.release(flow.slot());
    }

    /// Schedules what speaks of a line, which lives until then.
    fn schedule(&mut self, slot: usize, at: Moment, event: Event) {
        self.lines[slot].pending += 1;
        let tick = self.events.tick_of(at);
        self.events.put(tick, event);
    }

    /// Schedules what comes after all that a flow has on its way, and before what it sends next.
    fn schedule_last(&mut self, id: FlowId, at: Moment, event: Event) {
        self.lines[id.slot()].pending += 1;
        let flow = &mut self.lines[id];
        flow.last_tick = flow.last_tick.max(self.events.tick_of(at));
        flow.parcel = Parcel::NONE;
        self.events.put(flow.last_tick, event);
    }

    /// The node a flow comes from.
    fn sender(&self, flow: FlowId) -> NodeId {
        self.lines[flow.slot()].end(flow.side()).node
    }

    /// The node a flow goes to.
    fn receiver(&self, flow: FlowId) -> NodeId {
        self.lines[flow].to
    }

    fn path(&self, flow: FlowId) -> Path {
        let node = |node: NodeId| &self.nodes[node.as_usize()];
        Path::between(node(self.sender(flow)), node(self.receiver(flow)))
    }
}
