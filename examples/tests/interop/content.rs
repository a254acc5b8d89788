//! What is shared, and whether it has arrived.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Every stretch of so many bytes says where it lies, so that none can stand for another.
const STRETCH: usize = 4096;

/// Files of awkward sizes and names, and a directory of more of them. None is empty as a whole:
/// Transmission and libtorrent know no torrent of no bytes.
pub(crate) fn awkward_things(home: &Path) -> Vec<PathBuf> {
    let files = [
        ("1 byte", 1),
        ("almost a piece.bin", 262_143),
        ("piece.bin", 262_144),
        ("a piece and a byte.bin", 262_145),
        ("größe: 5 MB ☂ 雨.bin", 5_000_003),
    ];
    let mut things: Vec<PathBuf> = files.map(|(name, size)| file(home, name, size)).into();
    things.push(directory(home, "álbum: lluvia ☂"));
    things
}

/// A directory of files, one of them empty, one in a directory below.
pub(crate) fn directory(home: &Path, name: &str) -> PathBuf {
    let root = home.join(name);
    file(&root, "01: erstes Lied.ogg", 300_000);
    file(&root, "cd 2/empty.txt", 0);
    file(&root, "cd 2/空 – b: c.bin", 1_000_001);
    file(&root, "z", 1);
    root
}

/// A file of so many bytes.
pub(crate) fn file(home: &Path, name: &str, size: u64) -> PathBuf {
    let path = home.join(name);
    fs::create_dir_all(path.parent().expect("it lies in a directory")).expect("room");
    let mut out = BufWriter::new(File::create(&path).expect("room for a file"));
    let mut stretch = noise(name);
    let mut left = size;
    while left > 0 {
        stretch[..8].copy_from_slice(&left.to_be_bytes());
        let count = left.min(STRETCH as u64) as usize;
        out.write_all(&stretch[..count]).expect("room for its bytes");
        left -= count as u64;
    }
    out.flush().expect("room for its bytes");
    path
}

/// Bytes without a pattern, other ones for each name (xorshift).
fn noise(name: &str) -> Vec<u8> {
    let start = name.bytes().fold(1u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let next = |state: &u64| {
        let mut state = *state;
        state ^= state << 13;
        state ^= state >> 7;
        Some(state ^ (state << 17))
    };
    let numbers = std::iter::successors(Some(start | 1), next);
    numbers.map(|number| (number >> 32) as u8).take(STRETCH).collect()
}

/// The same files under a root of their own, but for empty ones, and with other names for some.
pub(crate) fn renamed(from: &Path, to: &Path, rename: impl Fn(&str) -> String) {
    for (name, path) in files(from) {
        if path.metadata().expect("it is there").len() == 0 {
            continue;
        }
        let copy = to.join(rename(name.to_str().expect("names here are text")));
        fs::create_dir_all(copy.parent().expect("it lies below the root")).expect("room");
        fs::hard_link(path, copy).expect("a free name");
    }
}

/// Fails unless both are the same file, or directories of the same files.
#[track_caller]
pub(crate) fn assert_same(sent: &Path, got: &Path) {
    let (sent_files, got_files) = (files(sent), files(got));
    assert_eq!(
        got_files.keys().collect::<Vec<_>>(),
        sent_files.keys().collect::<Vec<_>>(),
        "files in {} and {}",
        got.display(),
        sent.display()
    );
    for (name, path) in sent_files {
        let difference = first_difference(&path, &got_files[&name]);
        assert_eq!(difference, None, "first byte that differs, of {}", path.display());
    }
}

/// Every file, by its path below the root.
fn files(root: &Path) -> BTreeMap<PathBuf, PathBuf> {
    let mut files = BTreeMap::new();
    let mut unseen = vec![root.to_path_buf()];
    while let Some(path) = unseen.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a directory that can be read");
            unseen.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            let name = path.strip_prefix(root).expect("it lies below the root");
            files.insert(name.to_path_buf(), path.clone());
        }
    }
    files
}

/// Where two files differ, if they do; the end of the shorter one counts.
fn first_difference(a: &Path, b: &Path) -> Option<u64> {
    let open = |path: &Path| {
        let error = |error| panic!("{}: {error}", path.display());
        BufReader::with_capacity(1 << 20, File::open(path).unwrap_or_else(error))
    };
    let (mut a, mut b) = (open(a), open(b));
    let (mut of_a, mut of_b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut before = 0;
    loop {
        let (count_a, count_b) = (fill(&mut a, &mut of_a), fill(&mut b, &mut of_b));
        if of_a[..count_a] != of_b[..count_b] {
            let same = of_a[..count_a].iter().zip(&of_b[..count_b]).take_while(|(a, b)| a == b);
            return Some(before + same.count() as u64);
        }
        if count_a == 0 {
            return None;
        }
        before += count_a as u64;
    }
}

fn fill(from: &mut impl Read, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]).expect("a file that can be read") {
            0 => break,
            count => filled += count,
        }
    }
    filled
}
