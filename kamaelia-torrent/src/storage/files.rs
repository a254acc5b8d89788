//! A torrent's bytes in real files.
//!
//! A file is made when its first byte is written and grows as far as its last one; what lies
//! between is left to the file system, which keeps holes for free where it can. Files have their
//! final names from the start. A file that is longer than the torrent says is refused, never cut.

use super::below::{Below, check_name, length_of_named, open_named};
use super::error::{Action, StorageError};
use super::open_files::{OpenFiles, Owner};
use super::{Storage, bytes_at};
use crate::metainfo::{Layout, Span};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Real files, opened when needed. Their descriptors are closed when this is dropped.
pub struct FileStorage {
    layout: Arc<Layout>,
    place: Place,
    open_files: Arc<OpenFiles>,
    owner: Owner,
    /// Files written to since they were last known to be safe.
    unsafe_files: Mutex<BTreeSet<usize>>,
}

/// Where the files are.
enum Place {
    /// Below a directory, under the names in the layout, not trusting them.
    Download { root: PathBuf },
    /// Each where its owner has it; as many as the layout has files.
    InPlace(Vec<PathBuf>),
}

impl FileStorage {
    /// Files below `root`, which is made when needed, at the paths the layout gives them.
    ///
    /// Nothing is touched yet. A relative `root` means the working directory of this moment. Fails
    /// when a name would lead out of `root`; links below `root` are refused when they are met.
    pub fn download(
        open_files: &Arc<OpenFiles>,
        root: &Path,
        layout: Arc<Layout>,
    ) -> Result<Self, StorageError> {
        for file in layout.files() {
            match file.path.as_slice() {
                [] => check_name("")?,
                names => names.iter().try_for_each(|name| check_name(name))?,
            }
        }
        let place = Place::Download { root: absolute(root)? };
        Ok(Self::new(open_files, place, layout))
    }

    /// Files that are seeded where they lie, in the order of the layout: read from, never written
    /// to, reached through whatever links lead to them.
    ///
    /// Nothing is touched yet. Relative paths mean the working directory of this moment.
    ///
    /// # Panics
    ///
    /// When there are not as many paths as the layout has files: both come from one list.
    pub fn in_place(
        open_files: &Arc<OpenFiles>,
        paths: Vec<PathBuf>,
        layout: Arc<Layout>,
    ) -> Result<Self, StorageError> {
        assert_eq!(paths.len(), layout.files().len(), "a path for each file");
        let paths: Result<Vec<_>, _> = paths.iter().map(|path| absolute(path)).collect();
        Ok(Self::new(open_files, Place::InPlace(paths?), layout))
    }

    fn new(open_files: &Arc<OpenFiles>, place: Place, layout: Arc<Layout>) -> Self {
        FileStorage {
            layout,
            place,
            owner: open_files.new_owner(),
            open_files: Arc::clone(open_files),
            unsafe_files: Mutex::default(),
        }
    }

    /// Where this file (an index into [`Layout::files`]) is or will be.
    ///
    /// # Panics
    ///
    /// When the layout has no such file.
    pub fn path(&self, file: usize) -> PathBuf {
        match &self.place {
            Place::Download { root } => self.below(root, file).path(),
            Place::InPlace(paths) => paths[file].clone(),
        }
    }

    fn below<'a>(&'a self, root: &'a Path, file: usize) -> Below<'a> {
        let path = &self.layout.files()[file].path;
        Below { root, names: path.iter().map(String::as_str).collect() }
    }

    /// An open file. `writable` also makes it.
    fn file(&self, file: usize, writable: bool) -> Result<Arc<File>, StorageError> {
        if let Some(open) = self.open_files.get(self.owner, file, writable) {
            return Ok(open);
        }
        let opened = self.with_descriptors(|| self.open(file, writable))?;
        self.check_length(file, &opened)?;
        Ok(self.open_files.keep(self.owner, file, writable, opened))
    }

    fn open(&self, file: usize, writable: bool) -> Result<File, StorageError> {
        match &self.place {
            Place::Download { root } => {
                let below = self.below(root, file);
                match writable {
                    true => below.open_or_create(),
                    false => below.open(),
                }
            }
            Place::InPlace(paths) => match writable {
                true => Err(StorageError::ReadOnly { path: paths[file].clone() }),
                false => open_named(&paths[file]),
            },
        }
    }

    /// Connections may have taken the descriptors we count on. Then ours are given back, and it is
    /// tried once more.
    fn with_descriptors<T>(
        &self,
        attempt: impl Fn() -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        match attempt() {
            Err(StorageError::TooManyOpen { .. }) => {
                self.open_files.close_all();
                attempt()
            }
            result => result,
        }
    }

    fn check_length(&self, file: usize, opened: &File) -> Result<(), StorageError> {
        let metadata = opened.metadata();
        let length = metadata.map_err(|error| self.error(Action::Examine, file, &error))?;
        self.refuse_longer(file, length.len())
    }

    fn refuse_longer(&self, file: usize, length: u64) -> Result<(), StorageError> {
        let expected = self.layout.files()[file].length;
        if length <= expected {
            return Ok(());
        }
        Err(match self.place {
            Place::Download { .. } => {
                StorageError::TooLong { path: self.path(file), length, expected }
            }
            Place::InPlace(_) => StorageError::Changed { path: self.path(file), length, expected },
        })
    }

    fn read_span(&self, span: Span, buffer: &mut [u8]) -> Result<(), StorageError> {
        if self.layout.files()[span.file].padding {
            buffer.fill(0);
            return Ok(());
        }
        let file = self.file(span.file, false)?;
        file.read_exact_at(buffer, span.offset).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => self.truncated(span.file, &file),
            _ => self.error(Action::Read, span.file, &error),
        })
    }

    fn write_span(&self, span: Span, bytes: &[u8]) -> Result<(), StorageError> {
        if self.layout.files()[span.file].padding {
            return Ok(());
        }
        let file = self.file(span.file, true)?;
        self.unsafe_files().insert(span.file);
        file.write_all_at(bytes, span.offset)
            .map_err(|error| self.error(Action::Write, span.file, &error))
    }

    fn sync_file(&self, file: usize) -> Result<(), StorageError> {
        let open = self.file(file, false)?;
        open.sync_data().map_err(|error| self.error(Action::Sync, file, &error))
    }

    fn truncated(&self, file: usize, open: &File) -> StorageError {
        StorageError::Truncated {
            path: self.path(file),
            length: open.metadata().map_or(0, |metadata| metadata.len()),
            expected: self.layout.files()[file].length,
        }
    }

    fn error(&self, action: Action, file: usize, error: &io::Error) -> StorageError {
        StorageError::from_io(action, &self.path(file), error)
    }

    fn unsafe_files(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        // A set of numbers is whole whatever the thread that held it was doing.
        self.unsafe_files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the files without bytes, once nothing is known to stand in the way of any file.
    fn prepare_download(&self) -> Result<(), StorageError> {
        let mut to_make = Vec::new();
        for (index, file) in self.layout.files().iter().enumerate() {
            if self.stored_length(index)?.is_none() && file.length == 0 {
                to_make.push(index);
            }
        }
        to_make
            .into_iter()
            .try_for_each(|file| self.with_descriptors(|| self.open(file, true)).map(drop))
    }

    fn prepare_in_place(&self) -> Result<(), StorageError> {
        for (index, file) in self.layout.files().iter().enumerate() {
            if file.padding {
                continue;
            }
            let path = self.path(index);
            let length = length_of_named(&path)?;
            if length != file.length {
                return Err(StorageError::Changed { path, length, expected: file.length });
            }
        }
        Ok(())
    }
}

impl Storage for FileStorage {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn prepare(&self) -> Result<(), StorageError> {
        // What is open may have been exchanged under its name since.
        self.open_files.forget(self.owner);
        match self.place {
            Place::Download { .. } => self.prepare_download(),
            Place::InPlace(_) => self.prepare_in_place(),
        }
    }

    fn stored_length(&self, file: usize) -> Result<Option<u64>, StorageError> {
        let entry = &self.layout.files()[file];
        if entry.padding {
            return Ok(Some(entry.length));
        }
        let length = match &self.place {
            Place::Download { root } => {
                self.with_descriptors(|| self.below(root, file).length())?
            }
            Place::InPlace(paths) => match length_of_named(&paths[file]) {
                Err(StorageError::Missing { .. }) => None,
                length => Some(length?),
            },
        };
        if let Some(length) = length {
            self.refuse_longer(file, length)?;
        }
        Ok(length)
    }

    fn read_at(&self, offset: u64, mut buffer: &mut [u8]) -> Result<(), StorageError> {
        for span in self.layout.spans(bytes_at(offset, buffer.len())) {
            // Not longer than the buffer, so it fits a usize.
            let (part, rest) = buffer.split_at_mut(span.length as usize);
            self.read_span(span, part)?;
            buffer = rest;
        }
        Ok(())
    }

    fn write_at(&self, offset: u64, mut bytes: &[u8]) -> Result<(), StorageError> {
        for span in self.layout.spans(bytes_at(offset, bytes.len())) {
            let (part, rest) = bytes.split_at(span.length as usize);
            self.write_span(span, part)?;
            bytes = rest;
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), StorageError> {
        let files = std::mem::take(&mut *self.unsafe_files());
        let mut rest = files.iter().copied();
        while let Some(file) = rest.next() {
            if let Err(error) = self.sync_file(file) {
                self.unsafe_files().extend(rest.chain([file]));
                return Err(error);
            }
        }
        Ok(())
    }
}

impl Drop for FileStorage {
    fn drop(&mut self) {
        self.open_files.forget(self.owner);
    }
}

fn absolute(path: &Path) -> Result<PathBuf, StorageError> {
    std::path::absolute(path).map_err(|error| StorageError::from_io(Action::Examine, path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metainfo::FileEntry;
    use crate::storage::conformance::{conformance, layout_of, layout_with_padding};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::process::Command;
    use tempfile::TempDir;

    /// A storage and the directory that goes with it.
    struct Temporary {
        storage: FileStorage,
        root: TempDir,
    }

    impl Temporary {
        fn new(open_files_max: usize, layout: Arc<Layout>) -> Self {
            let root = tempfile::tempdir().expect("a temporary directory");
            let open_files = Arc::new(OpenFiles::new(open_files_max));
            let storage = FileStorage::download(&open_files, root.path(), layout);
            let storage = storage.expect("good names");
            Temporary { storage, root }
        }

        fn path(&self, path: &str) -> PathBuf {
            self.root.path().join(path)
        }
    }

    impl Storage for Temporary {
        fn layout(&self) -> &Layout {
            self.storage.layout()
        }
        fn prepare(&self) -> Result<(), StorageError> {
            self.storage.prepare()
        }
        fn stored_length(&self, file: usize) -> Result<Option<u64>, StorageError> {
            self.storage.stored_length(file)
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
            self.storage.read_at(offset, buffer)
        }
        fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
            self.storage.write_at(offset, bytes)
        }
        fn sync(&self) -> Result<(), StorageError> {
            self.storage.sync()
        }
    }

    conformance!(&|layout| Box::new(Temporary::new(32, layout)));

    mod with_two_open_files {
        use super::*;
        conformance!(&|layout| Box::new(Temporary::new(2, layout)));
    }

    fn in_place(paths: Vec<PathBuf>, lengths: &[u64]) -> FileStorage {
        let layout = Arc::new(layout_of(16, lengths));
        FileStorage::in_place(&Arc::default(), paths, layout).expect("paths")
    }

    fn entry(path: &[&str], length: u64) -> FileEntry {
        let path = path.iter().map(ToString::to_string).collect();
        FileEntry { path, length, padding: false }
    }

    #[test]
    fn files_lie_at_their_names_below_the_root() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let files = vec![entry(&["a b:c"], 2), entry(&["ü", "d"], 2)];
        let layout = Arc::new(Layout::new(16, files).expect("sizes"));
        let storage = FileStorage::download(&Arc::default(), root.path(), layout);
        storage.expect("good names").write_at(0, b"abcd").expect("room");
        let read = |path: &str| std::fs::read(root.path().join(path)).expect("a file");
        assert_eq!([read("a b:c"), read("ü/d")], [b"ab", b"cd"]);
    }

    #[test]
    fn names_that_lead_out_are_refused_before_anything_is_made() {
        let root = tempfile::tempdir().expect("a temporary directory");
        for (path, name) in [
            (["a", "..", "b"].as_slice(), ".."),
            (&["/etc/passwd"], "/etc/passwd"),
            (&["a", ""], ""),
            (&[], ""),
        ] {
            let layout = Arc::new(Layout::new(16, vec![entry(path, 1)]).expect("sizes"));
            let refused = FileStorage::download(&Arc::default(), root.path(), layout).err();
            assert_eq!(refused, Some(StorageError::UnsafeName { name: name.into() }));
        }
        assert_eq!(root.path().read_dir().expect("readable").count(), 0);
    }

    #[test]
    fn padding_makes_no_file() {
        let layout = Arc::new(layout_with_padding(8, &[5, 3, 0], &[1, 2]));
        let temporary = Temporary::new(32, layout);
        temporary.prepare().expect("nothing in the way");
        temporary.write_at(0, b"abcde\0\0\0").expect("room");
        let names = temporary.root.path().read_dir().expect("readable");
        let names: Vec<_> = names.map(|entry| entry.expect("readable").file_name()).collect();
        assert_eq!(names, ["0"]);
    }

    #[test]
    fn a_link_below_the_root_is_refused_before_any_file_is_made() {
        let temporary = Temporary::new(32, Arc::new(layout_of(16, &[0, 5])));
        let outside = tempfile::tempdir().expect("a temporary directory");
        let target = outside.path().join("target");
        symlink(&target, temporary.path("1")).expect("a link");
        let expected = StorageError::InTheWay {
            path: temporary.path("1"),
            found: "a symbolic link",
            wanted: "a file",
        };
        assert_eq!(temporary.prepare(), Err(expected.clone()));
        assert_eq!(temporary.write_at(0, b"abcde"), Err(expected));
        assert!(!target.exists() && !temporary.path("0").exists());
    }

    #[test]
    fn a_longer_file_is_refused_and_left_alone() {
        let temporary = Temporary::new(32, Arc::new(layout_of(16, &[5])));
        std::fs::write(temporary.path("0"), "theirs").expect("a file");
        let expected =
            Err(StorageError::TooLong { path: temporary.path("0"), length: 6, expected: 5 });
        assert_eq!(temporary.prepare(), expected);
        assert_eq!(temporary.write_at(0, b"abcde"), expected);
        assert_eq!(temporary.read_at(0, &mut [0]), expected);
        let bytes = std::fs::read(temporary.path("0")).expect("still there");
        assert_eq!(bytes, b"theirs");
    }

    #[test]
    fn a_file_cut_short_while_open_is_told_with_its_lengths() {
        let temporary = Temporary::new(32, Arc::new(layout_of(16, &[10])));
        temporary.write_at(0, b"0123456789").expect("room");
        let file = File::options().write(true).open(temporary.path("0"));
        file.and_then(|file| file.set_len(4)).expect("a file");
        let expected =
            Err(StorageError::Truncated { path: temporary.path("0"), length: 4, expected: 10 });
        assert_eq!(temporary.read_at(0, &mut [0; 10]), expected);
        assert_eq!(temporary.read_at(0, &mut [0; 4]), Ok(()));
    }

    #[test]
    fn a_file_exchanged_under_its_name_is_seen_when_preparing() {
        let temporary = Temporary::new(32, Arc::new(layout_of(16, &[2])));
        temporary.write_at(0, b"ab").expect("room");
        std::fs::remove_file(temporary.path("0")).expect("a file");
        std::fs::write(temporary.path("0"), "cd").expect("a file");
        temporary.prepare().expect("nothing in the way");
        let mut buffer = [0; 2];
        temporary.read_at(0, &mut buffer).expect("readable");
        assert_eq!(&buffer, b"cd");
    }

    #[test]
    fn a_file_taken_away_before_it_was_safe_is_told_when_syncing() {
        let temporary = Temporary::new(0, Arc::new(layout_of(16, &[2, 2])));
        temporary.write_at(0, b"abcd").expect("room");
        std::fs::remove_file(temporary.path("0")).expect("a file");
        let path = temporary.path("0");
        assert_eq!(temporary.sync(), Err(StorageError::Missing { path }));
        temporary.write_at(0, b"ab").expect("room");
        assert_eq!(temporary.sync(), Ok(()));
    }

    #[test]
    fn files_are_seeded_where_they_lie_whatever_their_names_and_links() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let odd = root.path().join(OsStr::from_bytes(b"\xff odd\n"));
        std::fs::write(&odd, "abc").expect("a file");
        let link = root.path().join("link");
        symlink(&odd, &link).expect("a link");
        let storage = in_place(vec![odd.clone(), link], &[3, 3]);
        storage.prepare().expect("complete");
        let mut buffer = [0; 4];
        storage.read_at(1, &mut buffer).expect("readable");
        assert_eq!(&buffer, b"bcab");
        let expected = Err(StorageError::ReadOnly { path: odd.clone() });
        assert_eq!(storage.write_at(0, b"x"), expected);
        assert_eq!(std::fs::read(&odd).expect("a file"), b"abc");
    }

    #[test]
    fn a_seeded_file_that_is_gone_or_has_changed_is_told() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let path = root.path().join("f");
        let storage = in_place(vec![path.clone()], &[3]);
        let missing = StorageError::Missing { path: path.clone() };
        assert_eq!(storage.prepare(), Err(missing));
        assert_eq!(storage.stored_length(0), Ok(None));
        for content in ["ab", "abcd"] {
            std::fs::write(&path, content).expect("a file");
            let changed = StorageError::Changed {
                path: path.clone(),
                length: content.len() as u64,
                expected: 3,
            };
            assert_eq!(storage.prepare(), Err(changed));
        }
    }

    #[test]
    fn a_disk_that_is_full_says_so() {
        // The only disk that is full for root, too, is not a file, so it is met where files are
        // already open.
        let temporary = Temporary::new(32, Arc::new(layout_of(16, &[5])));
        let full = File::options().write(true).open("/dev/full");
        let full = full.expect("every Linux has it");
        let storage = &temporary.storage;
        storage.open_files.keep(storage.owner, 0, true, full);
        let expected =
            Err(StorageError::DiskFull { action: Action::Write, path: temporary.path("0") });
        assert_eq!(temporary.write_at(0, b"abcde"), expected);
    }

    #[test]
    fn all_claims_hold_with_half_as_many_descriptors_as_files_may_stay_open() {
        // The limit is the whole process's, so it takes another one.
        let tests = std::env::current_exe().expect("the tests");
        let command =
            "ulimit -n 16 && exec \"$0\" --test-threads 1 storage::files::tests::conforms";
        let output = Command::new("sh").args(["-c", command]).arg(tests).output();
        let output = output.expect("a shell");
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("test result: ok. 7 passed"), "{told}");
    }

    #[test]
    fn dropping_a_storage_closes_its_files() {
        let open_files = Arc::new(OpenFiles::default());
        let root = tempfile::tempdir().expect("a temporary directory");
        let layout = Arc::new(layout_of(16, &[1]));
        let storage = FileStorage::download(&open_files, root.path(), layout);
        let storage = storage.expect("good names");
        storage.write_at(0, b"a").expect("room");
        let owner = storage.owner;
        assert!(open_files.get(owner, 0, true).is_some());
        drop(storage);
        assert!(open_files.get(owner, 0, true).is_none());
    }
}
