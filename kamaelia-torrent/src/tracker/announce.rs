//! What a tracker is told, whichever way it is reached.

use std::net::Ipv6Addr;

use crate::metainfo::{InfoHash, PeerId};

/// What happened, when an announce is more than a sign of life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// The first announce to this tracker.
    Started,
    /// The download has just become complete; never said of one that was so from the start.
    Completed,
    /// The last announce.
    Stopped,
}

/// What a tracker is told about us and asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Announce {
    /// Which torrent.
    pub info_hash: InfoHash,
    /// Our name in this run.
    pub peer_id: PeerId,
    /// The port on which we accept peers.
    pub port: u16,
    /// Bytes sent to peers since `started`.
    pub uploaded: u64,
    /// Bytes received from peers since `started`.
    pub downloaded: u64,
    /// Bytes still missing; 0 makes us a seed.
    pub left: u64,
    /// What happened, if anything.
    pub event: Option<Event>,
    /// How many peers we would like to hear of.
    pub peers_wanted: u32,
    /// A number that shows we are who we were, when our address has changed.
    pub key: u32,
    /// Our IPv6 address, for a tracker that sees us by IPv4 (BEP 7).
    pub ipv6: Option<Ipv6Addr>,
    /// What the tracker asked us to repeat.
    pub tracker_id: Option<Vec<u8>>,
}
