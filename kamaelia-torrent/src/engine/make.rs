//! Makes a torrent of files on this machine.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::metainfo::{
    LayoutError, MakeError, PIECE_LENGTH_DEFAULT, PathError, PieceLengthError, TorrentDraft,
    check_paths, check_piece_length,
};
use crate::storage::{
    FileStorage, OpenFiles, Progress, Source, SourceError, StorageError, hash_pieces,
};

/// Who made a torrent, as torrents say it.
const CREATED_BY: &str = concat!("kamaelia-torrent/", env!("CARGO_PKG_VERSION"));

/// What a torrent shall say besides what its files do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MakeOptions {
    /// Its name, instead of the last name of the path.
    pub title: Option<String>,
    /// The tracker to announce to.
    pub tracker: Option<String>,
    /// Bytes in a piece: a power of two, at least 16,384.
    pub piece_length: u64,
    /// Words for people; an empty text is left out.
    pub comment: String,
}

impl Default for MakeOptions {
    fn default() -> Self {
        MakeOptions {
            title: None,
            tracker: None,
            piece_length: u64::from(PIECE_LENGTH_DEFAULT),
            comment: String::new(),
        }
    }
}

/// A torrent, and the files it was made of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Made {
    /// The `.torrent`.
    pub rawmetainfo: Vec<u8>,
    /// The files, in the torrent's order.
    pub files: Vec<PathBuf>,
}

/// Why no torrent was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeFailed {
    /// There is nothing at the path that could be shared.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The sizes are no torrent's.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// Pieces of that length are not made.
    #[error(transparent)]
    PieceLength(#[from] PieceLengthError),
    /// Others would refuse a file of this name.
    #[error("its name cannot be shared: {0}")]
    Path(#[from] PathError),
    /// The torrent cannot be written down.
    #[error(transparent)]
    Make(#[from] MakeError),
    /// The caller has asked to stop.
    #[error("it was stopped before all was read")]
    Stopped,
}

/// Reads a file, or all files of a directory, and describes them as a torrent. Blocks until
/// everything is read; `on_progress` hears how far that is, and may stop it.
pub fn make(
    path: &Path,
    options: &MakeOptions,
    on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Made, MakeFailed> {
    let piece_length = check_piece_length(options.piece_length)?;
    let mut source = Source::find(path)?;
    if let Some(title) = &options.title {
        source.rename(title);
    }
    let layout = source.layout(u64::from(piece_length))?;
    // Before the work, not after it.
    check_paths(layout.files())?;
    let files = source.paths();
    let open_files = Arc::new(OpenFiles::default());
    let storage = FileStorage::in_place(&open_files, files.clone(), Arc::new(layout.clone()))?;
    let piece_hashes = hash_pieces(&storage, on_progress)?.ok_or(MakeFailed::Stopped)?;
    let mut draft = TorrentDraft::new(layout, piece_hashes);
    let tracker = options.tracker.as_deref().map(str::trim).filter(|url| !url.is_empty());
    draft.announce = tracker.map(str::to_owned);
    draft.comment.clone_from(&options.comment);
    draft.created_by = CREATED_BY.to_owned();
    draft.creation_date = Some(seconds_now());
    Ok(Made { rawmetainfo: draft.encode()?, files })
}

fn seconds_now() -> i64 {
    // A clock before 1970 has no date to give.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}
