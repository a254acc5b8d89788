//! What every storage promises, as tests to run against each.

use super::{Storage, StorageError};
use crate::metainfo::{FileEntry, Layout};
use std::sync::Arc;

/// Files called `0`, `1`, … with these lengths.
pub(crate) fn layout_of(piece_length: u64, lengths: &[u64]) -> Layout {
    layout_with_padding(piece_length, lengths, &[])
}

/// The same, where the files with these indices are padding.
pub(crate) fn layout_with_padding(piece_length: u64, lengths: &[u64], padding: &[usize]) -> Layout {
    let file = |(i, length): (usize, &u64)| FileEntry {
        path: vec![i.to_string()],
        length: *length,
        padding: padding.contains(&i),
    };
    let files = lengths.iter().enumerate().map(file).collect();
    Layout::new(piece_length, files).expect("sizes of a torrent")
}

/// The same bytes for the same seed.
pub(crate) fn random_bytes(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    fastrand::Rng::with_seed(seed).fill(&mut bytes);
    bytes
}

/// Bytes of a file that are there.
pub(crate) fn stored_length(storage: &dyn Storage, file: usize) -> Option<u64> {
    storage.stamp(file).expect("nothing in the way").map(|stamp| stamp.length)
}

/// Makes an empty storage, once for each claim.
pub(crate) type Make<'a> = &'a dyn Fn(Arc<Layout>) -> Box<dyn Storage>;

fn read(storage: &dyn Storage, offset: u64, length: usize) -> Result<Vec<u8>, StorageError> {
    let mut buffer = vec![0; length];
    let read = storage.read_at(offset, &mut buffer).map(|()| buffer);
    let mut at_once = vec![0; length];
    if storage.read_at_once(offset, &mut at_once) {
        assert_eq!(read.as_ref(), Ok(&at_once), "what is had at once is what is there");
    }
    read
}

fn make(new: Make<'_>, piece_length: u64, lengths: &[u64]) -> Box<dyn Storage> {
    new(Arc::new(layout_of(piece_length, lengths)))
}

/// Runs all claims as tests of the module it is named in.
macro_rules! conformance {
    ($make:expr) => {
        mod conforms {
            use super::*;
            use crate::storage::conformance as claims;

            #[test]
            fn what_is_written_reads_back_whatever_the_size() {
                claims::what_is_written_reads_back_whatever_the_size($make);
            }

            #[test]
            fn random_writes_and_reads_agree_with_one_long_vector() {
                claims::random_writes_and_reads_agree_with_one_long_vector($make);
            }

            #[test]
            fn bytes_that_are_not_there_are_told_as_absent() {
                claims::bytes_that_are_not_there_are_told_as_absent($make);
            }

            #[test]
            fn files_grow_as_they_are_written() {
                claims::files_grow_as_they_are_written($make);
            }

            #[test]
            fn a_stamp_stays_until_something_is_written() {
                claims::a_stamp_stays_until_something_is_written($make);
            }

            #[test]
            fn preparing_makes_only_the_files_without_bytes() {
                claims::preparing_makes_only_the_files_without_bytes($make);
            }

            #[test]
            fn padding_reads_as_zeros_and_is_kept_nowhere() {
                claims::padding_reads_as_zeros_and_is_kept_nowhere($make);
            }

            #[test]
            fn several_threads_write_and_read_side_by_side() {
                claims::several_threads_write_and_read_side_by_side($make);
            }
        }
    };
}
pub(crate) use conformance;

pub(crate) fn what_is_written_reads_back_whatever_the_size(new: Make<'_>) {
    for length in [0, 1, 262_143, 262_144, 262_145] {
        let storage = make(new, 262_144, &[length]);
        let bytes = random_bytes(length, length as usize);
        storage.prepare().expect("nothing in the way");
        storage.write_at(0, &bytes).expect("room");
        storage.sync(0).expect("written");
        assert_eq!(read(&*storage, 0, bytes.len()), Ok(bytes), "{length}");
        assert_eq!(stored_length(&*storage, 0), Some(length));
    }
}

pub(crate) fn random_writes_and_reads_agree_with_one_long_vector(new: Make<'_>) {
    let lengths = [0, 700, 1, 0, 0, 16_384, 3, 9_999, 0];
    let total: u64 = lengths.iter().sum();
    let storage = make(new, 512, &lengths);
    let mut random = fastrand::Rng::with_seed(42);
    let mut model = random_bytes(1, total as usize);
    storage.write_at(0, &model).expect("room");
    for round in 0..2_000 {
        let start = random.usize(..=model.len());
        let end = random.usize(start..=model.len().min(start + 2_000));
        if random.bool() {
            random.fill(&mut model[start..end]);
            let written = storage.write_at(start as u64, &model[start..end]);
            written.expect("room");
        }
        let bytes = read(&*storage, start as u64, end - start);
        assert_eq!(bytes.as_deref(), Ok(&model[start..end]), "round {round}");
    }
}

pub(crate) fn bytes_that_are_not_there_are_told_as_absent(new: Make<'_>) {
    let storage = make(new, 16, &[10, 10]);
    storage.write_at(8, b"abcd").expect("room");
    assert_eq!(read(&*storage, 8, 4), Ok(b"abcd".to_vec()));
    assert_eq!(read(&*storage, 0, 8), Ok(vec![0; 8]));
    let error = read(&*storage, 8, 5).expect_err("one byte more");
    let StorageError::Truncated { length, expected, .. } = error else {
        panic!("the file ends: {error}");
    };
    assert_eq!((length, expected), (2, 10));
    let storage = make(new, 16, &[10, 10]);
    let error = read(&*storage, 0, 1).expect_err("nothing was written");
    assert!(matches!(error, StorageError::Missing { .. }), "{error}");
}

pub(crate) fn files_grow_as_they_are_written(new: Make<'_>) {
    let storage = make(new, 16, &[10, 10, 0]);
    let lengths = |storage: &dyn Storage| -> Vec<_> {
        (0..3).map(|file| stored_length(storage, file)).collect()
    };
    assert_eq!(lengths(&*storage), [None, None, None]);
    storage.write_at(5, b"abcdefg").expect("room");
    assert_eq!(lengths(&*storage), [Some(10), Some(2), None]);
    storage.write_at(0, b"").expect("nothing to do");
    storage.write_at(20, b"").expect("nothing to do");
    assert_eq!(lengths(&*storage), [Some(10), Some(2), None]);
}

pub(crate) fn a_stamp_stays_until_something_is_written(new: Make<'_>) {
    let storage = make(new, 16, &[10, 10]);
    storage.write_at(0, b"0123456789ab").expect("room");
    let stamps = || [0, 1].map(|file| storage.stamp(file).expect("nothing in the way"));
    let before = stamps();
    storage.sync(0).expect("written");
    read(&*storage, 0, 12).expect("written");
    assert_eq!(stamps(), before);
    storage.write_at(12, b"cd").expect("room");
    assert_eq!(stamps()[0], before[0]);
    assert_ne!(stamps()[1], before[1]);
}

pub(crate) fn preparing_makes_only_the_files_without_bytes(new: Make<'_>) {
    let storage = make(new, 16, &[0, 10, 0]);
    storage.prepare().expect("nothing in the way");
    storage.prepare().expect("nor is there now");
    let lengths: Vec<_> = (0..3).map(|file| stored_length(&*storage, file)).collect();
    assert_eq!(lengths, [Some(0), None, Some(0)]);
}

pub(crate) fn padding_reads_as_zeros_and_is_kept_nowhere(new: Make<'_>) {
    let layout = layout_with_padding(8, &[5, 3, 4, 0], &[1, 3]);
    let storage = new(Arc::new(layout));
    storage.prepare().expect("nothing in the way");
    let lengths: Vec<_> = (0..4).map(|file| stored_length(&*storage, file)).collect();
    assert_eq!(lengths, [None, Some(3), None, Some(0)]);
    storage.write_at(0, b"abcde\0\0!ABCD").expect("room");
    assert_eq!(read(&*storage, 3, 7), Ok(b"de\0\0\0AB".to_vec()));
}

pub(crate) fn several_threads_write_and_read_side_by_side(new: Make<'_>) {
    let lengths = [3_000; 50];
    let storage = make(new, 1_000, &lengths);
    let bytes = random_bytes(3, 150_000);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (storage, bytes) = (&storage, &bytes);
            scope.spawn(move || {
                for (i, part) in bytes.chunks(1_000).enumerate().skip(thread).step_by(4) {
                    let offset = i as u64 * 1_000;
                    storage.write_at(offset, part).expect("room");
                    assert_eq!(read(&**storage, offset, 1_000).as_deref(), Ok(part));
                }
            });
        }
    });
    assert_eq!(read(&*storage, 0, bytes.len()), Ok(bytes));
}
