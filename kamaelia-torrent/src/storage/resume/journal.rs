//! The file a ledger is kept in: appended to as things happen, and written anew when it has grown.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Bytes of a journal that are read: several times what the largest torrent we take needs.
const JOURNAL_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Bytes appended before it is worth writing the journal anew.
const APPENDED_MAX: u64 = 256 * 1024;

/// One journal. Its file is open only while there is something to say.
pub(super) struct Journal {
    path: PathBuf,
    file: Option<File>,
    /// Since it was written anew, or `None` if it must be, since what it says is not whole.
    appended: Option<u64>,
}

impl Journal {
    /// Nothing is touched yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Journal { path, file: None, appended: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What it says, and when it was last written to, in nanoseconds since 1970; `None` if there is
    /// no journal.
    pub(super) fn read(&self) -> io::Result<Option<(Vec<u8>, Option<i64>)>> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let modified = file.metadata()?.modified()?.duration_since(UNIX_EPOCH).ok();
        let modified = modified.and_then(|since| i64::try_from(since.as_nanos()).ok());
        let mut bytes = Vec::new();
        file.take(JOURNAL_BYTES_MAX).read_to_end(&mut bytes)?;
        Ok(Some((bytes, modified)))
    }

    /// Whether it should be written anew before anything else is said.
    pub(super) fn is_due(&self) -> bool {
        self.appended.is_none_or(|appended| appended > APPENDED_MAX)
    }

    /// Exchanges the whole journal. After a crash there is the old one or the new one.
    pub(super) fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.close();
        self.appended = None;
        replace_file(&self.path, bytes)?;
        self.appended = Some(0);
        Ok(())
    }

    /// Adds to it. Would survive the end of the program; see [`save`](Self::save).
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(appended) = self.appended.take() else {
            // After something that is not whole nothing would be read.
            return Err(io::Error::other("the journal is waiting to be written anew"));
        };
        if self.file.is_none() {
            self.file = Some(OpenOptions::new().append(true).open(&self.path)?);
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes)?;
        }
        self.appended = Some(appended + bytes.len() as u64);
        Ok(())
    }

    /// Returns when everything said would survive a loss of power.
    pub(super) fn save(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    /// Gives its descriptor back.
    pub(super) fn close(&mut self) {
        self.file = None;
    }
}

/// Exchanges the whole contents of a file, or makes it. After a crash it has the old contents or
/// the new ones, never a part. Blocks until the new ones would survive a loss of power.
pub fn replace_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    let mut file = File::create(&new)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    save_directory_of(path)
}

/// Returns when the names in the directory of this file would survive a loss of power.
pub fn save_directory_of(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
