//! One flow's turn: how much it may send, and what becomes of it.

use super::flow::{Parcel, Place};
use super::line::{EndState, FlowId};
use super::news::News;
use super::node::Path;
use super::window::Pace;
use super::{Event, Network, NodeId, loss};
use crate::simulation::Moment;

/// The least a loss holds up its flow, in microseconds: the least time-out of common systems.
const STALL_LEAST: u64 = 200_000;

/// How a flow's turn ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    /// It sent all it might, and has more.
    Over,
    /// It has nothing left.
    Empty,
    /// It waits for something else than its sender.
    Blocked,
}

impl Network {
    /// Sends from a flow, at most so much.
    pub(super) fn serve(&mut self, sender: NodeId, id: FlowId, most: u64) -> (u64, Turn) {
        let receiver = self.lines[id].to;
        if self.partition.separates(sender, receiver) {
            self.hold_up(id);
            return (0, Turn::Blocked);
        }
        let node = |node: NodeId| &self.nodes[node.as_usize()];
        let path = Path::between(node(sender), node(receiver));
        let loss = loss::either(node(sender).loss, node(receiver).loss);
        let pace = Pace { round_trip: path.round_trip(), tick: self.tick };
        let mut sent = 0;
        let turn = loop {
            let flow = &mut self.lines[id];
            if flow.queued == 0 {
                break self.on_empty(id, path);
            }
            if sent == most {
                break Turn::Over;
            }
            flow.until_loss.draw(loss, &mut self.rng);
            let until_loss = flow.until_loss.bytes();
            if until_loss == 0 {
                break self.stall(id, path);
            }
            let room = flow.window.room(self.now, pace);
            if room == 0 {
                let opens = flow.window.opens(pace);
                break self.wait(id, opens);
            }
            let wanted = flow.queued.min(most - sent).min(room.min(until_loss).into());
            let bytes = self.allowed(id, wanted as u32);
            if bytes == 0 {
                break Turn::Blocked;
            }
            self.transmit(sender, id, bytes, path);
            sent += u64::from(bytes);
        };
        (sent, turn)
    }

    /// The next segment is lost, and is sent again once that is noticed.
    fn stall(&mut self, id: FlowId, path: Path) -> Turn {
        let flow = &mut self.lines[id];
        flow.until_loss = loss::UntilLoss::default();
        flow.window.on_loss();
        let stall = STALL_LEAST.max(2 * path.round_trip());
        self.wait(id, Moment(self.now.0 + stall))
    }

    fn wait(&mut self, id: FlowId, until: Moment) -> Turn {
        self.lines[id].place = Place::Timer;
        self.schedule(id.slot(), until, Event::Wake(id));
        Turn::Blocked
    }

    fn transmit(&mut self, sender: NodeId, id: FlowId, bytes: u32, path: Path) {
        let flow = &mut self.lines[id];
        flow.queued -= u64::from(bytes);
        flow.window.on_sent(bytes);
        flow.until_loss.on_sent(bytes);
        let mut left = bytes;
        let mut is_told = false;
        while left > 0 {
            let (sent, chunk) = self.chunks.send(&mut self.lines[id].queue, left);
            left -= sent;
            if let Some(chunk) = chunk {
                self.dispatch(id, chunk, path);
                if !std::mem::replace(&mut is_told, true) {
                    self.tell_drained(sender, id);
                }
            }
        }
    }

    /// The last byte of a chunk has left.
    fn dispatch(&mut self, id: FlowId, chunk: Vec<u8>, path: Path) {
        let latency = path.drawn(self.seed, id, self.step);
        let tick = self.events.tick_of(Moment(self.now.0 + latency));
        let flow = &mut self.lines[id];
        if tick <= flow.last_tick {
            // Chunks that arrive together travel together.
            let parcel = flow.parcel.place();
            let parcel = parcel.and_then(|place| self.events.get_mut(flow.last_tick, place));
            if let Some(Event::Arrive(_, bytes)) = parcel {
                bytes.extend_from_slice(&chunk);
                return;
            }
        } else {
            flow.last_tick = tick;
        }
        let place = self.events.put(flow.last_tick, Event::Arrive(id, chunk));
        flow.parcel = Parcel::at(place);
        self.lines[id.slot()].pending += 1;
    }

    fn tell_drained(&mut self, sender: NodeId, id: FlowId) {
        if self.lines[id.slot()].end(id.side()).state == EndState::Open {
            self.mail.put(sender, News::Drained(self.lines.id(id.slot()), id.side()));
        }
    }

    fn on_empty(&mut self, id: FlowId, path: Path) -> Turn {
        let flow = &mut self.lines[id];
        flow.place = Place::Idle;
        flow.allowance = 0;
        if flow.owes_goodbye {
            self.say_goodbye(id, path.latency);
        }
        Turn::Empty
    }
}
