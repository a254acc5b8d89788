//! What a tracker answers to an announce or a scrape, whichever way it is reached.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::metainfo::InfoHash;

/// However short an interval a tracker asks for, we announce no more often.
pub const INTERVAL_MIN: Duration = Duration::from_secs(60);

/// However long an interval a tracker asks for, we announce at least this often.
pub const INTERVAL_MAX: Duration = Duration::from_secs(2 * 60 * 60);

/// The interval of a tracker that gives none.
pub(super) const INTERVAL_DEFAULT: Duration = Duration::from_secs(30 * 60);

/// The most characters of a tracker's text that are shown.
const TEXT_LENGTH_MAX: usize = 300;

/// What a tracker answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnnounceReply {
    /// How long until the next announce: [`INTERVAL_MIN`] to [`INTERVAL_MAX`].
    pub interval: Duration,
    /// How long at least, if the tracker said so: [`INTERVAL_MIN`] to `interval`.
    pub min_interval: Option<Duration>,
    /// Seeds in the swarm, if the tracker said so.
    pub complete: Option<u32>,
    /// Others in the swarm, if the tracker said so.
    pub incomplete: Option<u32>,
    /// Peers of both families, each once, at most [`PEERS_MAX`](super::PEERS_MAX). We may be
    /// among them.
    pub peers: Vec<SocketAddr>,
    /// What the tracker wants a person to know although it served us.
    pub warning: Option<String>,
    /// What the tracker wants to be told again with the next announce.
    pub tracker_id: Option<Vec<u8>>,
    /// Our address as the tracker sees it, if it said so (BEP 24).
    pub external_ip: Option<IpAddr>,
}

/// The size of one swarm.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scraped {
    /// Seeds.
    pub complete: u32,
    /// Downloads that became complete since the tracker began to count.
    pub downloaded: u32,
    /// Others.
    pub incomplete: u32,
}

/// What a tracker knows of the torrents it was asked about; of some it may know nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ScrapeReply {
    /// Swarms by torrent.
    pub torrents: BTreeMap<InfoHash, Scraped>,
}

/// Seconds as a tracker sends them, within what we accept.
pub(super) fn clamped(seconds: i64, max: Duration) -> Duration {
    Duration::from_secs(seconds.try_into().unwrap_or(0)).clamp(INTERVAL_MIN, max)
}

/// Text of a stranger, fit for a log or a terminal: short, and without control characters.
pub(super) fn readable(text: &[u8]) -> String {
    String::from_utf8_lossy(text)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(TEXT_LENGTH_MAX)
        .collect()
}
