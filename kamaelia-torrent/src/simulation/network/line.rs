//! Lines between two nodes, and the slots they live in.

use super::flow::Flow;
use crate::simulation::NodeId;

/// Names one line. A line that is over is never taken for a newer one, though the newer one may
/// live in the same slot.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(in crate::simulation) struct LineId {
    slot: u32,
    generation: u32,
}

impl LineId {
    /// As one number, which no other line ever has. It has a bit to spare: there are no more slots
    /// than half of what 32 bits count.
    pub(in crate::simulation) fn to_u64(self) -> u64 {
        u64::from(self.slot) << 32 | u64::from(self.generation)
    }

    /// As a place in a list: small, and used again once the line is over.
    pub(in crate::simulation) fn slot(self) -> usize {
        self.slot as usize
    }
}

/// Which end of a line.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(in crate::simulation) enum Side {
    /// The node that asked for the line.
    Caller,
    /// The node that was called.
    Called,
}

impl Side {
    /// The other end.
    pub(in crate::simulation) fn other(self) -> Side {
        match self {
            Side::Caller => Side::Called,
            Side::Called => Side::Caller,
        }
    }
}

/// One end of one line, and so the flow that begins there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FlowId(u32);

impl FlowId {
    pub(super) fn new(slot: usize, side: Side) -> Self {
        FlowId((slot as u32) << 1 | side as u32)
    }

    pub(super) fn slot(self) -> usize {
        (self.0 >> 1) as usize
    }

    pub(super) fn side(self) -> Side {
        if self.0 & 1 == 0 { Side::Caller } else { Side::Called }
    }

    /// The flow the other way.
    pub(super) fn reverse(self) -> FlowId {
        FlowId(self.0 ^ 1)
    }

    /// The number that tells it from all others that live now.
    pub(super) fn number(self) -> u32 {
        self.0
    }
}

/// What a node knows of its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum EndState {
    /// The caller has not been answered, or the called has not been asked.
    Waiting,
    Open,
    /// Hung up, or told that the other did.
    Over,
}

pub(super) struct End {
    pub(super) node: NodeId,
    /// Where the node lists this end.
    pub(super) place: u32,
    pub(super) state: EndState,
}

/// Two ends; the flows from one to the other lie elsewhere.
pub(super) struct Line {
    generation: u32,
    /// Events to come that speak of this line, and goodbyes it still owes.
    pub(super) pending: u32,
    ends: [End; 2],
}

impl Line {
    pub(super) fn end(&self, side: Side) -> &End {
        &self.ends[side as usize]
    }

    pub(super) fn end_mut(&mut self, side: Side) -> &mut End {
        &mut self.ends[side as usize]
    }

    fn is_spent(&self) -> bool {
        self.pending == 0 && self.ends.iter().all(|end| end.state == EndState::Over)
    }
}

/// All lines. A slot is used again when both ends are over and nothing to come speaks of it.
#[derive(Default)]
pub(super) struct Lines {
    slots: Vec<Line>,
    /// Two for each slot.
    flows: Vec<Flow>,
    free: Vec<u32>,
}

impl Lines {
    /// A line that both ends still wait for.
    pub(super) fn open(&mut self, caller: NodeId, called: NodeId) -> LineId {
        let end = |node| End { node, place: 0, state: EndState::Waiting };
        let mut line = Line { generation: 0, pending: 0, ends: [end(caller), end(called)] };
        let [there, back] = [Flow::new(called), Flow::new(caller)];
        let Some(slot) = self.free.pop().map(|slot| slot as usize) else {
            let slot = self.slots.len();
            assert!(slot < 1 << 31, "fewer than two thousand million lines live at once");
            self.slots.push(line);
            self.flows.extend([there, back]);
            return self.id(slot);
        };
        line.generation = self.slots[slot].generation;
        self.slots[slot] = line;
        self[FlowId::new(slot, Side::Caller)] = there;
        self[FlowId::new(slot, Side::Called)] = back;
        self.id(slot)
    }

    pub(super) fn id(&self, slot: usize) -> LineId {
        LineId { slot: slot as u32, generation: self.slots[slot].generation }
    }

    /// The slot of a line that is not over.
    pub(super) fn find(&self, id: LineId) -> Option<usize> {
        let slot = id.slot();
        self.slots.get(slot).is_some_and(|line| line.generation == id.generation).then_some(slot)
    }

    /// Lines that are not over, or of which something is still to come.
    #[cfg(test)]
    pub(super) fn living(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Frees the slot if nobody needs it any more.
    pub(super) fn release(&mut self, slot: usize) {
        let line = &mut self.slots[slot];
        if line.is_spent() {
            line.generation = line.generation.wrapping_add(1);
            // Guards against freeing it twice: a free slot always has something pending.
            line.pending = u32::MAX;
            self.free.push(slot as u32);
        }
    }
}

impl std::ops::Index<usize> for Lines {
    type Output = Line;

    fn index(&self, slot: usize) -> &Line {
        &self.slots[slot]
    }
}

impl std::ops::IndexMut<usize> for Lines {
    fn index_mut(&mut self, slot: usize) -> &mut Line {
        &mut self.slots[slot]
    }
}

impl std::ops::Index<FlowId> for Lines {
    type Output = Flow;

    fn index(&self, id: FlowId) -> &Flow {
        &self.flows[id.0 as usize]
    }
}

impl std::ops::IndexMut<FlowId> for Lines {
    fn index_mut(&mut self, id: FlowId) -> &mut Flow {
        &mut self.flows[id.0 as usize]
    }
}
