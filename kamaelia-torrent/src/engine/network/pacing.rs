//! Bytes move no faster than limits allow.
//!
//! A socket that has moved its share waits in line for its next turn, and so does a web seed; those of
//! torrents without limits never do.

use std::time::Instant;

use crate::engine::network::RateLimits;
use crate::engine::network::transport::SocketId;
use crate::engine::peers::Role;
use crate::engine::{Engine, TorrentId};
use crate::swarm::WebSeedId;

/// Who moves bytes, and may have to wait.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(in crate::engine) enum Mover {
    Socket(SocketId),
    WebSeed(TorrentId, WebSeedId),
}

impl Engine {
    /// How fast all torrents together may be, from now on.
    pub fn set_limits(&mut self, limits: RateLimits) {
        self.config.limits = limits;
        self.limits.set_all(limits, self.now());
        self.limit_web_seeds();
    }

    /// How fast one torrent may be within that, from now on. False if there is no such torrent.
    pub fn set_torrent_limits(&mut self, id: TorrentId, limits: RateLimits) -> bool {
        let is_there = self.torrents.get(&id).is_some_and(|torrent| !torrent.is_leaving());
        if is_there {
            self.limits.set(id, limits, self.now());
            self.limit_web_seeds();
        }
        is_there
    }

    fn limit_web_seeds(&mut self) {
        let limits = &self.limits;
        self.web_seeding.set_limited(|id| !limits.down.is_free(id));
    }

    /// The torrent whose limits hold for what is read here; `None` if none do.
    pub(in crate::engine) fn limited_down(&self, socket: SocketId) -> Option<TorrentId> {
        self.torrent_of(socket).filter(|id| !self.limits.down.is_free(*id))
    }

    /// The torrent whose limits hold for what is written here; `None` if none do.
    pub(in crate::engine) fn limited_up(&self, socket: SocketId) -> Option<TorrentId> {
        self.torrent_of(socket).filter(|id| !self.limits.up.is_free(*id))
    }

    fn torrent_of(&self, socket: SocketId) -> Option<TorrentId> {
        match self.transport.role(socket) {
            Some(Role::Peer { torrent, .. }) => Some(*torrent),
            _ => None,
        }
    }

    /// Gives everybody in line their turn, as far as that goes.
    pub(in crate::engine) fn pass_on(&mut self, now: Instant) {
        let (transport, web_seeding) = (&self.transport, &self.web_seeding);
        for line in [&mut self.limits.down, &mut self.limits.up] {
            // Then some are gone, and they may have to wait long for a turn.
            if line.waiting() > transport.open() {
                line.keep(|mover| match mover {
                    Mover::Socket(socket) => transport.role(socket).is_some(),
                    Mover::WebSeed(id, web_seed) => web_seeding.is_at_work(id, web_seed),
                });
            }
        }
        for _ in 0..self.limits.down.waiting() {
            match self.limits.down.next(now) {
                Some(Mover::Socket(socket)) => self.transport.put_back(socket),
                Some(Mover::WebSeed(id, web_seed)) => self.let_come(id, web_seed, now),
                None => break,
            }
        }
        for _ in 0..self.limits.up.waiting() {
            let Some(Mover::Socket(socket)) = self.limits.up.next(now) else { break };
            if let Some(torrent) = self.flush(socket, now) {
                self.settle(torrent, now);
            }
        }
    }

    /// Lets a web seed send what it may.
    fn let_come(&mut self, id: TorrentId, web_seed: WebSeedId, now: Instant) {
        if !self.web_seeding.is_at_work(id, web_seed) {
            return;
        }
        match self.limits.down.allowance(id, now) {
            0 => self.limits.down.wait(Mover::WebSeed(id, web_seed), id),
            allowed => {
                if !self.limits.down.is_free(id) {
                    self.limits.down.take(id, allowed);
                }
                self.web_seeding.allow(id, web_seed, allowed);
            }
        }
    }
}
