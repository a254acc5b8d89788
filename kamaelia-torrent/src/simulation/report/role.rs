//! What peers are to a swarm.

use serde::Serialize;

/// What a peer is to its swarm.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It came with everything.
    Seed,
    /// It came to get what it lacks.
    Leecher,
    /// It is no client of ours ([`CustomPeer`](crate::simulation::behaviour::CustomPeer)): nobody
    /// knows what it has, and nobody waits for it.
    Stranger,
}

impl Role {
    /// How a log says what it came with.
    pub(super) fn word(self) -> &'static str {
        match self {
            Role::Seed => "everything",
            Role::Leecher => "nothing",
            Role::Stranger => "strangely",
        }
    }

    /// The other way round.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        [Role::Seed, Role::Leecher, Role::Stranger].into_iter().find(|role| role.word() == word)
    }
}
