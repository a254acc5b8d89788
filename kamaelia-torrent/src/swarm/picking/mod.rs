//! Which piece to begin next, and with whom.
//!
//! The swarm keeps the facts: which pieces are open, how much each is wanted, how many have it. A
//! [`Picker`] is shown them as a [`Choice`] whenever a peer has room for more, and names a piece.
//! It keeps no counts of its own, so it can be replaced on a running swarm at any moment, and one
//! that somebody else wrote cannot get them wrong.
//!
//! What is begun is not the picker's business. The swarm finishes begun pieces first, withdraws
//! what comes too late, asks several peers for the last blocks, and heeds deadlines
//! ([`Swarm::set_deadline`](crate::swarm::Swarm::set_deadline)) before it asks any picker.

use std::fmt::Debug;

use crate::metainfo::PieceIndex;
use crate::swarm::Factory;

mod board;
mod choice;
mod deadlines;
mod rarest;
mod sequential;
mod shelf;
mod words;

pub(super) use board::Board;
pub use choice::Choice;
pub(super) use deadlines::Deadlines;
/// The chance a swarm hands to its policies: seeded, so that a run can be made again.
pub use fastrand::Rng;
pub use rarest::RarestFirst;
pub use sequential::Sequential;

/// Chooses pieces to begin, for one torrent.
///
/// A picker of one's own, which begins at both ends of the torrent because players of some films
/// want the index at the end first:
///
/// ```
/// use kamaelia_torrent::metainfo::PieceIndex;
/// use kamaelia_torrent::swarm::{Choice, Factory, Picker, RarestFirst, Rng, SwarmConfig};
///
/// #[derive(Debug, Default)]
/// struct BothEnds {
///     between: RarestFirst,
/// }
///
/// impl Picker for BothEnds {
///     fn pick(&mut self, choice: &Choice<'_>, rng: &mut Rng) -> Option<PieceIndex> {
///         let mut ends = choice.layout().pieces();
///         [ends.next(), ends.next_back()]
///             .into_iter()
///             .flatten()
///             .find(|piece| choice.offers(*piece))
///             .or_else(|| self.between.pick(choice, rng))
///     }
/// }
///
/// let picker = Factory::picker(BothEnds::default);
/// let config = SwarmConfig { picker, ..SwarmConfig::default() };
/// # let _ = config;
/// ```
pub trait Picker: Debug + Send {
    /// The piece to begin with the peer that `choice` is about: one that it
    /// [offers](Choice::offers). Called whenever the peer has room for requests and none of the
    /// begun pieces has something for it, so it should be quick.
    ///
    /// With `None`, or a piece that is not on offer, the peer is asked for nothing new now. The
    /// question comes again after whatever happens next; a picker that goes on saying `None` keeps
    /// the torrent from ever being finished.
    fn pick(&mut self, choice: &Choice<'_>, rng: &mut Rng) -> Option<PieceIndex>;
}

impl Factory<dyn Picker> {
    /// Each torrent gets a picker that `make` makes.
    pub fn picker<P: Picker + 'static>(make: impl Fn() -> P + Send + Sync + 'static) -> Self {
        Factory::new(move || -> Box<dyn Picker> { Box::new(make()) })
    }
}

#[cfg(test)]
mod tests;
