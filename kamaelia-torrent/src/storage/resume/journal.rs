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
    /// It was exchanged, and nobody has waited until that would survive a loss of power.
    is_fresh: bool,
}

impl Journal {
    /// Nothing is touched yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Journal { path, file: None, appended: None, is_fresh: false }
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

    /// What was read from the file is all it says, with so many bytes added to its beginning.
    pub(super) fn go_on_after(&mut self, appended: u64) {
        // Nobody knows whether it was made safe.
        (self.appended, self.is_fresh) = (Some(appended), true);
    }

    /// Exchanges the whole journal, without a wait for the disk: a thousand torrents that are checked
    /// would wait a thousand times. After a loss of power there can be the old one, the new one or
    /// none that is whole, unless [`save`](Self::save) has come between.
    pub(super) fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.close();
        self.appended = None;
        let new = new_name(&self.path);
        fs::write(&new, bytes)?;
        fs::rename(&new, &self.path)?;
        (self.appended, self.is_fresh) = (Some(0), true);
        Ok(())
    }

    /// Adds to it. Would survive the end of the program; see [`save`](Self::save).
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(appended) = self.appended.take() else {
            // After something that is not whole nothing would be read.
            return Err(io::Error::other("the journal is waiting to be written anew"));
        };
        self.open()?.write_all(bytes)?;
        self.appended = Some(appended + bytes.len() as u64);
        Ok(())
    }

    /// Returns when everything said would survive a loss of power.
    pub(super) fn save(&mut self) -> io::Result<()> {
        if self.is_fresh {
            self.open()?.sync_data()?;
            save_directory_of(&self.path)?;
            self.is_fresh = false;
            return Ok(());
        }
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }

    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => OpenOptions::new().append(true).open(&self.path)?,
        };
        Ok(self.file.insert(file))
    }

    /// Gives its descriptor back.
    pub(super) fn close(&mut self) {
        self.file = None;
    }
}

/// Exchanges the whole contents of a file, or makes it. After a crash it has the old contents or
/// the new ones, never a part. Blocks until the new ones would survive a loss of power.
pub fn replace_file(path: &Path, contents: &[u8]) -> io::Result<()> {
    let new = new_name(path);
    let mut file = File::create(&new)?;
    file.write_all(contents)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    save_directory_of(path)
}

/// The same for many files in one directory, with a few waits for all of them. Some may have been
/// exchanged when it fails.
pub fn replace_files(
    directory: &Path,
    files: impl IntoIterator<Item = (PathBuf, Vec<u8>)>,
) -> io::Result<()> {
    let mut paths = Vec::new();
    for (path, contents) in files {
        fs::write(new_name(&path), contents)?;
        paths.push(path);
    }
    let Some(any) = paths.first() else { return Ok(()) };
    save_contents(directory, &paths)?;
    for path in &paths {
        fs::rename(new_name(path), path)?;
    }
    save_directory_of(any)
}

/// Returns when what was written for these files would survive a loss of power. One call can have all
/// of the file system saved, which is sooner done than a thousand files one by one.
#[cfg(target_os = "linux")]
fn save_contents(directory: &Path, _paths: &[PathBuf]) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(directory)?)?)
}

#[cfg(not(target_os = "linux"))]
fn save_contents(_directory: &Path, paths: &[PathBuf]) -> io::Result<()> {
    paths.iter().try_for_each(|path| File::open(new_name(path))?.sync_all())
}

/// What a file is called until it takes the place of another.
fn new_name(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Returns when the names in the directory of this file would survive a loss of power.
pub fn save_directory_of(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
}
