//! What a torrent is made from: a file, or all files below a directory.
//!
//! A path comes in; a list of files in the order the torrent will have them goes out. The same tree
//! always gives the same list, so that two people who share it make the same torrent.

use super::Excludes;
use super::error::{Action, StorageError, shown};
use crate::metainfo::{FileEntry, Layout, LayoutError};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How many names below a directory are looked at before we say it is too much for one torrent:
/// its torrent file would have tens of megabytes, which nobody accepts.
pub const SOURCE_ENTRIES_MAX: usize = 200_000;

/// How deep directories may lie in each other.
const DEPTH_MAX: usize = 100;

/// Files that systems leave behind in directories, and nobody means to share.
const JUNK: [&str; 2] = ["Thumbs.db", "desktop.ini"];

/// The files for one torrent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The last name of the path: what the torrent is called. Bytes that are not text are replaced.
    pub name: String,
    /// Sorted by their names; never empty.
    pub files: Vec<SourceFile>,
}

/// One file to share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SourceFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its path in the torrent. The first name is the torrent's own.
    pub names: Vec<String>,
    /// Bytes, when it was looked at.
    pub length: u64,
}

/// Why no torrent can be made from a path.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The directory has no file in it, or none that is shared.
    #[error("{} has no files in it that could be shared", shown(.path))]
    NoFiles {
        /// The directory.
        path: PathBuf,
    },
    /// The path has no last name a torrent could be called by, like `/`.
    #[error("{} has no name; choose something inside it", shown(.path))]
    NoName {
        /// The path.
        path: PathBuf,
    },
    /// Neither a file nor a directory.
    #[error("{} is {found}; only files and directories can be shared", shown(.path))]
    Special {
        /// The path.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// Two names are the same once the bytes that are not text are replaced.
    #[error("{} has the same name as another file as far as it is text; rename it", shown(.path))]
    SameName {
        /// One of the two.
        path: PathBuf,
    },
    /// More names than one torrent can have.
    #[error("{} has more than {SOURCE_ENTRIES_MAX} entries, too many for one torrent", shown(.path))]
    TooMany {
        /// The directory.
        path: PathBuf,
    },
    /// Directories lie too deep in each other.
    #[error("{} lies more than {DEPTH_MAX} directories deep", shown(.path))]
    TooDeep {
        /// Where looking ended.
        path: PathBuf,
    },
    /// The torrent would be written over a file in it.
    #[error("{} is to be shared, not written over; write the torrent elsewhere", shown(.path))]
    WrittenOver {
        /// The file.
        path: PathBuf,
    },
    /// It could not be looked at.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Source {
    /// Looks at a path and all below it. Blocks for as long as the disk takes.
    ///
    /// Names below a directory that start with a dot, and those that systems leave behind
    /// (`Thumbs.db`, `desktop.ini`), are skipped, and so is what `excludes` names. Links are
    /// followed to what they lead to, except back into a directory that is just being looked at; a
    /// link that leads nowhere is an error.
    pub fn find(path: &Path, excludes: &Excludes) -> Result<Self, SourceError> {
        let metadata = examine(path)?;
        let name = name_of(path)?;
        if !metadata.is_dir() {
            let file = SourceFile {
                path: path.to_path_buf(),
                names: vec![name.clone()],
                length: file_length(path, &metadata)?,
            };
            return Ok(Source { name, files: vec![file] });
        }
        let files = files_below(path, &name, &metadata, excludes)?;
        Ok(Source { name, files })
    }

    /// The cut of the torrent.
    pub fn layout(&self, piece_length: u64) -> Result<Layout, LayoutError> {
        let entry = |file: &SourceFile| FileEntry {
            path: file.names.clone(),
            length: file.length,
            padding: false,
        };
        Layout::new(piece_length, self.files.iter().map(entry).collect())
    }

    /// Bytes of all files together.
    pub fn total_length(&self) -> u64 {
        self.files.iter().fold(0, |total, file| total.saturating_add(file.length))
    }

    /// What a torrent of this path is called: the path's last name, or that of what `.` or `..`
    /// stands for. Bytes that are not text are replaced.
    pub fn name_of(path: &Path) -> Result<String, SourceError> {
        name_of(path)
    }

    /// Leaves out the file that the torrent will be written over: the `.torrent` of a directory may
    /// lie in it, and is no part of it. Writing over any other file that is shared is refused.
    pub fn leave_out(&mut self, torrent_file: &Path) -> Result<(), SourceError> {
        let Ok(written) = fs::metadata(torrent_file) else { return Ok(()) };
        // By what it is and not by its name, since links may lead there too.
        let is_written = |file: &SourceFile| {
            fs::metadata(&file.path).is_ok_and(|metadata| identity(&metadata) == identity(&written))
        };
        let is_own = |file: &SourceFile| {
            file.names.len() > 1 && file.path.extension().is_some_and(|end| end == "torrent")
        };
        if let Some(lost) = self.files.iter().find(|file| is_written(file) && !is_own(file)) {
            return Err(SourceError::WrittenOver { path: lost.path.clone() });
        }
        let path = self.files[0].path.clone();
        self.files.retain(|file| !is_written(file));
        if self.files.is_empty() { Err(SourceError::NoFiles { path }) } else { Ok(()) }
    }

    /// Calls the torrent something else than its path is called.
    pub fn rename(&mut self, name: &str) {
        self.name = name.to_owned();
        for file in &mut self.files {
            file.names[0] = name.to_owned();
        }
    }

    /// Where the files lie, in the order of the layout.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|file| file.path.clone()).collect()
    }
}

/// Device and number: the same for all names of a file.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn examine(path: &Path) -> Result<Metadata, StorageError> {
    fs::metadata(path).map_err(|error| StorageError::from_io(Action::Examine, path, &error))
}

fn name_of(path: &Path) -> Result<String, SourceError> {
    let named = match path.file_name() {
        Some(name) => Some(name.to_owned()),
        // Like `.` and `..`, which have a name only in the directory above.
        None => fs::canonicalize(path)
            .map_err(|error| StorageError::from_io(Action::Examine, path, &error))?
            .file_name()
            .map(ToOwned::to_owned),
    };
    named
        .map(|name| name.to_string_lossy().into_owned())
        .ok_or_else(|| SourceError::NoName { path: path.into() })
}

fn file_length(path: &Path, metadata: &Metadata) -> Result<u64, SourceError> {
    if metadata.is_file() {
        return Ok(metadata.len());
    }
    let kind = metadata.file_type();
    let found = match (kind.is_fifo(), kind.is_socket()) {
        (true, _) => "a pipe",
        (_, true) => "a socket",
        _ => "a device",
    };
    let path = path.to_path_buf();
    Err(SourceError::Special { path, found })
}

fn files_below(
    path: &Path,
    name: &str,
    metadata: &Metadata,
    excludes: &Excludes,
) -> Result<Vec<SourceFile>, SourceError> {
    let mut walk = Walk {
        top: path,
        excludes,
        entries: 0,
        inside: Vec::new(),
        names: vec![name.to_owned()],
        files: Vec::new(),
    };
    walk.enter(path, metadata)?;
    let mut files = walk.files;
    if files.is_empty() {
        return Err(SourceError::NoFiles { path: path.into() });
    }
    files.sort_unstable_by(|a, b| a.names.cmp(&b.names));
    // Sorted, a name that is taken twice comes right before what it clashes with, even if one of
    // the two is a directory.
    let clash = files.windows(2).find(|pair| pair[1].names.starts_with(&pair[0].names));
    match clash {
        Some(pair) => Err(SourceError::SameName { path: pair[1].path.clone() }),
        None => Ok(files),
    }
}

struct Walk<'a> {
    top: &'a Path,
    excludes: &'a Excludes,
    /// Names looked at so far.
    entries: usize,
    /// The directories we are in: device and number of each, whatever links led there.
    inside: Vec<(u64, u64)>,
    /// Their names, as they will be in the torrent.
    names: Vec<String>,
    files: Vec<SourceFile>,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Path, metadata: &Metadata) -> Result<(), SourceError> {
        let identity = identity(metadata);
        if self.inside.contains(&identity) {
            return Ok(());
        }
        if self.inside.len() > DEPTH_MAX {
            let path = directory.to_path_buf();
            return Err(SourceError::TooDeep { path });
        }
        self.inside.push(identity);
        for name in self.names_in(directory)? {
            self.visit(directory.join(&name), &name.to_string_lossy())?;
        }
        self.inside.pop();
        Ok(())
    }

    /// What the directory holds. It is closed again before anyone goes deeper, so that the walk
    /// needs one descriptor however deep it leads.
    fn names_in(&mut self, directory: &Path) -> Result<Vec<OsString>, SourceError> {
        let error = |error| StorageError::from_io(Action::Read, directory, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(directory).map_err(error)? {
            names.push(entry.map_err(error)?.file_name());
            self.entries += 1;
            if self.entries > SOURCE_ENTRIES_MAX {
                return Err(SourceError::TooMany { path: self.top.to_path_buf() });
            }
        }
        Ok(names)
    }

    fn visit(&mut self, path: PathBuf, name: &str) -> Result<(), SourceError> {
        if name.starts_with('.') || JUNK.contains(&name) {
            return Ok(());
        }
        self.names.push(name.to_owned());
        // By its name first: a link to nowhere is no trouble where it is not meant to be shared.
        if !self.excludes.matches(&self.names[1..]) {
            self.share(path)?;
        }
        self.names.pop();
        Ok(())
    }

    /// Takes in the file or directory that `names` lead to.
    fn share(&mut self, path: PathBuf) -> Result<(), SourceError> {
        let metadata = examine(&path)?;
        if !metadata.is_dir() {
            let (names, length) = (self.names.clone(), file_length(&path, &metadata)?);
            self.files.push(SourceFile { path, names, length });
        } else if !self.excludes.matches_directory(&self.names[1..]) {
            self.enter(&path, &metadata)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    /// A directory called `top` with these files, each holding its own path.
    fn tree(files: &[&str]) -> (TempDir, PathBuf) {
        let root = tempfile::tempdir().expect("a temporary directory");
        let top = root.path().join("top");
        fs::create_dir(&top).expect("a directory");
        for file in files {
            let path = top.join(file);
            fs::create_dir_all(path.parent().expect("below the top")).expect("directories");
            fs::write(path, file).expect("a file");
        }
        (root, top)
    }

    /// The paths in the torrent.
    fn names(source: &Source) -> Vec<String> {
        let files = source.files.iter();
        files.map(|file| file.names.join("/")).collect()
    }

    fn found(path: &Path) -> Vec<String> {
        names(&Source::find(path, &Excludes::default()).expect("files to share"))
    }

    #[test]
    fn a_file_is_a_source_of_its_own_name() {
        let (_root, top) = tree(&["a b:ü"]);
        let path = top.join("a b:ü");
        let expected = Source {
            name: "a b:ü".into(),
            files: vec![SourceFile { path: path.clone(), names: vec!["a b:ü".into()], length: 6 }],
        };
        assert_eq!(Source::find(&path, &Excludes::default()), Ok(expected));
    }

    #[test]
    fn a_directory_is_listed_in_the_order_of_its_names() {
        let (_root, top) = tree(&["b", "a/z", "a/b/c", "a-b", "B", "Z/core"]);
        let source = Source::find(&top, &Excludes::default()).expect("files to share");
        assert_eq!(source.name, "top");
        let expected = ["top/B", "top/Z/core", "top/a/b/c", "top/a/z", "top/a-b", "top/b"];
        assert_eq!(names(&source), expected);
        let layout = source.layout(16).expect("sizes");
        assert_eq!(layout.total_length(), 1 + 6 + 5 + 3 + 3 + 1);
        assert_eq!(source.paths()[2], top.join("a/b/c"));
    }

    #[test]
    fn hidden_and_junk_names_are_skipped_unless_asked_for() {
        let (_root, top) = tree(&[".a", "a", ".git/x", "d/Thumbs.db", "d/desktop.ini", "d/e"]);
        assert_eq!(found(&top), ["top/a", "top/d/e"]);
        assert_eq!(found(&top.join(".git")), [".git/x"]);
        assert_eq!(found(&top.join(".a")), [".a"]);
    }

    #[test]
    fn a_path_without_a_name_of_its_own_is_called_what_it_is_called_above() {
        let (_root, top) = tree(&["d/f"]);
        let source = Source::find(&top.join("d/.."), &Excludes::default()).expect("files to share");
        assert_eq!(source.name, "top");
        let refused = SourceError::NoName { path: "/".into() };
        assert_eq!(Source::find(Path::new("/"), &Excludes::default()), Err(refused));
    }

    #[test]
    fn the_torrent_of_a_directory_is_no_part_of_it_and_no_other_file_is_written_over() {
        let (_root, top) = tree(&["a", "top.torrent"]);
        let mut source = Source::find(&top, &Excludes::default()).expect("files to share");
        source.leave_out(&top.join("not there yet")).expect("nothing to leave out");
        assert_eq!(names(&source), ["top/a", "top/top.torrent"]);
        let path = top.join("a");
        let refused = Err(SourceError::WrittenOver { path: path.clone() });
        assert_eq!(source.leave_out(&path), refused);
        source.leave_out(&top.join("../top/top.torrent")).expect("one is left");
        assert_eq!(names(&source), ["top/a"]);
        let mut alone = Source::find(&path, &Excludes::default()).expect("a file to share");
        fs::hard_link(&path, top.join("b.torrent")).expect("another name");
        assert_eq!(alone.leave_out(&top.join("b.torrent")), refused);
    }

    #[test]
    fn links_are_followed_but_not_in_circles() {
        let (root, top) = tree(&["d/f"]);
        fs::write(root.path().join("outside"), "12345").expect("a file");
        symlink("../outside", top.join("file_link")).expect("a link");
        symlink("d", top.join("directory_link")).expect("a link");
        symlink("..", top.join("d/up")).expect("a link");
        symlink(".", top.join("self")).expect("a link");
        assert_eq!(found(&top), ["top/d/f", "top/directory_link/f", "top/file_link"]);
    }

    #[test]
    fn a_link_to_nowhere_is_an_error() {
        let (_root, top) = tree(&["f"]);
        let path = top.join("link");
        symlink("nowhere", &path).expect("a link");
        let missing = StorageError::Missing { path };
        assert_eq!(Source::find(&top, &Excludes::default()), Err(missing.into()));
    }

    #[test]
    fn what_cannot_be_shared_is_told_by_its_kind() {
        let (_root, top) = tree(&["f"]);
        let path = top.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).expect("a socket");
        let found = "a socket";
        let special = Err(SourceError::Special { path: path.clone(), found });
        assert_eq!(Source::find(&path, &Excludes::default()), special);
        assert_eq!(Source::find(&top, &Excludes::default()), special);
        let device =
            Source::find(Path::new("/dev/null"), &Excludes::default()).expect_err("a device");
        assert_eq!(
            device.to_string(),
            "/dev/null is a device; only files and directories can be shared"
        );
    }

    #[test]
    fn a_directory_without_files_and_a_missing_path_are_told() {
        let (_root, top) = tree(&[".hidden"]);
        fs::create_dir(top.join("empty")).expect("a directory");
        let refused = SourceError::NoFiles { path: top.clone() };
        assert_eq!(Source::find(&top, &Excludes::default()), Err(refused));
        let path = top.join("missing");
        let missing = StorageError::Missing { path: path.clone() };
        assert_eq!(Source::find(&path, &Excludes::default()), Err(missing.into()));
    }

    #[test]
    fn names_that_are_not_text_are_shared_unless_they_clash() {
        let (_root, top) = tree(&[]);
        let odd = |bytes: &[u8]| top.join(OsStr::from_bytes(bytes));
        fs::write(odd(b"a\xff"), "1").expect("a file");
        assert_eq!(found(&top), ["top/a\u{fffd}"]);
        fs::create_dir(odd(b"a\xfe")).expect("a directory");
        fs::write(odd(b"a\xfe/b"), "2").expect("a file");
        let path = odd(b"a\xfe/b");
        assert_eq!(Source::find(&top, &Excludes::default()), Err(SourceError::SameName { path }));
    }

    #[test]
    fn what_is_excluded_is_not_even_looked_at() {
        let (_root, top) = tree(&["a.tmp", "a.txt", "build/x", "d/build", "d/b.tmp", "d/c"]);
        symlink("nowhere", top.join("broken.tmp")).expect("a link");
        let excludes = Excludes::new(["*.tmp", "build/"]).expect("patterns");
        let source = Source::find(&top, &excludes).expect("files to share");
        assert_eq!(names(&source), ["top/a.txt", "top/d/build", "top/d/c"]);
        let all = Excludes::new(["*"]).expect("patterns");
        let refused = SourceError::NoFiles { path: top.clone() };
        assert_eq!(Source::find(&top, &all), Err(refused));
        let itself = Source::find(&top.join("a.tmp"), &all).expect("it was asked for by name");
        assert_eq!(names(&itself), ["a.tmp"]);
    }

    #[test]
    fn directories_too_deep_to_be_meant_are_refused() {
        let (_root, top) = tree(&[&format!("{}f", "d/".repeat(DEPTH_MAX + 1))]);
        let refused = Source::find(&top, &Excludes::default());
        assert!(matches!(refused, Err(SourceError::TooDeep { .. })));
        let (_root, top) = tree(&[&format!("{}f", "d/".repeat(DEPTH_MAX))]);
        assert_eq!(found(&top).len(), 1);
    }
}
