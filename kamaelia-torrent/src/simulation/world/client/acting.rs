//! What a client's swarm asks for, done in the simulated world.

use std::net::SocketAddr;

use super::Client;
use super::lines::{Line, Role};
use crate::simulation::address::node_at;
use crate::simulation::network::Side;
use crate::simulation::world::Surroundings;
use crate::swarm::{Action, CloseReason, ConnectionId};

impl Client {
    /// Does what the swarm asks for, until it asks for nothing more.
    pub(super) fn perform(&mut self, around: &mut Surroundings<'_>) {
        while let Some(action) = self.swarm.poll_action() {
            match action {
                Action::Connect(address) => self.call(address, around),
                Action::Send { connection, bytes, omitted } => {
                    self.send(connection, bytes, omitted, around);
                }
                Action::Close { connection, reason } => self.close(connection, reason, around),
                Action::Read { connection, block } => self.read(connection, block, around),
                Action::Store { piece, data } => self.store(piece, data, around),
                Action::Completed => {
                    self.schedule.handle_complete(around.instant);
                    around.recorder.finished(around.now, self.node);
                    around.finished.push(self.node);
                }
                // Nobody selects files here, and there are no web servers.
                Action::Finished | Action::Fetch { .. } | Action::StopFetch { .. } => {}
            }
        }
    }

    fn call(&mut self, to: SocketAddr, around: &mut Surroundings<'_>) {
        let node = node_at(to, around.nodes);
        if node == Some(self.node) {
            return self.swarm.connect_failed(around.instant, to);
        }
        let line = around.network.call(around.now, self.node, node);
        let with = node.unwrap_or(self.node);
        self.lines.insert(line, Line::new(Side::Caller, with, Role::Calling(to)));
    }

    fn send(
        &mut self,
        connection: ConnectionId,
        bytes: Vec<u8>,
        omitted: u32,
        around: &mut Surroundings<'_>,
    ) {
        let Some(line) = self.lines.of(connection) else { return };
        let Some(entry) = self.lines.get_mut(line) else { return };
        let said = entry.said.count(&bytes, omitted, around.messages);
        around.recorder.overhead(self.node, said.messages, said.overhead);
        around.network.send(line, entry.side, bytes, omitted);
    }

    fn close(
        &mut self,
        connection: ConnectionId,
        reason: CloseReason,
        around: &mut Surroundings<'_>,
    ) {
        let Some(line) = self.lines.of(connection) else { return };
        let Some(Line { side, with, .. }) = self.lines.remove(line) else { return };
        around.network.close(around.now, line, side);
        if reason == CloseReason::Banned {
            around.recorder.banned(around.now, self.node, with);
        }
        around.recorder.disconnected(around.now, self.node, with, reason);
    }
}
