//! Makes a torrent of files on this machine.
//!
//! The same files and options make the same bytes, wherever and whenever: files are ordered by
//! their names, the length of pieces follows from their sizes, and no clock is asked.

use std::num::NonZero;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::metainfo::{
    Layout, LayoutError, MakeError, PathError, PieceLengthError, TorrentDraft, UrlError,
    check_paths, check_piece_length, check_tracker_url, check_web_seed_url, piece_length_for,
};
use crate::storage::{
    Excludes, FileStorage, OpenFiles, PatternError, Progress, Source, SourceError, StorageError,
    hash_pieces, hash_pieces_with, stamps_of,
};

/// Who made a torrent, as torrents say it.
const CREATED_BY: &str = concat!("kamaelia-torrent/", env!("CARGO_PKG_VERSION"));

/// What a torrent shall say besides what its files do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct MakeOptions {
    /// Its name, instead of the last name of the path.
    pub title: Option<String>,
    /// The trackers to announce to, by tiers (BEP 12): those of the first tier are tried before
    /// those of the second.
    pub trackers: Vec<Vec<String>>,
    /// Web servers that have the files (BEP 19).
    pub web_seeds: Vec<String>,
    /// Bytes in a piece: a power of two, at least 16,384. With `None` what suits the size of the
    /// files, by the table of [`piece_length_for`].
    pub piece_length: Option<u64>,
    /// Whether peers may come from its trackers only (BEP 27).
    pub private: bool,
    /// Who shares it, as private trackers ask for it; an empty text is left out. Part of the
    /// torrent's identity.
    pub source: String,
    /// Words for people; an empty text is left out.
    pub comment: String,
    /// When it was made, in seconds since 1970. Not said unless asked for.
    pub creation_date: Option<i64>,
    /// What to leave out of a directory: patterns as [`Excludes`] understands them.
    pub excludes: Vec<String>,
    /// Where the torrent will be written, if that is known: what it is written over is not in it.
    pub torrent_file: Option<PathBuf>,
}

impl MakeOptions {
    /// A single tracker, and nothing else.
    pub fn tracker(url: impl Into<String>) -> Self {
        MakeOptions { trackers: vec![vec![url.into()]], ..MakeOptions::default() }
    }

    /// Finds out what can be wrong before any file is looked at.
    fn check(&self) -> Result<Excludes, MakeFailed> {
        for url in self.trackers.iter().flatten().filter(is_meant) {
            check_tracker_url(url.trim())?;
        }
        for url in self.web_seeds.iter().filter(is_meant) {
            check_web_seed_url(url.trim())?;
        }
        if let Some(length) = self.piece_length {
            check_piece_length(length)?;
        }
        Ok(Excludes::new(&self.excludes)?)
    }

    /// The first tracker, for those who know of one only, and the tiers if there are more.
    fn announce_keys(&self) -> (Option<String>, Vec<Vec<String>>) {
        let trackers: Vec<&String> = self.trackers.iter().flatten().filter(is_meant).collect();
        match trackers.as_slice() {
            [] => (None, Vec::new()),
            [only] => (Some((*only).clone()), Vec::new()),
            [first, ..] => (Some((*first).clone()), self.trackers.clone()),
        }
    }
}

/// An empty URL, as an empty line of a form gives it, is passed over.
fn is_meant(url: &&String) -> bool {
    !url.trim().is_empty()
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
    /// A tracker or web seed that leads nowhere.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A pattern that means nothing.
    #[error(transparent)]
    Pattern(#[from] PatternError),
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
    make_with(path, options, None, on_progress)
}

/// The same with so many threads that read and hash; with `None` as many as suit this machine. With
/// one, what `on_progress` hears is the same each time.
pub fn make_with(
    path: &Path,
    options: &MakeOptions,
    threads: Option<NonZero<usize>>,
    on_progress: impl FnMut(Progress) -> ControlFlow<()>,
) -> Result<Made, MakeFailed> {
    let excludes = options.check()?;
    let mut source = Source::find(path, &excludes)?;
    if let Some(torrent_file) = &options.torrent_file {
        source.leave_out(torrent_file)?;
    }
    if let Some(title) = &options.title {
        source.rename(title);
    }
    let layout = layout(&source, options)?;
    // Before the work, not after it.
    check_paths(layout.files())?;
    let files = source.paths();
    let open_files = Arc::new(OpenFiles::default());
    let storage = FileStorage::in_place(&open_files, files.clone(), Arc::new(layout.clone()))?;
    let before = stamps_of(&storage)?;
    let piece_hashes = match threads {
        Some(threads) => hash_pieces_with(&storage, threads.get(), on_progress),
        None => hash_pieces(&storage, on_progress),
    };
    let piece_hashes = piece_hashes?.ok_or(MakeFailed::Stopped)?;
    let after = stamps_of(&storage)?;
    if let Some(changed) = (0..files.len()).find(|file| before[*file] != after[*file]) {
        // Whoever takes the torrent believes that its pieces are there and right.
        return Err(StorageError::ChangedMeanwhile { path: files[changed].clone() }.into());
    }
    let (announce, tiers) = options.announce_keys();
    let draft = TorrentDraft {
        announce,
        tiers,
        comment: options.comment.clone(),
        created_by: CREATED_BY.to_owned(),
        creation_date: options.creation_date,
        web_seeds: options.web_seeds.clone(),
        private: options.private,
        source: options.source.clone(),
        ..TorrentDraft::new(layout, piece_hashes)
    };
    Ok(Made { rawmetainfo: draft.encode()?, files })
}

fn layout(source: &Source, options: &MakeOptions) -> Result<Layout, LayoutError> {
    let suitable = || piece_length_for(source.total_length()).into();
    source.layout(options.piece_length.unwrap_or_else(suitable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SourceFile;
    use std::fs;

    #[test]
    fn a_file_that_changes_while_it_is_read_makes_no_torrent() {
        let home = tempfile::tempdir().expect("a temporary directory");
        let path = home.path().join("log");
        fs::write(&path, "one").expect("room");
        let made = make(&path, &MakeOptions::default(), |_| {
            let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
            let file = fs::File::options().write(true).open(&path).expect("a file");
            file.set_modified(later).expect("one's own file");
            ControlFlow::Continue(())
        });
        let error = made.err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("{} was changed by somebody else", path.display())));
    }

    #[test]
    fn pieces_grow_with_the_files_unless_a_length_is_given() {
        let half = 256 << 20;
        let file = |name: &str, length| SourceFile {
            path: name.into(),
            names: vec!["top".into(), name.into()],
            length,
        };
        let source =
            Source { name: "top".into(), files: vec![file("a", half), file("b", half + 1)] };
        let piece_length = |piece_length| {
            let options = MakeOptions { piece_length, ..MakeOptions::default() };
            layout(&source, &options).expect("sizes of a torrent").piece_length()
        };
        assert_eq!(piece_length(None), 512 << 10);
        assert_eq!(piece_length(Some(16 << 20)), 16 << 20);
    }
}
