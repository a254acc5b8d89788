//! What an engine is told before it starts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::outlet::{Bind, Outlet};
use super::world::World;
use super::{IpFilter, RateLimits, StartError, Until, WantedFiles};
use crate::swarm::SwarmConfig;
pub use crate::wire::encryption::{Encryption, NoSuchEncryption};

/// What an engine may use, and whom it shall talk to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EngineConfig {
    /// Where the engine lives.
    pub world: World,
    /// Where peers can reach us. With no address given, any free port, over IPv6 and IPv4 where
    /// the machine has both; behind a proxy, nowhere. An address that is given and cannot be had is
    /// an error.
    pub listen: Vec<SocketAddr>,
    /// Peers to try for every torrent, besides those that trackers name.
    pub peers: Vec<SocketAddr>,
    /// Whether peers are looked for on this network too (BEP 14), which tells everyone there what is
    /// shared. Off unless asked for.
    pub local_discovery: bool,
    /// Whether the router is asked to let peers in, by PCP or NAT-PMP. Off unless asked for; without
    /// effect unless peers are listened for on every address and nothing is bound or goes through a
    /// proxy.
    pub map_port: bool,
    /// Whether conversations with peers are encrypted.
    pub encryption: Encryption,
    /// How everything leaves this machine.
    pub outlet: Outlet,
    /// Which files of new downloads are wanted, where nobody has chosen.
    pub wanted_files: WantedFiles,
    /// When complete torrents have been seeded enough; then they rest.
    pub until: Until,
    /// How fast all torrents together may be.
    pub limits: RateLimits,
    /// The directory in which torrents are kept from one run to the next, made when needed; with
    /// `None` nothing is kept. One program at a time can use it.
    pub state: Option<PathBuf>,
    /// Addresses that no peer may have.
    pub ip_filter: Arc<IpFilter>,
    /// Sockets open at a time, over all torrents. An eighth of them is kept for those who connect
    /// to us; of the others every torrent gets as many as the rest, if it likes.
    pub sockets_max: usize,
    /// Connections being opened at a time, over all torrents, each in its turn.
    pub half_open_max: usize,
    /// Threads that read, write and hash. In an imagined world there are none.
    pub disk_threads: usize,
    /// Threads that wait for trackers. In an imagined world there are none.
    pub announce_threads: usize,
    /// How long a torrent whose disk fails waits before it tries again.
    pub retry_after: Duration,
    /// How long a stop may take: trackers that have not heard our goodbye by then will not.
    pub stop_within: Duration,
    /// What each torrent may use. The peer id is made by the engine.
    pub swarm: SwarmConfig,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            world: World::default(),
            listen: Vec::new(),
            peers: Vec::new(),
            local_discovery: false,
            map_port: false,
            state: None,
            encryption: Encryption::default(),
            outlet: Outlet::default(),
            wanted_files: WantedFiles::default(),
            until: Until::default(),
            limits: RateLimits::default(),
            ip_filter: Arc::default(),
            // Many systems give a process 1024 descriptors; the files need some too.
            sockets_max: 400,
            // More at a time fills the tables of some home routers.
            half_open_max: 50,
            disk_threads: crate::engine::disk::DISK_THREADS,
            announce_threads: 4,
            retry_after: crate::storage::RETRY_AFTER,
            stop_within: Duration::from_secs(3),
            swarm: SwarmConfig::default(),
        }
    }
}

impl EngineConfig {
    /// Refuses what is not to be had in the world the engine shall live in, if doing without it were
    /// something else than was asked for.
    pub(super) fn check_world(&self) -> Result<(), StartError> {
        let is_imagined = matches!(self.world, World::Imagined(_));
        match is_imagined && (self.outlet.has_proxy() || *self.outlet.bind() != Bind::Any) {
            true => Err(StartError::NoWayOut),
            false => Ok(()),
        }
    }

    /// The addresses to try, the best first; the first set that works is taken.
    pub(super) fn listen_choices(&self) -> Vec<Vec<SocketAddr>> {
        if !self.listen.is_empty() {
            return vec![self.listen.clone()];
        }
        if self.outlet.has_proxy() {
            return vec![Vec::new()];
        }
        self.outlet.bind().anywhere().into_iter().map(|address| vec![address]).collect()
    }
}
