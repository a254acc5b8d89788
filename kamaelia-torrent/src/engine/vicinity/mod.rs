//! What is around this machine: neighbours who are peers, and the router that lets peers in.

mod gateway;
mod mapping;
mod neighbours;

use std::net::{SocketAddr, SocketAddrV4};
use std::time::Instant;

use crate::engine::network::transport::Transport;
use crate::engine::peers::Role;
use crate::engine::vicinity::mapping::Mapping;
use crate::engine::vicinity::neighbours::Neighbours;
use crate::engine::world::World;
use crate::engine::{Engine, EngineConfig};

/// As much of it as was asked for.
pub(in crate::engine) struct Vicinity {
    pub(in crate::engine) neighbours: Option<Neighbours>,
    pub(in crate::engine) router: Option<Mapping>,
    /// Where the router lets peers in.
    pub(in crate::engine) mapped: Option<SocketAddrV4>,
}

impl Vicinity {
    /// Joins groups and asks the router, as the configuration says. What cannot be had is left out,
    /// and the log says why.
    pub(in crate::engine) fn start(
        config: &EngineConfig,
        transport: &mut Transport<Role>,
        chance: &mut fastrand::Rng,
    ) -> Self {
        if let World::Imagined(_) = config.world {
            if config.local_discovery || config.map_port {
                log::warn!("there are neither neighbours nor a router in an imagined world");
            }
            return Vicinity { neighbours: None, router: None, mapped: None };
        }
        let now = config.world.now();
        let neighbours =
            config.local_discovery.then(|| Neighbours::join(transport, chance.u64(..), now));
        let router = config.map_port.then(|| {
            let started = Mapping::start(transport, &config.outlet, chance.u64(..), now);
            started.inspect_err(|reason| {
                log::warn!("the router is not asked to let peers in: {reason}");
            })
        });
        Vicinity { neighbours, router: router.and_then(Result::ok), mapped: None }
    }

    pub(in crate::engine) fn next_timeout(&self) -> Option<Instant> {
        let neighbours = self.neighbours.as_ref().and_then(Neighbours::next_timeout);
        neighbours.into_iter().chain(self.router.as_ref().map(Mapping::next_timeout)).min()
    }

    /// Gives back what the router gave.
    pub(in crate::engine) fn stop(&mut self, transport: &mut Transport<Role>) {
        if let Some(router) = &mut self.router {
            router.stop(transport);
        }
    }
}

impl Engine {
    pub(in crate::engine) fn hear_vicinity(&mut self, now: Instant) {
        self.hear_neighbours(now);
        self.hear_router(now);
    }

    /// The port by which peers come, if any can.
    pub(in crate::engine) fn reachable_port(&self) -> Option<u16> {
        let listening = || self.local_addresses().first().map(SocketAddr::port);
        self.vicinity.mapped.map(|address| address.port()).or_else(listening)
    }
}
