//! Pages of the documents that are written by the code.
#![allow(dead_code, unreachable_pub)]

use std::fs;
use std::path::{Path, PathBuf};

/// The workspace's directory.
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("a package lies in its workspace").to_path_buf()
}

/// Fails if the page is not what it should be; with `KAMAELIA_WRITE=1` in the environment it is written.
#[track_caller]
pub fn assert_page(path: &str, expected: &str, test: &str) {
    let place = workspace().join(path);
    if std::env::var_os("KAMAELIA_WRITE").is_some() {
        fs::create_dir_all(place.parent().expect("a page lies somewhere")).expect("room");
        fs::write(&place, expected).expect("room for a page");
    }
    let found = fs::read_to_string(&place).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).position(|(one, other)| one != other);
    let line = differs.unwrap_or(found.lines().count().min(expected.lines().count())) + 1;
    assert!(
        found == expected,
        "{path} is stale from line {line} on; `KAMAELIA_WRITE=1 cargo test -p examples --test {test}` \
         writes it anew"
    );
}
