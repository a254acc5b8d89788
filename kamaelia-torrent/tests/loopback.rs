//! Whole transfers between engines, over real sockets and files on this machine.

use std::fs;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{
    Content, Encryption, Engine, EngineConfig, Event, Made, MakeOptions, NewTorrent, TorrentId,
    make,
};
use kamaelia_torrent::metainfo::Metainfo;
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(120);

fn bytes(length: usize, seed: u64) -> Vec<u8> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut bytes = vec![0; length];
    chance.fill(&mut bytes);
    bytes
}

fn made(path: &Path) -> (Arc<Metainfo>, Made) {
    let made =
        make(path, &MakeOptions::default(), |_| ControlFlow::Continue(())).expect("it can be made");
    let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
    (Arc::new(metainfo), made)
}

fn config(peers: &[SocketAddr]) -> EngineConfig {
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.peers = peers.to_vec();
    config
}

/// An engine that runs on a thread of its own until this is dropped.
struct Running {
    address: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start(mut engine: Engine) -> Self {
        let address = engine.local_addresses()[0];
        let over = Arc::new(AtomicBool::new(false));
        let ends = over.clone();
        let thread = thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                engine.turn(Duration::from_millis(100)).expect("sockets can be waited for");
            }
            engine.stop();
        });
        Running { address, over, thread: Some(thread) }
    }

    fn seed(metainfo: &Arc<Metainfo>, files: Vec<PathBuf>) -> Self {
        Running::seed_with(config(&[]), metainfo, files)
    }

    fn seed_with(config: EngineConfig, metainfo: &Arc<Metainfo>, files: Vec<PathBuf>) -> Self {
        let mut engine = Engine::start(config).expect("an engine starts");
        let content = Content::InPlace(files);
        let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
        let id = engine.add(new).expect("a torrent is taken on");
        // Peers that come during the check are sent away, and come back only seconds later.
        let deadline = Instant::now() + AGES;
        while !engine.status(id).expect("it is there").is_complete() {
            assert!(Instant::now() < deadline, "not checked: {:?}", engine.status(id));
            engine.turn(Duration::from_millis(100)).expect("sockets can be waited for");
        }
        Running::start(engine)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Downloads to this directory from these peers, and says what happened on the way.
fn download(metainfo: &Arc<Metainfo>, to: &Path, peers: &[SocketAddr]) -> Vec<Event> {
    download_with(config(peers), metainfo, to)
}

fn download_with(config: EngineConfig, metainfo: &Arc<Metainfo>, to: &Path) -> Vec<Event> {
    let mut engine = Engine::start(config).expect("an engine starts");
    let content = Content::Download(to.to_path_buf());
    let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
    let id = engine.add(new).expect("a torrent is taken on");
    let deadline = Instant::now() + AGES;
    let mut events = Vec::new();
    while !engine.status(id).expect("it is there").is_complete() {
        assert!(Instant::now() < deadline, "not complete: {:?} {events:?}", engine.status(id));
        engine.turn(Duration::from_millis(100)).expect("sockets can be waited for");
        events.extend(std::iter::from_fn(|| engine.poll_event()));
    }
    engine.stop();
    events
}

#[test]
fn files_of_every_awkward_size_arrive_whole() {
    let home = TempDir::new().expect("a directory");
    for size in [0, 1, 262_143, 262_144, 262_145, 5_000_000] {
        let path = home.path().join(format!("größe {size}: x.bin"));
        fs::write(&path, bytes(size, 1)).expect("room for a file");
        let (metainfo, made) = made(&path);
        let seed = Running::seed(&metainfo, made.files);
        let to = TempDir::new().expect("a directory");
        download(&metainfo, to.path(), &[seed.address]);
        let got = fs::read(to.path().join(metainfo.name())).expect("it was downloaded");
        assert!(got == bytes(size, 1), "{size} bytes");
    }
}

#[test]
fn a_directory_arrives_with_all_its_files_the_empty_ones_too() {
    let home = TempDir::new().expect("a directory");
    let root = home.path().join("album");
    let files = [("a.txt", 10), ("b/empty", 0), ("b/big.bin", 900_000), ("z", 262_144)];
    for (name, size) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("it lies below the root")).expect("room");
        fs::write(path, bytes(size, size as u64)).expect("room");
    }
    let (metainfo, made) = made(&root);
    let seed = Running::seed(&metainfo, made.files);
    let to = TempDir::new().expect("a directory");
    download(&metainfo, to.path(), &[seed.address]);
    for (name, size) in files {
        let got = fs::read(to.path().join("album").join(name)).expect("it was downloaded");
        assert!(got == bytes(size, size as u64), "{name}");
    }
}

#[test]
fn a_restarted_download_checks_what_is_there_and_mends_it() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    let data = bytes(3_000_000, 9);
    fs::write(&path, &data).expect("room for a file");
    let (metainfo, made) = made(&path);
    let seed = Running::seed(&metainfo, made.files);
    let to = TempDir::new().expect("a directory");
    let mut partial = data[..2_000_000].to_vec();
    partial[300_000] ^= 1;
    fs::write(to.path().join("data"), partial).expect("room");
    download(&metainfo, to.path(), &[seed.address]);
    assert!(fs::read(to.path().join("data")).expect("it is there") == data);
}

#[test]
fn leechers_pass_on_what_they_get() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    fs::write(&path, bytes(2_000_000, 5)).expect("room for a file");
    let (metainfo, made) = made(&path);
    let seed = Running::seed(&metainfo, made.files);
    let first = TempDir::new().expect("a directory");
    download(&metainfo, first.path(), &[seed.address]);
    drop(seed);
    let second = Running::seed(&metainfo, vec![first.path().join("data")]);
    let last = TempDir::new().expect("a directory");
    download(&metainfo, last.path(), &[second.address]);
    assert!(fs::read(last.path().join("data")).expect("it is there") == bytes(2_000_000, 5));
}

#[test]
fn the_same_torrent_and_other_bytes_under_the_same_name_are_told_apart() {
    let home = TempDir::new().expect("a directory");
    let (one, two) = (home.path().join("one/data"), home.path().join("two/data"));
    for (path, seed) in [(&one, 1), (&two, 2)] {
        fs::create_dir_all(path.parent().expect("a parent")).expect("room");
        fs::write(path, bytes(100, seed)).expect("room");
    }
    let ((first, _), (second, _)) = (made(&one), made(&two));
    let mut engine = Engine::start(config(&[])).expect("an engine starts");
    let mut add = |metainfo: &Arc<Metainfo>| {
        let content = Content::Download(home.path().join("to"));
        engine.add(NewTorrent { metainfo: metainfo.clone(), content, known: None })
    };
    assert_eq!(add(&first).map(TorrentId::get), Ok(1));
    assert_eq!(
        add(&first).map_err(|error| error.to_string()),
        Err("that torrent is already there, as number 1".to_owned())
    );
    let error = add(&second).expect_err("the name is taken").to_string();
    assert!(error.contains("torrent 1 already uses"), "{error}");
    engine.stop();
}

#[test]
fn peers_come_together_whatever_they_think_of_encryption_if_they_can() {
    use Encryption::{Allowed, Off, Required};
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    let data = bytes(1_000_000, 3);
    fs::write(&path, &data).expect("room for a file");
    let (metainfo, made) = made(&path);
    for (theirs, ours) in [
        (Off, Off),
        (Off, Allowed),
        (Allowed, Off),
        (Allowed, Allowed),
        (Allowed, Required),
        (Required, Allowed),
        (Required, Required),
    ] {
        let mut seeds = config(&[]);
        seeds.encryption = theirs;
        let seed = Running::seed_with(seeds, &metainfo, made.files.clone());
        let mut leeches = config(&[seed.address]);
        leeches.encryption = ours;
        let to = TempDir::new().expect("a directory");
        download_with(leeches, &metainfo, to.path());
        let got = fs::read(to.path().join("data")).expect("it was downloaded");
        assert!(got == data, "seed {theirs:?}, leech {ours:?}");
    }
}

#[test]
fn who_requires_encryption_gets_nothing_from_who_has_none() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("data");
    fs::write(&path, bytes(100_000, 3)).expect("room for a file");
    let (metainfo, made) = made(&path);
    for (theirs, ours) in
        [(Encryption::Off, Encryption::Required), (Encryption::Required, Encryption::Off)]
    {
        let mut seeds = config(&[]);
        seeds.encryption = theirs;
        let seed = Running::seed_with(seeds, &metainfo, made.files.clone());
        let mut leeches = config(&[seed.address]);
        leeches.encryption = ours;
        let mut engine = Engine::start(leeches).expect("an engine starts");
        let content = Content::Download(home.path().join("to"));
        let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
        let id = engine.add(new).expect("a torrent is taken on");
        // The first call fails within this time, and the next comes seconds later.
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            engine.turn(Duration::from_millis(100)).expect("sockets can be waited for");
            let status = engine.status(id).expect("it is there");
            assert_eq!((status.num_peers, status.down_total), (0, 0), "{theirs:?} {ours:?}");
        }
        engine.stop();
    }
}
