//! Where torrents have their bytes, and that no two of them write to the same place.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::engine::torrent::{State, Torrent};
use crate::engine::{AddError, Engine, NewTorrent, TorrentId};
use crate::metainfo::InfoHash;
use crate::storage::{FileStorage, PartedStorage, Storage, StorageError};

/// Where a torrent's bytes are, or are to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Content {
    /// Below this directory, under the names the torrent gives; written to.
    Download(PathBuf),
    /// In these files, one for each of the torrent's, wherever they lie; never written to.
    InPlace(Vec<PathBuf>),
    /// In a storage of the owner's making. Such a torrent is not kept for the next run.
    Custom(CustomStorage),
}

/// A storage of somebody's own making. Two are the same only if they are one.
#[derive(Clone)]
pub struct CustomStorage(pub Arc<dyn Storage>);

impl fmt::Debug for CustomStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CustomStorage")
    }
}

impl PartialEq for CustomStorage {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CustomStorage {}

impl Content {
    /// The same place for a program that is started elsewhere.
    pub(in crate::engine) fn absolute(&self) -> Content {
        match self {
            Content::Download(root) => Content::Download(place(root)),
            Content::InPlace(files) => {
                Content::InPlace(files.iter().map(|file| place(file)).collect())
            }
            Content::Custom(storage) => Content::Custom(storage.clone()),
        }
    }
}

impl Engine {
    /// The place of a torrent's bytes.
    pub(in crate::engine) fn storage(
        &self,
        new: &NewTorrent,
    ) -> Result<Arc<dyn Storage>, AddError> {
        let layout = new.metainfo.layout().clone();
        let (open_files, root) = match &new.content {
            Content::Download(root) => (&self.open_files, root),
            Content::InPlace(paths) => {
                let files = FileStorage::in_place(&self.open_files, paths.clone(), layout)?;
                return Ok(Arc::new(files));
            }
            Content::Custom(CustomStorage(storage)) => {
                return match *storage.layout() == *layout {
                    true => Ok(storage.clone()),
                    false => Err(AddError::OtherLayout),
                };
            }
        };
        let name = new.metainfo.name();
        if is_part_file(name) {
            return Err(StorageError::UnsafeName { name: name.into() }.into());
        }
        let part_file = part_file(new.metainfo.info_hash());
        let part_layout = PartedStorage::part_layout(&layout, part_file);
        let files = Arc::new(FileStorage::download(open_files, root, layout)?);
        let Some(part_layout) = part_layout else { return Ok(files) };
        let parts = FileStorage::download(open_files, root, Arc::new(part_layout))?;
        Ok(Arc::new(PartedStorage::new(files, Arc::new(parts))))
    }

    /// Refuses files elsewhere for a torrent that lacks some of its bytes: they would not be used, and
    /// whoever brought them would think that they are.
    pub(in crate::engine) fn check_place(
        &self,
        id: TorrentId,
        new: &NewTorrent,
    ) -> Result<(), AddError> {
        let Content::InPlace(files) = &new.content else { return Ok(()) };
        let lacks = |there: &&Torrent| !there.is_complete() && !there.has_place(&new.content);
        match (self.torrents.get(&id).filter(|there| lacks(there)), files.first()) {
            (Some(_), Some(path)) => Err(AddError::Incomplete { id, path: path.clone() }),
            _ => Ok(()),
        }
    }

    /// Refuses a torrent that would share files with another if one of the two would write.
    pub(in crate::engine) fn check_files(&self, new: &NewTorrent) -> Result<(), AddError> {
        match &new.content {
            Content::Download(root) => {
                let path = place(&root.join(new.metainfo.name()));
                let reader = || self.claims.in_place().find(|id| self.reads_below(*id, &path));
                match self.claims.at(&path).or_else(reader) {
                    Some(id) => Err(AddError::FilesInUse { id, path }),
                    None => Ok(()),
                }
            }
            Content::InPlace(files) => {
                for file in files {
                    let place = place(file);
                    let writes =
                        |id: &TorrentId| self.torrents.get(id).is_some_and(Torrent::may_write);
                    if let Some(id) = self.claims.around(&place).find(writes) {
                        return Err(AddError::BeingWritten { id, path: file.clone() });
                    }
                }
                Ok(())
            }
            Content::Custom(_) => Ok(()),
        }
    }

    /// Whether the torrent's files lie in place, one of them there or below.
    fn reads_below(&self, id: TorrentId, path: &Path) -> bool {
        match self.torrents.get(&id).map(|torrent| &torrent.content) {
            Some(Content::InPlace(files)) => files.iter().any(|file| file.starts_with(path)),
            _ => false,
        }
    }
}

/// What the part file of a torrent is called.
fn part_file(info_hash: InfoHash) -> String {
    format!(".{info_hash}.parts")
}

/// Whether a torrent of this name would write into the part file of another one.
fn is_part_file(name: &str) -> bool {
    let hash = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".parts"));
    hash.is_some_and(|hash| hash.parse::<InfoHash>().is_ok())
}

impl Torrent {
    fn is_complete(&self) -> bool {
        matches!(&self.state, State::Running(swarm) if swarm.is_complete())
    }

    /// Whether its bytes lie just there.
    fn has_place(&self, content: &Content) -> bool {
        match (&self.content, content.absolute()) {
            (Content::InPlace(own), Content::InPlace(files)) => *own == files,
            (Content::Download(root), Content::InPlace(files)) => {
                let own = self.metainfo.layout().files().iter();
                own.map(|file| root.join(file.path.iter().collect::<PathBuf>())).eq(files)
            }
            _ => false,
        }
    }
}

/// The same path for the same place, however it is written; links are not followed.
pub(in crate::engine) fn place(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
