//! Real files, met by right and wrong uses.

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
    fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
        self.storage.stamp(file)
    }
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
        self.storage.read_at(offset, buffer)
    }
    fn read_at_once(&self, offset: u64, buffer: &mut [u8]) -> bool {
        self.storage.read_at_once(offset, buffer)
    }
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
        self.storage.write_at(offset, bytes)
    }
    fn sync(&self, file: usize) -> Result<(), StorageError> {
        self.storage.sync(file)
    }
    fn remove(&self, file: usize) -> Result<(), StorageError> {
        self.storage.remove(file)
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
    let expected = Err(StorageError::TooLong { path: temporary.path("0"), length: 6, expected: 5 });
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
    assert_eq!(temporary.sync(0), Err(StorageError::Missing { path }));
    temporary.write_at(0, b"ab").expect("room");
    assert_eq!(temporary.sync(0), Ok(()));
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
    assert_eq!(storage.stamp(0), Ok(None));
    for content in ["ab", "abcd"] {
        std::fs::write(&path, content).expect("a file");
        let changed =
            StorageError::Changed { path: path.clone(), length: content.len() as u64, expected: 3 };
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
    let expected = Err(StorageError::DiskFull { action: Action::Write, path: temporary.path("0") });
    assert_eq!(temporary.write_at(0, b"abcde"), expected);
}

#[test]
fn all_claims_hold_with_half_as_many_descriptors_as_files_may_stay_open() {
    // The limit is the whole process's, so it takes another one.
    let tests = std::env::current_exe().expect("the tests");
    let command = "ulimit -n 16 && exec \"$0\" --test-threads 1 storage::files::tests::conforms";
    let output = Command::new("sh").args(["-c", command]).arg(tests).output();
    let output = output.expect("a shell");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("test result: ok. 8 passed"), "{told}");
}

#[test]
fn no_file_is_opened_for_what_is_to_be_had_at_once() {
    let root = tempfile::tempdir().expect("a temporary directory");
    let path = root.path().join("f");
    std::fs::write(&path, "abc").expect("a file");
    let storage = in_place(vec![path], &[3]);
    let mut buffer = [0; 3];
    assert!(!storage.read_at_once(0, &mut buffer));
    assert!(storage.open_files.get(storage.owner, 0, false).is_none());
    storage.read_at(0, &mut buffer).expect("readable");
    assert!(storage.open_files.get(storage.owner, 0, false).is_some());
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
