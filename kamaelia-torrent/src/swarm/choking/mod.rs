//! Who gets to download from us.
//!
//! Every ten seconds the swarm asks its [`Choker`] whom to serve until the next round, and shows it
//! everyone who would like to be as a [`Round`]. Between rounds it gives slots that have become free
//! to those who wait, by chance, so that nobody waits for nothing.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::swarm::{ConnectionId, Factory};

mod round_robin;
mod standard;
mod tit_for_tat;

pub use round_robin::RoundRobin;
pub use standard::StandardChoker;
pub use tit_for_tat::TitForTat;

/// How often the slots are given out anew (BEP 3: ten seconds, so that nothing flutters).
const RECHOKE: Duration = Duration::from_secs(10);

/// Gives out upload slots, for one torrent.
///
/// A choker of one's own, which serves those who have had the least:
///
/// ```
/// use kamaelia_torrent::swarm::{Choker, ConnectionId, Factory, Rng, Round, SwarmConfig};
///
/// #[derive(Debug)]
/// struct PoorestFirst;
///
/// impl Choker for PoorestFirst {
///     fn choose(&mut self, round: &Round<'_>, _rng: &mut Rng) -> Vec<ConnectionId> {
///         let mut contenders = round.contenders.to_vec();
///         contenders.sort_by_key(|contender| contender.uploaded);
///         contenders.iter().take(round.slots).map(|contender| contender.connection).collect()
///     }
/// }
///
/// let choker = Factory::choker(|| PoorestFirst);
/// let config = SwarmConfig { choker, ..SwarmConfig::default() };
/// # let _ = config;
/// ```
pub trait Choker: Debug + Send {
    /// Whom to serve until the next round; all others are choked. [`Round::slots`] is what the
    /// configuration asks for, and what the swarm fills between rounds; a choker may serve more.
    fn choose(&mut self, round: &Round<'_>, rng: &mut Rng) -> Vec<ConnectionId>;
}

impl Factory<dyn Choker> {
    /// Each torrent gets a choker that `make` makes.
    pub fn choker<C: Choker + 'static>(make: impl Fn() -> C + Send + Sync + 'static) -> Self {
        Factory::new(move || -> Box<dyn Choker> { Box::new(make()) })
    }
}

/// One giving out of slots.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// The moment of this round.
    pub now: Instant,
    /// How many peers to serve at a time.
    pub slots: usize,
    /// Whether we have all we want, so that nobody can give us anything in return.
    pub seeding: bool,
    /// Everyone who would like to be served.
    pub contenders: &'a [Contender],
}

/// Someone who would like to be served.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Contender {
    /// Which connection.
    pub connection: ConnectionId,
    /// What it has sent us lately, in bytes a second.
    pub download_rate: u64,
    /// What it has taken lately, in bytes a second.
    pub upload_rate: u64,
    /// Bytes it has sent us since it connected.
    pub downloaded: u64,
    /// Bytes it has got since it connected.
    pub uploaded: u64,
    /// It owes us blocks and has sent none for long.
    pub snubbed: bool,
    /// It has been served since then, if it is now.
    pub served_since: Option<Instant>,
    /// When it was last served, if it is not now.
    pub served_until: Option<Instant>,
}

impl Contender {
    /// Whether it has a slot now.
    pub fn is_served(&self) -> bool {
        self.served_since.is_some()
    }
}

/// A swarm's choker, and when it is next asked.
pub(super) struct Slots {
    choker: Box<dyn Choker>,
    count: usize,
    due: Instant,
}

impl Slots {
    pub(super) fn new(choker: Box<dyn Choker>, count: usize, now: Instant) -> Self {
        Slots { choker, count, due: now + RECHOKE }
    }

    /// Another choker decides from now on.
    pub(super) fn set_choker(&mut self, choker: Box<dyn Choker>) {
        self.choker = choker;
    }

    /// When slots are next given out anew.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Slots that stay free when so many are served.
    pub(super) fn free(&self, served: usize) -> usize {
        self.count.saturating_sub(served)
    }

    /// Whether there are none, so that nobody is ever served.
    pub(super) fn are_none(&self) -> bool {
        self.count == 0
    }

    /// Gives out all slots anew: those returned are served, all others are not. So many of those who
    /// are served make no use of it, and others are served beside them.
    pub(super) fn give_out(
        &mut self,
        now: Instant,
        seeding: bool,
        unused: usize,
        contenders: &[Contender],
        rng: &mut Rng,
    ) -> Vec<ConnectionId> {
        self.due = now + RECHOKE;
        let round = Round { now, slots: self.count + unused, seeding, contenders };
        self.choker.choose(&round, rng)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(super) use super::RECHOKE;

    /// Someone who has neither given nor taken.
    pub(super) fn contender(connection: ConnectionId, served_since: Option<Instant>) -> Contender {
        Contender {
            connection,
            download_rate: 0,
            upload_rate: 0,
            downloaded: 0,
            uploaded: 0,
            snubbed: false,
            served_since,
            served_until: None,
        }
    }
}
