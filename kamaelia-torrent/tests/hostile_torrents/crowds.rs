//! Many files, many names, many bytes.

use kamaelia_torrent::metainfo::{FILES_MAX, NAMES_MAX, TORRENT_BYTES_MAX};

use crate::case::{Case, accepted, accepted_all, damaged, refused, refused_bytes};
use crate::generator::{Torrent, entry, string};

/// So many files, all of this length.
fn files(count: usize, length: u64, name: impl Fn(usize) -> String) -> (Torrent, Vec<String>) {
    let names: Vec<String> = (0..count).map(name).collect();
    let spelled: Vec<Vec<u8>> =
        names.iter().map(|name| entry(&name.split('/').collect::<Vec<_>>(), length)).collect();
    let paths = names.iter().map(|name| format!("top/{name}")).collect();
    (Torrent::files("top", &spelled, count as u64 * length), paths)
}

pub(crate) fn cases() -> Vec<Case> {
    let (small, small_paths) = files(20_000, 7, |index| format!("{index}"));
    let (empty, empty_paths) = files(20_000, 0, |index| format!("{index}"));
    let (nested, nested_paths) = files(20_000, 1, |index| format!("{}/{}/x", index % 7, index));
    let (prefixes, prefix_paths) = files(200, 1, |index| "x".repeat(index + 1));
    let (same, _) = files(20_000, 1, |index| format!("{}", index % 19_999));
    let (inside, _) = files(20_000, 1, |index| match index {
        0 => "19999".to_owned(),
        index => format!("{index}/x"),
    });
    let is_file = "it is a file, but also the directory of `top/19999/x`";
    let mut cases = vec![
        accepted_all("20,000 files in one directory", &small, small_paths),
        accepted_all("20,000 files without bytes", &empty, empty_paths),
        accepted_all("20,000 directories", &nested, nested_paths),
        accepted_all("names that begin each other", &prefixes, prefix_paths),
        refused(
            "one name twice among 20,000",
            &same,
            "the path `top/0` in this torrent is refused: two files have it",
        ),
        refused(
            "a file among 20,000 directories",
            &inside,
            format!("the path `top/19999` in this torrent is refused: {is_file}"),
        ),
    ];
    cases.extend(too_many());
    cases
}

fn too_many() -> Vec<Case> {
    let files = vec![b"d6:lengthi0e4:pathl1:aee".to_vec(); FILES_MAX + 1];
    let path = ["a"; 1_000];
    let names = vec![entry(&path, 0); NAMES_MAX / path.len() + 1];
    let long = [&b"d1:x"[..], &string(vec![b'x'; TORRENT_BYTES_MAX]), b"e"].concat();
    let reason =
        damaged(format_args!("{} bytes are more than the 67108864 accepted here", long.len()));
    // As many bytes as are read at all, and nothing of them is looked for.
    let rest = TORRENT_BYTES_MAX - Torrent::file("a", 3).info("x", string("")).bytes().len();
    let longest = Torrent::file("a", 3).info("x", string(vec![b'x'; rest - "67108864".len() + 1]));
    vec![
        refused(
            "a file more than there may be",
            &Torrent::files("top", &files, 0),
            "the path `top` in this torrent is refused: the torrent has more than 500000 files",
        ),
        refused(
            "a name more than there may be",
            &Torrent::files("top", &names, 0),
            "the path `top` in this torrent is refused: \
             the paths of the torrent have more than 1000000 names together",
        ),
        refused_bytes("more than 64 MiB", long, reason),
        accepted("64 MiB", &longest, &["a"]),
    ]
}
