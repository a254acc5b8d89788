//! Everything that leaves this machine and comes to it: sockets, the one way out, and how fast bytes
//! may move.

mod limits;
pub mod outlet;
mod pacing;
pub(in crate::engine) mod transport;

pub(in crate::engine) use limits::Limits;
pub use limits::RateLimits;
pub(in crate::engine) use pacing::Mover;
pub use transport::ListenError;
pub(in crate::engine) use transport::Transport;
