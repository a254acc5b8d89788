//! What befalls a machine: kills, full and failing disks, lost permissions, changed files, few descriptors,
//! stopped programs, clocks that jump and networks that are cut.
//!
//! Each is done to real seeders. Afterwards the content is the same to the byte, what was known is not
//! checked or fetched again, and nothing is left behind.
#![cfg(target_os = "linux")]

mod changed_content;
mod clock;
#[path = "../common/mod.rs"]
mod common;
mod cut;
mod descriptors;
mod failing;
mod full_disk;
mod killed;
mod leaks;
mod page;
mod permissions;
mod process;
mod stopped;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use common::*;
use process::{Holdings, Process};
use serde_json::Value;
use tempfile::TempDir;

/// Pieces of files of less than 64 MiB have this length, unless these are very small.
const PIECE: usize = 256 * 1024;

const HOUR: Duration = Duration::from_secs(3600);

/// A file, a seeder that shares it and tells objects, and the torrent it has made.
struct Shared {
    home: TempDir,
    song: PathBuf,
    bytes: Vec<u8>,
    torrent: PathBuf,
    address: String,
    seed: Program,
}

impl Shared {
    fn new(length: usize) -> Self {
        Shared::with(length, &[])
    }

    /// With more options for the seeder.
    fn with(length: usize, options: &[&str]) -> Self {
        Shared::in_place(home(), length, options, |place, args| seeder(place, args.iter().copied()))
    }

    /// In this directory, by a seeder that is started like this.
    fn in_place(
        home: TempDir,
        length: usize,
        options: &[&str],
        start: impl FnOnce(&Path, &[&str]) -> Program,
    ) -> Self {
        let bytes = bytes(length, 1);
        let song = write(home.path().join("song"), &bytes);
        // What is changed within moments of being written cannot be told from what was written.
        set_modified(&song, SystemTime::now() - HOUR);
        let address = unused_port().to_string();
        let args = [&["--listen", &address, "--no-tracker", "--json"], options].concat();
        let mut seed = start(home.path(), &args);
        seed.say("file:song");
        event(&seed, "complete");
        let torrent = home.path().join("song.torrent");
        Shared { home, song, bytes, torrent, address, seed }
    }

    /// The command that downloads it.
    fn command(&self) -> String {
        format!("torrent:{}", self.torrent.display())
    }

    /// Arguments of one who downloads it from here.
    fn args<'a>(&'a self, options: &[&'a str]) -> Vec<&'a str> {
        [&ALONE[..], &["--peer", &self.address], options].concat()
    }

    /// One who downloads it into this directory.
    fn fetch(&self, place: &Path, options: &[&str]) -> Program {
        let mut get = seeder(place, self.args(options));
        get.say(self.command());
        get
    }

    /// Whether what lies in a directory is the same to the byte.
    fn assert_same(&self, place: &Path) {
        assert!(fs::read(place.join("song")).expect("a file") == self.bytes);
    }
}

/// Has a file look as if it had been written then.
fn set_modified(path: &Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(time).expect("one's own file");
}

/// The next event of this name, from a seeder that tells objects.
fn event(seeder: &Program, name: &str) -> Value {
    let told = || serde_json::from_str(&seeder.line()).expect("an object");
    let mut events = std::iter::repeat_with(told);
    events.find(|event: &Value| event["event"] == name).expect("they do not end")
}

/// How all its torrents stand.
fn torrents(seeder: &mut Program) -> Vec<Value> {
    seeder.say("list");
    let Value::Array(torrents) = event(seeder, "list")["torrents"].take() else { panic!("a list") };
    torrents
}

/// How the only torrent stands.
fn torrent_of(seeder: &mut Program) -> Value {
    torrents(seeder).pop().expect("a torrent")
}

/// Waits until the only torrent is as wanted.
fn wait_until(seeder: &mut Program, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + AGES;
    loop {
        let torrent = torrents(seeder).pop();
        match torrent {
            Some(torrent) if wanted(&torrent) => return torrent,
            _ => assert!(Instant::now() < deadline, "{torrent:?}"),
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn number(torrent: &Value, field: &str) -> u64 {
    torrent[field].as_u64().unwrap_or_else(|| panic!("{field} of {torrent}"))
}

/// Whether a program is here; if not, it is said what is left out for want of it.
fn has(program: &str, what: &str) -> bool {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    let here = found.is_ok_and(|found| found.status.success());
    if !here {
        eprintln!("skipped: {what}, since there is no {program} here");
    }
    here
}

/// Whether we may do everything; if not, it is said what is left out.
fn is_root(what: &str) -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        eprintln!("skipped: {what}, which only root may do");
    }
    root
}
