//! Whole engines as nodes of a simulated swarm.
//!
//! A scenario with [engines](crate::simulation::Peers::engines) in it is not run but
//! [opened](crate::simulation::Swarm::open): what comes of that is an [`OpenSwarm`], with a
//! [`World`](crate::engine::world::World) for each engine to live in. It goes on as far as those who
//! drive the engines move it: a test by hand, or the time of a graph whose clients have these engines.

mod guest;
mod open_swarm;
mod seat;

pub(in crate::simulation) use guest::Guest;
pub use open_swarm::OpenSwarm;
