//! Whose a socket is, and until when it must have become a conversation.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Instant;

use crate::engine::TorrentId;
use crate::engine::network::outlet::Tunnel;
use crate::engine::network::transport::SocketId;
use crate::swarm::ConnectionId;
use crate::wire::encryption::{Caller, Reception};

/// Whose a socket is.
pub(in crate::engine) enum Role {
    /// We opened it for this torrent, and it is not up yet.
    Opening { torrent: TorrentId, address: SocketAddr, manner: Manner },
    /// We opened it, and ask the proxy to lead it there.
    Tunnelling { torrent: TorrentId, address: SocketAddr, manner: Manner, tunnel: Tunnel },
    /// We opened it, and agree on encryption.
    Calling { torrent: TorrentId, address: SocketAddr, caller: Box<Caller> },
    /// Someone opened it and has not yet said what for.
    Stranger { reception: Box<Reception>, address: SocketAddr },
    /// A conversation.
    Peer { torrent: TorrentId, connection: ConnectionId, address: SocketAddr },
}

/// How we begin.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::engine) enum Manner {
    Encrypted,
    Plain,
}

/// Sockets that must become conversations before their time is up.
#[derive(Default)]
pub(in crate::engine) struct Introductions {
    /// Soonest first, since each queue waits for the same time.
    pub(in crate::engine) opening: VecDeque<(Instant, SocketId)>,
    pub(in crate::engine) calling: VecDeque<(Instant, SocketId)>,
    pub(in crate::engine) strangers: VecDeque<(Instant, SocketId)>,
    /// As many were taken in the last turn as may be, so there may be others.
    pub(in crate::engine) may_be_more: bool,
    /// The system had no socket for the last one who knocked, and that was logged.
    pub(in crate::engine) turned_away: bool,
}

impl Introductions {
    pub(in crate::engine) fn soonest(&self) -> Option<Instant> {
        let first = |queue: &VecDeque<(Instant, SocketId)>| queue.front().map(|(at, _)| *at);
        [first(&self.opening), first(&self.calling), first(&self.strangers)]
            .into_iter()
            .flatten()
            .min()
    }
}

/// Takes out a socket whose time is up.
pub(in crate::engine) fn pop_overdue(
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
