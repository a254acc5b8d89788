//! Our programs download from others, and from each other.

use std::slice::from_ref;

use crate::content::{assert_same, awkward_things, directory, file};
use crate::foreign::Foreign;
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

#[test]
fn our_seeder_downloads_everything_from_aria2_through_our_tracker() {
    seeder_downloads_everything_from(Foreign::Aria2);
}

#[test]
fn our_seeder_downloads_everything_from_transmission_through_our_tracker() {
    seeder_downloads_everything_from(Foreign::Transmission);
}

#[test]
fn our_seeder_downloads_everything_from_libtorrent_through_our_tracker() {
    seeder_downloads_everything_from(Foreign::Libtorrent);
}

fn seeder_downloads_everything_from(foreign: Foreign) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let source = stage.directory("source");
    let things = awkward_things(&source);
    let tracker = Tracker::start(&stage);
    let torrents: Vec<Torrent> =
        things.iter().map(|thing| Torrent::make(&stage, thing, Some(&tracker.url))).collect();
    let mut client = foreign.start(&stage, &torrents, &foreign.own_names(&stage, &source));
    for torrent in &torrents {
        client.wait_until_complete(&stage, torrent);
        torrent.wait_until_listed(&stage, 1, 0);
    }
    let mut seeder = Seeder::start(&stage, "seeder", &[]);
    let to = seeder.dir.clone();
    for torrent in &torrents {
        seeder.fetch(torrent);
    }
    seeder.finish();
    for (torrent, thing) in torrents.iter().zip(&things) {
        assert_same(thing, &to.join(&torrent.name));
    }
}

#[test]
fn download_gets_a_directory_from_the_peer_it_is_told_of_and_needs_no_tracker() {
    for foreign in [Foreign::Aria2, Foreign::Transmission, Foreign::Libtorrent] {
        if !foreign.is_here() {
            continue;
        }
        let stage = Stage::new();
        let source = stage.directory("source");
        let album = directory(&source, "album");
        let torrent = Torrent::make(&stage, &album, None);
        let mut client =
            foreign.start(&stage, from_ref(&torrent), &foreign.own_names(&stage, &source));
        client.wait_until_complete(&stage, &torrent);
        let to = stage.directory("got");
        let mut command = stage.command(env!("CARGO_BIN_EXE_download"));
        command.arg(&torrent.file).arg("--dir").arg(&to);
        command.args(["--peer", &client.address().to_string()]);
        stage.start("download", &mut command).wait_for_success();
        assert_same(&album, &to.join("album"));
    }
}

#[test]
fn two_seeders_swap_what_they_have_the_empty_file_too() {
    let stage = Stage::new();
    let names = ["one", "two"];
    let mut seeders = names.map(|name| Seeder::start(&stage, name, &["--keep"]));
    let sources = names.map(|name| {
        let home = stage.directory(&format!("source {name}"));
        let mut things = awkward_things(&home.join(name));
        things.push(file(&home.join(name), "empty", 0));
        things
    });
    // The same names from both sides would meet in one directory.
    let published: [Vec<Torrent>; 2] = std::array::from_fn(|side| {
        let things = &sources[side];
        let renamed = things.iter().map(|thing| {
            let name = thing.file_name().and_then(|name| name.to_str()).expect("a name");
            let to = thing.with_file_name(format!("{} {name}", names[side]));
            std::fs::rename(thing, &to).expect("a free name");
            seeders[side].publish(&stage, &to)
        });
        renamed.collect()
    });
    for (side, torrents) in published.iter().enumerate() {
        let other = &mut seeders[1 - side];
        let ids: Vec<u64> = torrents.iter().map(|torrent| other.fetch(torrent)).collect();
        ids.into_iter().for_each(|id| other.wait_until_complete(id));
    }
    for (side, torrents) in published.iter().enumerate() {
        for torrent in torrents {
            let source = stage.directory(&format!("source {}", names[side])).join(names[side]);
            assert_same(&source.join(&torrent.name), &seeders[1 - side].dir.join(&torrent.name));
        }
    }
}
