//! SHA-1 alone, then what is done with it: checking a file and making a torrent of it.

use std::fs;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{MakeOptions, make};
use kamaelia_torrent::hash::{Way, sha1};
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::{FileStorage, verify};

use crate::measure::{cpu_time, gib, least_and_middle, noise};

const ROUNDS: usize = 5;

/// Large enough that starting does not count.
const FILE: usize = 256 << 20;

pub(crate) fn measure_all() {
    println!("Hashing, GiB per second of processor time (user and system)");
    println!("  {:<44} {:>8} {:>8} {:>16}", "", "best", "middle", "wall, middle");
    let piece = noise(256 << 10);
    report("SHA-1 of a piece of 256 KiB", (piece.len() * 512) as u64, || {
        for _ in 0..512 {
            black_box(sha1(black_box(&piece)));
        }
    });
    report("the same, portable (sha1_smol)", (piece.len() * 512) as u64, || {
        for _ in 0..512 {
            black_box(sha1_smol::Sha1::from(black_box(&piece)).digest());
        }
    });
    for way in Way::all() {
        // Together they fit the cache, as the slices do that files are read by.
        let messages = vec![&piece[..32 << 10]; way.lanes()];
        let times = (128 << 20) / (messages.len() * messages[0].len());
        let bytes = times * messages.len() * messages[0].len();
        report(&format!("many at once: {}", way.name()), bytes as u64, || {
            for _ in 0..times {
                black_box(way.sha1_each(black_box(&messages)));
            }
        });
    }
    let home = tempfile::tempdir().expect("a directory");
    let path = home.path().join("noise");
    fs::write(&path, noise(FILE)).expect("room for a file");
    let options = MakeOptions::default();
    let make = || make(&path, &options, |_| ControlFlow::Continue(())).expect("it can be made");
    let metainfo = Metainfo::parse(&make().rawmetainfo).expect("what we make we accept");
    let layout = metainfo.layout().clone();
    let storage = FileStorage::in_place(&Arc::default(), vec![path.clone()], layout);
    let storage = storage.expect("the file is there");
    report("checking a file, all cores", FILE as u64, || {
        let found = verify(&storage, metainfo.piece_hashes(), |_| ControlFlow::Continue(()));
        let found = found.expect("the file can be read").expect("nobody broke it off");
        assert!(found.is_full());
    });
    report("making a torrent, all cores", FILE as u64, || drop(black_box(make())));
    println!();
}

fn report(name: &str, bytes: u64, work: impl Fn()) {
    let mut cpu = Vec::new();
    let mut wall = Vec::new();
    for _ in 0..ROUNDS {
        let (from, since) = (cpu_time(), Instant::now());
        work();
        cpu.push(Duration::as_secs_f64(&(cpu_time() - from)));
        wall.push(since.elapsed().as_secs_f64());
    }
    let (least, middle) = least_and_middle(cpu);
    let (_, wall) = least_and_middle(wall);
    let speed = |seconds: f64| gib(bytes) / seconds;
    println!("  {name:<44} {:>8.2} {:>8.2} {:>16.2}", speed(least), speed(middle), speed(wall));
}
