//! How receivers share their downlinks: a flow needs leave to send what a downlink has to carry.
//!
//! It gets leave at once while nobody has to ask, and in turn once somebody does. A flow without
//! leave does not stand in its sender's round, so both accesses are busy as long as somebody can
//! use them.

use super::flow::Place;
use super::line::FlowId;
use super::uplinks::QUANTUM;
use super::{Network, NodeId};

/// The most a flow gets leave for in one turn, in bytes.
const GRANT_MOST: u64 = 1 << 29;

impl Network {
    /// Gives flows leave to send, in turn, until the tick's downlinks are spent.
    pub(super) fn share_downlinks(&mut self) {
        let mut receivers = std::mem::take(&mut self.receivers);
        receivers.retain(|receiver| {
            self.share_downlink(*receiver);
            let downlink = &mut self.nodes[receiver.as_usize()].down;
            downlink.is_listed = !downlink.asking.is_empty();
            downlink.is_listed
        });
        self.receivers = receivers;
    }

    fn share_downlink(&mut self, receiver: NodeId) {
        let downlink = &mut self.nodes[receiver.as_usize()].down;
        let mut left = downlink.budget.left(self.step);
        let share = QUANTUM.max(left / downlink.asking.len().max(1) as u64);
        while left > 0
            && let Some(&id) = self.nodes[receiver.as_usize()].down.asking.front()
        {
            left -= self.grant(receiver, id, share.min(GRANT_MOST), left);
        }
    }

    /// The turn of one that asks.
    fn grant(&mut self, receiver: NodeId, id: FlowId, share: u64, left: u64) -> u64 {
        let flow = &mut self.lines[id];
        let downlink = &mut self.nodes[receiver.as_usize()].down;
        if downlink.turn_left == 0 {
            downlink.turn_left = flow.queued.saturating_sub(flow.allowance.into()).min(share);
        }
        let given = left.min(downlink.turn_left);
        downlink.turn_left -= given;
        downlink.budget.spend(given);
        flow.allowance += given as u32;
        if downlink.turn_left == 0 {
            downlink.asking.pop_front();
            // Two turns ahead, so that the downlink is busy while the sender serves others.
            let allowance = u64::from(flow.allowance);
            flow.asks = allowance < flow.queued && allowance < 2 * share;
            if flow.asks {
                downlink.asking.push_back(id);
            }
            if flow.place == Place::Receiver {
                self.start(id);
            }
        }
        given
    }

    /// What the receiver's downlink lets through now, at most what is wanted. With nothing, the flow
    /// waits for leave.
    pub(super) fn allowed(&mut self, id: FlowId, wanted: u32) -> u32 {
        let flow = &mut self.lines[id];
        let downlink = &mut self.nodes[flow.to.as_usize()].down;
        if downlink.budget.is_unlimited() {
            return wanted;
        }
        let mut allowed = wanted.min(flow.allowance);
        if flow.allowance == 0 && downlink.asking.is_empty() {
            let left = downlink.budget.left(self.step);
            allowed = u32::try_from(left).unwrap_or(u32::MAX).min(wanted);
            downlink.budget.spend(allowed.into());
            if allowed > 0 {
                return allowed;
            }
        }
        flow.allowance -= allowed;
        if allowed == 0 {
            flow.place = Place::Receiver;
        }
        // Asks in time: one that is slower than its share never waits for leave.
        let left = u64::from(flow.allowance);
        if left < QUANTUM.max(allowed.into()) && left < flow.queued - u64::from(allowed) {
            self.ask(id);
        }
        allowed
    }

    fn ask(&mut self, id: FlowId) {
        let flow = &mut self.lines[id];
        if std::mem::replace(&mut flow.asks, true) {
            return;
        }
        let downlink = &mut self.nodes[flow.to.as_usize()].down;
        downlink.asking.push_back(id);
        if !downlink.is_listed {
            downlink.is_listed = true;
            self.receivers.push(flow.to);
        }
    }
}
