//! Lengths and counts that do not go together, or with any memory or disk.

use crate::case::{Case, accepted, refused};
use crate::generator::{Torrent, entry, hashes, list, number, string};

const TOO_LARGE: &str = "this torrent cannot be: the files are too large together";

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = piece_lengths();
    cases.extend(piece_counts());
    cases.extend(lengths());
    cases.extend(many_large_files());
    cases
}

fn piece_lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    let good = Torrent::file("a", 3);
    for length in [0, (128 << 20) + 1, 1 << 30, 1 << 31, 1 << 32, (1 << 32) + 16_384, i64::MAX] {
        let reason = format!(
            "this torrent cannot be: a piece length of {length} bytes is outside 1 to 134217728"
        );
        let torrent = good.clone().info("piece length", number(length));
        cases.push(refused(format!("pieces of {length} bytes"), &torrent, reason));
    }
    for length in [-1, -16_384, i64::MIN] {
        let reason = format!("`info.piece length` in this torrent file is {length}");
        let torrent = good.clone().info("piece length", number(length));
        cases.push(refused(format!("pieces of {length} bytes"), &torrent, reason));
    }
    for length in [3, 4, 1_000, 16_383, 16_385, 12_345_678, 128 << 20] {
        let torrent = good.clone().info("piece length", number(length));
        cases.push(accepted(format!("pieces of {length} bytes"), &torrent, &["a"]));
    }
    let tiny = good.clone().info("piece length", number(1)).info("pieces", hashes(3));
    cases.push(accepted("a piece for each byte", &tiny, &["a"]));
    let longest = Torrent::file("a", (128 << 20) + 1).info("piece length", number(128 << 20));
    let longest = longest.info("pieces", hashes(2));
    cases.push(accepted("the longest piece, and a byte more", &longest, &["a"]));
    cases
}

fn piece_counts() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut wrong = |length: u64, pieces: u64, bytes: usize| {
        let torrent = Torrent::file("a", 0)
            .info("length", number(length))
            .info("pieces", string(vec![7; bytes]));
        let reason = format!(
            "this torrent has {pieces} pieces, which need {} bytes of hashes, but has {bytes}",
            pieces * 20
        );
        cases.push(refused(format!("{length} bytes with {bytes} of hashes"), &torrent, reason));
    };
    wrong(3, 1, 0);
    wrong(3, 1, 1);
    wrong(3, 1, 19);
    wrong(3, 1, 21);
    wrong(3, 1, 40);
    wrong(0, 0, 20);
    wrong(0, 0, 1);
    wrong(16_384, 1, 40);
    wrong(16_385, 2, 20);
    wrong(16_385, 2, 39);
    wrong(1 << 40, 1 << 26, 20);
    // Counted in 32 bits, the hashes of 2^32 / 20 pieces and a little more would be few.
    wrong(16_384 * 214_748_365, 214_748_365, 4);
    wrong(16_384 * 0xffff_ffff, 0xffff_ffff, 20);
    // 2^32 pieces and one: one, if counted in 32 bits.
    let wrapped = Torrent::file("a", 0).info("length", number((16_384u64 << 32) + 1));
    let wrapped = wrapped.info("pieces", hashes(1));
    cases.push(refused("2^32 pieces and one", &wrapped, TOO_LARGE));
    cases.push(accepted("nothing at all", &Torrent::file("a", 0), &["a"]));
    let empty = Torrent::files("a", &[entry(&["b"], 0), entry(&["c"], 0)], 0);
    cases.push(accepted("files without bytes", &empty, &["a/b", "a/c"]));
    cases
}

fn lengths() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [-1, -3, i64::MIN] {
        let torrent = Torrent::file("a", 3).info("length", number(length));
        let reason = format!("`info.length` in this torrent file is {length}");
        cases.push(refused(format!("{length} bytes"), &torrent, reason));
        let file = [b"d6:length", &*number(length), b"4:pathl1:bee"].concat();
        let torrent = Torrent::files("a", &[entry(&["a"], 3), file], 3);
        let reason = format!("`info.files[1].length` in this torrent file is {length}");
        cases.push(refused(format!("{length} bytes in the second file"), &torrent, reason));
    }
    let greatest = Torrent::file("a", 3).info("length", number(i64::MAX));
    cases.push(refused("2^63 - 1 bytes", &greatest, TOO_LARGE));
    let both = Torrent::file("a", 3).info("files", list(&[entry(&["b"], 3)]));
    let reason = "this torrent file describes a single file and a directory at once";
    cases.push(refused("a file and a directory", &both, reason));
    let none = Torrent::files("a", &[], 0);
    cases.push(refused("a directory without files", &none, "this torrent has no files"));
    cases
}

/// A sum that leaves 63 bits, one that leaves 64 and is small again, and the greatest there can be.
fn many_large_files() -> Vec<Case> {
    let files = |lengths: &[u64]| {
        let spelled: Vec<Vec<u8>> = lengths
            .iter()
            .enumerate()
            .map(|(index, length)| entry(&[format!("{index}")], *length))
            .collect();
        Torrent::files("a", &spelled, 3)
    };
    const MAX: u64 = i64::MAX as u64;
    let all_hashes = files(&[1 << 46, 1 << 46]).info("piece length", number(128 << 20));
    let all_hashes = all_hashes.info("pieces", hashes(1 << 20));
    vec![
        refused("2^63 bytes in two files", &files(&[MAX, 1]), TOO_LARGE),
        refused("2^64 - 2 bytes in two files", &files(&[MAX, MAX]), TOO_LARGE),
        refused("2^64 + 1 bytes in three files", &files(&[MAX, MAX, 3]), TOO_LARGE),
        refused("2^65 bytes in five files", &files(&[MAX; 5]), TOO_LARGE),
        refused("2^64 bytes and no more, in three", &files(&[MAX, MAX, 2]), TOO_LARGE),
        accepted("128 TiB, with a hash for each piece", &all_hashes, &["a/0", "a/1"]),
    ]
}
