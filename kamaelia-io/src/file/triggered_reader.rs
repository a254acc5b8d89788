//! Files read when their path comes in.
//!
//! What is it: paths go in, whole files come out.
//!
//! How to use it: `TriggeredFileReader::in_directory(dir)` reads relative paths below a directory
//! and absolute ones where they are (the cookbook's DefaultTriggeredFileReader); `new()` leaves
//! relative paths to the current directory.
//!
//! How it works: one file at a time, on a thread of its own, one answer for each path and in their
//! order. A path that cannot be read is an answer too, not the end. Nothing is printed.
//!
//! When it stops: when no more paths can come, after the last answer; when nobody is left to take
//! answers; when the graph is asked to stop, after the file in hand.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use axon_core::{Closed, Inbox, Outbox, ThreadedComponent};

use super::{FileAction, FileError, FileProblem};

/// Bytes of one file that are read unless [`TriggeredFileReader::limit`] says otherwise: files
/// pass through boxes whole, so this is what one message may cost.
pub const READ_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The answer to one path.
pub type FileRead = Result<FileContents, FileError>;

/// A file's bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileContents {
    /// The path as it was asked for.
    pub path: PathBuf,
    /// All of them.
    pub bytes: Vec<u8>,
}

/// Reads whole files, one answer for each path.
///
/// ```
/// use axon_core::Pipeline;
/// use kamaelia_io::{ConsoleEchoer, ConsoleReader, FileRead, PureTransformer, TriggeredFileReader};
///
/// let paths = ConsoleReader::from_reader(&b"Cargo.toml\nmissing\n"[..]);
/// Pipeline::new(paths)
///     .then(PureTransformer::map(std::path::PathBuf::from))
///     .then(TriggeredFileReader::in_directory(env!("CARGO_MANIFEST_DIR")))
///     .then(PureTransformer::map(|answer: FileRead| match answer {
///         Ok(file) => format!("{}: {} bytes\n", file.path.display(), file.bytes.len()),
///         Err(error) => format!("{error}\n"),
///     }))
///     .then(ConsoleEchoer::new())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(ThreadedComponent)]
pub struct TriggeredFileReader {
    /// Which file to read.
    pub inbox: Inbox<PathBuf>,
    /// What it holds, or why that is not known.
    pub outbox: Outbox<FileRead>,
    directory: PathBuf,
    limit: u64,
}

impl TriggeredFileReader {
    /// Relative paths start from the program's current directory.
    pub fn new() -> Self {
        TriggeredFileReader::in_directory("")
    }

    /// Relative paths start from this directory.
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        TriggeredFileReader {
            inbox: Inbox::new(),
            outbox: Outbox::new(),
            directory: directory.into(),
            limit: READ_BYTES_MAX,
        }
    }

    /// Refuses files of more than this many bytes, before reading them.
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }

    fn main(mut self) -> Result<(), Closed> {
        while let Some(path) = self.inbox.recv_blocking() {
            let answer = self.read(path);
            self.outbox.send_blocking(answer)?;
        }
        Ok(())
    }

    fn read(&self, path: PathBuf) -> FileRead {
        let place = self.directory.join(&path);
        match read_whole(&place, self.limit) {
            Ok(bytes) => Ok(FileContents { path, bytes }),
            Err(problem) => Err(FileError { path, place, action: FileAction::Read, problem }),
        }
    }
}

impl Default for TriggeredFileReader {
    fn default() -> Self {
        TriggeredFileReader::new()
    }
}

fn read_whole(place: &Path, limit: u64) -> Result<Vec<u8>, FileProblem> {
    // Looked at before it is opened, since opening a pipe waits for whoever writes into it.
    let metadata = fs::metadata(place)?;
    if !metadata.is_file() {
        return Err(FileProblem::NotAFile);
    }
    let expected = metadata.len();
    if expected > limit {
        return Err(FileProblem::TooLarge { bytes: expected, limit });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    // The file may have grown since.
    File::open(place)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        read if read > limit => Err(FileProblem::TooLarge { bytes: read, limit }),
        _ => Ok(bytes),
    }
}
