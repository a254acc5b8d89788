//! All torrents of an engine, found by number.

use std::collections::BTreeMap;

use crate::engine::TorrentId;
use crate::engine::torrent::Torrent;

/// In the order of their numbers. Each has a place of its own in memory: a tree that held them itself
/// would keep room for nearly as many again.
#[derive(Default)]
pub(in crate::engine) struct Torrents(BTreeMap<TorrentId, Box<Torrent>>);

impl Torrents {
    pub(in crate::engine) fn len(&self) -> usize {
        self.0.len()
    }

    pub(in crate::engine) fn get(&self, id: &TorrentId) -> Option<&Torrent> {
        self.0.get(id).map(|torrent| &**torrent)
    }

    pub(in crate::engine) fn get_mut(&mut self, id: &TorrentId) -> Option<&mut Torrent> {
        self.0.get_mut(id).map(|torrent| &mut **torrent)
    }

    pub(in crate::engine) fn insert(&mut self, torrent: Box<Torrent>) {
        self.0.insert(torrent.id, torrent);
    }

    pub(in crate::engine) fn remove(&mut self, id: &TorrentId) -> Option<Box<Torrent>> {
        self.0.remove(id)
    }

    pub(in crate::engine) fn keys(&self) -> impl Iterator<Item = &TorrentId> {
        self.0.keys()
    }

    pub(in crate::engine) fn values(&self) -> impl Iterator<Item = &Torrent> {
        self.0.values().map(|torrent| &**torrent)
    }
}

#[cfg(test)]
impl std::ops::Index<&TorrentId> for Torrents {
    type Output = Torrent;

    fn index(&self, id: &TorrentId) -> &Torrent {
        self.get(id).expect("it is there")
    }
}
