//! Which torrent strangers ask for.

use std::collections::HashMap;

use crate::engine::TorrentId;
use crate::metainfo::InfoHash;
use crate::wire::encryption::hidden_name;

/// Our torrents, by both names that a stranger may use.
#[derive(Default)]
pub(in crate::engine) struct Directory {
    by_info_hash: HashMap<InfoHash, TorrentId>,
    by_hidden_name: HashMap<[u8; 20], InfoHash>,
}

impl Directory {
    pub(in crate::engine) fn insert(&mut self, info_hash: InfoHash, id: TorrentId) {
        self.by_info_hash.insert(info_hash, id);
        self.by_hidden_name.insert(hidden_name(info_hash), info_hash);
    }

    pub(in crate::engine) fn remove(&mut self, info_hash: &InfoHash) {
        self.by_info_hash.remove(info_hash);
        self.by_hidden_name.remove(&hidden_name(*info_hash));
    }

    pub(in crate::engine) fn get(&self, info_hash: &InfoHash) -> Option<&TorrentId> {
        self.by_info_hash.get(info_hash)
    }

    /// The torrent of a [hidden name](hidden_name).
    pub(in crate::engine) fn revealed(&self, name: &[u8; 20]) -> Option<InfoHash> {
        self.by_hidden_name.get(name).copied()
    }
}
