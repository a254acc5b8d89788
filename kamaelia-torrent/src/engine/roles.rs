//! Whose a socket is, and until when it must have become a conversation.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use super::TorrentId;
use super::outlet::Tunnel;
use super::transport::SocketId;
use crate::swarm::ConnectionId;
use crate::wire::encryption::{Caller, Reception};

/// Whose a socket is.
pub(super) enum Role {
    /// We opened it for this torrent, and it is not up yet.
    Opening { torrent: TorrentId, address: SocketAddr, manner: Manner },
    /// We opened it, and ask the proxy to lead it there.
    Tunnelling { torrent: TorrentId, address: SocketAddr, manner: Manner, tunnel: Tunnel },
    /// We opened it, and agree on encryption.
    Calling { torrent: TorrentId, address: SocketAddr, caller: Box<Caller> },
    /// Someone opened it and has not yet said what for.
    Stranger { reception: Box<Reception>, address: SocketAddr },
    /// A conversation.
    Peer { torrent: TorrentId, connection: ConnectionId },
}

/// How we begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Manner {
    Encrypted,
    Plain,
}

/// Sockets that must become conversations before their time is up.
#[derive(Default)]
pub(super) struct Introductions {
    /// Soonest first, since each queue waits for the same time.
    pub(super) opening: VecDeque<(Instant, SocketId)>,
    pub(super) calling: VecDeque<(Instant, SocketId)>,
    pub(super) strangers: VecDeque<(Instant, SocketId)>,
    /// The system had no socket for the last one who knocked, and that was logged.
    pub(super) turned_away: bool,
}

impl Introductions {
    pub(super) fn soonest(&self) -> Option<Instant> {
        let first = |queue: &VecDeque<(Instant, SocketId)>| queue.front().map(|(at, _)| *at);
        [first(&self.opening), first(&self.calling), first(&self.strangers)]
            .into_iter()
            .flatten()
            .min()
    }
}

/// Takes out a socket whose time is up.
pub(super) fn pop_overdue(
    queue: &mut VecDeque<(Instant, SocketId)>,
    now: Instant,
) -> Option<SocketId> {
    let (until, socket) = *queue.front()?;
    if until > now {
        return None;
    }
    queue.pop_front();
    Some(socket)
}
