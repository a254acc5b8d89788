//! Those we connect to: until the connection is up, encrypted if both sides like, and a swarm's.
//!
//! Where encryption is allowed, it is tried first, and a peer that does not understand it is called
//! again, plainly, at once. That is the order of libtorrent, Transmission and aria2, of which most
//! swarms consist, and it is the order that reaches more peers: a network that slows BitTorrent down
//! has seen enough when a connection begins plainly. The other order would save a connection to
//! those who never encrypt.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::engine::network::transport::SocketId;
use crate::engine::peers::roles::{Manner, Role, pop_overdue};
use crate::engine::{Engine, TorrentId};
use crate::swarm::ConnectionId;
use crate::wire::encryption::{Agreement, Caller, Encryption};

/// How long a connection may take to come up, through the proxy if there is one.
const CONNECT_WITHIN: Duration = Duration::from_secs(15);

/// How long a peer may take to agree on encryption: two round trips. One that speaks only plainly
/// has seen more than a handshake by then, and most of those hang up at once.
const AGREE_WITHIN: Duration = Duration::from_secs(10);

impl Engine {
    /// Calls a peer in the manner to try first.
    pub(in crate::engine) fn call_first(
        &mut self,
        id: TorrentId,
        address: SocketAddr,
        now: Instant,
    ) {
        let manner = match self.config.encryption {
            Encryption::Off => Manner::Plain,
            Encryption::Allowed | Encryption::Required => Manner::Encrypted,
        };
        self.call(id, address, manner, now);
    }

    fn call(&mut self, id: TorrentId, address: SocketAddr, manner: Manner, now: Instant) {
        if self.config.ip_filter.blocks(address.ip()) {
            log::debug!("{address} is not called: the IP filter blocks it");
            return self.fail_at_once(id, address, now);
        }
        let role = Role::Opening { torrent: id, address, manner };
        let room = self.transport.open() < self.config.sockets_max;
        let opened = if room {
            self.transport.connect(address, role)
        } else {
            Err(io::Error::other("too many sockets are open"))
        };
        match opened {
            Ok(socket) => {
                self.waiting_calls.ring(address, socket);
                self.introductions.opening.push_back((now + CONNECT_WITHIN, socket));
            }
            Err(error) => {
                log::debug!("cannot connect to {address}: {error}");
                self.fail_at_once(id, address, now);
            }
        }
    }

    /// A call came to nothing before it began. Something that happened to another torrent may have
    /// led to it, so this one is seen to in the next turn, which begins at once.
    fn fail_at_once(&mut self, id: TorrentId, address: SocketAddr, now: Instant) {
        self.tell_failed(id, address, now);
        self.deadlines.set(id, Some(now));
    }

    /// Gives up calls that nobody has answered in time.
    pub(in crate::engine) fn close_silent_calls(&mut self, now: Instant) {
        while let Some(socket) = pop_overdue(&mut self.introductions.opening, now) {
            if matches!(
                self.transport.role(socket),
                Some(Role::Opening { .. } | Role::Tunnelling { .. })
            ) {
                self.call_failed(socket, now);
            }
        }
        while let Some(socket) = pop_overdue(&mut self.introductions.calling, now) {
            if matches!(self.transport.role(socket), Some(Role::Calling { .. })) {
                self.call_failed(socket, now);
            }
        }
    }

    /// A connection is up: to the peer, or to the proxy.
    pub(in crate::engine) fn connected(&mut self, socket: SocketId, now: Instant) {
        let Some(role) = self.transport.role_mut(socket) else { return };
        let Role::Opening { torrent, address, manner } = *role else { return };
        let mut first = Vec::new();
        match self.config.outlet.tunnel(address, &mut first) {
            Some(tunnel) => {
                *role = Role::Tunnelling { torrent, address, manner, tunnel };
                if !self.say(socket, first) {
                    self.call_failed(socket, now);
                }
            }
            None => self.begin(socket, torrent, address, manner, now),
        }
    }

    /// The proxy has said something.
    pub(in crate::engine) fn on_proxy(&mut self, socket: SocketId, bytes: &[u8], now: Instant) {
        let Some(Role::Tunnelling { torrent, address, manner, tunnel }) =
            self.transport.role_mut(socket)
        else {
            return;
        };
        let (id, address, manner, mut answer) = (*torrent, *address, *manner, Vec::new());
        let heard = tunnel.receive(bytes, &mut answer);
        if !self.say(socket, answer) {
            return self.call_failed(socket, now);
        }
        match heard {
            Ok(None) => {}
            Ok(Some(rest)) => {
                self.begin(socket, id, address, manner, now);
                // Peers wait for our first words, so there is nothing here as a rule.
                if !rest.is_empty() {
                    self.received(socket, &rest, now);
                }
            }
            Err(error) => {
                log::debug!("{address}: {error}");
                self.call_failed(socket, now);
            }
        }
    }

    /// The first words on a connection that leads to the peer.
    fn begin(
        &mut self,
        socket: SocketId,
        id: TorrentId,
        address: SocketAddr,
        manner: Manner,
        now: Instant,
    ) {
        if self.config.ip_filter.blocks(address.ip()) {
            return self.call_failed(socket, now);
        }
        let Some(crowd) = self.torrents.get_mut(&id).and_then(|torrent| torrent.crowd()) else {
            self.transport.close(socket);
            return;
        };
        match manner {
            Manner::Plain => {
                let connection = crowd.connected(now, address);
                self.introduce(socket, id, connection, address);
                self.settle(id, now);
            }
            Manner::Encrypted => {
                let handshake = crowd.handshake();
                let Some(secret) = self.private_key() else {
                    return self.call_failed(socket, now);
                };
                let (policy, mut first) = (self.config.encryption, Vec::new());
                let caller = Caller::new(handshake, policy, secret, &mut self.chance, &mut first);
                if let Some(role) = self.transport.role_mut(socket) {
                    *role = Role::Calling { torrent: id, address, caller: Box::new(caller) };
                }
                self.introductions.calling.push_back((now + AGREE_WITHIN, socket));
                if !self.say(socket, first) {
                    self.call_failed(socket, now);
                }
            }
        }
    }

    /// A peer that we called has said something about encryption.
    pub(in crate::engine) fn on_call(&mut self, socket: SocketId, bytes: &[u8], now: Instant) {
        let Some(Role::Calling { torrent, address, caller }) = self.transport.role_mut(socket)
        else {
            return;
        };
        let (id, address, mut answer) = (*torrent, *address, Vec::new());
        let heard = caller.receive(bytes, &mut self.chance, &mut answer);
        if !self.say(socket, answer) {
            return self.call_failed(socket, now);
        }
        match heard {
            Ok(None) => {}
            Ok(Some(agreement)) => self.agreed(socket, id, address, agreement, now),
            Err(error) => {
                log::debug!("{address} does not agree on encryption: {error}");
                self.call_failed(socket, now);
            }
        }
    }

    fn agreed(
        &mut self,
        socket: SocketId,
        id: TorrentId,
        address: SocketAddr,
        agreement: Agreement,
        now: Instant,
    ) {
        let Some(crowd) = self.torrents.get_mut(&id).and_then(|torrent| torrent.crowd()) else {
            self.transport.close(socket);
            return;
        };
        let connection = crowd.connected_and_greeted(now, address);
        if !agreement.rest.is_empty() {
            crowd.received(now, connection, &agreement.rest);
        }
        if let Some(ciphers) = agreement.ciphers {
            self.transport.encrypt(socket, ciphers);
        }
        self.introduce(socket, id, connection, address);
        self.settle(id, now);
    }

    /// A call came to nothing. If that may be because the peer does not encrypt, it is called
    /// again.
    pub(in crate::engine) fn call_failed(&mut self, socket: SocketId, now: Instant) {
        let id = match self.transport.close(socket) {
            Some(Role::Calling { torrent, address, .. })
                if self.config.encryption == Encryption::Allowed =>
            {
                self.call(torrent, address, Manner::Plain, now);
                torrent
            }
            Some(
                Role::Opening { torrent, address, .. }
                | Role::Tunnelling { torrent, address, .. }
                | Role::Calling { torrent, address, .. },
            ) => {
                self.tell_failed(torrent, address, now);
                torrent
            }
            _ => return,
        };
        self.settle(id, now);
    }

    fn tell_failed(&mut self, id: TorrentId, address: SocketAddr, now: Instant) {
        if let Some(crowd) = self.torrents.get_mut(&id).and_then(|torrent| torrent.crowd()) {
            crowd.connect_failed(now, address);
        }
    }

    /// From now on the socket is a swarm's.
    pub(in crate::engine) fn introduce(
        &mut self,
        socket: SocketId,
        torrent: TorrentId,
        connection: ConnectionId,
        address: SocketAddr,
    ) {
        if let Some(role) = self.transport.role_mut(socket) {
            *role = Role::Peer { torrent, connection, address };
        }
        if let Some(torrent) = self.torrents.get_mut(&torrent) {
            torrent.note_socket(connection, socket);
        }
    }

    /// Sends what comes before a conversation. False if the other side is gone.
    pub(in crate::engine) fn say(&mut self, socket: SocketId, bytes: Vec<u8>) -> bool {
        if bytes.is_empty() {
            return true;
        }
        self.transport.send(socket, bytes);
        self.transport.flush(socket, usize::MAX).is_some()
    }
}
