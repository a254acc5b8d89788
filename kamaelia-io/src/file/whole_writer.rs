//! Files written whole.
//!
//! What is it: paths with contents go in; each becomes a file, or replaces the one that is there.
//!
//! How to use it: send a [`WriteFile`], or a `(PathBuf, Vec<u8>)` turned into one. Link the outbox
//! to learn what became of each; left loose, failures are only logged. Directories are not created.
//!
//! How it works: one job at a time, on a thread of its own, one answer for each and in their order.
//! The contents go to a file of another name beside the target, are flushed to the disk, and then
//! take the target's name in one step. So whoever reads the target sees the old file or the new
//! one, never a part, even if the machine stops in between. A link is followed and stays a link; a
//! file that is replaced hands on its permissions.
//!
//! When it stops: when no more jobs can come, after the last one; when the graph is asked to stop,
//! after the one in hand. It goes on when nobody takes its answers: writing is its purpose.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use axon_core::{Inbox, Outbox, ThreadedComponent};

use super::{FileAction, FileError, FileProblem};

/// One job: this path shall have these contents.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WriteFile {
    /// Where; a relative path starts from the program's current directory.
    pub path: PathBuf,
    /// All of the file.
    pub contents: Vec<u8>,
}

/// The answer to one job: its path as given, or why there is no such file now.
pub type FileWritten = Result<PathBuf, FileError>;

/// Writes whole files, one answer for each.
///
/// ```
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleReader, PureTransformer, WholeFileWriter, WriteFile};
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("greeting.txt");
/// # let written = path.clone();
/// Pipeline::new(ConsoleReader::from_reader(&b"hello\n"[..]))
///     .then(PureTransformer::map(move |line: String| WriteFile {
///         path: path.clone(),
///         contents: line.into_bytes(),
///     }))
///     .then(WholeFileWriter::new())
///     .run()?;
/// # assert_eq!(std::fs::read(written).unwrap(), b"hello");
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(Default, ThreadedComponent)]
pub struct WholeFileWriter {
    /// What to write where.
    pub inbox: Inbox<WriteFile>,
    /// What became of it.
    #[optional]
    pub outbox: Outbox<FileWritten>,
}

impl WholeFileWriter {
    /// With nothing to write yet.
    pub fn new() -> Self {
        WholeFileWriter::default()
    }

    fn main(mut self) {
        while let Some(job) = self.inbox.recv_blocking() {
            let answer = write(job);
            if let (Err(error), false) = (&answer, self.outbox.is_taken()) {
                log::warn!("{error}");
            }
            // Whoever asked may have gone; what it asked for is done all the same.
            let _ = self.outbox.send_blocking(answer);
        }
    }
}

impl From<(PathBuf, Vec<u8>)> for WriteFile {
    fn from((path, contents): (PathBuf, Vec<u8>)) -> Self {
        WriteFile { path, contents }
    }
}

fn write(job: WriteFile) -> FileWritten {
    let WriteFile { path, contents } = job;
    let place = followed(&path).unwrap_or_else(|_| path.clone());
    match replace(&place, &contents) {
        Ok(()) => Ok(path),
        Err(problem) => Err(FileError { path, place, action: FileAction::Write, problem }),
    }
}

/// Where a path leads: a link's target, where it is one.
fn followed(path: &Path) -> io::Result<PathBuf> {
    if fs::symlink_metadata(path)?.is_symlink() { fs::canonicalize(path) } else { Ok(path.into()) }
}

fn replace(place: &Path, contents: &[u8]) -> Result<(), FileProblem> {
    let replaced = match fs::metadata(place) {
        Ok(metadata) if !metadata.is_file() => return Err(FileProblem::NotAFile),
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    if place.file_name().is_none() {
        return Err(FileProblem::NotAFile);
    }
    let mut draft = Draft::beside(place)?;
    draft.file.write_all(contents)?;
    if let Some(metadata) = replaced {
        draft.file.set_permissions(metadata.permissions())?;
    }
    draft.file.sync_all()?;
    draft.take_the_name_of(place)?;
    Ok(())
}

/// A file under another name, removed again unless it takes the name it was made for.
struct Draft {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Draft {
    fn beside(place: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // Not made from the target's name, which may be as long as a name can be.
        let path = place.with_file_name(format!(".{}-{number}.part", process::id()));
        let file = File::create_new(&path)?;
        Ok(Draft { file, path, kept: false })
    }

    fn take_the_name_of(mut self, place: &Path) -> io::Result<()> {
        fs::rename(&self.path, place)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            // If even this fails, the failure that brought us here is the one worth telling.
            let _ = fs::remove_file(&self.path);
        }
    }
}
