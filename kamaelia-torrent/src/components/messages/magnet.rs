//! Torrents that begin with a magnet link.

use std::fmt;
use std::sync::Arc;

use super::Token;
use crate::engine::TorrentId;
use crate::metainfo::Magnet;

/// Take a torrent on of which only a magnet link is known, and download it to the client's
/// directory. Answered like [`CreateNewTorrent`](super::CreateNewTorrent), under the name that the
/// link gives, or else the info-hash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreateFromMagnet {
    /// Comes back with the answer.
    pub token: Token,
    /// What is known.
    pub magnet: Magnet,
}

impl fmt::Display for CreateFromMagnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Create a new torrent")
    }
}

/// Peers have told what the torrent of a magnet link is. It is checked next, and downloaded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TorrentMetadataFound {
    /// Which one.
    pub torrentid: TorrentId,
    /// Its own name, from now on.
    pub name: String,
    /// Its `.torrent`, with the trackers and web seeds of the link.
    pub rawmetainfo: Arc<[u8]>,
}

impl fmt::Display for TorrentMetadataFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Torrent {} is {}", self.torrentid, self.name)
    }
}
