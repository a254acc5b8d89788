//! Peers on this network, without a tracker (BEP 14).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use crate::discovery::local::{GROUPS, LocalDiscovery, Neighbour};
use crate::engine::Engine;
use crate::engine::network::transport::{DatagramId, Transport};
use crate::engine::peers::Role;
use crate::engine::torrent::{State, Torrent};
use crate::metainfo::InfoHash;

/// Datagrams taken in one turn, so that a flood of them does not keep the loop from its peers.
const RECEIVED_PER_TURN: usize = 64;

/// The groups that could be joined, and what is said and heard there. With none, nothing is.
pub(in crate::engine) struct Neighbours {
    local: LocalDiscovery,
    sockets: Vec<(DatagramId, SocketAddr)>,
}

impl Neighbours {
    /// Joins the groups on the interfaces of the addresses peers are accepted at.
    pub(in crate::engine) fn join(
        transport: &mut Transport<Role>,
        seed: u64,
        now: Instant,
    ) -> Self {
        let listening = transport.local_addresses();
        let mut sockets = Vec::new();
        for group in GROUPS {
            for on in interfaces(&listening, group) {
                match transport.join(group, on) {
                    Ok(socket) => sockets.push((socket, group)),
                    Err(error) => log::info!("no neighbours are heard at {group} on {on}: {error}"),
                }
            }
        }
        let port = listening.first().map_or(0, SocketAddr::port);
        Neighbours { local: LocalDiscovery::new(port, seed, now), sockets }
    }

    fn handle_news(&mut self, now: Instant) {
        if !self.sockets.is_empty() {
            self.local.handle_news(now);
        }
    }

    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        self.local.next_timeout()
    }

    fn hear(
        &mut self,
        now: Instant,
        transport: &mut Transport<Role>,
        buffer: &mut [u8],
    ) -> Vec<Neighbour> {
        let mut heard = Vec::new();
        for (socket, _) in &self.sockets {
            for _ in 0..RECEIVED_PER_TURN {
                let Some((length, from)) = transport.receive(*socket, buffer) else { break };
                heard.extend(self.local.handle_datagram(now, from, &buffer[..length]));
            }
        }
        heard
    }

    fn tell(&self, transport: &Transport<Role>, torrents: &[InfoHash]) {
        for (socket, group) in &self.sockets {
            let message = self.local.message(*group, torrents);
            if let Err(error) = transport.send_datagram(*socket, *group, &message) {
                log::debug!("neighbours at {group} are not told: {error}");
            }
        }
    }
}

impl Engine {
    /// There is a torrent that neighbours may be told of.
    pub(in crate::engine) fn tell_neighbours_soon(&mut self, now: Instant) {
        if let Some(neighbours) = &mut self.vicinity.neighbours {
            neighbours.handle_news(now);
        }
    }

    /// Hears who has our torrents, and says who we are when it is time.
    pub(in crate::engine) fn hear_neighbours(&mut self, now: Instant) {
        let Some(neighbours) = &mut self.vicinity.neighbours else { return };
        let heard = neighbours.hear(now, &mut self.transport, &mut self.read_buffer);
        let told = match neighbours.next_timeout() {
            Some(due) if due <= now => {
                let torrents = self.torrents.values().filter(|torrent| torrent.is_for_neighbours());
                let hashes = torrents.map(|torrent| torrent.metainfo.info_hash());
                neighbours.local.poll_announce(now, hashes)
            }
            _ => Vec::new(),
        };
        if !told.is_empty() {
            neighbours.tell(&self.transport, &told);
        }
        for neighbour in heard {
            let Some(id) = self.directory.get(&neighbour.torrent).copied() else { continue };
            if let Some(torrent) = self.torrents.get_mut(&id)
                && torrent.is_for_neighbours()
            {
                torrent.overhear(now, neighbour.address);
                self.settle(id, now);
            }
        }
    }
}

impl Torrent {
    /// Whether peers may be looked for nearby: not of a private one, whose peers come from its
    /// trackers alone (BEP 27).
    fn is_for_neighbours(&self) -> bool {
        let looks = matches!(self.state, State::Running(_) | State::Hunting(_));
        looks && !self.is_held && !self.metainfo.is_private()
    }
}

/// The addresses that stand for the interfaces on which a group is joined.
fn interfaces(listening: &[SocketAddr], group: SocketAddr) -> Vec<IpAddr> {
    let any_v4 = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let any_v6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let mut interfaces: Vec<IpAddr> = listening
        .iter()
        // What listens everywhere does so by IPv4, too.
        .flat_map(|address| match address.ip() {
            ip if ip == any_v6 => vec![any_v4, any_v6],
            ip => vec![ip],
        })
        .filter(|ip| ip.is_ipv4() == group.is_ipv4())
        .collect();
    interfaces.sort_unstable();
    interfaces.dedup();
    interfaces
}
