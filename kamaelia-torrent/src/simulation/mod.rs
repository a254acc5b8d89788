//! A whole swarm in one process: the engine that ships, on a virtual clock, network and disk.
//!
//! Every client is a real [`swarm::Swarm`](crate::swarm::Swarm) with a real tracker
//! [`Schedule`](crate::tracker::Schedule); only what they would ask of the world is imagined here.
//! One seed decides everything: the same scenario with the same seed gives the same report, byte for
//! byte, on every machine.

mod address;
pub mod behaviour;
mod content;
mod disk;
mod joining;
mod mending;
mod messages;
mod network;
pub mod report;
mod scenario;
mod time;
mod torrent;
mod tracker;
mod world;

pub use disk::DiskRules;
pub use joining::OpenSwarm;
pub use network::Access;
pub use report::Report;
pub use scenario::{Arrivals, Churn, Departure, Event, Peers, ScenarioError, Swarm, Who};
pub use time::Moment;
pub use torrent::{Torrent, TorrentError};

/// Names one node of a simulated network: clients, trackers and others, in the order they were added.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Serialize)]
pub struct NodeId(pub u32);

impl NodeId {
    /// As a place in a list of all nodes.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The code of the page about all this compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/simulation.md")]
struct Page;
