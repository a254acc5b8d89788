//! From sockets to swarms and back: who a connection belongs to, and what is said on it.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use super::roles::{Role, pop_overdue};
use super::transport::{News, ReadOutcome, SocketId};
use super::{Engine, TorrentId, disk_work};
use crate::swarm::{Action, ConnectionId};
use crate::wire::{Handshake, HandshakeReader};

/// How long a connection may take to come up.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// How long a stranger may take to say which torrent it is about.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(30);

/// Strangers heard out at a time, and from one address: they cost a socket each.
const STRANGERS_MAX: usize = 64;
const STRANGERS_PER_ADDRESS_MAX: usize = 16;

/// Reads from one socket before the others have their turn.
const READS_PER_TURN: usize = 4;

impl Engine {
    /// Takes everybody who has connected to us.
    pub(super) fn accept_all(&mut self, now: Instant) {
        loop {
            match self.transport.accept() {
                Ok(Some((stream, address))) => {
                    if self.has_room_for(address.ip()) {
                        let reader = HandshakeReader::default();
                        let role = Role::Stranger { reader, address };
                        if let Ok(socket) = self.transport.adopt(stream, role) {
                            let until = now + HANDSHAKE_WITHIN;
                            self.introductions.strangers.push_back((until, socket));
                        }
                    }
                }
                Ok(None) => {
                    self.introductions.turned_away = false;
                    return;
                }
                Err(error) => {
                    // Tried again with the next turn, when a socket may have been closed.
                    if !std::mem::replace(&mut self.introductions.turned_away, true) {
                        log::warn!("cannot accept a peer: {error}");
                    }
                    return;
                }
            }
        }
    }

    fn has_room_for(&mut self, address: IpAddr) -> bool {
        let transport = &self.transport;
        let from = |socket: &SocketId| match transport.role(*socket) {
            Some(Role::Stranger { address, .. }) => Some(address.ip()),
            _ => None,
        };
        // Those who have introduced themselves or left are strangers no more.
        let strangers = &mut self.introductions.strangers;
        strangers.retain(|(_, socket)| from(socket).is_some());
        let same = strangers.iter().filter(|(_, socket)| from(socket) == Some(address)).count();
        strangers.len() < STRANGERS_MAX
            && same < STRANGERS_PER_ADDRESS_MAX
            && transport.open() < self.config.sockets_max
    }

    /// Closes what has not become a conversation in time.
    pub(super) fn close_overdue(&mut self, now: Instant) {
        while let Some(socket) = pop_overdue(&mut self.introductions.strangers, now) {
            if let Some(Role::Stranger { address, .. }) = self.transport.role(socket) {
                log::debug!("{address} did not say which torrent it wants");
                self.transport.close(socket);
            }
        }
        while let Some(socket) = pop_overdue(&mut self.introductions.opening, now) {
            if self.transport.is_connecting(socket) {
                self.connect_failed(socket, now);
            }
        }
    }

    /// Hears every socket that has news, each for a bounded time.
    pub(super) fn hear_sockets(&mut self, now: Instant) {
        // What is put back in line on the way waits for the next turn.
        let mut put_back = Vec::new();
        while let Some(news) = self.transport.next_news() {
            match news {
                News::Connected(socket) => self.connected(socket, now),
                News::ConnectFailed(socket) => self.connect_failed(socket, now),
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

    fn connected(&mut self, socket: SocketId, now: Instant) {
        let Some(Role::Opening { torrent: id, address }) = self.transport.role(socket) else {
            return;
        };
        let (id, address) = (*id, *address);
        let Some(torrent) = self.torrents.get_mut(&id) else {
            self.transport.close(socket);
            return;
        };
        let Some(swarm) = torrent.swarm() else {
            self.transport.close(socket);
            return;
        };
        let connection = swarm.connected(now, address);
        self.introduce(socket, id, connection);
        self.settle(id, now);
    }

    fn connect_failed(&mut self, socket: SocketId, now: Instant) {
        if let Some(Role::Opening { torrent: id, address }) = self.transport.close(socket)
            && let Some(torrent) = self.torrents.get_mut(&id)
            && let Some(swarm) = torrent.swarm()
        {
            swarm.connect_failed(now, address);
            self.settle(id, now);
        }
    }

    fn introduce(&mut self, socket: SocketId, torrent: TorrentId, connection: ConnectionId) {
        if let Some(role) = self.transport.role_mut(socket) {
            *role = Role::Peer { torrent, connection };
        }
        if let Some(torrent) = self.torrents.get_mut(&torrent) {
            torrent.note_socket(connection, socket);
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

    fn received(&mut self, socket: SocketId, bytes: &[u8], now: Instant) {
        match self.transport.role_mut(socket) {
            Some(Role::Peer { torrent, connection }) => {
                let (id, connection) = (*torrent, *connection);
                if let Some(torrent) = self.torrents.get_mut(&id)
                    && let Some(swarm) = torrent.swarm()
                {
                    swarm.received(now, connection, bytes);
                    self.settle(id, now);
                }
            }
            Some(Role::Stranger { reader, address }) => {
                let mut rest = bytes;
                let address = *address;
                match reader.read(&mut rest) {
                    Ok(None) => {}
                    Ok(Some(handshake)) => self.greet(socket, address, handshake, rest, now),
                    Err(error) => {
                        log::debug!("{address} is no peer: {error}");
                        self.transport.close(socket);
                    }
                }
            }
            Some(Role::Opening { .. }) | None => {}
        }
    }

    /// A stranger has said which torrent it wants.
    fn greet(
        &mut self,
        socket: SocketId,
        address: SocketAddr,
        handshake: Handshake,
        rest: &[u8],
        now: Instant,
    ) {
        let id = self.by_info_hash.get(&handshake.info_hash).copied();
        let torrent = id.and_then(|id| self.torrents.get_mut(&id));
        let Some((torrent, id)) = torrent.zip(id) else {
            log::debug!("{address} wants torrent {}, which is not here", handshake.info_hash);
            self.transport.close(socket);
            return;
        };
        let Some(swarm) = torrent.swarm() else {
            log::debug!("{address} wants torrent {id}, which is not ready");
            self.transport.close(socket);
            return;
        };
        match swarm.accepted(now, address, handshake) {
            Ok(connection) => {
                if !rest.is_empty() {
                    swarm.received(now, connection, rest);
                }
                self.introduce(socket, id, connection);
            }
            Err(refusal) => {
                log::debug!("{address} is turned away: {refusal}");
                self.transport.close(socket);
            }
        }
        self.settle(id, now);
    }

    /// The other side is gone.
    fn gone(&mut self, socket: SocketId, now: Instant) {
        if self.transport.is_connecting(socket) {
            self.connect_failed(socket, now);
            return;
        }
        if let Some(Role::Peer { torrent: id, connection }) = self.transport.close(socket)
            && let Some(torrent) = self.torrents.get_mut(&id)
        {
            torrent.forget_socket(connection);
            if let Some(swarm) = torrent.swarm() {
                swarm.closed(now, connection);
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
        self.torrents.get_mut(&id)?.swarm()?.drained(now, connection, queued);
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
        self.torrents.get_mut(&id)?.swarm()?.poll_action()
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
            Action::Finished => self.on_finished(id),
        }
    }

    fn connect(&mut self, id: TorrentId, address: SocketAddr, now: Instant) {
        let role = Role::Opening { torrent: id, address };
        let room = self.transport.open() < self.config.sockets_max;
        match room.then(|| self.transport.connect(address, role)) {
            Some(Ok(socket)) => {
                self.introductions.opening.push_back((now + CONNECT_WITHIN, socket));
            }
            refused => {
                log::debug!("cannot connect to {address}: {refused:?}");
                if let Some(swarm) = self.torrents.get_mut(&id).and_then(|torrent| torrent.swarm())
                {
                    swarm.connect_failed(now, address);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;
    use crate::engine::EngineConfig;

    #[test]
    fn strangers_that_come_and_go_are_not_remembered() {
        let listen = vec!["127.0.0.1:0".parse().expect("an address")];
        let config = EngineConfig { listen, ..EngineConfig::default() };
        let mut engine = Engine::start(config).expect("an engine starts");
        let address = engine.local_addresses()[0];
        let brief = Duration::from_millis(100);
        for _ in 0..STRANGERS_MAX {
            let stranger = TcpStream::connect(address).expect("the engine listens");
            engine.turn(brief).expect("sockets can be waited for");
            drop(stranger);
            engine.turn(brief).expect("sockets can be waited for");
        }
        assert!(engine.introductions.strangers.len() <= 2, "all of them are kept for a while");
        engine.stop();
    }
}
