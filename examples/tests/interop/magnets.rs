//! Magnet links: each client learns from us what one leads to, and we from it.

use std::path::Path;
use std::slice::from_ref;

use crate::content::{assert_same, file};
use crate::foreign::{Foreign, Secrecy};
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

/// Bytes of the file: in pieces of 16 KiB, so that its metadata is longer than the 16 KiB that are
/// sent at a time (BEP 9).
const LENGTH: u64 = 20 << 20;

/// The tests with one client.
macro_rules! with_client {
    ($module:ident, $client:ident) => {
        mod $module {
            use super::{Foreign::$client, Secrecy, learns_from_us, tells_us};

            #[test]
            fn tells_us_what_a_magnet_link_leads_to_in_plain() {
                tells_us($client, Secrecy::Plain);
            }

            #[test]
            fn tells_us_what_a_magnet_link_leads_to_encrypted() {
                tells_us($client, Secrecy::Encrypted);
            }

            #[test]
            fn learns_from_us_what_a_magnet_link_leads_to_in_plain() {
                learns_from_us($client, Secrecy::Plain);
            }
        }
    };
}

with_client!(aria2, Aria2);
with_client!(transmission, Transmission);
with_client!(libtorrent, Libtorrent);
with_client!(rtorrent, Rtorrent);

/// Not rtorrent: over encrypted connections it gets no metadata, from libtorrent neither.
#[test]
fn others_learn_from_us_what_a_magnet_link_leads_to_encrypted() {
    for foreign in [Foreign::Aria2, Foreign::Transmission, Foreign::Libtorrent] {
        learns_from_us(foreign, Secrecy::Encrypted);
    }
}

fn short_pieces(stage: &Stage, thing: &Path, tracker: &Tracker) -> Torrent {
    Torrent::make_with(stage, thing, &["--tracker", &tracker.url, "--piece-length", "16K"])
}

/// The client has the torrent, and we connect to it with nothing but the link.
#[track_caller]
fn tells_us(foreign: Foreign, secrecy: Secrecy) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let source = stage.directory("source");
    let thing = file(&source, "a song.ogg", LENGTH);
    let tracker = Tracker::start(&stage);
    let torrent = short_pieces(&stage, &thing, &tracker);
    let mut client = foreign.start_with(&stage, from_ref(&torrent), &source, secrecy);
    client.wait_until_complete(&stage, &torrent);
    let address = client.address().to_string();
    let mut seeder = Seeder::start(&stage, "seeder", &["--no-tracker", "--peer", &address]);
    let to = seeder.dir.clone();
    seeder.hunt(&torrent);
    seeder.finish();
    assert_same(&thing, &to.join(&torrent.name));
    let written = Torrent::read(&stage, &to.join("a song.ogg.torrent"));
    assert_eq!(written.magnet, torrent.magnet);
}

/// We have the torrent, and the client knows nothing but the link and the tracker in it.
/// Transmission connects to nobody on this machine, so it is there first and we connect to it.
#[track_caller]
fn learns_from_us(foreign: Foreign, secrecy: Secrecy) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::new();
    let thing = file(&stage.directory("source"), "a song.ogg", LENGTH);
    let tracker = Tracker::start(&stage);
    let torrent = short_pieces(&stage, &thing, &tracker);
    let link = torrent.by_magnet();
    let to = stage.directory("got");
    let start = || foreign.start_with(&stage, from_ref(&link), &to, secrecy);
    // What lies in its directory is complete, and so it serves.
    let serve = || {
        let mut seeder = Seeder::start(&stage, "source", &["--keep", "--no-tracker"]);
        let id = seeder.fetch(&torrent);
        seeder.wait_until_complete(id);
        seeder
    };
    let (mut client, _seeder) = if foreign == Foreign::Transmission {
        let client = start();
        torrent.wait_until_listed(&stage, 0, 1);
        (client, serve())
    } else {
        let seeder = serve();
        torrent.wait_until_listed(&stage, 1, 0);
        (start(), seeder)
    };
    client.wait_until_complete(&stage, &torrent);
    assert_same(&thing, &to.join(&torrent.name));
}
