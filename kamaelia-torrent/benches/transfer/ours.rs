//! The two ends of a transfer as processes of this program.
//!
//! A seeder says where it is, and when its input ends, what it has used; a downloader says what it
//! has used, and how long it took.

use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{Content, Engine, EngineConfig, NewTorrent};
use kamaelia_torrent::metainfo::Metainfo;

use crate::measure::cpu_time;

/// How long a turn of an engine may wait for something to happen.
const TURN: Duration = Duration::from_millis(100);

fn engine(torrent: &Path, peers: Vec<SocketAddr>) -> (Engine, Arc<Metainfo>) {
    let bytes = std::fs::read(torrent).expect("the torrent was made");
    let metainfo = Metainfo::parse(&bytes).expect("what we make we accept");
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.peers = peers;
    (Engine::start(config).expect("an engine starts"), Arc::new(metainfo))
}

pub(crate) fn seed(torrent: &Path, file: &Path) {
    let (mut engine, metainfo) = engine(torrent, Vec::new());
    let mut all = fixedbitset::FixedBitSet::with_capacity(metainfo.piece_hashes().len());
    all.insert_range(..);
    let content = Content::InPlace(vec![file.to_path_buf()]);
    engine.add(NewTorrent { metainfo, content, known: Some(all) }).expect("it is taken on");
    println!("{}", engine.local_addresses()[0]);
    let from = cpu_time();
    let over = Arc::new(AtomicBool::new(false));
    let (ends, waker) = (over.clone(), engine.waker());
    thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        ends.store(true, Ordering::Relaxed);
        waker.wake();
    });
    while !over.load(Ordering::Relaxed) {
        engine.turn(TURN).expect("sockets can be waited for");
    }
    println!("{}", (cpu_time() - from).as_secs_f64());
    engine.stop();
}

pub(crate) fn download(torrent: &Path, to: &Path, from: &str) {
    let peer = from.parse().expect("an address");
    let (mut engine, metainfo) = engine(torrent, vec![peer]);
    let (cpu, wall) = (cpu_time(), Instant::now());
    let content = Content::Download(to.to_path_buf());
    let new = NewTorrent { metainfo, content, known: None };
    let id = engine.add(new).expect("it is taken on");
    while !engine.status(id).expect("it is there").is_complete() {
        engine.turn(TURN).expect("sockets can be waited for");
    }
    println!("{} {}", (cpu_time() - cpu).as_secs_f64(), wall.elapsed().as_secs_f64());
    engine.stop();
}
