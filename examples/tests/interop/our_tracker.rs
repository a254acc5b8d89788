//! Our tracker brings others and us together, by UDP alone; by HTTP it does so in most other tests.

use std::slice::from_ref;

use crate::content::{assert_same, file};
use crate::foreign::Foreign;
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

#[test]
fn aria2_and_we_meet_through_our_tracker_by_udp() {
    meet_by_udp(Foreign::Aria2);
}

#[test]
fn transmission_and_we_meet_through_our_tracker_by_udp() {
    meet_by_udp(Foreign::Transmission);
}

#[test]
fn libtorrent_and_we_meet_through_our_tracker_by_udp() {
    meet_by_udp(Foreign::Libtorrent);
}

#[test]
fn rtorrent_and_we_meet_through_our_tracker_by_udp() {
    meet_by_udp(Foreign::Rtorrent);
}

/// The client announces that it has the thing, we ask who has it, and download it.
fn meet_by_udp(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let source = stage.directory("source");
    let thing = file(&source, "song", 1_000_000);
    let tracker = Tracker::start(&stage);
    let torrent = Torrent::make(&stage, &thing, Some(&tracker.udp));
    let mut client = foreign.start(&stage, from_ref(&torrent), &source);
    client.wait_until_complete(&stage, &torrent);
    torrent.wait_until_listed_at(&stage, &tracker.url, 1, 0);
    let mut seeder = Seeder::start(&stage, "seeder", &["--no-tracker"]);
    let to = seeder.dir.join(&torrent.name);
    seeder.fetch(&torrent);
    seeder.finish();
    assert_same(&thing, &to);
}
