//! From sockets to swarms and back: what is said on each connection.

use std::time::Instant;

use crate::engine::network::Mover;
use crate::engine::network::transport::{Flushed, News, ReadOutcome, SocketId};
use crate::engine::peers::Role;
use crate::engine::{Engine, TorrentId, disk::work};
use crate::swarm::{Action, CloseReason};

/// Reads from one socket before the others have their turn.
const READS_PER_TURN: usize = 4;

impl Engine {
    /// Hears every socket that has news, each for a bounded time.
    pub(in crate::engine) fn hear_sockets(&mut self, now: Instant) {
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
        if let Some(id) = self.limited_down(socket) {
            return self.read_limited(socket, id, now);
        }
        (0..READS_PER_TURN).all(|_| self.read_once(socket, usize::MAX, now).is_some())
    }

    /// Reads as much as limits allow. Who may have more waits for it; to the loop there is none.
    fn read_limited(&mut self, socket: SocketId, id: TorrentId, now: Instant) -> bool {
        let allowed = self.limits.down.allowance(id, now);
        if allowed == 0 {
            self.limits.down.wait(Mover::Socket(socket), id);
        } else if let Some(count) = self.read_once(socket, allowed, now) {
            self.limits.down.take(id, count);
            self.limits.down.wait(Mover::Socket(socket), id);
        }
        false
    }

    /// Reads at most so many bytes; `None` if there are none.
    fn read_once(&mut self, socket: SocketId, at_most: usize, now: Instant) -> Option<usize> {
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let at_most = at_most.min(buffer.len());
        let outcome = self.transport.read(socket, &mut buffer[..at_most]);
        match outcome {
            ReadOutcome::Bytes(count) => self.received(socket, &buffer[..count], now),
            ReadOutcome::Nothing => {}
            ReadOutcome::Gone => self.gone(socket, now),
        }
        self.read_buffer = buffer;
        match outcome {
            ReadOutcome::Bytes(count) => Some(count),
            ReadOutcome::Nothing | ReadOutcome::Gone => None,
        }
    }

    pub(in crate::engine) fn received(&mut self, socket: SocketId, bytes: &[u8], now: Instant) {
        match self.transport.role_mut(socket) {
            Some(Role::Peer { torrent, connection, .. }) => {
                let (id, connection) = (*torrent, *connection);
                self.waiting_calls.on_answer(socket);
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
        } else if let Some(Role::Peer { torrent: id, connection, .. }) =
            self.transport.close(socket)
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
    pub(in crate::engine) fn flush(&mut self, socket: SocketId, now: Instant) -> Option<TorrentId> {
        let limited = self.limited_up(socket);
        let at_most = limited.map_or(usize::MAX, |id| self.limits.up.allowance(id, now));
        let Some(Flushed { written, queued, takes_more }) = self.transport.flush(socket, at_most)
        else {
            self.gone(socket, now);
            return None;
        };
        if let Some(id) = limited {
            self.limits.up.take(id, written);
            if takes_more {
                self.limits.up.wait(Mover::Socket(socket), id);
            }
        }
        let Some(Role::Peer { torrent: id, connection, .. }) = self.transport.role(socket) else {
            return None;
        };
        let (id, connection) = (*id, *connection);
        self.torrents.get_mut(&id)?.crowd()?.drained(now, connection, queued);
        Some(id)
    }

    /// Does what the torrent's swarm asks for, until it asks for nothing more.
    pub(in crate::engine) fn perform(&mut self, id: TorrentId, now: Instant) {
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
            Action::Send { connection, bytes, .. } => {
                if let Some(socket) = torrent.socket(connection) {
                    self.transport.send(socket, bytes);
                    if !unflushed.contains(&socket) {
                        unflushed.push(socket);
                    }
                }
            }
            Action::Close { connection, reason } => {
                if let Some(socket) = torrent.socket(connection) {
                    torrent.forget_socket(connection);
                    let role = self.transport.close(socket);
                    self.tell_let_go(id, role, reason, now);
                }
            }
            Action::Read { connection, block } => {
                if let Some(socket) = torrent.socket(connection) {
                    self.want(id, socket, block);
                }
            }
            Action::Store { piece, data } => {
                torrent.trouble.on_storing();
                let job = work::store(torrent, piece, data);
                self.submit(job);
            }
            Action::Fetch { web_seed, pieces } => self.fetch_pieces(id, web_seed, pieces, now),
            Action::StopFetch { web_seed } => self.web_seeding.stop_fetch(id, web_seed),
            Action::Completed => self.on_complete(id, now),
            Action::Finished => self.on_finished(id, now),
        }
    }

    fn tell_let_go(
        &mut self,
        id: TorrentId,
        role: Option<Role>,
        reason: CloseReason,
        now: Instant,
    ) {
        let Some(Role::Peer { address, .. }) = role else { return };
        let told = format_args!("torrent {id} lets {address} go: {reason}");
        match reason.is_misconduct() {
            true => self.complaints.tell(now, told),
            false => log::debug!("{told}"),
        }
    }
}
