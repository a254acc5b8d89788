//! Bytes move no faster than limits allow.
//!
//! A socket that has moved its share waits in line for its next turn; sockets of torrents without
//! limits never do.

use std::time::Instant;

use super::limits::RateLimits;
use super::roles::Role;
use super::transport::SocketId;
use super::{Engine, TorrentId};

impl Engine {
    /// How fast all torrents together may be, from now on.
    pub fn set_limits(&mut self, limits: RateLimits) {
        self.config.limits = limits;
        self.limits.set_all(limits, Instant::now());
    }

    /// How fast one torrent may be within that, from now on. False if there is no such torrent.
    pub fn set_torrent_limits(&mut self, id: TorrentId, limits: RateLimits) -> bool {
        let is_there = self.torrents.get(&id).is_some_and(|torrent| !torrent.is_leaving());
        if is_there {
            self.limits.set(id, limits, Instant::now());
        }
        is_there
    }

    /// The torrent whose limits hold for what is read here; `None` if none do.
    pub(super) fn limited_down(&self, socket: SocketId) -> Option<TorrentId> {
        self.torrent_of(socket).filter(|id| !self.limits.down.is_free(*id))
    }

    /// The torrent whose limits hold for what is written here; `None` if none do.
    pub(super) fn limited_up(&self, socket: SocketId) -> Option<TorrentId> {
        self.torrent_of(socket).filter(|id| !self.limits.up.is_free(*id))
    }

    fn torrent_of(&self, socket: SocketId) -> Option<TorrentId> {
        match self.transport.role(socket) {
            Some(Role::Peer { torrent, .. }) => Some(*torrent),
            _ => None,
        }
    }

    /// Gives everybody in line their turn, as far as that goes.
    pub(super) fn pass_on(&mut self, now: Instant) {
        let transport = &self.transport;
        for line in [&mut self.limits.down, &mut self.limits.up] {
            // Then some are gone, and they may have to wait long for a turn.
            if line.waiting() > transport.open() {
                line.keep(|socket| transport.role(socket).is_some());
            }
        }
        for _ in 0..self.limits.down.waiting() {
            let Some(socket) = self.limits.down.next(now) else { break };
            self.transport.put_back(socket);
        }
        for _ in 0..self.limits.up.waiting() {
            let Some(socket) = self.limits.up.next(now) else { break };
            if let Some(torrent) = self.flush(socket, now) {
                self.settle(torrent, now);
            }
        }
    }
}
