//! Torrents we make, read by others; torrents others make, read by us.

use std::fs;
use std::path::Path;

use crate::content::{assert_same, awkward_things, directory, file};
use crate::foreign::{Foreign, Version, libtorrent_creates, transmission_creates};
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

const TRACKER: &str = "http://127.0.0.1:1/announce";

#[test]
fn aria2_reads_our_torrents_as_we_do() {
    reads_our_torrents(Foreign::Aria2);
}

#[test]
fn transmission_reads_our_torrents_as_we_do() {
    reads_our_torrents(Foreign::Transmission);
}

#[test]
fn libtorrent_reads_our_torrents_as_we_do() {
    reads_our_torrents(Foreign::Libtorrent);
}

fn reads_our_torrents(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    for thing in awkward_things(&stage.directory("source")) {
        for tracker in [None, Some(TRACKER)] {
            let torrent = Torrent::make(&stage, &thing, tracker);
            let theirs = foreign.info_hash(&stage, &torrent.file);
            assert_eq!(theirs, Some(torrent.info_hash), "{foreign:?}, {}", thing.display());
        }
    }
}

/// If this fails, empty files can be tried with them too.
#[test]
fn a_torrent_of_no_bytes_is_refused_by_transmission_and_libtorrent_and_read_by_aria2() {
    let stage = Stage::new();
    let empty = file(&stage.directory("source"), "empty", 0);
    let torrent = Torrent::make(&stage, &empty, None);
    let expected = [
        (Foreign::Aria2, Some(torrent.info_hash.clone())),
        (Foreign::Transmission, None),
        (Foreign::Libtorrent, None),
    ];
    for (foreign, hash) in expected {
        if foreign.is_here() {
            assert_eq!(foreign.info_hash(&stage, &torrent.file), hash, "{foreign:?}");
        }
    }
}

#[test]
fn we_download_what_transmission_made_a_torrent_of() {
    downloads_what_others_made(Foreign::Transmission, transmission_creates);
}

#[test]
fn we_download_what_libtorrent_made_a_torrent_of() {
    let create =
        |stage: &Stage, of: &Path, url: &str| libtorrent_creates(stage, of, url, Version::V1);
    downloads_what_others_made(Foreign::Libtorrent, create);
}

#[test]
fn we_download_what_libtorrent_made_a_hybrid_torrent_of_and_leave_out_its_padding() {
    let create =
        |stage: &Stage, of: &Path, url: &str| libtorrent_creates(stage, of, url, Version::Hybrid);
    downloads_what_others_made(Foreign::Libtorrent, create);
}

fn downloads_what_others_made(foreign: Foreign, create: impl Fn(&Stage, &Path, &str) -> Torrent) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let source = stage.directory("source");
    let tracker = Tracker::start(&stage);
    let things = [directory(&source, "álbum: ☂"), file(&source, "ein Lied: größer.bin", 3_000_001)];
    if foreign == Foreign::Transmission {
        // It leaves it out of its torrents.
        fs::remove_file(things[0].join("cd 2/empty.txt")).expect("it is there");
    }
    let theirs = foreign.own_names(&stage, &source);
    for thing in things {
        let torrent = create(&stage, &thing, &tracker.url);
        let their_hash = foreign.info_hash(&stage, &torrent.file);
        assert_eq!(their_hash.as_ref(), Some(&torrent.info_hash));
        let mut client = foreign.start(&stage, std::slice::from_ref(&torrent), &theirs);
        client.wait_until_complete(&stage, &torrent);
        torrent.wait_until_listed(&stage, 1, 0);
        let mut seeder = Seeder::start(&stage, "seeder", &["--no-tracker"]);
        let to = seeder.dir.join(&torrent.name);
        seeder.fetch(&torrent);
        seeder.finish();
        assert_same(&thing, &to);
    }
}
