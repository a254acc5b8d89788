//! What can go wrong between a torrent and its disk, in words for the person whose disk it is.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why bytes could not be read or kept. The damage ends with the torrent; the others go on.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// No room is left on the disk, or none that this user may take.
    #[error("the disk is full: cannot {action} {}", shown(.path))]
    DiskFull {
        /// What was tried.
        action: Action,
        /// On what.
        path: PathBuf,
    },
    /// The user who runs the program may not do that.
    #[error("no permission to {action} {}", shown(.path))]
    Permission {
        /// What was tried.
        action: Action,
        /// On what.
        path: PathBuf,
    },
    /// The file is not there.
    #[error("{} does not exist", shown(.path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file ends before the bytes that were asked for.
    #[error("{} ends after {length} of {expected} bytes", shown(.path))]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that are there.
        length: u64,
        /// Bytes the torrent says it has.
        expected: u64,
    },
    /// A file that is longer than the torrent's file of that name. It is never cut short: whose
    /// bytes those are is not ours to say.
    #[error(
        "{} is {} bytes longer than the torrent says; move it away or choose another directory",
        shown(.path), length - expected
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Bytes that are there.
        length: u64,
        /// Bytes the torrent says it has.
        expected: u64,
    },
    /// A file that is seeded where it lies no longer has the length it had.
    #[error(
        "{} has changed: it has {length} bytes, and had {expected} when its torrent was made",
        shown(.path)
    )]
    Changed {
        /// The file.
        path: PathBuf,
        /// Bytes that are there.
        length: u64,
        /// Bytes the torrent says it has.
        expected: u64,
    },
    /// Another program has written to a file, or exchanged it, while we were at it.
    #[error("{} was changed by somebody else", shown(.path))]
    ChangedMeanwhile {
        /// The file.
        path: PathBuf,
    },
    /// Bytes of a file that is skipped, in a piece that holds nothing else.
    #[error("{} is not to be downloaded", shown(.path))]
    Skipped {
        /// The file.
        path: PathBuf,
    },
    /// Something else has the name of one of the torrent's files or directories.
    #[error(
        "{} is {found} where {wanted} is needed; move it away or choose another directory",
        shown(.path)
    )]
    InTheWay {
        /// The name.
        path: PathBuf,
        /// What has that name.
        found: &'static str,
        /// What should have it.
        wanted: &'static str,
    },
    /// The torrent names a file that would not lie below the download directory.
    #[error("{name:?} cannot be the name of a file or directory in a torrent")]
    UnsafeName {
        /// The name as the torrent has it.
        name: String,
    },
    /// The file is seeded where it lies; such files are never written to.
    #[error("{} is only read from, not written to", shown(.path))]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The program has as many files and connections open as it may.
    #[error("too many open files: cannot {action} {}", shown(.path))]
    TooManyOpen {
        /// What was tried.
        action: Action,
        /// On what.
        path: PathBuf,
    },
    /// The storage itself broke down: our mistake, not the disk's.
    #[error("the storage broke down, which is a bug: {message}")]
    Broken {
        /// What it said last.
        message: String,
    },
    /// Anything else the system had to say.
    #[error("cannot {action} {}: {reason}", shown(.path))]
    Other {
        /// What was tried.
        action: Action,
        /// On what.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
}

/// What was being done when it went wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Finding out what a name stands for.
    Examine,
    /// Making a file or directory, or opening a file for writing.
    Create,
    /// Reading, or opening for that.
    Read,
    /// Writing.
    Write,
    /// Waiting until written bytes are safe.
    Sync,
    /// Taking away.
    Remove,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Examine => "examine",
            Action::Create => "create",
            Action::Read => "read",
            Action::Write => "write",
            Action::Sync => "save",
            Action::Remove => "remove",
        })
    }
}

impl StorageError {
    /// What the system's refusal means.
    pub fn from_io(action: Action, path: &Path, error: &io::Error) -> Self {
        let path = path.to_path_buf();
        if is_too_many_open(error) {
            return StorageError::TooManyOpen { action, path };
        }
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StorageError::DiskFull { action, path }
            }
            io::ErrorKind::PermissionDenied => StorageError::Permission { action, path },
            io::ErrorKind::NotFound => StorageError::Missing { path },
            _ => StorageError::Other { action, path, reason: error.to_string() },
        }
    }

    /// Room on the disk would help.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, StorageError::DiskFull { .. })
    }

    /// It may be over in a moment without anybody doing something about this torrent.
    pub fn is_passing(&self) -> bool {
        matches!(self, StorageError::DiskFull { .. } | StorageError::TooManyOpen { .. })
    }

    /// A change of permissions would help.
    pub fn is_permission(&self) -> bool {
        matches!(self, StorageError::Permission { .. })
    }

    /// The bytes are not there: no file, or one that ends before them.
    pub fn is_absence(&self) -> bool {
        matches!(self, StorageError::Missing { .. } | StorageError::Truncated { .. })
    }
}

fn is_too_many_open(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::MFILE | Errno::NFILE))
}

/// A path for a sentence of one line: what would break or hide the line is spelled out.
pub(super) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for char in path.to_string_lossy().chars() {
        if char.is_control() {
            text.extend(char.escape_default());
        } else {
            text.push(char);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    fn sentence(errno: Errno) -> String {
        let error = io::Error::from(errno);
        StorageError::from_io(Action::Write, Path::new("/a b/ü"), &error).to_string()
    }

    #[test]
    fn the_system_is_put_into_words() {
        assert_eq!(sentence(Errno::NOSPC), "the disk is full: cannot write /a b/ü");
        assert_eq!(sentence(Errno::DQUOT), "the disk is full: cannot write /a b/ü");
        assert_eq!(sentence(Errno::ACCESS), "no permission to write /a b/ü");
        assert_eq!(sentence(Errno::PERM), "no permission to write /a b/ü");
        assert_eq!(sentence(Errno::NOENT), "/a b/ü does not exist");
        assert_eq!(sentence(Errno::MFILE), "too many open files: cannot write /a b/ü");
        assert_eq!(sentence(Errno::IO), "cannot write /a b/ü: Input/output error (os error 5)");
    }

    #[test]
    fn a_path_cannot_break_the_line() {
        let path = PathBuf::from("a\nb\u{1b}[31m");
        let error = StorageError::Missing { path };
        assert_eq!(error.to_string(), "a\\nb\\u{1b}[31m does not exist");
    }

    #[test]
    fn a_longer_file_is_told_with_the_difference() {
        let error = StorageError::TooLong { path: "song.ogg".into(), length: 52, expected: 42 };
        assert_eq!(
            error.to_string(),
            "song.ogg is 10 bytes longer than the torrent says; \
             move it away or choose another directory"
        );
    }
}
