//! A folder that is watched. What counts as complete is tested next to the code.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use axon_core::Pipeline;
use common::*;
use kamaelia_io::FolderWatcher;

/// What is logged at the level of warnings.
struct Warnings(Mutex<Vec<String>>);

static WARNINGS: Warnings = Warnings(Mutex::new(Vec::new()));

impl Warnings {
    fn listen(&'static self) {
        log::set_logger(self).expect("no other test of this program listens");
        log::set_max_level(log::LevelFilter::Warn);
    }

    fn until_one_says(&self, text: &str) {
        let start = Instant::now();
        while !self.0.lock().unwrap().iter().any(|line| line.contains(text)) {
            assert!(start.elapsed() < AGES, "{text} is not said");
            std::thread::sleep(SOON);
        }
    }
}

impl log::Log for Warnings {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.0.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

/// Between two looks, of watchers and of tests.
const SOON: Duration = Duration::from_millis(1);

fn watch(folder: PathBuf) -> (Running, Collected<PathBuf>) {
    let (collect, told) = Collect::new();
    let watcher = FolderWatcher::new(folder).every(SOON);
    (Running::start(|| Pipeline::new(watcher).then(collect).build().unwrap()), told)
}

fn until_told(told: &Collected<PathBuf>, path: &Path) {
    let start = Instant::now();
    while !told.lock().unwrap().iter().any(|known| known == path) {
        assert!(start.elapsed() < AGES, "{} is not told", path.display());
        std::thread::sleep(SOON);
    }
}

#[test]
fn what_is_there_and_what_comes_is_told_until_it_is_asked_to_finish() {
    for stop in [false, true] {
        let place = tempfile::tempdir().unwrap();
        let [early, late] = ["early", "late"].map(|name| place.path().join(name));
        fs::write(&early, "1").unwrap();
        let (running, told) = watch(place.path().to_owned());
        until_told(&told, &early);
        fs::write(&late, "2").unwrap();
        until_told(&told, &late);
        if stop {
            running.handle.stop();
        } else {
            running.handle.finish();
        }
        running.end().unwrap();
        assert_eq!(taken(&told), [early, late], "each once");
    }
}

#[test]
fn a_folder_that_is_not_there_is_a_failure_and_one_that_goes_away_is_waited_for() {
    let place = tempfile::tempdir().unwrap();
    let (folder, elsewhere) = (place.path().join("in"), place.path().join("elsewhere"));
    let (running, _) = watch(folder.clone());
    let error = running.end().unwrap_err().to_string();
    let expected = format!("cannot look into {}: No such file", folder.display());
    assert!(error.contains(&expected), "{error}");

    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("one"), "1").unwrap();
    let (running, told) = watch(folder.clone());
    until_told(&told, &folder.join("one"));
    WARNINGS.listen();
    fs::rename(&folder, &elsewhere).unwrap();
    WARNINGS.until_one_says("cannot look into");
    fs::write(elsewhere.join("two"), "2").unwrap();
    fs::rename(&elsewhere, &folder).unwrap();
    until_told(&told, &folder.join("two"));
    running.handle.finish();
    running.end().unwrap();
}

#[test]
fn when_nobody_listens_it_ends() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("one"), "1").unwrap();
    let watcher = FolderWatcher::new(place.path()).every(SOON);
    let running = Running::start(|| Pipeline::new(watcher).then(TakeOnly::of(1)).build().unwrap());
    running.end().unwrap();
}
