//! A client's lines to others.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::simulation::NodeId;
use crate::simulation::messages::MessageCounter;
use crate::simulation::network::{LineId, Side};
use crate::swarm::ConnectionId;
use crate::wire::HandshakeReader;

/// One line.
pub(super) struct Line {
    pub(super) side: Side,
    /// Who is at the other end.
    pub(super) with: NodeId,
    pub(super) role: Role,
    /// What we have said on it.
    pub(super) said: MessageCounter,
}

/// What a line is to its client.
pub(super) enum Role {
    /// We call this address, and nobody has answered yet.
    Calling(SocketAddr),
    /// Somebody has called, and says hello.
    Greeting(HandshakeReader),
    /// The swarm's.
    Peer(ConnectionId),
}

impl Line {
    pub(super) fn new(side: Side, with: NodeId, role: Role) -> Self {
        Line { side, with, role, said: MessageCounter::default() }
    }
}

/// All lines, found by their own names and by the swarm's.
#[derive(Default)]
pub(super) struct Lines {
    by_id: BTreeMap<LineId, Line>,
    /// By the slot of the connection.
    of_connections: Vec<Option<(ConnectionId, LineId)>>,
}

impl Lines {
    pub(super) fn insert(&mut self, id: LineId, line: Line) {
        self.by_id.insert(id, line);
    }

    pub(super) fn get_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.by_id.get_mut(&id)
    }

    /// The connection that a line is for.
    pub(super) fn peer(&self, id: LineId) -> Option<ConnectionId> {
        match self.by_id.get(&id)?.role {
            Role::Peer(connection) => Some(connection),
            Role::Calling(_) | Role::Greeting(_) => None,
        }
    }

    /// From now on this line is that connection's.
    pub(super) fn note(&mut self, connection: ConnectionId, line: LineId) {
        let slot = connection.slot();
        if self.of_connections.len() <= slot {
            self.of_connections.resize(slot + 1, None);
        }
        self.of_connections[slot] = Some((connection, line));
    }

    /// The line of a connection.
    pub(super) fn of(&self, connection: ConnectionId) -> Option<LineId> {
        let (known, line) = (*self.of_connections.get(connection.slot())?)?;
        (known == connection).then_some(line)
    }

    pub(super) fn remove(&mut self, id: LineId) -> Option<Line> {
        let line = self.by_id.remove(&id)?;
        if let Role::Peer(connection) = line.role
            && self.of(connection).is_some()
        {
            self.of_connections[connection.slot()] = None;
        }
        Some(line)
    }

    pub(super) fn take_all(&mut self) -> BTreeMap<LineId, Line> {
        self.of_connections.clear();
        std::mem::take(&mut self.by_id)
    }
}
