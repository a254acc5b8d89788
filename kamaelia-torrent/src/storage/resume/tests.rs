//! Crashes, changes and lost journals, met by a storage in memory and by real files.

use super::*;
use crate::hash::sha1;
use crate::storage::conformance::{layout_of, random_bytes};
use crate::storage::{FileStorage, MemoryStorage, OpenFiles, PartedStorage};
use std::fs;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

const HASH: InfoHash = InfoHash([9; 20]);
const PIECE: usize = 1_000;

/// Two files that share the third of six pieces, and a directory for files and journal.
struct Bench {
    home: TempDir,
    layout: Arc<Layout>,
    bytes: Vec<u8>,
    hashes: Vec<[u8; 20]>,
}

impl Bench {
    fn new() -> Self {
        let bytes = random_bytes(1, 5_600);
        Bench {
            home: tempfile::tempdir().expect("a temporary directory"),
            layout: Arc::new(layout_of(PIECE as u64, &[2_500, 0, 3_100])),
            hashes: bytes.chunks(PIECE).map(sha1).collect(),
            bytes,
        }
    }

    fn journal(&self) -> PathBuf {
        self.home.path().join("journal")
    }

    /// What a program that starts anew has.
    fn resume(&self) -> Resume {
        Resume::in_file(HASH, self.layout.clone(), self.journal())
    }

    fn memory(&self) -> MemoryStorage {
        MemoryStorage::new(self.layout.clone())
    }

    fn files(&self) -> FileStorage {
        let root = self.home.path().join("data");
        FileStorage::download(&Arc::new(OpenFiles::default()), &root, self.layout.clone())
            .expect("good names")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join("data").join(name)
    }

    fn recall(&self, resume: &Resume, storage: &dyn Storage) -> Recalled {
        let recalled = resume.recall(storage, &self.hashes, 1, |_| ControlFlow::Continue(()));
        recalled.expect("a readable storage").expect("nobody stopped it")
    }

    fn write(&self, resume: &Resume, storage: &dyn Storage, pieces: &[u32]) {
        for piece in pieces {
            self.try_write(resume, storage, *piece).expect("room");
        }
    }

    fn try_write(
        &self,
        resume: &Resume,
        storage: &dyn Storage,
        piece: u32,
    ) -> Result<(), StorageError> {
        let data = self.bytes.chunks(PIECE).nth(piece as usize).expect("a piece");
        resume.write(storage, self.layout.piece(piece).expect("a piece"), data)
    }

    /// Everything downloaded, safe, and the program gone.
    fn complete(&self) {
        let (resume, storage) = (self.resume(), self.files());
        self.recall(&resume, &storage);
        self.write(&resume, &storage, &[0, 1, 2, 3, 4, 5]);
        resume.sync(&storage).expect("a disk");
    }
}

/// The pieces there, how many were trusted, how many looked at, and how many files had changed.
fn told(recalled: &Recalled) -> (Vec<usize>, usize, usize, usize) {
    let Recalled { have, trusted, checked, changed } = recalled;
    (have.ones().collect(), *trusted, *checked, *changed)
}

/// Has a file last written to a while ago, so that the next change shows.
fn set_time(path: &std::path::Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(time).expect("one's own file");
}

#[test]
fn after_a_kill_only_pieces_in_flight_are_looked_at() {
    let bench = Bench::new();
    let (resume, storage) = (bench.resume(), bench.files());
    assert_eq!(told(&bench.recall(&resume, &storage)), (vec![], 0, 6, 0));
    bench.write(&resume, &storage, &[0, 2, 5]);
    resume.sync(&storage).expect("a disk");
    bench.write(&resume, &storage, &[3]);
    // Nothing is said when it ends.
    drop(resume);
    let again = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&again), (vec![0, 2, 3, 5], 3, 1, 0));
    let again = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&again), (vec![0, 2, 3, 5], 4, 0, 0));
    assert_eq!(again.to_string(), "4 pieces are known, 0 were checked");
}

/// The journal of a program that wrote pieces 0 to 2, synced, wrote 3, and had no room for all of
/// 4; its storage; and the same storage as a loss of power leaves it.
fn crashed(bench: &Bench) -> (Vec<u8>, MemoryStorage, MemoryStorage) {
    let (storage, lost) = (bench.memory(), bench.memory());
    let resume = bench.resume();
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[0, 1, 2]);
    resume.sync(&storage).expect("memory");
    lost.write_at(0, &bench.bytes[..3 * PIECE]).expect("memory");
    bench.write(&resume, &storage, &[3]);
    storage.set_room(500);
    bench.try_write(&resume, &storage, 4).expect_err("half of it");
    (fs::read(bench.journal()).expect("a journal"), storage, lost)
}

#[test]
fn a_journal_cut_at_any_byte_never_makes_a_piece_of_wrong_bytes() {
    let bench = Bench::new();
    let (journal, killed, lost) = crashed(&bench);
    for (storage, right) in [(&killed, 0..4), (&lost, 0..3)] {
        let stamps = stamps_of(storage).expect("memory");
        let mut best = 6;
        for end in 0..=journal.len() {
            let ledger = Ledger::read(&bench.layout, 3, HASH, &journal[..end]);
            let Some((ledger, _)) = ledger else { continue };
            let survey = ledger.survey(storage, &stamps, Some(0));
            let found = verify_some(storage, &bench.hashes, &survey.doubtful, 1, |_| {
                ControlFlow::Continue(())
            });
            let mut have = found.expect("memory").expect("nobody stopped it");
            have.union_with(&survey.trusted);
            let wrong = have.ones().find(|piece| !right.contains(piece));
            assert_eq!(wrong, None, "cut at {end} of {}", journal.len());
            best = survey.doubtful.count_ones(..);
        }
        // With the whole journal, a killed program looks at the two pieces that were not safe; what
        // a loss of power took shows in the stamps, and costs a look at the files.
        assert_eq!(best, if right.end == 4 { 2 } else { 6 });
    }
}

#[test]
fn a_damaged_or_foreign_beginning_means_looking_at_everything() {
    let bench = Bench::new();
    bench.complete();
    let journal = fs::read(bench.journal()).expect("a journal");
    for at in [0, 8, 20, 40] {
        let mut damaged = journal.clone();
        damaged[at] ^= 1;
        fs::write(bench.journal(), damaged).expect("room");
        let recalled = bench.recall(&bench.resume(), &bench.files());
        assert_eq!(told(&recalled), (vec![0, 1, 2, 3, 4, 5], 0, 6, 0), "{at}");
    }
    let other = Resume::in_file(InfoHash([8; 20]), bench.layout.clone(), bench.journal());
    assert_eq!(bench.recall(&other, &bench.files()).checked, 6);
}

#[test]
fn a_file_changed_in_size_or_time_is_looked_at_again() {
    let bench = Bench::new();
    bench.complete();
    let mut bytes = fs::read(bench.file("2")).expect("a file");
    bytes[2_000] ^= 1;
    fs::write(bench.file("2"), &bytes).expect("room");
    set_time(&bench.file("2"), SystemTime::now() + Duration::from_secs(10));
    let recalled = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&recalled), (vec![0, 1, 2, 3, 5], 2, 4, 1));
    fs::write(bench.file("0"), &bench.bytes[..2_000]).expect("room");
    let recalled = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&recalled), (vec![0, 1, 3, 5], 2, 3, 1));
    fs::remove_file(bench.file("2")).expect("a file");
    let recalled = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&recalled), (vec![0, 1], 2, 4, 1));
}

#[test]
fn a_look_finds_what_somebody_else_has_changed_cut_or_taken_away_and_nothing_else() {
    let bench = Bench::new();
    bench.complete();
    let (resume, storage) = (bench.resume(), bench.files());
    assert_eq!(resume.look(&storage), Ok(()), "nothing is known yet");
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[3]);
    assert_eq!(resume.look(&storage), Ok(()), "what we write ourselves is no news");

    let path = bench.file("2");
    let changed = Err(StorageError::ChangedMeanwhile { path: path.clone() });
    let written = fs::metadata(&path).and_then(|file| file.modified()).expect("a file");
    for other in [written + Duration::from_secs(10), written - Duration::from_secs(10)] {
        set_time(&path, other);
        assert_eq!(resume.look(&storage), changed);
    }
    set_time(&path, written);
    assert_eq!(resume.look(&storage), Ok(()));
    fs::write(&path, &bench.bytes[..2_000]).expect("room");
    assert_eq!(resume.look(&storage), changed);
    fs::remove_file(&path).expect("a file");
    assert_eq!(resume.look(&storage), changed);
}

#[test]
fn a_clock_that_is_set_back_between_a_piece_and_a_kill_costs_a_check_and_no_piece() {
    let bench = Bench::new();
    bench.complete();
    let (resume, storage) = (bench.resume(), bench.files());
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[3]);
    // What is written next, and not told of any more, bears an earlier time.
    set_time(&bench.file("2"), SystemTime::now() - Duration::from_secs(3_600));
    drop(resume);
    let recalled = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&recalled), (vec![0, 1, 2, 3, 4, 5], 2, 4, 1));
}

#[test]
fn a_file_moved_away_and_back_is_believed_in() {
    let bench = Bench::new();
    bench.complete();
    let (here, elsewhere) = (bench.file("2"), bench.home.path().join("elsewhere"));
    fs::rename(&here, &elsewhere).expect("a file");
    fs::rename(&elsewhere, &here).expect("a file");
    let recalled = bench.recall(&bench.resume(), &bench.files());
    assert_eq!(told(&recalled), (vec![0, 1, 2, 3, 4, 5], 6, 0, 0));
}

#[test]
fn what_somebody_has_just_read_is_not_read_again_now_or_later() {
    let bench = Bench::new();
    let storage = bench.memory();
    storage.write_at(0, &bench.bytes).expect("memory");
    let mut all = FixedBitSet::with_capacity(6);
    all.insert_range(..);
    bench.resume().begin_with(all.clone(), stamps_of(&storage).expect("memory"));
    storage.set_reads_fail(true);
    let recalled = bench.recall(&bench.resume(), &storage);
    assert_eq!(told(&recalled), (vec![0, 1, 2, 3, 4, 5], 6, 0, 0));
}

#[test]
fn nothing_is_safe_before_the_disk_says_so() {
    struct Unsafe(MemoryStorage);
    impl Storage for Unsafe {
        fn layout(&self) -> &Layout {
            self.0.layout()
        }
        fn prepare(&self) -> Result<(), StorageError> {
            self.0.prepare()
        }
        fn stamp(&self, file: usize) -> Result<Option<Stamp>, StorageError> {
            self.0.stamp(file)
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
            self.0.read_at(offset, buffer)
        }
        fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
            self.0.write_at(offset, bytes)
        }
        fn sync(&self, _: usize) -> Result<(), StorageError> {
            Err(StorageError::Broken { message: "never".into() })
        }
        fn remove(&self, file: usize) -> Result<(), StorageError> {
            self.0.remove(file)
        }
    }
    let bench = Bench::new();
    let (resume, storage) = (bench.resume(), Unsafe(bench.memory()));
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[0, 1]);
    resume.sync(&storage).expect_err("it never is");
    let again = bench.recall(&bench.resume(), &storage.0);
    assert_eq!(told(&again), (vec![0, 1], 0, 2, 0));
}

#[test]
fn a_piece_is_not_written_to_a_file_that_somebody_else_has_changed() {
    let bench = Bench::new();
    let (resume, storage) = (bench.resume(), bench.files());
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[0, 1, 2]);
    resume.sync(&storage).expect("a disk");
    let file = fs::File::options().write(true).open(bench.file("0")).expect("a file");
    file.set_len(1_500).expect("one's own file");
    bench.write(&resume, &storage, &[4]);
    let refused = bench.try_write(&resume, &storage, 2);
    let path = bench.file("0");
    assert_eq!(refused, Err(StorageError::ChangedMeanwhile { path }));
    // The pieces of the first file are looked at; the other file has one that is not safe yet.
    assert_eq!(told(&bench.recall(&resume, &storage)), (vec![0, 4], 0, 4, 1));
    bench.write(&resume, &storage, &[1, 2]);
}

#[test]
fn a_piece_written_to_a_file_that_is_cut_meanwhile_does_not_count() {
    struct Cut<'a>(FileStorage, &'a std::path::Path);
    impl Storage for Cut<'_> {
        fn layout(&self) -> &Layout {
            self.0.layout()
        }
        fn path(&self, place: usize) -> PathBuf {
            self.0.path(place)
        }
        fn prepare(&self) -> Result<(), StorageError> {
            self.0.prepare()
        }
        fn stamp(&self, place: usize) -> Result<Option<Stamp>, StorageError> {
            self.0.stamp(place)
        }
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), StorageError> {
            self.0.read_at(offset, buffer)
        }
        fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), StorageError> {
            fs::File::options()
                .write(true)
                .open(self.1)
                .expect("a file")
                .set_len(500)
                .expect("ours");
            self.0.write_at(offset, bytes)
        }
        fn sync(&self, place: usize) -> Result<(), StorageError> {
            self.0.sync(place)
        }
        fn remove(&self, place: usize) -> Result<(), StorageError> {
            self.0.remove(place)
        }
    }
    let bench = Bench::new();
    let (resume, storage) = (bench.resume(), bench.files());
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[0, 1]);
    resume.sync(&storage).expect("a disk");
    let path = bench.file("0");
    let refused = bench.try_write(&resume, &Cut(bench.files(), &path), 0);
    assert_eq!(refused, Err(StorageError::ChangedMeanwhile { path: path.clone() }));
    assert_eq!(told(&bench.recall(&resume, &storage)), (vec![0], 0, 3, 1));
}

/// Real files with a part file, as a program that starts anew has them.
fn parted(bench: &Bench) -> PartedStorage {
    let layout = PartedStorage::part_layout(&bench.layout, "parts".into()).expect("an edge");
    let root = bench.home.path().join("data");
    let parts = FileStorage::download(&Arc::default(), &root, Arc::new(layout));
    PartedStorage::new(Arc::new(bench.files()), Arc::new(parts.expect("a good name")))
}

#[test]
fn edges_of_skipped_files_are_known_after_a_restart_and_after_they_are_wanted() {
    let bench = Bench::new();
    let second = Selection::only(&bench.layout, [2]).expect("a file");
    let all = Selection::all(&bench.layout);
    let (resume, storage) = (bench.resume(), parted(&bench));
    storage.select(&second).expect("a disk");
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[2, 3, 4, 5]);
    resume.sync(&storage).expect("a disk");
    assert!(!bench.file("0").exists() && bench.file("parts").exists());

    let (resume, storage) = (bench.resume(), parted(&bench));
    storage.select(&second).expect("a disk");
    assert_eq!(told(&bench.recall(&resume, &storage)), (vec![2, 3, 4, 5], 4, 0, 0));
    resume.select(&storage, &all).expect("a disk");
    bench.write(&resume, &storage, &[0, 1]);
    assert!(bench.file("0").exists() && !bench.file("parts").exists());
    // Killed before the piece that was moved is known to be safe.
    let (resume, storage) = (bench.resume(), parted(&bench));
    storage.select(&all).expect("a disk");
    assert_eq!(told(&bench.recall(&resume, &storage)), (vec![0, 1, 2, 3, 4, 5], 3, 3, 0));
}

#[test]
fn a_lost_part_file_costs_its_pieces_only() {
    let bench = Bench::new();
    let second = Selection::only(&bench.layout, [2]).expect("a file");
    let (resume, storage) = (bench.resume(), parted(&bench));
    storage.select(&second).expect("a disk");
    bench.recall(&resume, &storage);
    bench.write(&resume, &storage, &[2, 3, 4, 5]);
    resume.sync(&storage).expect("a disk");
    fs::remove_file(bench.file("parts")).expect("a file");
    let (resume, storage) = (bench.resume(), parted(&bench));
    storage.select(&second).expect("a disk");
    assert_eq!(told(&bench.recall(&resume, &storage)), (vec![3, 4, 5], 3, 1, 1));
}

#[test]
fn a_journal_does_not_grow_without_end() {
    let bench = Bench::new();
    let (resume, storage) = (bench.resume(), bench.memory());
    bench.recall(&resume, &storage);
    for round in 0..6_000 {
        bench.write(&resume, &storage, &[round % 6]);
        if round % 1_000 == 0 {
            resume.sync(&storage).expect("memory");
        }
    }
    resume.sync(&storage).expect("memory");
    let length = fs::metadata(bench.journal()).expect("a journal").len();
    assert!(length < 300 * 1024, "{length}");
    assert_eq!(bench.recall(&bench.resume(), &storage).trusted, 6);
}

#[test]
fn a_journal_that_cannot_be_written_costs_nothing_but_a_check_later() {
    let bench = Bench::new();
    let nowhere = bench.home.path().join("no such directory/journal");
    let resume = || Resume::in_file(HASH, bench.layout.clone(), nowhere.clone());
    let (first, storage) = (resume(), bench.memory());
    bench.recall(&first, &storage);
    bench.write(&first, &storage, &[0, 1]);
    first.sync(&storage).expect("memory");
    assert_eq!(told(&bench.recall(&first, &storage)), (vec![0, 1], 2, 0, 0));
    assert_eq!(told(&bench.recall(&resume(), &storage)), (vec![0, 1], 0, 6, 0));
    // As soon as it can be written, it is.
    fs::create_dir(nowhere.parent().expect("a directory")).expect("room");
    bench.write(&first, &storage, &[2]);
    first.sync(&storage).expect("memory");
    assert_eq!(told(&bench.recall(&resume(), &storage)), (vec![0, 1, 2], 3, 0, 0));
}

#[test]
fn a_journal_that_says_what_is_found_is_left_as_it_is() {
    let bench = Bench::new();
    bench.complete();
    let file = || fs::metadata(bench.journal()).expect("a journal").modified().expect("a time");
    let long_ago = SystemTime::now() - Duration::from_secs(3_600);
    bench.recall(&bench.resume(), &bench.files());
    set_time(&bench.journal(), long_ago);
    let (resume, storage) = (bench.resume(), bench.files());
    assert_eq!(bench.recall(&resume, &storage).trusted, 6);
    assert_eq!(file(), long_ago);
    // It goes on where it was.
    bench.write(&resume, &storage, &[3]);
    drop(resume);
    assert_eq!(told(&bench.recall(&bench.resume(), &storage)), (vec![0, 1, 2, 3, 4, 5], 5, 1, 0));
}
