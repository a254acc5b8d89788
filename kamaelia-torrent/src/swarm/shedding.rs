//! Connections that are given up for reasons outside the swarm.

use std::net::IpAddr;
use std::time::Instant;

use crate::swarm::connections::Connection;
use crate::swarm::{CloseReason, Swarm};

impl Swarm {
    /// Lets go of the peer that is of the least use, so that another swarm has room for one. False
    /// if there is none.
    pub fn shed(&mut self, now: Instant) -> bool {
        let worth = |connection: &&Connection| {
            let peer = &connection.peer;
            let rate = peer.download.per_second(now) + peer.upload.per_second(now);
            let useful = peer.choking.we_want() || peer.choking.they_want();
            (peer.is_greeted(), useful, rate as u64)
        };
        let Some(least) = self.connections.iter().min_by_key(worth).map(|c| c.id) else {
            return false;
        };
        self.close(now, least, CloseReason::Full);
        self.settle(now);
        true
    }

    /// Lets go of a peer that only takes up a place, so that somebody else can have it. False if there
    /// is none.
    pub fn part_from_idlest(&mut self, now: Instant) -> bool {
        let idlest = self.idlest(now);
        if let Some(id) = idlest {
            self.close(now, id, CloseReason::Full);
            self.settle(now);
        }
        idlest.is_some()
    }

    /// Lets go of all peers at such addresses.
    pub fn part_from(&mut self, now: Instant, is_unwanted: impl Fn(IpAddr) -> bool) {
        for id in self.connections.ids() {
            let connection = self.connections.get(id);
            if connection.is_some_and(|connection| is_unwanted(connection.address.ip())) {
                self.close(now, id, CloseReason::Unwanted);
            }
        }
        self.settle(now);
    }
}
