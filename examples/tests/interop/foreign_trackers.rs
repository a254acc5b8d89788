//! Trackers that others wrote bring our programs together.

use std::slice::from_ref;

use crate::content::{assert_same, file};
use crate::foreign::Opentracker;
use crate::ours::{Seeder, Torrent};
use crate::stage::Stage;

#[test]
fn two_seeders_meet_through_opentracker_by_http() {
    meet_through(|tracker| tracker.http.clone());
}

#[test]
fn two_seeders_meet_through_opentracker_by_udp() {
    meet_through(|tracker| tracker.udp.clone());
}

/// The info-hash is the same whatever the tracker, so opentracker can be told of it first.
fn meet_through(url: impl Fn(&Opentracker) -> String) {
    if !Opentracker::is_here() {
        return;
    }
    let stage = Stage::new();
    let thing = file(&stage.directory("source"), "song", 1_000_000);
    let unlisted = Torrent::make(&stage, &thing, None);
    let tracker = Opentracker::start(&stage, from_ref(&unlisted.info_hash.as_str()));
    let url = url(&tracker);
    let mut first = Seeder::start(&stage, "first", &["--keep", "--tracker", &url]);
    let torrent = first.publish(&stage, &thing);
    let mut second = Seeder::start(&stage, "second", &["--no-tracker"]);
    let to = second.dir.join(&torrent.name);
    second.fetch(&torrent);
    second.finish();
    assert_same(&thing, &to);
}
