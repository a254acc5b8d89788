//! What can be said of a torrent at one moment.

use std::fmt;
use std::time::Duration;

/// The number by which an engine knows a torrent. Counts from 1 and is never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TorrentId(pub(super) u32);

impl TorrentId {
    /// As a plain number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl From<u32> for TorrentId {
    fn from(number: u32) -> Self {
        TorrentId(number)
    }
}

impl fmt::Display for TorrentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a torrent is doing.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Activity {
    /// Asking peers what the torrent is: only its magnet link is known.
    FindingMetadata,
    /// Reading what is on disk, to learn which pieces are there.
    Checking,
    /// Fetching pieces, and serving those it has.
    Downloading,
    /// Everything that is wanted is there, and is served.
    Seeding,
    /// Resting, because somebody said so.
    OnHold,
    /// Waiting for the disk, for this reason; it goes on by itself.
    Paused(String),
    /// It cannot go on, for this reason.
    Failed(String),
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activity::FindingMetadata => write!(f, "finding metadata"),
            Activity::Checking => write!(f, "checking existing file"),
            Activity::Downloading => write!(f, "downloading"),
            Activity::Seeding => write!(f, "seeding"),
            Activity::OnHold => write!(f, "paused"),
            Activity::Paused(reason) => write!(f, "paused: {reason}"),
            Activity::Failed(reason) => write!(f, "failed: {reason}"),
        }
    }
}

/// A torrent's numbers at one moment. Rates are bytes a second, sizes are bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// What it is doing.
    pub activity: Activity,
    /// From 0 to 1; exactly 1 only when everything is known to be there.
    pub fraction_done: f64,
    /// While checking, how far that is, from 0 to 1.
    pub checked: Option<f64>,
    /// Bytes in all pieces.
    pub total: u64,
    /// Bytes in the pieces we lack.
    pub left: u64,
    /// Connected peers that have everything.
    pub num_seeds: usize,
    /// Connected peers, seeds included.
    pub num_peers: usize,
    /// Seeds there are, as the tracker last said.
    pub tracker_seeds: Option<u32>,
    /// Others there are, as the tracker last said.
    pub tracker_peers: Option<u32>,
    /// What we send.
    pub up_rate: f64,
    /// What we receive.
    pub down_rate: f64,
    /// Sent since the torrent was added, former runs included.
    pub up_total: u64,
    /// Received since the torrent was added, former runs included.
    pub down_total: u64,
    /// How long the rest takes at this rate; `None` when complete or when nothing moves.
    pub time_left: Option<Duration>,
    /// What the trackers last complained of.
    pub tracker_trouble: Option<String>,
}

impl Status {
    /// Whether every piece that is wanted is there, also while the torrent rests or waits.
    pub fn is_complete(&self) -> bool {
        self.fraction_done == 1.0
    }

    /// The whole part of the percentage, as `id:file:percent` lines show it.
    pub fn percent(&self) -> u8 {
        (self.fraction_done * 100.0) as u8
    }
}
