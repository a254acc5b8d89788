//! Who has which place on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::engine::TorrentId;
use crate::engine::torrent::{Content, Torrent};

/// The places of all torrents, so that a new one need not be compared with each of them.
#[derive(Default)]
pub(in crate::engine) struct Claims {
    /// What torrents download to.
    targets: BTreeMap<PathBuf, TorrentId>,
    /// Those whose files lie in place. Their files stand nowhere else, as there can be many.
    in_place: BTreeSet<TorrentId>,
}

impl Claims {
    pub(in crate::engine) fn note(&mut self, torrent: &Torrent) {
        if let Content::InPlace(_) = &torrent.content {
            self.in_place.insert(torrent.id);
        }
        if let Some(target) = torrent.target() {
            self.targets.insert(target, torrent.id);
        }
    }

    /// The torrent has let go of its place, or is about to have another.
    pub(in crate::engine) fn forget(&mut self, torrent: &Torrent) {
        self.in_place.remove(&torrent.id);
        if let Some(target) = torrent.target()
            && self.targets.get(&target) == Some(&torrent.id)
        {
            self.targets.remove(&target);
        }
    }

    /// Who downloads to just this place.
    pub(in crate::engine) fn at(&self, target: &Path) -> Option<TorrentId> {
        self.targets.get(target).copied()
    }

    /// Those who download to this place, or to one that holds it.
    pub(in crate::engine) fn around(&self, file: &Path) -> impl Iterator<Item = TorrentId> {
        file.ancestors().filter_map(|place| self.at(place))
    }

    /// Those whose files lie in place.
    pub(in crate::engine) fn in_place(&self) -> impl Iterator<Item = TorrentId> {
        self.in_place.iter().copied()
    }
}
