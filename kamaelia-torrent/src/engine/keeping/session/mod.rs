//! The directory in which an engine keeps its torrents from one run to the next.
//!
//! Each torrent has three files there, named after its info-hash: `.torrent`, which is written once;
//! `.entry`, which says where its content is and how it stands, and is exchanged whole; `.resume`,
//! the journal of its pieces. A lock keeps a second program out.
//!
//! What is to be kept is noted without waiting ([`Session::keep`], [`Session::forget`]) and written
//! on a disk thread ([`Session::write`]), always the newest.

pub(crate) mod entry;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::metainfo::{InfoHash, Metainfo, TORRENT_BYTES_MAX};
use crate::storage::{Resume, replace_file, replace_files, save_directory_of};
use entry::ENTRY_BYTES_MAX;
pub(in crate::engine) use entry::Entry;

/// Why the state of former runs cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Another program works with the directory.
    #[error("{} is in use by another program; give each its own", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The directory cannot be used.
    #[error("cannot keep the state in {}: {error}", path.display())]
    Io {
        /// The directory, or a file in it.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

/// From so many torrents on they are written together. Below that it would be wrong to have all of a
/// file system saved for them.
const TOGETHER_MIN: usize = 16;

/// The directory, locked for as long as this is there.
pub(in crate::engine) struct Session {
    directory: PathBuf,
    /// Held, not read.
    _lock: File,
    changes: Mutex<Changes>,
    /// Held while something is written, so that nothing older is written over it.
    writing: Mutex<()>,
}

/// The newest that is not written yet.
#[derive(Default)]
struct Changes {
    of_torrents: BTreeMap<InfoHash, Change>,
    /// Somebody has been told to write them, and has not begun.
    are_expected: bool,
}

enum Change {
    Keep { entry: Entry, metainfo: Option<Arc<Metainfo>> },
    Forget(Arc<Resume>),
}

/// A torrent of a former run.
pub(in crate::engine) struct Kept {
    pub(in crate::engine) entry: Entry,
    /// `None` as long as only a magnet link is known.
    pub(in crate::engine) metainfo: Option<Arc<Metainfo>>,
}

impl Session {
    /// Makes the directory if it is not there, and locks it. Blocks.
    pub(in crate::engine) fn open(directory: &Path) -> Result<Self, SessionError> {
        let failed = |error| SessionError::Io { path: directory.to_path_buf(), error };
        let directory = std::path::absolute(directory).map_err(failed)?;
        fs::create_dir_all(&directory).map_err(failed)?;
        let mut options = File::options();
        options.write(true).create(true).truncate(false);
        let lock = options.open(directory.join("lock")).map_err(failed)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(SessionError::InUse { path: directory }),
            Err(errno) => return Err(failed(errno.into())),
        }
        Ok(Session { directory, _lock: lock, changes: Mutex::default(), writing: Mutex::default() })
    }

    /// The torrents of former runs, in the order they were added, and what is wrong with those that
    /// cannot be read, which stay where they are. Blocks.
    pub(in crate::engine) fn read(&self) -> Result<(Vec<Kept>, Vec<String>), SessionError> {
        let path = &self.directory;
        let failed = |error| SessionError::Io { path: path.clone(), error };
        let (mut kept, mut lost) = (Vec::new(), Vec::new());
        for file in fs::read_dir(path).map_err(failed)? {
            let path = file.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "entry") {
                match self.read_one(&path) {
                    Ok(one) => kept.push(one),
                    Err(reason) => lost.push(format!("{}: {reason}", path.display())),
                }
            }
        }
        kept.sort_by_key(|kept| kept.entry.place);
        lost.sort_unstable();
        Ok((kept, lost))
    }

    fn read_one(&self, path: &Path) -> Result<Kept, String> {
        let words = |error: io::Error| error.to_string();
        let bytes = read_file(path, ENTRY_BYTES_MAX).map_err(words)?;
        let entry = Entry::decode(&bytes).ok_or("it is damaged")?;
        if path != self.path(entry.info_hash, "entry") {
            return Err("it is about another torrent".into());
        }
        if entry.magnet.is_some() {
            return Ok(Kept { entry, metainfo: None });
        }
        let torrent = self.path(entry.info_hash, "torrent");
        let bytes = read_file(&torrent, TORRENT_BYTES_MAX)
            .map_err(|error| format!("{}: {error}", torrent.display()))?;
        let metainfo = Metainfo::parse(&bytes).map_err(|error| error.to_string())?;
        if metainfo.info_hash() != entry.info_hash {
            return Err(format!("{} is another torrent's", torrent.display()));
        }
        Ok(Kept { entry, metainfo: Some(Arc::new(metainfo)) })
    }

    /// Where the journal of a torrent's pieces is.
    pub(in crate::engine) fn journal(&self, info_hash: InfoHash) -> PathBuf {
        self.path(info_hash, "resume")
    }

    /// Has a torrent kept like this from now on. True if somebody is to [`write`](Self::write) that;
    /// otherwise somebody is about to. Does not block.
    pub(in crate::engine) fn keep(&self, entry: Entry, metainfo: Option<&Arc<Metainfo>>) -> bool {
        let metainfo = metainfo.cloned();
        self.change(entry.info_hash, Change::Keep { entry, metainfo })
    }

    /// Has a torrent kept no longer; otherwise like [`keep`](Self::keep).
    pub(in crate::engine) fn forget(&self, info_hash: InfoHash, resume: &Arc<Resume>) -> bool {
        self.change(info_hash, Change::Forget(resume.clone()))
    }

    fn change(&self, info_hash: InfoHash, change: Change) -> bool {
        let mut changes = self.changes();
        changes.of_torrents.insert(info_hash, change);
        !std::mem::replace(&mut changes.are_expected, true)
    }

    /// Writes what is to be kept. Blocks until it would survive a loss of power. What could not be
    /// written is tried again the next time, and the first error is returned.
    pub(in crate::engine) fn write(&self) -> io::Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = std::mem::take(&mut *self.changes()).of_torrents;
        // Where that fails it is found out one by one whose fault it was.
        if changes.len() >= TOGETHER_MIN && self.write_together(&changes).is_ok() {
            return Ok(());
        }
        let mut result = Ok(());
        for (info_hash, change) in changes {
            if let Err(error) = self.write_one(info_hash, &change) {
                // Something newer may have come meanwhile.
                self.changes().of_torrents.entry(info_hash).or_insert(change);
                result = result.and(Err(error));
            }
        }
        result
    }

    /// Does what [`write_one`](Self::write_one) does, for all of these with a few waits for the disk.
    fn write_together(&self, changes: &BTreeMap<InfoHash, Change>) -> io::Result<()> {
        let kept = || {
            changes.values().filter_map(|change| match change {
                Change::Keep { entry, metainfo } => Some((entry, metainfo.as_ref())),
                Change::Forget(_) => None,
            })
        };
        let torrents = kept().filter_map(|(entry, metainfo)| {
            let path = self.path(entry.info_hash, "torrent");
            let metainfo = metainfo.filter(|_| !path.exists())?;
            Some((path, metainfo.to_bytes()))
        });
        replace_files(&self.directory, torrents)?;
        let entries =
            kept().map(|(entry, _)| (self.path(entry.info_hash, "entry"), entry.encode()));
        replace_files(&self.directory, entries)?;
        let mut forgotten =
            changes.iter().filter(|(_, change)| matches!(change, Change::Forget(_)));
        forgotten.try_for_each(|(info_hash, change)| self.write_one(*info_hash, change))
    }

    fn write_one(&self, info_hash: InfoHash, change: &Change) -> io::Result<()> {
        let entry_path = self.path(info_hash, "entry");
        let torrent_path = self.path(info_hash, "torrent");
        match change {
            Change::Keep { entry, metainfo } => {
                if let Some(metainfo) = metainfo
                    && !torrent_path.exists()
                {
                    replace_file(&torrent_path, &metainfo.to_bytes())?;
                }
                replace_file(&entry_path, &entry.encode())
            }
            Change::Forget(resume) => {
                // The entry goes first: without it, the others mean nothing.
                remove_file(&entry_path)?;
                resume.abandon();
                remove_file(&self.journal(info_hash))?;
                remove_file(&torrent_path)?;
                save_directory_of(&entry_path)
            }
        }
    }

    fn path(&self, info_hash: InfoHash, extension: &str) -> PathBuf {
        self.directory.join(format!("{info_hash}.{extension}"))
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        // Every change in it is whole.
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is longer than any of ours is not ours.
fn read_file(path: &Path, bytes_max: usize) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    match bytes.len() > bytes_max {
        true => Err(io::Error::other(format!("it has more than {bytes_max} bytes"))),
        false => Ok(bytes),
    }
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests;
