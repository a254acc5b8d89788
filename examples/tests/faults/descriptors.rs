//! Programs that may have no more than 64 files and sockets open.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;

const LIMIT: usize = 64;
const FILES: usize = 200;

/// A directory of many files, one after the other in common pieces.
fn album(place: &Path) -> PathBuf {
    for number in 0..FILES {
        let name = format!("album/{}/{number:03}", number % 7);
        write(place.join(name), bytes(20_000, number as u64));
    }
    place.join("album")
}

fn assert_same(one: &Path, other: &Path) {
    for name in names(one) {
        let (one, other) = (one.join(&name), other.join(&name));
        if one.is_dir() {
            assert_same(&one, &other);
        } else {
            assert!(fs::read(one).ok() == fs::read(other).ok(), "{name}");
        }
    }
}

/// A peer that shakes hands and then is silent; none if it is turned away.
fn silent_peer(address: &str, info_hash: &[u8], number: u8) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(AGES)).expect("a time-out is allowed");
    stream.write_all(&greeting(info_hash, number)).ok()?;
    stream.read_exact(&mut [0; 68]).ok()?;
    Some(stream)
}

/// A poor seeder that shares the album with so many silent peers, and one that downloads it.
fn shared_among(peers: u8) -> (TempDir, Program, Vec<TcpStream>) {
    let (data, place) = (home(), home());
    let album = album(data.path());
    let address = unused_port().to_string();
    let args = ["--listen", &address, "--no-tracker", "--json"];
    let mut seed = poor_seeder(data.path(), LIMIT, &args);
    seed.say("file:album");
    let hash = info_hash(&event(&seed, "added"));
    event(&seed, "complete");
    // All from one address, which may have a few only: there are more addresses on loopback.
    let silent: Vec<_> =
        (0..peers).filter_map(|number| silent_peer(&address, &hash, number)).collect();
    let mut get = poor_seeder(place.path(), LIMIT, &[&ALONE[..], &["--peer", &address]].concat());
    get.say(format!("torrent:{}", data.path().join("album.torrent").display()));
    get.until(":100");
    assert_same(&album, &place.path().join("album"));
    assert_eq!(get.end_of_input().status, Some(0));
    (data, seed, silent)
}

#[test]
fn two_hundred_files_and_thirty_peers_do_with_64_descriptors() {
    let (_data, mut seed, silent) = shared_among(30);
    assert_eq!(silent.len(), 30);
    let torrent = torrent_of(&mut seed);
    assert_eq!((&torrent["state"], &torrent["error"]), (&"seeding".into(), &Value::Null));
}
