//! From sockets to swarms and back: what is said on each connection.

use std::time::Instant;

use super::roles::Role;
use super::transport::{News, ReadOutcome, SocketId};
use super::{Engine, TorrentId, disk_work};
use crate::swarm::Action;

/// Reads from one socket before the others have their turn.
const READS_PER_TURN: usize = 4;

impl Engine {
    /// Hears every socket that has news, each for a bounded time.
    pub(super) fn hear_sockets(&mut self, now: Instant) {
        // What is put back in line on the way waits for the next turn.
        let mut put_back = Vec::new();
        while let Some(news) = self.transport.next_news() {
            match news {
                News::Connected(socket) => self.connected(socket, now),
                News::ConnectFailed(socket) => self.call_failed(socket, now),
                News::Readable(socket) => {
                    if self.read(socket, now) {
                        put_back.push(socket);
                    }
                }
                News::Writable(socket) => {
                    if let Some(torrent) = self.flush(socket, now) {
                        self.settle(torrent, now);
                    }
                }
            }
        }
        for socket in put_back {
            self.transport.put_back(socket);
        }
    }

    /// Reads what has come; true if there may be more.
    fn read(&mut self, socket: SocketId, now: Instant) -> bool {
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let mut more = true;
        for _ in 0..READS_PER_TURN {
            match self.transport.read(socket, &mut buffer) {
                ReadOutcome::Bytes(count) => self.received(socket, &buffer[..count], now),
                ReadOutcome::Nothing => {
                    more = false;
                    break;
                }
                ReadOutcome::Gone => {
                    self.gone(socket, now);
                    more = false;
                    break;
                }
            }
        }
        self.read_buffer = buffer;
        more
    }

    pub(super) fn received(&mut self, socket: SocketId, bytes: &[u8], now: Instant) {
        match self.transport.role_mut(socket) {
            Some(Role::Peer { torrent, connection }) => {
                let (id, connection) = (*torrent, *connection);
                if let Some(torrent) = self.torrents.get_mut(&id)
                    && let Some(crowd) = torrent.crowd()
                {
                    crowd.received(now, connection, bytes);
                    self.settle(id, now);
                }
            }
            Some(Role::Stranger { .. }) => self.on_stranger(socket, bytes, now),
            Some(Role::Calling { .. }) => self.on_call(socket, bytes, now),
            Some(Role::Tunnelling { .. }) => self.on_proxy(socket, bytes, now),
            Some(Role::Opening { .. }) | None => {}
        }
    }

    /// The other side is gone.
    fn gone(&mut self, socket: SocketId, now: Instant) {
        if matches!(
            self.transport.role(socket),
            Some(Role::Opening { .. } | Role::Tunnelling { .. } | Role::Calling { .. })
        ) {
            self.call_failed(socket, now);
        } else if let Some(Role::Peer { torrent: id, connection }) = self.transport.close(socket)
            && let Some(torrent) = self.torrents.get_mut(&id)
        {
            torrent.forget_socket(connection);
            if let Some(crowd) = torrent.crowd() {
                crowd.closed(now, connection);
            }
            self.settle(id, now);
        }
    }

    /// Writes what waits for this socket and tells the swarm how much is left. The torrent is to be
    /// settled then.
    fn flush(&mut self, socket: SocketId, now: Instant) -> Option<TorrentId> {
        let Some(queued) = self.transport.flush(socket) else {
            self.gone(socket, now);
            return None;
        };
        let Some(Role::Peer { torrent: id, connection }) = self.transport.role(socket) else {
            return None;
        };
        let (id, connection) = (*id, *connection);
        self.torrents.get_mut(&id)?.crowd()?.drained(now, connection, queued);
        Some(id)
    }

    /// Does what the torrent's swarm asks for, until it asks for nothing more.
    pub(super) fn perform(&mut self, id: TorrentId, now: Instant) {
        let mut unflushed = Vec::new();
        loop {
            while let Some(action) = self.next_action(id) {
                self.act(id, action, now, &mut unflushed);
            }
            // Writing makes room, for which the swarm may have more.
            let Some(socket) = unflushed.pop() else { return };
            self.flush(socket, now);
        }
    }

    fn next_action(&mut self, id: TorrentId) -> Option<Action> {
        self.torrents.get_mut(&id)?.crowd()?.poll_action()
    }

    fn act(&mut self, id: TorrentId, action: Action, now: Instant, unflushed: &mut Vec<SocketId>) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        match action {
            Action::Connect(address) => self.connect(id, address, now),
            Action::Send { connection, bytes } => {
                if let Some(socket) = torrent.socket(connection) {
                    self.transport.send(socket, bytes);
                    if !unflushed.contains(&socket) {
                        unflushed.push(socket);
                    }
                }
            }
            Action::Close { connection, reason } => {
                log::debug!("torrent {id} lets a peer go: {reason}");
                if let Some(socket) = torrent.socket(connection) {
                    torrent.forget_socket(connection);
                    self.transport.close(socket);
                }
            }
            Action::Read { connection, block } => {
                if let Some(socket) = torrent.socket(connection) {
                    let job = disk_work::read(torrent, socket, block);
                    self.submit(job);
                }
            }
            Action::Store { piece, data } => {
                let job = disk_work::store(torrent, piece, data);
                self.submit(job);
            }
            Action::Completed => self.on_complete(id, now),
            Action::Finished => self.on_finished(id, now),
        }
    }
}
