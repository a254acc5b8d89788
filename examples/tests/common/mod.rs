//! Programs to drive, and what they are driven with.
#![allow(dead_code, missing_docs, unreachable_pub, unused_imports)]

mod picture;
mod process;
mod program;
mod recalled;
mod reliability;
mod server;
mod shared;
mod small_disk;
mod stranger;
mod terminal;
mod torrent;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use tempfile::TempDir;

pub use process::{Holdings, Process};
pub use program::{Ended, Program, Signal, full, nobody};
pub use recalled::recalled;
pub use reliability::{cases_of, tests_below, tests_in};
pub use server::{get, serve, silent_server, unused_port};
pub use shared::{
    HOUR, Shared, event, info_hash, number, set_modified, torrent_of, torrents, wait_until,
};
pub use small_disk::SmallDisk;
pub use stranger::greeting;
pub use terminal::Terminal;
pub use torrent::{torrent, torrent_of_files};

/// Longer than any of these takes on a busy machine; a test that meets it has failed.
pub const AGES: Duration = Duration::from_secs(60);

/// The promise for an end after a signal, and a little for a busy machine.
pub const SOON: Duration = Duration::from_secs(7);

/// A directory to work in, which goes when it is dropped.
pub fn home() -> TempDir {
    TempDir::new().expect("a directory")
}

/// Options for a seeder that others on this machine find by its own tracker.
pub const PUBLIC: [&str; 4] = ["--listen", "127.0.0.1:0", "--tracker-listen", "127.0.0.1:0"];

/// Options for one without a tracker.
pub const ALONE: [&str; 3] = ["--listen", "127.0.0.1:0", "--no-tracker"];

/// A seeder that works in this directory.
pub fn seeder<'a>(place: &Path, args: impl IntoIterator<Item = &'a str>) -> Program {
    Program::start(env!("CARGO_BIN_EXE_seeder"), place, args)
}

/// A seeder that gets no more descriptors than so many, however it asks.
pub fn poor_seeder(place: &Path, limit: usize, args: &[&str]) -> Program {
    let command = format!("ulimit -n {limit}; exec seeder \"$@\"");
    Program::start("sh", place, ["-c", &command, "sh"].iter().chain(args))
}

/// Gives a seeder all of its input at once, and waits for its end.
pub fn seeder_told<'a>(
    place: &Path,
    args: impl IntoIterator<Item = &'a str>,
    input: impl AsRef<[u8]>,
) -> Ended {
    let mut seeder = seeder(place, args);
    // It may have ended already, and not have read all of it.
    let _ = seeder.try_write(input.as_ref());
    seeder.end_of_input()
}

/// A path as an argument or a part of a command.
pub fn shown(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

/// Bytes that hold no pattern, the same for the same seed.
pub fn bytes(length: usize, seed: u64) -> Vec<u8> {
    // A linear congruential generator, whose high bits are good enough.
    let mut state = seed;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Writes a file, and the directories it lies in.
pub fn write(path: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> PathBuf {
    let path = path.as_ref();
    fs::create_dir_all(path.parent().expect("a file lies somewhere")).expect("room");
    fs::write(path, contents).expect("room for a file");
    path.to_path_buf()
}

/// All names in a directory, in order.
pub fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// The search path with the programs of this package in front.
pub fn path_with_programs() -> std::ffi::OsString {
    let programs = Path::new(env!("CARGO_BIN_EXE_seeder")).parent().expect("a directory");
    let others = env::var_os("PATH").unwrap_or_default();
    let all = [programs.to_path_buf()].into_iter().chain(env::split_paths(&others));
    env::join_paths(all).expect("no colon in a path")
}
