//! Peers that behave otherwise than the engine would have them.
//!
//! Much can be done with the engine's own clients alone: free riders, liars, snubbers, leavers and
//! late comers. What no client of ours would ever do is for a [`CustomPeer`], which says whatever it
//! likes.

mod boaster;
mod conversation;
mod custom_peer;
mod hands;
mod stranger;
mod taker;
#[cfg(test)]
mod tests;

pub use boaster::Boaster;
pub use custom_peer::CustomPeer;
pub use hands::{Hands, Line};
// Until the world has room for them.
#[allow(unused_imports)]
pub(in crate::simulation) use stranger::{Outside, Stranger};
pub use taker::Taker;
