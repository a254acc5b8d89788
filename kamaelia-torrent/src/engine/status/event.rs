//! What an engine tells its owner.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::keeping::SessionError;
use crate::engine::network::transport::ListenError;
use crate::engine::{Status, TorrentId};
use crate::storage::StorageError;

/// Something that happened to a torrent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A torrent of a former run could not be taken up. What is kept of it stays where it is.
    Lost {
        /// Which one, where, and what is wrong with it: a sentence for people.
        reason: String,
    },
    /// Peers have told what the torrent of a magnet link is; what is on disk is checked next.
    MetadataFound {
        /// Which torrent.
        id: TorrentId,
        /// Its `.torrent`, with the trackers and web seeds of the link.
        rawmetainfo: Arc<[u8]>,
    },
    /// It was found out what is on disk.
    Checked {
        /// Which torrent.
        id: TorrentId,
        /// Pieces that were known to be there, and not looked at.
        trusted: usize,
        /// Pieces that were read, there or not.
        checked: usize,
    },
    /// What a torrent does has changed, or it is new. One follows the other without a gap: each is
    /// told, in order, however many there are.
    Changed {
        /// Which torrent.
        id: TorrentId,
        /// How it stood then.
        status: Box<Status>,
    },
    /// The last missing piece was stored. Not said of a torrent that was complete when it started.
    Completed {
        /// Which torrent.
        id: TorrentId,
    },
    /// The last missing piece of the files that are wanted was stored, while others were skipped.
    /// Said again if more was wanted meanwhile.
    Finished {
        /// Which torrent.
        id: TorrentId,
    },
}

/// Why a torrent was not taken on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// The engine runs it already.
    #[error("that torrent is already there, as number {id}")]
    AlreadyThere {
        /// Under this number.
        id: TorrentId,
    },
    /// It is to be served from files of its own, while the engine still gathers its bytes elsewhere.
    #[error(
        "torrent {id} is the same one, and is not complete; to share it from {} instead, let go of \
         that one first (stop:{id})", path.display()
    )]
    Incomplete {
        /// The torrent that is there.
        id: TorrentId,
        /// The first of the files.
        path: PathBuf,
    },
    /// Another torrent keeps other bytes under the same name.
    #[error(
        "torrent {id} already uses {}; download this one to another directory", path.display()
    )]
    FilesInUse {
        /// The other torrent.
        id: TorrentId,
        /// What both would use.
        path: PathBuf,
    },
    /// It is to be served from files that another torrent still writes to.
    #[error("torrent {id} is still being downloaded to {}; share it when it is complete", path.display())]
    BeingWritten {
        /// The other torrent.
        id: TorrentId,
        /// The file that both would use.
        path: PathBuf,
    },
    /// None of its files is wanted.
    #[error("none of its {files} files is wanted")]
    NothingWanted {
        /// How many it has.
        files: usize,
    },
    /// A storage of the owner's making is cut otherwise than the torrent is.
    #[error("the storage was made for another torrent")]
    OtherLayout,
    /// There is no place for its files.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Peers could not reach us.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The state of former runs cannot be used.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The system gives us no more threads.
    #[error("cannot start threads: {0}")]
    Threads(io::Error),
    /// A way out was chosen, such as a proxy, in an imagined world, which has none.
    #[error("an imagined world has neither proxies nor interfaces to bind to")]
    NoWayOut,
}
