//! Who may connect with us, and how connections are shared between torrents.
//!
//! Calls wait in line while as many are being made as may be, and torrents take turns. Those to one
//! address are made one after the other. When all connections are in use, a torrent that has fewer than another gets one of the other's.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::peers::IpFilter;
use crate::engine::peers::Role;
use crate::engine::{Engine, TorrentId};

/// Of so many connections, one is kept for those who call us.
const KEPT_FOR_CALLERS: usize = 8;

/// How often a connection may go from one torrent to another: those who are let go are peers like
/// all others, and better ones may be found in the meantime.
const EXCHANGE_INTERVAL: Duration = Duration::from_millis(250);

impl Engine {
    /// Blocks these addresses from now on. Peers that have one of them are let go.
    pub fn set_ip_filter(&mut self, filter: IpFilter) {
        let now = self.now();
        let filter = Arc::new(filter);
        self.config.ip_filter = filter.clone();
        let ids: Vec<TorrentId> = self.torrents.keys().copied().collect();
        for id in ids {
            if let Some(crowd) = self.torrents.get_mut(&id).and_then(|torrent| torrent.crowd()) {
                crowd.part_from(now, &|ip| filter.blocks(ip));
                self.settle(id, now);
            }
        }
    }

    /// Calls a peer for a torrent's swarm, which hears how that went: now, or when it is its turn.
    pub(in crate::engine) fn connect(&mut self, id: TorrentId, address: SocketAddr, now: Instant) {
        self.waiting_calls.push(id, address);
        self.place_calls(now);
    }

    /// Makes as many calls as may be made.
    pub(in crate::engine) fn place_calls(&mut self, now: Instant) {
        let transport = &self.transport;
        self.waiting_calls.end_ringing(|socket| transport.role(socket).is_some());
        while !self.waiting_calls.is_empty()
            && self.may_call()
            && let Some((id, address)) = self.waiting_calls.pop()
        {
            self.call_first(id, address, now);
        }
    }

    fn may_call(&mut self) -> bool {
        self.transport.open() < self.outgoing_max() && self.half_open() < self.config.half_open_max
    }

    fn outgoing_max(&self) -> usize {
        self.config.sockets_max - self.config.sockets_max / KEPT_FOR_CALLERS
    }

    /// Calls that have not become conversations yet.
    fn half_open(&mut self) -> usize {
        let transport = &self.transport;
        let introductions = &mut self.introductions;
        introductions.opening.retain(|(_, socket)| {
            matches!(transport.role(*socket), Some(Role::Opening { .. } | Role::Tunnelling { .. }))
        });
        introductions
            .calling
            .retain(|(_, socket)| matches!(transport.role(*socket), Some(Role::Calling { .. })));
        introductions.opening.len() + introductions.calling.len()
    }

    /// If all connections are in use, gives one to a torrent that waits for it, at the cost of the
    /// torrent that has most.
    pub(in crate::engine) fn share_connections(&mut self, now: Instant) {
        if self.transport.open() < self.outgoing_max() {
            return self.place_calls(now);
        }
        if self.waiting_calls.next_exchange.is_some_and(|at| now < at) {
            return;
        }
        let count =
            |id: TorrentId| self.torrents.get(&id).map(|torrent| (torrent.peer_count(), id));
        let fewest = self.waiting_calls.torrents().filter_map(count).min();
        let Some((fewest, poor)) = fewest else { return };
        let Some((most, rich)) = self.torrents.keys().copied().filter_map(count).max() else {
            return;
        };
        // After one has gone from here to there, they are closer than before.
        if fewest + 1 < most
            && let Some(swarm) = self.torrents.get_mut(&rich).and_then(|torrent| torrent.swarm())
            && swarm.shed(now)
        {
            self.waiting_calls.next_exchange = Some(now + EXCHANGE_INTERVAL);
            // It would like to have it back at once; so the other is served first.
            if let Some(address) = self.waiting_calls.pop_of(poor) {
                self.perform(rich, now);
                self.call_first(poor, address, now);
            }
            self.settle(rich, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::ops::ControlFlow;
    use std::time::Duration;

    use fixedbitset::FixedBitSet;

    use super::*;
    use crate::engine::outlet::{Bind, Outlet};
    use crate::engine::torrent::State;
    use crate::engine::{Content, Encryption, EngineConfig, MakeOptions, NewTorrent, make};
    use crate::metainfo::{InfoHash, Magnet, Metainfo};
    use crate::swarm::Why;

    /// Far longer than any of these takes; a test that meets it has failed.
    const AGES: Duration = Duration::from_secs(60);

    const HERE: &str = "127.0.0.1:0";

    fn engine(adapt: impl FnOnce(&mut EngineConfig)) -> Engine {
        let listen = vec![HERE.parse().expect("an address")];
        let encryption = Encryption::Off;
        let mut config = EngineConfig { listen, encryption, ..EngineConfig::default() };
        adapt(&mut config);
        Engine::start(config).expect("an engine starts")
    }

    fn add(engine: &mut Engine, home: &std::path::Path, name: &str) -> TorrentId {
        let path = home.join(name);
        std::fs::write(&path, name).expect("room for a file");
        let made = make(&path, &MakeOptions::default(), |_| ControlFlow::Continue(()));
        let made = made.expect("it can be made");
        let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
        let content = Content::Download(home.join("to"));
        let known = Some(FixedBitSet::with_capacity(1));
        let new = NewTorrent { metainfo: Arc::new(metainfo), content, known };
        engine.add(new).expect("a torrent is taken on")
    }

    /// Peers that take calls and say nothing.
    fn peers(count: usize) -> (Vec<TcpListener>, Vec<SocketAddr>) {
        let bind = |_| TcpListener::bind(HERE).expect("a free port");
        let listeners: Vec<_> = (0..count).map(bind).collect();
        let address = |listener: &TcpListener| listener.local_addr().expect("it is bound");
        let addresses = listeners.iter().map(address).collect();
        (listeners, addresses)
    }

    fn tell(engine: &mut Engine, id: TorrentId, addresses: &[SocketAddr]) {
        let now = Instant::now();
        let torrent = engine.torrents.get_mut(&id).expect("it is there");
        torrent.add_candidates(now, addresses.iter().copied());
        engine.settle(id, now);
    }

    fn turn_until(engine: &mut Engine, is_done: impl Fn(&mut Engine) -> bool) {
        let deadline = Instant::now() + AGES;
        while !is_done(engine) {
            assert!(Instant::now() < deadline, "it takes too long");
            engine.turn(Duration::from_millis(10)).expect("sockets can be waited for");
        }
    }

    #[test]
    fn a_torrent_that_comes_late_gets_its_share_of_connections() {
        let home = tempfile::TempDir::new().expect("a directory");
        let mut engine = engine(|config| config.sockets_max = 8);
        let (_listeners, addresses) = peers(20);
        let first = add(&mut engine, home.path(), "first");
        tell(&mut engine, first, &addresses[..10]);
        let count = |engine: &Engine, id| engine.torrents[&id].peer_count();
        turn_until(&mut engine, |engine| count(engine, first) == 7);
        let second = add(&mut engine, home.path(), "second");
        tell(&mut engine, second, &addresses[10..]);
        turn_until(&mut engine, |engine| count(engine, second) == 3);
        assert_eq!(count(&engine, first), 4);
        engine.stop();
    }

    #[test]
    fn only_so_many_calls_are_made_at_a_time() {
        let home = tempfile::TempDir::new().expect("a directory");
        let mut engine = engine(|config| config.half_open_max = 3);
        let (_listeners, addresses) = peers(9);
        let id = add(&mut engine, home.path(), "data");
        tell(&mut engine, id, &addresses);
        assert_eq!((engine.half_open(), engine.transport.open()), (3, 3));
        turn_until(&mut engine, |engine| {
            assert!(engine.half_open() <= 3);
            engine.torrents[&id].peer_count() == 9
        });
        engine.stop();
    }

    #[test]
    fn a_peer_of_two_torrents_is_called_for_one_until_it_has_answered_or_hung_up() {
        let home = tempfile::TempDir::new().expect("a directory");
        let mut engine = engine(|_| ());
        let (listeners, addresses) = peers(1);
        let ids = ["first", "second", "third"].map(|name| add(&mut engine, home.path(), name));
        for id in ids {
            tell(&mut engine, id, &addresses);
        }
        let next_caller = |engine: &mut Engine, before: usize| {
            assert_eq!(engine.transport.open(), before + 1, "nobody else calls meanwhile");
            listeners[0].accept().expect("we are called").0
        };
        let mut first = next_caller(&mut engine, 0);
        turn_until(&mut engine, |engine| engine.torrents[&ids[0]].peer_count() == 1);
        // The first bytes of any handshake.
        std::io::Write::write_all(&mut first, b"\x13BitTorrent").expect("it listens");
        turn_until(&mut engine, |engine| engine.transport.open() == 2);
        drop(next_caller(&mut engine, 1));
        turn_until(&mut engine, |engine| engine.torrents[&ids[2]].peer_count() == 1);
        let _third = next_caller(&mut engine, 1);
        engine.stop();
    }

    #[test]
    fn a_swarm_hears_of_calls_that_a_proxy_refuses() {
        let home = tempfile::TempDir::new().expect("a directory");
        // Takes connections, and hangs up on them.
        let proxy = TcpListener::bind(HERE).expect("a free port");
        let url = format!("socks5://{}", proxy.local_addr().expect("it is bound"));
        let mut engine = engine(|config| {
            config.listen = Vec::new();
            let proxy = Some(url.parse().expect("a proxy"));
            config.outlet = Outlet::new(Bind::Any, proxy).expect("it is on this machine");
        });
        let id = add(&mut engine, home.path(), "data");
        tell(&mut engine, id, &["192.0.2.77:6881".parse().expect("an address")]);
        let calling = |engine: &mut Engine| match engine.torrents[&id].state {
            State::Running(ref swarm) => match swarm.why(Instant::now()) {
                Why::Wanting(wanting) => wanting.connecting,
                why => panic!("it lacks everything: {why:?}"),
            },
            _ => panic!("it runs"),
        };
        assert_eq!(calling(&mut engine), 1);
        proxy.set_nonblocking(true).expect("a socket of ours");
        turn_until(&mut engine, |engine| {
            drop(proxy.accept());
            engine.transport.open() == 0
        });
        assert_eq!(calling(&mut engine), 0);
        engine.stop();
    }

    #[test]
    fn a_torrent_whose_call_fails_as_its_turn_comes_goes_on_at_once() {
        let home = tempfile::TempDir::new().expect("a directory");
        let mut engine = engine(|config| {
            (config.half_open_max, config.encryption) = (1, Encryption::Required);
            let bind = Bind::Address([127, 0, 0, 1].into());
            config.outlet = Outlet::new(bind, None).expect("loopback is here");
        });
        let (listeners, addresses) = peers(1);
        let first = add(&mut engine, home.path(), "first");
        tell(&mut engine, first, &addresses);
        let second = add(&mut engine, home.path(), "second");
        // Nothing that is bound to an IPv4 address can go there.
        tell(&mut engine, second, &["[2001:db8::1]:6881".parse().expect("an address")]);
        assert!(!engine.waiting_calls.is_empty());
        engine.remove(first);
        assert_eq!(engine.deadlines.soonest(), None, "the other waits for its turn alone");
        drop(listeners);
        turn_until(&mut engine, |engine| engine.waiting_calls.is_empty());
        assert!(engine.deadlines.soonest().is_some(), "it is to be tried again");
        engine.stop();
    }

    #[test]
    fn a_hunt_lets_go_of_blocked_addresses_too_also_of_those_it_is_about_to_call() {
        let home = tempfile::TempDir::new().expect("a directory");
        let mut engine = engine(|config| config.half_open_max = 1);
        let (_listeners, addresses) = peers(3);
        let magnet = Magnet::new(InfoHash([7; 20]));
        let id = engine.add_magnet(magnet, home.path().into()).expect("a torrent is taken on");
        tell(&mut engine, id, &addresses[..1]);
        turn_until(&mut engine, |engine| engine.torrents[&id].peer_count() == 1);
        tell(&mut engine, id, &addresses[1..]);
        assert!(!engine.waiting_calls.is_empty());
        engine.set_ip_filter(IpFilter::read(b"127.0.0.0/8"));
        assert_eq!(engine.torrents[&id].peer_count(), 0);
        turn_until(&mut engine, |engine| engine.transport.open() == 0);
        assert!(engine.waiting_calls.is_empty());
        assert_eq!(engine.torrents[&id].peer_count(), 0);
        engine.stop();
    }

    #[test]
    fn nobody_at_a_blocked_address_is_called_or_heard_or_kept() {
        let home = tempfile::TempDir::new().expect("a directory");
        let mut engine = engine(|_| ());
        let (_listeners, addresses) = peers(2);
        let id = add(&mut engine, home.path(), "data");
        tell(&mut engine, id, &addresses[..1]);
        turn_until(&mut engine, |engine| engine.torrents[&id].peer_count() == 1);
        engine.set_ip_filter(IpFilter::read(b"127.0.0.0/8"));
        assert_eq!((engine.torrents[&id].peer_count(), engine.transport.open()), (0, 0));
        tell(&mut engine, id, &addresses[1..]);
        let ours = engine.local_addresses()[0];
        let _stranger = std::net::TcpStream::connect(ours).expect("the engine listens");
        engine.turn(Duration::from_millis(100)).expect("sockets can be waited for");
        assert_eq!(engine.transport.open(), 0);
        engine.stop();
    }
}
