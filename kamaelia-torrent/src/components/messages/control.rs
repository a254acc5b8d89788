//! What can be asked of torrents that were taken on, and the answers. The original has none of these
//! but [`CloseTorrent`](super::CloseTorrent).

use std::fmt;

use super::Token;
use crate::engine::{Status, TorrentId};

/// Let a torrent's peers go and tell its trackers so, until [`ResumeTorrent`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PauseTorrent {
    /// Comes back with the answer.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
}

impl fmt::Display for PauseTorrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pause torrent {}", self.torrentid)
    }
}

/// Go on with a torrent that was paused, and try again at once what has failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResumeTorrent {
    /// Comes back with the answer.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
}

impl fmt::Display for ResumeTorrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Resume torrent {}", self.torrentid)
    }
}

/// Tell how every torrent of the asker's stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListTorrents {
    /// Comes back with the answer.
    pub token: Token,
}

impl fmt::Display for ListTorrents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("List torrents")
    }
}

/// Say why a torrent does not move, or why one of its pieces does not come.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ExplainTorrent {
    /// Comes back with the answer.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
    /// Which piece of it, counting from 0; with `None` the torrent as a whole.
    pub piece: Option<u32>,
}

impl fmt::Display for ExplainTorrent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Explain torrent {}", self.torrentid)
    }
}

/// Leave as soon as everything asked before is answered, whatever the torrents do. For patrons alone:
/// a client serves others too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Quit {
    /// Comes back with the answer.
    pub token: Token,
}

impl fmt::Display for Quit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Quit")
    }
}

/// Answers [`PauseTorrent`]: done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentPaused {
    /// The request's.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
}

impl fmt::Display for TorrentPaused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} paused", self.torrentid)
    }
}

/// Answers [`ResumeTorrent`]: done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentResumed {
    /// The request's.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
}

impl fmt::Display for TorrentResumed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} resumed", self.torrentid)
    }
}

/// Answers [`ListTorrents`].
#[derive(Clone, Debug, PartialEq)]
pub struct TorrentsListed {
    /// The request's.
    pub token: Token,
    /// In the order they were taken on.
    pub torrents: Vec<ListedTorrent>,
}

impl fmt::Display for TorrentsListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrents listed : {}", self.torrents.len())
    }
}

/// One torrent of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedTorrent {
    /// Which one.
    pub torrentid: TorrentId,
    /// Its name.
    pub name: String,
    /// The info-hash, as forty hexadecimal digits.
    pub info_hash: String,
    /// Its numbers.
    pub stats: Status,
}

/// Answers [`ExplainTorrent`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentExplained {
    /// The request's.
    pub token: Token,
    /// Which one.
    pub torrentid: TorrentId,
    /// A sentence for people.
    pub why: String,
}

impl fmt::Display for TorrentExplained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} explained : {}", self.torrentid, self.why)
    }
}

/// Answers [`Quit`], and is the last thing its patron says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PatronLeft {
    /// The request's.
    pub token: Token,
}

impl fmt::Display for PatronLeft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Patron left")
    }
}

/// Answers any of these requests, and [`CloseTorrent`](super::CloseTorrent), when it cannot be done.
/// Nothing has changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestRefused {
    /// The request's.
    pub token: Token,
    /// A sentence for people.
    pub reason: String,
}

impl RequestRefused {
    /// A refusal with its reason.
    pub fn new(token: impl Into<Token>, reason: impl ToString) -> Self {
        RequestRefused { token: token.into(), reason: reason.to_string() }
    }
}

impl fmt::Display for RequestRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request refused : {}", self.reason)
    }
}
