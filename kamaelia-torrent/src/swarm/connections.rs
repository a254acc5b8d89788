//! The open connections, found by number.

/// Names one connection of one swarm. Never given to another connection of that swarm.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ConnectionId {
    slot: u32,
    generation: u32,
}

impl ConnectionId {
    /// A small number, for a table: no two open connections of a swarm share it, and it is used
    /// again after a close.
    pub fn slot(self) -> usize {
        self.slot as usize
    }
}
