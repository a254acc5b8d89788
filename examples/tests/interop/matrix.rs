//! Everyone against everyone: each client downloads from us and we from it, in plain and encrypted,
//! a torrent of many files.
//!
//! In a normal run the torrent is small; the large one is asked for by name:
//!
//!     cargo test --release --package examples --test interop -- --ignored 256 --test-threads=1

use std::path::{Path, PathBuf};
use std::slice::from_ref;
use std::time::Duration;

use crate::content::{assert_same, file};
use crate::foreign::{Foreign, Secrecy};
use crate::ours::{Seeder, Torrent, Tracker};
use crate::stage::Stage;

/// Bytes in a normal run, and in the long one.
const SMALL: u64 = 12 << 20;
const LARGE: u64 = 256 << 20;

/// Long enough for a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The tests with one client.
macro_rules! with_client {
    ($module:ident, $client:ident) => {
        mod $module {
            use super::{Foreign::$client, LARGE, SMALL, Secrecy, downloads_from_us, serves_us};

            #[test]
            fn downloads_many_files_from_us_in_plain() {
                downloads_from_us($client, Secrecy::Plain, SMALL);
            }

            #[test]
            fn downloads_many_files_from_us_encrypted() {
                downloads_from_us($client, Secrecy::Encrypted, SMALL);
            }

            #[test]
            fn serves_many_files_to_us_in_plain() {
                serves_us($client, Secrecy::Plain, SMALL);
            }

            #[test]
            fn serves_many_files_to_us_encrypted() {
                serves_us($client, Secrecy::Encrypted, SMALL);
            }

            #[test]
            #[ignore = "takes a while"]
            fn trades_256_mebibytes_of_many_files_with_us_in_plain() {
                downloads_from_us($client, Secrecy::Plain, LARGE);
                serves_us($client, Secrecy::Plain, LARGE);
            }

            #[test]
            #[ignore = "takes a while"]
            fn trades_256_mebibytes_of_many_files_with_us_encrypted() {
                downloads_from_us($client, Secrecy::Encrypted, LARGE);
                serves_us($client, Secrecy::Encrypted, LARGE);
            }
        }
    };
}

with_client!(aria2, Aria2);
with_client!(transmission, Transmission);
with_client!(libtorrent, Libtorrent);
with_client!(rtorrent, Rtorrent);

/// Files of all sizes, from one byte to a quarter of the whole, in directories three deep.
fn many_files(home: &Path, total: u64) -> PathBuf {
    let root = home.join("many files");
    let mut left = total;
    let mut number = 0;
    while left > 0 {
        // A few large ones and many small ones, none of them as long as pieces are.
        let size = match number % 10 {
            0 => total / 4 - 1,
            1 => total / 16 + 3,
            small => small * small * 1_000 + 1,
        };
        let name = format!("{}/{}/{number}", number % 3, number % 7);
        file(&root, &name, size.min(left));
        left = left.saturating_sub(size);
        number += 1;
    }
    root
}

/// The client downloads and we serve. Transmission connects to nobody on this machine, so it is there
/// first and we connect to it; the others connect to us.
#[track_caller]
fn downloads_from_us(foreign: Foreign, secrecy: Secrecy, total: u64) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::with_patience(PATIENCE);
    let thing = many_files(&stage.directory("source"), total);
    let tracker = Tracker::start(&stage);
    let torrent = Torrent::make(&stage, &thing, Some(&tracker.url));
    let to = stage.directory("got");
    let options = ["--keep", "--tracker", &tracker.url];
    let start = || foreign.start_with(&stage, from_ref(&torrent), &to, secrecy);
    let publish = || {
        let mut seeder = Seeder::start(&stage, "seeder", &options);
        seeder.publish(&stage, &thing);
        seeder
    };
    let (mut client, _seeder) = if foreign == Foreign::Transmission {
        let client = start();
        torrent.wait_until_listed(&stage, 0, 1);
        (client, publish())
    } else {
        let seeder = publish();
        torrent.wait_until_listed(&stage, 1, 0);
        (start(), seeder)
    };
    client.wait_until_complete(&stage, &torrent);
    assert_same(&thing, &to.join(&torrent.name));
}

/// The client serves and we download: we connect to it.
#[track_caller]
fn serves_us(foreign: Foreign, secrecy: Secrecy, total: u64) {
    if !foreign.is_here() {
        return;
    }
    let stage = Stage::with_patience(PATIENCE);
    let source = stage.directory("source");
    let thing = many_files(&source, total);
    // rtorrent takes no torrent that names none.
    let tracker = Tracker::start(&stage);
    let torrent = Torrent::make(&stage, &thing, Some(&tracker.url));
    let mut client = foreign.start_with(&stage, from_ref(&torrent), &source, secrecy);
    client.wait_until_complete(&stage, &torrent);
    let address = client.address().to_string();
    let mut seeder = Seeder::start(&stage, "seeder", &["--no-tracker", "--peer", &address]);
    let to = seeder.dir.join(&torrent.name);
    seeder.fetch(&torrent);
    seeder.finish();
    assert_same(&thing, &to);
}
