//! Whole files, read and written for whoever asks, and folders that are watched.
//!
//! In: what to read or write. Out: exactly one answer for each, in order, a file's bytes or the
//! reason why not. Only regular files are touched: a pipe or a device could keep a reader waiting for
//! ever. A watcher tells what appears in its folder. All block on the disk, each on a thread of its own.

mod error;
mod folder_watcher;
mod triggered_reader;
mod whole_writer;

pub use error::{FileAction, FileError, FileProblem};
pub use folder_watcher::{ENTRIES_MAX, FolderError, FolderWatcher};
pub use triggered_reader::{FileContents, FileRead, READ_BYTES_MAX, TriggeredFileReader};
pub use whole_writer::{FileWritten, WholeFileWriter, WriteFile};
