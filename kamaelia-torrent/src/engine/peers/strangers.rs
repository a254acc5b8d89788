//! Those who connect to us: heard out for a bounded time until they say which torrent they want.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::engine::network::transport::{SocketId, Stream, Transport};
use crate::engine::peers::roles::{Role, pop_overdue};
use crate::engine::torrent::Torrent;
use crate::engine::{Engine, TorrentId};
use crate::household::household;
use crate::wire::encryption::{Introduction, NegotiationError, Reception, ReceptionError};

/// How long a stranger may take to say which torrent it is about.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(30);

/// Strangers heard out at a time, and from one address: they cost a socket each, and at most
/// 64 KiB of what those who encrypt may say ahead.
const STRANGERS_MAX: usize = 64;
const STRANGERS_PER_ADDRESS_MAX: usize = 16;

/// Callers taken from the system in one turn: those who are here already have their share. Few enough that
/// each is heard at least once before it has to give way to those who come after it.
const ACCEPTS_PER_TURN: usize = 16;

/// Why a stranger is not even heard out.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum NoRoom {
    #[error("{STRANGERS_PER_ADDRESS_MAX} from its address are being heard out")]
    SameAddress,
    #[error("as many sockets as allowed are open")]
    Sockets,
}

/// Why a stranger gives way to the next.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum Crowded {
    #[error("{STRANGERS_MAX} have not said which torrent they want")]
    Strangers,
    #[error("as many sockets as allowed are open, and it has not said which torrent it wants")]
    Sockets,
}

/// Where a stranger is, if it still is one.
fn stranger_at(transport: &Transport<Role>, socket: SocketId) -> Option<SocketAddr> {
    match transport.role(socket) {
        Some(Role::Stranger { address, .. }) => Some(*address),
        _ => None,
    }
}

impl Engine {
    /// Takes those who have connected to us, if there are many some of them.
    pub(in crate::engine) fn accept_some(&mut self, now: Instant) {
        self.introductions.may_be_more = false;
        for _ in 0..ACCEPTS_PER_TURN {
            match self.transport.accept() {
                Ok(Some((stream, address))) => self.knocked(stream, address, now),
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
        self.introductions.may_be_more = true;
    }

    /// Somebody has connected to us, and is heard out if there is room.
    fn knocked(&mut self, stream: Stream, address: SocketAddr, now: Instant) {
        if self.config.ip_filter.blocks(address.ip()) {
            return log::debug!("{address} is turned away: the IP filter blocks it");
        }
        if let Err(reason) = self.room_for(address.ip(), now) {
            drop(stream);
            let told = format_args!("{address} is turned away: {reason}");
            return self.complaints.tell(now, told);
        }
        let Some(secret) = self.private_key() else { return };
        let reception = Box::new(Reception::new(self.config.encryption, secret));
        if let Ok(socket) = self.transport.adopt(stream, Role::Stranger { reception, address }) {
            self.introductions.strangers.push_back((now + HANDSHAKE_WITHIN, socket));
        }
    }

    /// Whether one more stranger from this address can be heard out, or why not. Where all places are
    /// taken, somebody gives way.
    fn room_for(&mut self, address: IpAddr, now: Instant) -> Result<(), NoRoom> {
        let transport = &self.transport;
        // Those who have introduced themselves or left are strangers no more.
        let strangers = &mut self.introductions.strangers;
        strangers.retain(|(_, socket)| stranger_at(transport, *socket).is_some());
        let at = |(_, socket): &(_, SocketId)| Some((*socket, stranger_at(transport, *socket)?));
        let there: Vec<_> = strangers.iter().filter_map(at).collect();
        let same = there.iter().filter(|(_, at)| at.ip() == address).count();
        if same >= STRANGERS_PER_ADDRESS_MAX {
            return Err(NoRoom::SameAddress);
        }
        if there.len() >= STRANGERS_MAX {
            self.dismiss_one(&there, Crowded::Strangers, now);
        } else if self.transport.open() >= self.config.sockets_max
            && !self.dismiss_one(&there, Crowded::Sockets, now)
        {
            self.part_from_an_idle_peer(now);
        }
        match self.transport.open() < self.config.sockets_max {
            true => Ok(()),
            false => Err(NoRoom::Sockets),
        }
    }

    /// Lets go of one of these strangers; false if there is none.
    fn dismiss_one(
        &mut self,
        strangers: &[(SocketId, SocketAddr)],
        why: Crowded,
        now: Instant,
    ) -> bool {
        let found = who_gives_way(strangers);
        if let Some((socket, address)) = found {
            self.transport.close(socket);
            self.complaints.tell(now, format_args!("{address} gives way, since {why}"));
        }
        found.is_some()
    }

    /// Lets go of one of the peers who only take up a place, if there is one.
    fn part_from_an_idle_peer(&mut self, now: Instant) {
        let ids: Vec<TorrentId> = self.torrents.keys().copied().collect();
        let mut parted = ids.into_iter().filter(|id| {
            let swarm = self.torrents.get_mut(id).and_then(Torrent::swarm);
            swarm.is_some_and(|swarm| swarm.part_from_idlest(now))
        });
        if let Some(id) = parted.next() {
            self.settle(id, now);
        }
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
                self.transport.close(socket);
                let told = format_args!("{address} is no peer of ours: {error}");
                match error {
                    // Somebody has let go of a torrent, and others have not heard of it.
                    ReceptionError::Negotiation(NegotiationError::NoSuchTorrent) => {
                        log::debug!("{told}");
                    }
                    _ => self.complaints.tell(now, told),
                }
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
                self.introduce(socket, id, connection, address);
            }
            Err(refusal) => {
                log::debug!("{address} is turned away: {refusal}");
                self.transport.close(socket);
            }
        }
        self.settle(id, now);
    }
}

/// Of strangers in the order in which they came: of those from the household that most are from, the one
/// who has had longest to say what it wants. A greeting takes a moment, so it is hardly ever somebody who
/// would have.
fn who_gives_way<Id: Copy>(strangers: &[(Id, SocketAddr)]) -> Option<(Id, SocketAddr)> {
    let mut counts = BTreeMap::<IpAddr, usize>::new();
    for (_, at) in strangers {
        *counts.entry(household(at.ip())).or_default() += 1;
    }
    let most = counts.values().copied().max();
    strangers.iter().copied().find(|(_, at)| counts.get(&household(at.ip())).copied() == most)
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Read};
    use std::net::TcpStream;

    #[cfg(target_os = "linux")]
    use socket2::{Domain, Socket, Type};

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

    #[test]
    fn a_crowd_is_let_in_by_turns_and_nobody_needs_to_come_for_the_rest() {
        let listen = vec!["127.0.0.1:0".parse().expect("an address")];
        let mut engine = Engine::start(EngineConfig { listen, ..EngineConfig::default() })
            .expect("an engine starts");
        let address = engine.local_addresses()[0];
        let crowd: Vec<_> = (0..2 * ACCEPTS_PER_TURN)
            .map(|_| {
                let caller = TcpStream::connect(address).expect("the engine listens");
                caller.set_nonblocking(true).expect("a socket need not block");
                caller
            })
            .collect();
        // Those who are not heard out are closed.
        let closed = || {
            let waits = |mut caller: &TcpStream| matches!(caller.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock);
            crowd.iter().filter(|caller| !waits(caller)).count()
        };
        for turns in 1..=2 {
            engine.turn(Duration::from_secs(3_600)).expect("sockets can be waited for");
            let expected = turns * ACCEPTS_PER_TURN - STRANGERS_PER_ADDRESS_MAX;
            let began = Instant::now();
            while closed() < expected && began.elapsed() < Duration::from_secs(30) {
                std::thread::yield_now();
            }
            assert_eq!(closed(), expected, "after {turns} turns");
        }
        engine.stop();
    }

    #[test]
    fn somebody_with_all_addresses_of_a_network_gives_way_to_others_all_the_same() {
        let at = |text: &str| SocketAddr::new(text.parse().expect("an address"), 4000);
        let strangers = [
            (1, at("2001:db8:1:1::1")),
            (2, at("192.0.2.1")),
            (3, at("2001:db8:9:9::1")),
            (4, at("2001:db8:9:9::2")),
            (5, at("2001:db8:9:9:3::3")),
        ];
        assert_eq!(who_gives_way(&strangers).map(|(number, _)| number), Some(3));
        assert_eq!(who_gives_way::<u8>(&[]), None);
    }

    // Elsewhere a machine has one address of its own.
    #[cfg(target_os = "linux")]
    #[test]
    fn where_all_are_strangers_one_of_those_who_are_most_gives_way() {
        let listen = vec!["127.0.0.1:0".parse().expect("an address")];
        let mut engine = Engine::start(EngineConfig { listen, ..EngineConfig::default() })
            .expect("an engine starts");
        let address = engine.local_addresses()[0];
        let strangers_at = |engine: &Engine, last: u8| {
            let strangers = engine.introductions.strangers.iter();
            let at = strangers.filter_map(|(_, socket)| stranger_at(&engine.transport, *socket));
            at.filter(|address| address.ip() == IpAddr::from([127, 0, 0, last])).count()
        };
        let connect_from = |last: u8| {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
            let from = SocketAddr::from(([127, 0, 0, last], 0));
            socket.bind(&from.into()).expect("all of these are ours");
            socket.connect(&address.into()).expect("the engine listens");
            socket
        };
        let mut silent = Vec::new();
        for _ in 0..STRANGERS_PER_ADDRESS_MAX {
            silent.extend((2..6).map(connect_from));
            engine.turn(Duration::ZERO).expect("sockets can be waited for");
        }
        let newcomer = connect_from(9);
        let now = Instant::now();
        while strangers_at(&engine, 9) != 1 {
            assert!(now.elapsed() < Duration::from_secs(30), "it is not heard");
            engine.turn(Duration::from_millis(100)).expect("sockets can be waited for");
        }
        let there = [2, 3, 4, 5].map(|last| strangers_at(&engine, last));
        assert_eq!(there.iter().sum::<usize>(), STRANGERS_MAX - 1, "{there:?}");
        drop((silent, newcomer));
        engine.stop();
    }
}
