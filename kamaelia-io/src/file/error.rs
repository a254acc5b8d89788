//! Why a file was not read or written.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// The answer to a job that failed. It concerns that job alone.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot {action} `{}`: {problem}", .place.display())]
pub struct FileError {
    /// The path as it was asked for, by which the asker knows the answer.
    pub path: PathBuf,
    /// Where that led.
    pub place: PathBuf,
    /// What was to be done.
    pub action: FileAction,
    /// What came in the way.
    pub problem: FileProblem,
}

/// What was to be done with a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FileAction {
    /// Reading all of it.
    Read,
    /// Writing all of it.
    Write,
}

/// What can come in the way.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileProblem {
    /// The system says no.
    #[error("{0}")]
    Io(Arc<io::Error>),
    /// There is a directory, a device or a pipe of this name, or the path names no file at all.
    #[error("it is not a regular file")]
    NotAFile,
    /// More bytes than may be read at once.
    #[error("it has {bytes} bytes, and {limit} is the limit")]
    TooLarge {
        /// How many there are, as far as known.
        bytes: u64,
        /// How many are allowed.
        limit: u64,
    },
}

impl std::fmt::Display for FileAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            FileAction::Read => "read",
            FileAction::Write => "write",
        })
    }
}

impl From<io::Error> for FileProblem {
    fn from(error: io::Error) -> Self {
        FileProblem::Io(Arc::new(error))
    }
}
