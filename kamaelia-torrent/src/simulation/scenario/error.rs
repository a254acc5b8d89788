//! Scenarios that cannot be played.

use crate::metainfo::MakeError;
use crate::simulation::TorrentError;

/// Why a scenario cannot be played: what is wrong with it.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScenarioError {
    /// There is nobody in it.
    #[error("there are no peers: add some with `seeds`, `leechers` or `peers`")]
    Empty,
    /// More peers than addresses.
    #[error("{count} peers are too many: at most {max} have an address")]
    TooMany {
        /// How many were asked for.
        count: u64,
        /// How many there can be.
        max: u64,
    },
    /// A group that is named, but is not there.
    #[error("an event is about the group \"{name}\", but there are only {known}")]
    NoSuchGroup {
        /// The name.
        name: String,
        /// Those there are.
        known: String,
    },
    /// Two groups cannot be told apart.
    #[error("two groups are called \"{name}\": give one another name with `named`")]
    SameName {
        /// The name.
        name: String,
    },
    /// A number that must lie between 0 and 1.
    #[error("{what} is {value}, and should be between 0 and 1")]
    NotAShare {
        /// What it is.
        what: &'static str,
        /// What it was set to.
        value: String,
    },
    /// Engines, and nobody who gives them their turns.
    #[error("the group \"{name}\" is of engines, which somebody must drive: use `open`, not `run`")]
    NobodyDrives {
        /// The name.
        name: String,
    },
    /// The torrent file cannot be written.
    #[error(transparent)]
    File(#[from] MakeError),
    /// What they share cannot be.
    #[error(transparent)]
    Torrent(#[from] TorrentError),
    /// Ticks are too short or too long.
    #[error("a tick is {millis} ms long, and should be between 1 and 1000 ms")]
    Tick {
        /// How long it was to be.
        millis: u128,
    },
}
