//! A large file, once with each; asked for by name, since each takes a while and room on disk.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::content::{assert_same, file};
use crate::foreign::Foreign;
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

const GIBIBYTE: u64 = 1 << 30;

/// Whole minutes even on a slow disk with a debug build.
const PATIENCE: Duration = Duration::from_secs(600);

fn stage() -> (Stage, Tracker, PathBuf) {
    let stage = Stage::with_patience(PATIENCE);
    let tracker = Tracker::start(&stage);
    let thing = file(&stage.directory("source"), "gibibyte.bin", GIBIBYTE);
    (stage, tracker, thing)
}

fn say(what: &str, since: Instant) {
    eprintln!("one gibibyte, {what}: {:.1} s", since.elapsed().as_secs_f64());
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_goes_from_our_seeder_to_aria2() {
    goes_to(Foreign::Aria2);
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_goes_from_our_seeder_to_transmission() {
    goes_to(Foreign::Transmission);
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_goes_from_our_seeder_to_libtorrent() {
    goes_to(Foreign::Libtorrent);
}

fn goes_to(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let (stage, tracker, thing) = stage();
    let mut seeder = Seeder::start(&stage, "seeder", &["--keep", "--tracker", &tracker.url]);
    let made = Torrent::make(&stage, &thing, Some(&tracker.url));
    let to = stage.directory("got");
    let from_the_start = Instant::now();
    // Only Transmission must be there first; see its file.
    let (mut client, since) = if foreign == Foreign::Transmission {
        let client = foreign.start(&stage, std::slice::from_ref(&made), &to);
        made.wait_until_listed(&stage, 0, 1);
        seeder.publish(&stage, &thing);
        (client, Instant::now())
    } else {
        let torrent = seeder.publish(&stage, &thing);
        torrent.wait_until_listed(&stage, 1, 0);
        let since = Instant::now();
        (foreign.start(&stage, std::slice::from_ref(&torrent), &to), since)
    };
    client.wait_until_complete(&stage, &made);
    say(&format!("seeder to {foreign:?}"), since);
    say(&format!("seeder to {foreign:?}, hashed and published first"), from_the_start);
    assert_same(&thing, &to.join(&made.name));
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_comes_to_our_seeder_from_aria2() {
    comes_from(Foreign::Aria2);
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_comes_to_our_seeder_from_transmission() {
    comes_from(Foreign::Transmission);
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_comes_to_our_seeder_from_libtorrent() {
    comes_from(Foreign::Libtorrent);
}

fn comes_from(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let (stage, tracker, thing) = stage();
    let torrent = Torrent::make(&stage, &thing, Some(&tracker.url));
    let source = stage.directory("source");
    let mut client = foreign.start(&stage, std::slice::from_ref(&torrent), &source);
    client.wait_until_complete(&stage, &torrent);
    torrent.wait_until_listed(&stage, 1, 0);
    let since = Instant::now();
    fetch_and_compare(&stage, &torrent, &thing);
    say(&format!("{foreign:?} to seeder"), since);
}

#[test]
#[ignore = "takes a while"]
fn one_gibibyte_goes_from_seeder_to_seeder() {
    let (stage, tracker, thing) = stage();
    let mut seeder = Seeder::start(&stage, "first", &["--keep", "--tracker", &tracker.url]);
    let torrent = seeder.publish(&stage, &thing);
    torrent.wait_until_listed(&stage, 1, 0);
    let since = Instant::now();
    fetch_and_compare(&stage, &torrent, &thing);
    say("seeder to seeder", since);
}

fn fetch_and_compare(stage: &Stage, torrent: &Torrent, thing: &Path) {
    let mut seeder = Seeder::start(stage, "seeder", &["--no-tracker"]);
    let to = seeder.dir.join(&torrent.name);
    seeder.fetch(torrent);
    seeder.finish();
    assert_same(thing, &to);
}
