//! Others download from our seeder.

use std::fs;
use std::path::PathBuf;
use std::slice::from_ref;

use crate::content::{assert_same, awkward_things, file};
use crate::foreign::Foreign;
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

#[test]
fn aria2_downloads_everything_from_our_seeder_through_the_tracker_in_it() {
    downloads_everything(Foreign::Aria2);
}

#[test]
fn libtorrent_downloads_everything_from_our_seeder_through_the_tracker_in_it() {
    downloads_everything(Foreign::Libtorrent);
}

fn downloads_everything(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let things = awkward_things(&stage.directory("source"));
    let mut seeder = Seeder::start(&stage, "seeder", &["--keep"]);
    let torrents: Vec<Torrent> = things.iter().map(|thing| seeder.publish(&stage, thing)).collect();
    for torrent in &torrents {
        torrent.wait_until_listed(&stage, 1, 0);
    }
    let to = stage.directory("got");
    let mut client = foreign.start(&stage, &torrents, &to);
    for (torrent, thing) in torrents.iter().zip(&things) {
        client.wait_until_complete(&stage, torrent);
        assert_same(thing, &to.join(&torrent.name));
    }
}

/// Transmission waits for others to connect to it, so our seeder hears of it and not the other way
/// round: it is there first.
#[test]
fn transmission_downloads_everything_from_our_seeder_through_the_tracker_in_it() {
    if !Foreign::Transmission.is_here() {
        return;
    }
    let stage = Stage::new();
    let source = stage.directory("source");
    let things = awkward_things(&source);
    let mut seeder = Seeder::start(&stage, "seeder", &["--keep"]);
    let first = seeder.publish(&stage, &file(&source, "first", 1));
    let made = |thing: &PathBuf| Torrent::make(&stage, thing, first.tracker.as_deref());
    let torrents: Vec<Torrent> = things.iter().map(made).collect();
    let to = stage.directory("got");
    let mut client = Foreign::Transmission.start(&stage, &torrents, &to);
    for (torrent, thing) in torrents.iter().zip(&things) {
        torrent.wait_until_listed(&stage, 0, 1);
        assert_eq!(seeder.publish(&stage, thing).info_hash, torrent.info_hash);
    }
    for torrent in &torrents {
        client.wait_until_complete(&stage, torrent);
    }
    fs::remove_file(source.join("first")).expect("nobody downloads the first one");
    assert_same(&Foreign::Transmission.own_names(&stage, &source), &to);
}

/// The others refuse any torrent of no bytes.
#[test]
fn aria2_makes_an_empty_file_of_our_torrent_of_one() {
    if !Foreign::Aria2.is_here() {
        return;
    }
    let stage = Stage::new();
    let empty = file(&stage.directory("source"), "empty", 0);
    let mut seeder = Seeder::start(&stage, "seeder", &["--keep"]);
    let torrent = seeder.publish(&stage, &empty);
    let to = stage.directory("got");
    let mut client = Foreign::Aria2.start(&stage, from_ref(&torrent), &to);
    client.wait_until_complete(&stage, &torrent);
    assert_same(&empty, &to.join("empty"));
}

/// Transmission asks for what it can take in ten seconds, on this machine all of it, unless it is
/// told how many requests are kept for it; and it waits long for an answer to each.
#[test]
fn transmission_does_not_ask_our_seeder_for_more_than_it_keeps_in_mind() {
    if !Foreign::Transmission.is_here() {
        return;
    }
    let stage = Stage::new();
    let thing = file(&stage.directory("source"), "many blocks", 150_000_000);
    let tracker = Tracker::start(&stage);
    let torrent = Torrent::make(&stage, &thing, Some(&tracker.url));
    let to = stage.directory("got");
    let mut client = Foreign::Transmission.start(&stage, from_ref(&torrent), &to);
    torrent.wait_until_listed(&stage, 0, 1);
    let mut seeder = Seeder::start(&stage, "seeder", &["--keep", "--tracker", &tracker.url]);
    seeder.publish(&stage, &thing);
    client.wait_until_complete(&stage, &torrent);
    assert_same(&thing, &to.join(&torrent.name));
}
