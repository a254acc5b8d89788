//! What can be said of a torrent at one moment.

mod event;
mod report;
mod why;

use std::fmt;
use std::time::Duration;

use crate::swarm::{Pieces, Progress};

pub use event::{AddError, Event, StartError};

/// The number by which an engine knows a torrent. Counts from 1 and is never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TorrentId(pub(in crate::engine) u32);

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
    /// Resting, because it was seeded enough, for this reason.
    Finished(String),
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
            Activity::Finished(reason) => write!(f, "finished: {reason}"),
            Activity::Paused(reason) => write!(f, "paused: {reason}"),
            Activity::Failed(reason) => write!(f, "failed: {reason}"),
        }
    }
}

impl Activity {
    /// One word for it, for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Activity::FindingMetadata => "metadata",
            Activity::Checking => "checking",
            Activity::Downloading => "downloading",
            Activity::Seeding => "seeding",
            Activity::OnHold => "paused",
            Activity::Finished(_) => "finished",
            Activity::Paused(_) => "waiting",
            Activity::Failed(_) => "failed",
        }
    }

    /// What is wrong, if something is.
    pub fn error(&self) -> Option<&str> {
        match self {
            Activity::Paused(reason) | Activity::Failed(reason) => Some(reason),
            _ => None,
        }
    }
}

/// A torrent's numbers at one moment. Rates are bytes a second, sizes are bytes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// What it is doing.
    pub activity: Activity,
    /// Whether it is known what is there: not before the metadata is, nor before the files are
    /// checked.
    pub is_known: bool,
    /// How much of what is wanted is there, from 0 to 1; exactly 1 only when all of it is known to
    /// be.
    pub fraction_done: f64,
    /// While checking, how far that is, from 0 to 1.
    pub checked: Option<f64>,
    /// While it waits for its disk, how often it has tried again in vain.
    pub tries_in_vain: u32,
    /// Bytes in all pieces.
    pub total: u64,
    /// Bytes in the pieces we lack.
    pub left: u64,
    /// Bytes in the pieces that are wanted.
    pub wanted: u64,
    /// Bytes in the pieces that are wanted and that we lack.
    pub wanted_left: u64,
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
    /// Received for nothing: too late, unasked, or corrupt.
    pub discarded: u64,
    /// How long the rest takes at this rate; `None` when complete or when nothing moves.
    pub time_left: Option<Duration>,
    /// Whole copies that the connected peers have among them; below 1, some piece is with nobody.
    pub num_copies: f64,
    /// How many pieces are how far.
    pub pieces: Pieces,
    /// Where they are: the torrent in stretches of as many pieces each, at most
    /// [`STRETCHES_MAX`](crate::swarm::STRETCHES_MAX), and how much of each is there, from 0 to 255; those
    /// only if none of it is there, or all.
    pub stretches: Vec<u8>,
    /// Whether anyone has ever connected to us, which says that others can reach us.
    pub ever_got_incoming: bool,
    /// What the trackers last complained of.
    pub tracker_trouble: Option<String>,
}

impl Status {
    /// A torrent of so many bytes of which nothing more is known.
    pub fn new(activity: Activity, total: u64) -> Self {
        Status {
            activity,
            is_known: false,
            fraction_done: 0.0,
            checked: None,
            tries_in_vain: 0,
            total,
            left: total,
            wanted: total,
            wanted_left: total,
            num_seeds: 0,
            num_peers: 0,
            tracker_seeds: None,
            tracker_peers: None,
            up_rate: 0.0,
            down_rate: 0.0,
            up_total: 0,
            down_total: 0,
            discarded: 0,
            time_left: None,
            num_copies: 0.0,
            pieces: Pieces::default(),
            stretches: Vec::new(),
            ever_got_incoming: false,
            tracker_trouble: None,
        }
    }

    /// Takes over what its swarm knows.
    pub(in crate::engine) fn fill(&mut self, progress: &Progress) {
        self.is_known = true;
        self.fraction_done = progress.fraction_done();
        self.left = progress.bytes_left;
        self.wanted = progress.bytes_wanted;
        self.wanted_left = progress.bytes_wanted_left;
        self.num_seeds = progress.seeds;
        self.num_peers = progress.seeds + progress.leechers;
        self.up_rate = progress.upload_rate;
        self.down_rate = progress.download_rate;
        self.discarded = progress.wasted;
        self.time_left = progress.time_left().filter(|left| !left.is_zero());
        self.num_copies = progress.copies;
        self.pieces = progress.pieces;
        self.stretches.clone_from(&progress.stretches);
        self.ever_got_incoming = progress.was_called;
    }

    /// Whether every piece that is wanted is there, also while the torrent rests or waits.
    pub fn is_complete(&self) -> bool {
        self.fraction_done == 1.0
    }

    /// The whole part of the percentage, as `id:file:percent` lines show it.
    pub fn percent(&self) -> u8 {
        (self.fraction_done * 100.0) as u8
    }

    /// The same, once it is known what is there.
    pub fn known_percent(&self) -> Option<u8> {
        self.is_known.then(|| self.percent())
    }

    /// What was sent, as a multiple of what is wanted of the torrent; 0 for one without bytes.
    pub fn ratio(&self) -> f64 {
        if self.wanted == 0 { 0.0 } else { self.up_total as f64 / self.wanted as f64 }
    }
}
