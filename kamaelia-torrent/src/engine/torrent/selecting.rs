//! Which files of a torrent are wanted, on the disk as in its swarm.

use std::time::Instant;

use crate::engine::{Engine, TorrentId, disk::work};
use crate::metainfo::Selection;

impl Engine {
    /// How much each file is wanted, from now on and in later runs. What is skipped is not fetched;
    /// what a piece holds of it besides a wanted file goes into a part file. False if there is no
    /// such torrent, or it has not as many files. Does not block.
    pub fn select(&mut self, id: TorrentId, selection: Selection) -> bool {
        let now = self.now();
        let torrent = self.torrents.get_mut(&id).filter(|torrent| !torrent.is_leaving());
        let Some(torrent) = torrent else { return false };
        if selection.priorities().len() != torrent.metainfo.layout().files().len() {
            return false;
        }
        torrent.selection = Some(selection.clone());
        if let Some(swarm) = torrent.swarm() {
            swarm.select(now, &selection);
            self.arrange(id, now);
        }
        self.keep(id);
        self.settle(id, now);
        true
    }

    /// Has the disk keep what is skipped apart. While a torrent is checked nothing is moved.
    pub(in crate::engine) fn arrange(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if let Some(selection) = torrent.selection.clone() {
            let arrange = work::arrange(torrent, selection);
            // What is moved is to be made safe.
            torrent.saving.on_stored(now);
            self.submit(arrange);
        }
    }
}
