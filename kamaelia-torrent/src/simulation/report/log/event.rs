//! What can happen in a swarm, as values.

use crate::simulation::report::Role;
use crate::simulation::{Moment, NodeId};

/// One thing that happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LogEvent {
    /// When.
    pub at: Moment,
    /// To whom; `None` for what concerns the whole world.
    pub node: Option<NodeId>,
    /// What.
    pub what: What,
}

/// What happened to a node. Pieces are told by their number on the wire.
///
/// Texts are one line: line breaks in them are written as spaces.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// It came for the first time.
    Joined {
        /// What it is to the swarm from the start.
        role: Role,
        /// The group of peers it belongs to.
        group: String,
    },
    /// It had this piece when it joined. Seeds have all, and it is not said of them.
    PieceFound(u32),
    /// Its call to this node was answered.
    Connected(NodeId),
    /// It hung up on this node, or found that the node had.
    Disconnected {
        /// The other one.
        from: NodeId,
        /// In words; may be empty.
        why: String,
    },
    /// It has got this piece, checked and stored.
    PieceStored(u32),
    /// It has got this piece, and its hash was wrong.
    PieceCorrupt(u32),
    /// It will not hear of this node again, which sent it corrupt data.
    Banned(NodeId),
    /// It has every piece. Not said of seeds.
    Finished,
    /// It is gone, with what it has.
    Left,
    /// It is back, with what it had.
    Returned,
    /// Anything else, in words.
    Event(String),
}
