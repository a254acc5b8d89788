//! How senders share their uplinks: each serves its flows in turn, a quantum each.

use super::flow::Place;
use super::line::FlowId;
use super::sending::Turn;
use super::window::SEGMENT;
use super::{Network, NodeId};

/// What a flow sends in its turn, in bytes: a quarter of a block, or its share of the tick if that
/// is more.
pub(super) const QUANTUM: u64 = 4_096;

impl Network {
    /// Puts a flow with a backlog into its sender's round.
    pub(super) fn start(&mut self, id: FlowId) {
        let sender = self.sender(id);
        let flow = &mut self.lines[id];
        flow.place = Place::Sender;
        let is_light = flow.queued <= SEGMENT.into();
        let uplink = &mut self.nodes[sender.as_usize()].up;
        let queue = if is_light { &mut uplink.light } else { &mut uplink.round };
        queue.push_back(id);
        if !uplink.is_listed {
            uplink.is_listed = true;
            self.senders.push(sender);
        }
    }

    /// Serves every sender that has something to send.
    pub(super) fn share_uplinks(&mut self) {
        let mut senders = std::mem::take(&mut self.senders);
        senders.retain(|sender| {
            self.share_uplink(*sender);
            let uplink = &mut self.nodes[sender.as_usize()].up;
            uplink.is_listed = uplink.flows() > 0;
            uplink.is_listed
        });
        self.senders = senders;
    }

    fn share_uplink(&mut self, sender: NodeId) {
        let uplink = &mut self.nodes[sender.as_usize()].up;
        let mut left = uplink.budget.left(self.step);
        let share = QUANTUM.max(left / uplink.flows().max(1) as u64);
        while left > 0 {
            let uplink = &self.nodes[sender.as_usize()].up;
            left -= if let Some(&id) = uplink.light.front() {
                self.serve_light(sender, id, left)
            } else if let Some(&id) = uplink.round.front() {
                self.serve_next(sender, id, share, left)
            } else {
                break;
            };
        }
    }

    /// One who has little to send goes first, unless more has come since.
    fn serve_light(&mut self, sender: NodeId, id: FlowId, left: u64) -> u64 {
        let is_light = self.lines[id].queued <= SEGMENT.into();
        let (sent, turn) = if is_light { self.serve(sender, id, left) } else { (0, Turn::Over) };
        let uplink = &mut self.nodes[sender.as_usize()].up;
        match turn {
            // The tick cut it short, and it goes on in the next.
            Turn::Over if is_light => return sent,
            Turn::Over => uplink.round.push_back(id),
            Turn::Empty | Turn::Blocked => {}
        }
        uplink.light.pop_front();
        sent
    }

    fn serve_next(&mut self, sender: NodeId, id: FlowId, share: u64, left: u64) -> u64 {
        let turn_left = self.nodes[sender.as_usize()].up.turn_left;
        let turn_left = if turn_left > 0 { turn_left } else { share };
        let (sent, turn) = self.serve(sender, id, left.min(turn_left));
        let uplink = &mut self.nodes[sender.as_usize()].up;
        // A turn that the tick cut short goes on in the next.
        uplink.turn_left = if turn == Turn::Over { turn_left - sent } else { 0 };
        if uplink.turn_left == 0 {
            uplink.round.pop_front();
            if turn == Turn::Over {
                uplink.round.push_back(id);
            }
        }
        sent
    }
}
