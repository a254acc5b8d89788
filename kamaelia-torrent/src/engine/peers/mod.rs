//! Connections with peers, from the call or the knock to the conversation a swarm holds: who is called
//! and when, who is let in, and whose every socket is.

mod calls;
mod complaints;
mod conversations;
mod directory;
mod fairness;
mod ip_filter;
mod peer_id;
mod roles;
mod strangers;
mod waiting_calls;

pub(in crate::engine) use complaints::Complaints;
pub(in crate::engine) use directory::Directory;
pub use ip_filter::{Ignored, IpFilter};
pub(in crate::engine) use peer_id::new_peer_id;
pub(in crate::engine) use roles::{Introductions, Role};
pub(in crate::engine) use waiting_calls::WaitingCalls;
