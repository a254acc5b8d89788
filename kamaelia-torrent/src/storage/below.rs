//! Files below a directory, reached so that nothing inside the directory can lead out of it.
//!
//! A torrent, or whoever else may write below the download directory, could put a symbolic link
//! where we are about to create a file. So a path is walked name by name, each opened relative to
//! the directory before it, and no link is followed. The directory at the top is the user's own
//! word and may be reached through any link.

use super::error::{Action, StorageError};
use super::stamp::Stamp;
use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// One file below a directory that may or may not exist.
pub(super) struct Below<'a> {
    /// Trusted.
    pub(super) root: &'a Path,
    /// Not trusted, but each a single name, as [`check_name`] wants it; at least one.
    pub(super) names: Vec<&'a str>,
}

/// Refuses a name that would not lie directly in the directory it is looked up in.
pub(super) fn check_name(name: &str) -> Result<(), StorageError> {
    let unsafe_name = matches!(name, "" | "." | "..") || name.contains(['/', '\0']);
    match unsafe_name {
        true => Err(StorageError::UnsafeName { name: name.into() }),
        false => Ok(()),
    }
}

impl Below<'_> {
    /// The whole path, to show.
    pub(super) fn path(&self) -> PathBuf {
        self.path_of(self.names.len())
    }

    /// The stamp of the file, if there is one. Anything else of that name is an error.
    pub(super) fn stamp(&self) -> Result<Option<Stamp>, StorageError> {
        let directory = match self.directory(false) {
            Ok(directory) => directory,
            Err(StorageError::Missing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(stat) = self.examine(&directory, self.names.len())? else {
            return Ok(None);
        };
        self.refuse_unless(FileType::RegularFile, &stat, self.names.len())?;
        Ok(Some(Stamp::of(&stat)))
    }

    /// Takes the file away, if it is there.
    pub(super) fn remove(&self) -> Result<(), StorageError> {
        let directory = match self.directory(false) {
            Err(StorageError::Missing { .. }) => return Ok(()),
            directory => directory?,
        };
        let depth = self.names.len();
        match fs::unlinkat(&directory, self.names[depth - 1], AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.error(depth, Action::Remove, errno)),
        }
    }

    /// Opens the file for reading.
    pub(super) fn open(&self) -> Result<File, StorageError> {
        self.open_with(OFlags::RDONLY, Action::Read)
    }

    /// Opens the file for reading and writing; makes it, and directories on the way to it, when
    /// they are not there yet.
    pub(super) fn open_or_create(&self) -> Result<File, StorageError> {
        self.open_with(OFlags::RDWR | OFlags::CREATE, Action::Create)
    }

    fn open_with(&self, access: OFlags, action: Action) -> Result<File, StorageError> {
        let depth = self.names.len();
        let directory = self.directory(access.contains(OFlags::CREATE))?;
        // Opening a device or a pipe can have effects or wait for ever, so look first.
        if let Some(stat) = self.examine(&directory, depth)? {
            self.refuse_unless(FileType::RegularFile, &stat, depth)?;
        }
        // Someone may still exchange it between the look and the opening: hence no waiting, no
        // following, and the look at what was really opened.
        let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o666);
        let file = fs::openat(&directory, self.names[depth - 1], flags, mode)
            .map_err(|errno| self.refusal(&directory, depth, action, errno))?;
        let stat = fs::fstat(&file).map_err(|errno| self.error(depth, Action::Examine, errno))?;
        self.refuse_unless(FileType::RegularFile, &stat, depth)?;
        Ok(File::from(file))
    }

    /// The directory the file lies in.
    fn directory(&self, create: bool) -> Result<OwnedFd, StorageError> {
        let mut directory = self.open_root(create)?;
        for depth in 1..self.names.len() {
            directory = self.enter(&directory, depth, create)?;
        }
        Ok(directory)
    }

    fn open_root(&self, create: bool) -> Result<OwnedFd, StorageError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = match fs::open(self.root, flags, Mode::empty()) {
            Err(Errno::NOENT) if create => {
                std::fs::create_dir_all(self.root)
                    .map_err(|error| StorageError::from_io(Action::Create, self.root, &error))?;
                fs::open(self.root, flags, Mode::empty())
            }
            opened => opened,
        };
        opened.map_err(|errno| self.error(0, Action::Read, errno))
    }

    fn enter(&self, parent: &OwnedFd, depth: usize, create: bool) -> Result<OwnedFd, StorageError> {
        let name = self.names[depth - 1];
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let opened = match fs::openat(parent, name, flags, Mode::empty()) {
            Err(Errno::NOENT) if create => {
                match fs::mkdirat(parent, name, Mode::from_raw_mode(0o777)) {
                    // Another thread may have been quicker.
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(self.error(depth, Action::Create, errno)),
                }
                fs::openat(parent, name, flags, Mode::empty())
            }
            opened => opened,
        };
        opened.map_err(|errno| self.refusal(parent, depth, Action::Read, errno))
    }

    /// What the name at this depth stands for, itself, not what it may point to.
    fn examine(&self, parent: &OwnedFd, depth: usize) -> Result<Option<Stat>, StorageError> {
        match fs::statat(parent, self.names[depth - 1], AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.error(depth, Action::Examine, errno)),
        }
    }

    /// Why something could not be opened: most usefully, what it is instead.
    fn refusal(
        &self,
        parent: &OwnedFd,
        depth: usize,
        action: Action,
        errno: Errno,
    ) -> StorageError {
        let wanted = match depth == self.names.len() {
            true => FileType::RegularFile,
            false => FileType::Directory,
        };
        self.examine(parent, depth)
            .ok()
            .flatten()
            .and_then(|stat| self.refuse_unless(wanted, &stat, depth).err())
            .unwrap_or_else(|| self.error(depth, action, errno))
    }

    fn refuse_unless(
        &self,
        wanted: FileType,
        stat: &Stat,
        depth: usize,
    ) -> Result<(), StorageError> {
        let found = FileType::from_raw_mode(stat.st_mode);
        match found == wanted {
            true => Ok(()),
            false => Err(StorageError::InTheWay {
                path: self.path_of(depth),
                found: called(found),
                wanted: called(wanted),
            }),
        }
    }

    fn error(&self, depth: usize, action: Action, errno: Errno) -> StorageError {
        StorageError::from_io(action, &self.path_of(depth), &errno.into())
    }

    fn path_of(&self, depth: usize) -> PathBuf {
        let mut path = self.root.to_path_buf();
        path.extend(&self.names[..depth]);
        path
    }
}

/// Opens a file the user named, for reading, through whatever links lead to it.
pub(super) fn open_named(path: &Path) -> Result<File, StorageError> {
    stamp_of_named(path)?;
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    fs::open(path, flags, Mode::empty())
        .map(File::from)
        .map_err(|errno| StorageError::from_io(Action::Read, path, &errno.into()))
}

/// The stamp of a file the user named. Anything but a file is an error.
pub(super) fn stamp_of_named(path: &Path) -> Result<Stamp, StorageError> {
    let stat = fs::stat(path)
        .map_err(|errno| StorageError::from_io(Action::Examine, path, &errno.into()))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Stamp::of(&stat)),
        other => Err(StorageError::InTheWay {
            path: path.to_path_buf(),
            found: called(other),
            wanted: called(FileType::RegularFile),
        }),
    }
}

/// What people call it.
fn called(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "something unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    fn root() -> TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    fn below<'a>(root: &'a TempDir, names: &[&'a str]) -> Below<'a> {
        Below { root: root.path(), names: names.to_vec() }
    }

    /// How one file is refused, in every way it can be asked for.
    fn refusals(file: &Below<'_>) -> Vec<StorageError> {
        [file.stamp().err(), file.open().err(), file.open_or_create().err()]
            .into_iter()
            .flatten()
            .collect()
    }

    fn in_the_way(path: PathBuf, found: &'static str, wanted: &'static str) -> Vec<StorageError> {
        vec![StorageError::InTheWay { path, found, wanted }; 3]
    }

    #[test]
    fn directories_and_files_are_made_on_demand() {
        let root = root();
        let file = below(&root, &["a", "b", "c.txt"]);
        assert_eq!(file.stamp(), Ok(None));
        assert!(file.open().expect_err("not there yet").is_absence());
        file.open_or_create().expect("a new file");
        assert_eq!(file.stamp().map(|stamp| stamp.map(|stamp| stamp.length)), Ok(Some(0)));
        assert!(root.path().join("a/b/c.txt").is_file());
        assert_eq!((file.remove(), file.stamp()), (Ok(()), Ok(None)));
        assert_eq!((file.remove(), below(&root, &["x", "y"]).remove()), (Ok(()), Ok(())));
    }

    #[test]
    fn the_root_itself_is_made_and_may_be_a_link() {
        let outer = root();
        std::fs::create_dir(outer.path().join("real")).expect("a directory");
        symlink("real", outer.path().join("link")).expect("a link");
        let root = outer.path().join("link/new/newer");
        let file = Below { root: &root, names: vec!["f"] };
        file.open_or_create().expect("a new file");
        assert!(outer.path().join("real/new/newer/f").is_file());
    }

    #[test]
    fn a_link_on_the_way_is_refused_and_nothing_is_made_behind_it() {
        let (root, outside) = (root(), root());
        symlink(outside.path(), root.path().join("a")).expect("a link");
        let file = below(&root, &["a", "b", "f"]);
        let expected = in_the_way(root.path().join("a"), "a symbolic link", "a directory");
        assert_eq!(refusals(&file), expected);
        assert_eq!(outside.path().read_dir().expect("readable").count(), 0);
    }

    #[test]
    fn a_link_in_the_place_of_the_file_is_refused_even_if_it_leads_nowhere() {
        let (root, outside) = (root(), root());
        let target = outside.path().join("target");
        symlink(&target, root.path().join("f")).expect("a link");
        let file = below(&root, &["f"]);
        let expected = in_the_way(root.path().join("f"), "a symbolic link", "a file");
        assert_eq!(refusals(&file), expected);
        assert!(!target.exists());
        std::fs::write(&target, "theirs").expect("a file");
        assert_eq!(refusals(&file), expected);
        assert_eq!(std::fs::read(&target).expect("readable"), b"theirs");
    }

    #[test]
    fn directories_pipes_and_sockets_are_no_files_and_nobody_waits_for_them() {
        let root = root();
        std::fs::create_dir(root.path().join("directory")).expect("a directory");
        let pipe = root.path().join("pipe");
        fs::mknodat(fs::CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
        let socket = root.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        for name in ["directory", "pipe", "socket"] {
            let found = ["a directory", "a pipe", "a socket"]
                .into_iter()
                .find(|found| found.ends_with(name))
                .expect("one of them");
            let expected = in_the_way(root.path().join(name), found, "a file");
            assert_eq!(refusals(&below(&root, &[name])), expected);
        }
        assert_eq!(
            open_named(&pipe).expect_err("a pipe").to_string(),
            format!(
                "{} is a pipe where a file is needed; move it away or choose another directory",
                pipe.display()
            )
        );
    }

    #[test]
    fn a_file_on_the_way_is_refused() {
        let root = root();
        std::fs::write(root.path().join("a"), "").expect("a file");
        let expected = in_the_way(root.path().join("a"), "a file", "a directory");
        assert_eq!(refusals(&below(&root, &["a", "f"])), expected);
    }

    #[test]
    fn names_that_are_paths_are_refused() {
        for name in ["", ".", "..", "a/b", "/", "a\0"] {
            let error = StorageError::UnsafeName { name: name.into() };
            assert_eq!(check_name(name), Err(error));
        }
        for name in ["a", "...", "a b", ".a", "ü:*\n"] {
            assert_eq!(check_name(name), Ok(()));
        }
    }
}
