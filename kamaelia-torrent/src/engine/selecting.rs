//! Which files of a torrent are wanted, on the disk as in its swarm.

use std::sync::Arc;
use std::time::Instant;

use super::{Content, Engine, NewTorrent, TorrentId, disk_work};
use crate::metainfo::Selection;
use crate::storage::{FileStorage, PartedStorage, Storage, StorageError};

impl Engine {
    /// How much each file is wanted, from now on and in later runs. What is skipped is not fetched;
    /// what a piece holds of it besides a wanted file goes into a part file. False if there is no
    /// such torrent, or it has not as many files. Does not block.
    pub fn select(&mut self, id: TorrentId, selection: Selection) -> bool {
        let now = Instant::now();
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
    pub(super) fn arrange(&mut self, id: TorrentId, now: Instant) {
        let Some(torrent) = self.torrents.get_mut(&id) else { return };
        if let Some(selection) = torrent.selection.clone() {
            let arrange = disk_work::arrange(torrent, selection);
            // What is moved is to be made safe.
            torrent.saving.on_stored(now);
            self.submit(arrange);
        }
    }

    /// The place of a torrent's bytes.
    pub(super) fn storage(&self, new: &NewTorrent) -> Result<Arc<dyn Storage>, StorageError> {
        let layout = new.metainfo.layout().clone();
        let (open_files, root) = match &new.content {
            Content::Download(root) => (&self.open_files, root),
            Content::InPlace(paths) => {
                let files = FileStorage::in_place(&self.open_files, paths.clone(), layout)?;
                return Ok(Arc::new(files));
            }
        };
        let part_file = format!(".{}.parts", new.metainfo.info_hash());
        let part_layout = PartedStorage::part_layout(&layout, part_file);
        let files = Arc::new(FileStorage::download(open_files, root, layout)?);
        let Some(part_layout) = part_layout else { return Ok(files) };
        let parts = FileStorage::download(open_files, root, Arc::new(part_layout))?;
        Ok(Arc::new(PartedStorage::new(files, Arc::new(parts))))
    }
}
