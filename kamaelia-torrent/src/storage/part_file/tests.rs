//! A part file over storages in memory.

use super::*;
use crate::metainfo::Priority::{self, Normal, Skip};
use crate::storage::MemoryStorage;
use crate::storage::conformance::{conformance, layout_of, random_bytes};

/// A storage in memory, its files and its part file.
struct Bench {
    storage: PartedStorage,
    files: Arc<MemoryStorage>,
    parts: Arc<MemoryStorage>,
    bytes: Vec<u8>,
}

impl Bench {
    /// Three files in five pieces of ten bytes; pieces 1 and 3 have bytes of two files.
    fn new() -> Self {
        let layout = layout_of(10, &[15, 20, 15]);
        let part_layout = PartedStorage::part_layout(&layout, "parts".into()).expect("edges");
        let files = Arc::new(MemoryStorage::new(Arc::new(layout)));
        let parts = Arc::new(MemoryStorage::new(Arc::new(part_layout)));
        let storage = PartedStorage::new(files.clone(), parts.clone());
        Bench { storage, files, parts, bytes: random_bytes(1, 50) }
    }

    fn select(&self, files: [Priority; 3]) {
        let selection = Selection::from_priorities(self.storage.layout(), files.to_vec());
        self.storage.select(&selection.expect("three files")).expect("memory");
    }

    fn store(&self, pieces: &[usize]) {
        for piece in pieces {
            let bytes = self.bytes.chunks(10).nth(*piece).expect("a piece");
            self.storage.write_at(*piece as u64 * 10, bytes).expect("memory");
        }
    }

    fn assert_reads(&self, pieces: &[usize]) {
        for piece in pieces {
            let mut bytes = [0; 10];
            self.storage.read_at(*piece as u64 * 10, &mut bytes).expect("it is there");
            assert_eq!(bytes, self.bytes[piece * 10..][..10], "{piece}");
        }
    }

    /// Bytes in each file, and in the part file.
    fn lengths(&self) -> Vec<Option<u64>> {
        let length = |storage: &MemoryStorage, place| {
            storage.stamp(place).expect("memory").map(|stamp| stamp.length)
        };
        let files = (0..3).map(|file| length(&self.files, file));
        files.chain([length(&self.parts, 0)]).collect()
    }
}

conformance!(&|layout: Arc<Layout>| {
    let name = || "parts".to_owned();
    match PartedStorage::part_layout(&layout, name()) {
        Some(part_layout) => Box::new(PartedStorage::new(
            Arc::new(MemoryStorage::new(layout)),
            Arc::new(MemoryStorage::new(Arc::new(part_layout))),
        )),
        None => Box::new(MemoryStorage::new(layout)),
    }
});

#[test]
fn edges_of_skipped_files_are_kept_apart_and_make_no_file() {
    let bench = Bench::new();
    bench.select([Skip, Normal, Skip]);
    bench.store(&[1, 2, 3]);
    assert_eq!(bench.lengths(), [None, Some(20), None, Some(20)]);
    bench.assert_reads(&[1, 2, 3]);
}

#[test]
fn a_file_wanted_later_gets_its_edges_and_the_part_file_goes() {
    let bench = Bench::new();
    bench.select([Skip, Normal, Skip]);
    bench.store(&[1, 2, 3]);
    bench.select([Normal, Normal, Skip]);
    assert_eq!(bench.lengths(), [Some(15), Some(20), None, Some(20)]);
    bench.assert_reads(&[1, 2, 3]);
    bench.select([Normal, Normal, Normal]);
    assert_eq!(bench.lengths(), [Some(15), Some(20), Some(5), None]);
    bench.assert_reads(&[1, 2, 3]);
    bench.store(&[0, 4]);
    bench.assert_reads(&[0, 1, 2, 3, 4]);
}

#[test]
fn a_file_that_is_there_is_not_taken_apart() {
    let bench = Bench::new();
    bench.store(&[0, 1]);
    bench.select([Skip, Skip, Normal]);
    bench.store(&[3]);
    assert_eq!(bench.lengths(), [Some(15), Some(20), Some(5), None]);
    bench.assert_reads(&[0, 1, 3]);
}

#[test]
fn the_inside_of_a_skipped_file_is_kept_nowhere() {
    let bench = Bench::new();
    bench.select([Skip, Normal, Skip]);
    let path = bench.storage.path(0);
    assert_eq!(
        bench.storage.write_at(0, &[0; 10]),
        Err(StorageError::Skipped { path: path.clone() })
    );
    assert_eq!(bench.storage.read_at(0, &mut [0; 10]), Err(StorageError::Missing { path }));
}

#[test]
fn the_part_file_is_a_place_of_its_own() {
    let bench = Bench::new();
    let piece = |index| bench.storage.layout().piece(index).expect("a piece");
    bench.select([Skip, Normal, Normal]);
    assert_eq!(bench.storage.places(), 4);
    assert_eq!(bench.storage.places_of(piece(1)), [(1, 5), (3, 10)]);
    assert_eq!(bench.storage.places_of(piece(3)), [(1, 20), (2, 5)]);
    assert_eq!(bench.storage.pieces_in(3).first(), Some(&(1..2)));
    assert_eq!(bench.storage.pieces_in(0).first(), None);
    assert_eq!(bench.storage.path(3), PathBuf::from("parts"));
    assert_eq!(bench.storage.stamp(3), Ok(None));
    bench.store(&[1]);
    assert_eq!(bench.storage.stamp(3).map(|stamp| stamp.map(|stamp| stamp.length)), Ok(Some(5)));
    let all = Selection::all(bench.storage.layout());
    assert_eq!(bench.storage.moving(&all), [piece(1)]);
}

#[test]
fn no_part_file_is_needed_where_no_piece_is_shared() {
    for lengths in [&[10, 20][..], &[15], &[10, 0, 7]] {
        assert_eq!(PartedStorage::part_layout(&layout_of(10, lengths), "parts".into()), None);
    }
    let small = PartedStorage::part_layout(&layout_of(10, &[1, 1, 1]), "parts".into());
    assert_eq!(small.map(|layout| layout.total_length()), Some(10));
}
