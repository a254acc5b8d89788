//! Has the router let peers in (RFC 6886 and 6887).

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::Instant;

use crate::discovery::PortMapping;
use crate::discovery::mapping::{Event, ROUTER_PORT};
use crate::engine::network::outlet::{Bind, Outlet};
use crate::engine::network::transport::{DatagramId, Transport};
use crate::engine::peers::Role;
use crate::engine::{Engine, vicinity::gateway};

/// Datagrams taken in one turn; a router sends one or two.
const RECEIVED_PER_TURN: usize = 16;

/// A conversation with the router.
pub(in crate::engine) struct Mapping {
    wish: PortMapping,
    router: SocketAddr,
    socket: DatagramId,
}

impl Mapping {
    /// Begins to ask for the port peers are accepted at, if there is a router and peers could come
    /// by it.
    pub(in crate::engine) fn start(
        transport: &mut Transport<Role>,
        outlet: &Outlet,
        seed: u64,
        now: Instant,
    ) -> Result<Self, String> {
        if outlet.has_proxy() || *outlet.bind() != Bind::Any {
            return Err("everything goes one way, and that may not be the router's".into());
        }
        let everywhere = |address: &SocketAddr| address.ip().is_unspecified();
        let listening = transport.local_addresses().into_iter().find(everywhere);
        let port = listening.ok_or("peers are accepted at some addresses only")?.port();
        let router = gateway::find().ok_or("it is not known where the router is")?;
        let router = SocketAddr::from((router, ROUTER_PORT));
        Self::open(transport, outlet, router, (port, seed), now).map_err(|error| error.to_string())
    }

    fn open(
        transport: &mut Transport<Role>,
        outlet: &Outlet,
        router: SocketAddr,
        (port, seed): (u16, u64),
        now: Instant,
    ) -> io::Result<Self> {
        let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        // Connecting sends nothing: it only asks the system for the way.
        let compass = outlet.datagrams(any)?;
        compass.connect(router)?;
        let IpAddr::V4(ours) = compass.local_addr()?.ip() else {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        };
        let socket = transport.open_datagrams(any)?;
        Ok(Mapping { wish: PortMapping::new(ours, port, seed, now), router, socket })
    }

    pub(in crate::engine) fn next_timeout(&self) -> Instant {
        self.wish.next_timeout()
    }

    fn turn(&mut self, now: Instant, transport: &mut Transport<Role>, buffer: &mut [u8]) {
        for _ in 0..RECEIVED_PER_TURN {
            let Some((length, from)) = transport.receive(self.socket, buffer) else { break };
            if from == self.router {
                self.wish.handle_datagram(now, &buffer[..length]);
            }
        }
        self.wish.handle_timeout(now);
        self.transmit(transport);
    }

    fn transmit(&mut self, transport: &mut Transport<Role>) {
        while let Some(bytes) = self.wish.poll_transmit() {
            if let Err(error) = transport.send_datagram(self.socket, self.router, &bytes) {
                log::debug!("the router at {} cannot be asked: {error}", self.router);
            }
        }
    }

    /// Gives the port back.
    pub(in crate::engine) fn stop(&mut self, transport: &mut Transport<Role>) {
        self.wish.handle_stop();
        self.transmit(transport);
    }
}

impl Engine {
    /// Where peers outside this network reach us, as the router says.
    pub fn mapped_address(&self) -> Option<SocketAddrV4> {
        self.vicinity.mapped
    }

    /// Hears the router, and asks it when it is time.
    pub(in crate::engine) fn hear_router(&mut self, now: Instant) {
        let Some(mapping) = &mut self.vicinity.router else { return };
        mapping.turn(now, &mut self.transport, &mut self.read_buffer);
        let events: Vec<Event> = std::iter::from_fn(|| mapping.wish.poll_event()).collect();
        for event in events {
            self.on_mapping(event, now);
        }
    }

    fn on_mapping(&mut self, event: Event, now: Instant) {
        self.vicinity.mapped = match event {
            Event::Mapped(address) => {
                log::info!("the router lets peers in at {address}");
                Some(address)
            }
            Event::Failed(reason) => {
                log::info!("the router lets no peers in: {reason}");
                None
            }
        };
        let port = self.announced_port();
        let ids: Vec<_> = self.torrents.keys().copied().collect();
        for id in ids {
            if let Some(torrent) = self.torrents.get_mut(&id) {
                torrent.schedule.handle_port(now, port);
            }
            self.settle(id, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::time::Duration;

    use super::*;
    use crate::engine::disk::SpareBuffers;
    use crate::engine::world::World;

    const PATIENCE: Duration = Duration::from_secs(20);

    #[test]
    fn a_router_is_asked_and_heard_and_gets_its_port_back() {
        let router = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        router.set_read_timeout(Some(PATIENCE)).expect("a time is set");
        let outlet = Outlet::default();
        let listen = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
        let mut transport =
            Transport::bind(&listen, &outlet, &World::System, SpareBuffers::default())
                .expect("a transport");
        let address = router.local_addr().expect("it is bound");
        let now = Instant::now();
        let mut mapping = Mapping::open(&mut transport, &outlet, address, (6881, 1), now)
            .expect("a conversation");
        let mut buffer = [0; 2048];
        mapping.turn(now, &mut transport, &mut buffer);
        let mut request = [0; 128];
        let (length, from) = router.recv_from(&mut request).expect("a request by PCP");
        assert_eq!((length, &request[..2]), (60, &[2, 1][..]));
        // Somebody else's answer is not the router's.
        let mut answer = request[..60].to_vec();
        answer[1] = 0x81;
        answer[54..60].copy_from_slice(&[255, 255, 9, 8, 7, 6]);
        let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let mut wrong = answer.clone();
        wrong[42] ^= 1;
        stranger.send_to(&wrong, from).expect("it is sent");
        router.send_to(&answer, from).expect("it is sent");
        let event = loop {
            transport.wait(Some(PATIENCE)).expect("sockets can be waited for");
            mapping.turn(now, &mut transport, &mut buffer);
            if let Some(event) = mapping.wish.poll_event() {
                break event;
            }
        };
        let expected = SocketAddrV4::new(Ipv4Addr::new(9, 8, 7, 6), 6881);
        assert_eq!(event, Event::Mapped(expected));
        mapping.stop(&mut transport);
        let length = router.recv(&mut request).expect("the port is given back");
        assert_eq!((length, &request[4..8]), (60, &[0; 4][..]));
    }
}
