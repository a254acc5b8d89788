//! Those who connect to us: heard out for a bounded time until they say which torrent they want.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::engine::network::transport::SocketId;
use crate::engine::peers::roles::{Role, pop_overdue};
use crate::wire::encryption::{Introduction, Reception};

/// How long a stranger may take to say which torrent it is about.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(30);

/// Strangers heard out at a time, and from one address: they cost a socket each, and at most
/// 64 KiB of what those who encrypt may say ahead.
const STRANGERS_MAX: usize = 64;
const STRANGERS_PER_ADDRESS_MAX: usize = 16;

impl Engine {
    /// Takes everybody who has connected to us.
    pub(in crate::engine) fn accept_all(&mut self, now: Instant) {
        loop {
            match self.transport.accept() {
                Ok(Some((stream, address))) => {
                    if !self.config.ip_filter.blocks(address.ip())
                        && self.has_room_for(address.ip())
                        && let Some(secret) = self.private_key()
                    {
                        let reception = Box::new(Reception::new(self.config.encryption, secret));
                        let role = Role::Stranger { reception, address };
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

    /// Closes those who have not said in time what they want.
    pub(in crate::engine) fn close_silent_strangers(&mut self, now: Instant) {
        while let Some(socket) = pop_overdue(&mut self.introductions.strangers, now) {
            if let Some(Role::Stranger { address, .. }) = self.transport.role(socket) {
                log::debug!("{address} did not say which torrent it wants");
                self.transport.close(socket);
            }
        }
    }

    /// A stranger has said something.
    pub(in crate::engine) fn on_stranger(&mut self, socket: SocketId, bytes: &[u8], now: Instant) {
        let Some(Role::Stranger { reception, address }) = self.transport.role_mut(socket) else {
            return;
        };
        let (address, mut answer) = (*address, Vec::new());
        let find = |name: &[u8; 20]| self.directory.revealed(name);
        match reception.receive(bytes, &find, &mut self.chance, &mut answer) {
            Ok(introduction) => {
                if !self.say(socket, answer) {
                    self.transport.close(socket);
                } else if let Some(introduction) = introduction {
                    self.greet(socket, address, introduction, now);
                }
            }
            Err(error) => {
                log::debug!("{address} is no peer of ours: {error}");
                self.transport.close(socket);
            }
        }
    }

    /// A stranger has said which torrent it wants.
    fn greet(
        &mut self,
        socket: SocketId,
        address: SocketAddr,
        introduction: Introduction,
        now: Instant,
    ) {
        let Introduction { handshake, ciphers, rest } = introduction;
        let id = self.directory.get(&handshake.info_hash).copied();
        let torrent = id.and_then(|id| self.torrents.get_mut(&id));
        let Some((torrent, id)) = torrent.zip(id) else {
            log::debug!("{address} wants torrent {}, which is not here", handshake.info_hash);
            self.transport.close(socket);
            return;
        };
        let Some(crowd) = torrent.crowd() else {
            log::debug!("{address} wants torrent {id}, which is not ready");
            self.transport.close(socket);
            return;
        };
        match crowd.accepted(now, address, handshake) {
            Ok(connection) => {
                if !rest.is_empty() {
                    crowd.received(now, connection, &rest);
                }
                if let Some(ciphers) = ciphers {
                    self.transport.encrypt(socket, ciphers);
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
