//! What a peer is in a swarm for.

use serde::Serialize;

/// What a peer is in a swarm for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It came with everything.
    Seed,
    /// It came to get everything.
    Leecher,
    /// It is a custom peer or a whole engine, and has purposes of its own. What it has is not known,
    /// and it never counts as finished.
    Stranger,
}
