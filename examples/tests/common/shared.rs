//! A file that is shared, and how torrents stand with a seeder that tells objects.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use serde_json::Value;
use tempfile::TempDir;

use super::{AGES, ALONE, Program, bytes, home, seeder, unused_port, write};

pub const HOUR: Duration = Duration::from_secs(3600);

/// A file, a seeder that shares it and tells objects, and the torrent it has made.
pub struct Shared {
    pub home: TempDir,
    pub song: PathBuf,
    pub bytes: Vec<u8>,
    pub torrent: PathBuf,
    pub address: String,
    /// What everybody knows it by.
    pub info_hash: Vec<u8>,
    pub seed: Program,
}

impl Shared {
    pub fn new(length: usize) -> Self {
        Shared::with(length, &[])
    }

    /// With more options for the seeder.
    pub fn with(length: usize, options: &[&str]) -> Self {
        Shared::in_place(home(), length, options, |place, args| seeder(place, args.iter().copied()))
    }

    /// In this directory, by a seeder that is started like this.
    pub fn in_place(
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
        let has_tracker = options.contains(&"--tracker-listen");
        let alone: &[&str] = if has_tracker { &[] } else { &["--no-tracker"] };
        let args = [&["--listen", &address, "--json"], alone, options].concat();
        let mut seed = start(home.path(), &args);
        seed.say("file:song");
        let info_hash = info_hash(&event(&seed, "added"));
        event(&seed, "complete");
        let torrent = home.path().join("song.torrent");
        Shared { home, song, bytes, torrent, address, info_hash, seed }
    }

    /// The command that downloads it.
    pub fn command(&self) -> String {
        format!("torrent:{}", self.torrent.display())
    }

    /// Arguments of one who downloads it from here.
    pub fn args<'a>(&'a self, options: &[&'a str]) -> Vec<&'a str> {
        [&ALONE[..], &["--peer", &self.address], options].concat()
    }

    /// One who downloads it into this directory.
    pub fn fetch(&self, place: &Path, options: &[&str]) -> Program {
        let mut get = seeder(place, self.args(options));
        get.say(self.command());
        get
    }

    /// Whether what lies in a directory is the same to the byte.
    pub fn assert_same(&self, place: &Path) {
        assert!(fs::read(place.join("song")).expect("a file") == self.bytes);
    }
}

/// Has a file look as if it had been written then.
pub fn set_modified(path: &Path, time: SystemTime) {
    let file = fs::File::options().write(true).open(path).expect("a file");
    file.set_modified(time).expect("one's own file");
}

/// The next event of this name, from a seeder that tells objects.
pub fn event(seeder: &Program, name: &str) -> Value {
    let told = || serde_json::from_str(&seeder.line()).expect("an object");
    let mut events = std::iter::repeat_with(told);
    events.find(|event: &Value| event["event"] == name).expect("they do not end")
}

/// How all its torrents stand.
pub fn torrents(seeder: &mut Program) -> Vec<Value> {
    seeder.say("list");
    let Value::Array(torrents) = event(seeder, "list")["torrents"].take() else { panic!("a list") };
    torrents
}

/// How the only torrent stands.
pub fn torrent_of(seeder: &mut Program) -> Value {
    torrents(seeder).pop().expect("a torrent")
}

/// Waits until the only torrent is as wanted.
pub fn wait_until(seeder: &mut Program, wanted: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + AGES;
    loop {
        let torrent = torrents(seeder).pop();
        match torrent {
            Some(torrent) if wanted(&torrent) => return torrent,
            _ => assert!(Instant::now() < deadline, "{torrent:?}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

pub fn number(torrent: &Value, field: &str) -> u64 {
    torrent[field].as_u64().unwrap_or_else(|| panic!("{field} of {torrent}"))
}

/// What everybody knows a torrent by, as the event that tells of it has it.
pub fn info_hash(added: &Value) -> Vec<u8> {
    let text = added["info_hash"].as_str().expect("text");
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..40).step_by(2).map(byte).collect()
}
