//! What a client does that wants much and gives well.

use fastrand::Rng;

use super::{Choker, Round, RoundRobin, TitForTat};
use crate::swarm::ConnectionId;

/// [`TitForTat`] while there is something to be had in return, [`RoundRobin`] afterwards.
#[derive(Clone, Debug, Default)]
pub struct StandardChoker {
    trading: TitForTat,
    seeding: RoundRobin,
}

impl Choker for StandardChoker {
    fn choose(&mut self, round: &Round<'_>, rng: &mut Rng) -> Vec<ConnectionId> {
        match round.seeding {
            true => self.seeding.choose(round, rng),
            false => self.trading.choose(round, rng),
        }
    }
}
