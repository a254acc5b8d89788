//! Torrents that begin with a magnet link, over real sockets and files on this machine.

use std::fs;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use kamaelia_torrent::engine::{
    Activity, Content, Encryption, Engine, EngineConfig, Event, MakeOptions, NewTorrent, TorrentId,
    make,
};
use kamaelia_torrent::metainfo::{Magnet, Metainfo};
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(120);

/// A file, its torrent, and room for copies.
struct Bench {
    home: TempDir,
    song: PathBuf,
    metainfo: Arc<Metainfo>,
}

impl Bench {
    /// Pieces are short, so that the metadata is long: 1,000 of them are more than its first part.
    fn new(pieces: usize) -> Self {
        let home = TempDir::new().expect("a directory");
        let song = home.path().join("song.ogg");
        let mut bytes = vec![0; pieces * 16_384 - 5];
        fastrand::Rng::with_seed(1).fill(&mut bytes);
        fs::write(&song, bytes).expect("room");
        let options = MakeOptions { piece_length: Some(16_384), ..MakeOptions::default() };
        let made = make(&song, &options, |_| ControlFlow::Continue(())).expect("a file");
        let metainfo = Arc::new(Metainfo::parse(&made.rawmetainfo).expect("our own"));
        Bench { home, song, metainfo }
    }

    fn magnet(&self) -> Magnet {
        Magnet::from(&*self.metainfo)
    }

    fn start(&self, peers: &[SocketAddr]) -> Engine {
        start(&config(peers))
    }

    /// An engine that has everything.
    fn seed(&self, config: &EngineConfig) -> Engine {
        let mut engine = start(config);
        let mut all = FixedBitSet::with_capacity(self.metainfo.layout().piece_count() as usize);
        all.insert_range(..);
        let content = Content::InPlace(vec![self.song.clone()]);
        let new = NewTorrent { metainfo: self.metainfo.clone(), content, known: Some(all) };
        engine.add(new).expect("a torrent is taken on");
        engine
    }

    fn directory(&self, name: &str) -> PathBuf {
        let directory = self.home.path().join(name);
        fs::create_dir_all(&directory).expect("room");
        directory
    }

    fn is_same(&self, found: Option<Metainfo>) -> bool {
        found.is_some_and(|found| found.info_bytes() == self.metainfo.info_bytes())
    }

    #[track_caller]
    fn assert_same(&self, directory: &Path) {
        let got = fs::read(directory.join("song.ogg")).expect("it was downloaded");
        assert!(got == fs::read(&self.song).expect("it is there"), "other bytes");
    }
}

fn config(peers: &[SocketAddr]) -> EngineConfig {
    let mut config = EngineConfig::default();
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.peers = peers.to_vec();
    config
}

fn start(config: &EngineConfig) -> Engine {
    Engine::start(config.clone()).expect("an engine starts")
}

/// Turns all of these until the torrent of the first is so; the events of the first on the way.
#[track_caller]
fn turn_until(engines: &mut [Engine], id: TorrentId, wanted: Activity) -> Vec<Event> {
    let deadline = Instant::now() + AGES;
    let mut events = Vec::new();
    while engines[0].status(id).expect("it is there").activity != wanted {
        let why = engines[0].why(id);
        assert!(Instant::now() < deadline, "not {wanted}: {why:?} {events:?}");
        for engine in &mut *engines {
            engine.turn(Duration::from_millis(5)).expect("sockets can be waited for");
        }
        events.extend(std::iter::from_fn(|| engines[0].poll_event()));
    }
    events
}

fn stop(engines: impl IntoIterator<Item = Engine>) {
    engines.into_iter().for_each(Engine::stop);
}

/// The `.torrent` that was found.
fn found(events: &[Event]) -> Option<Metainfo> {
    let mut found = events.iter().filter_map(|event| match event {
        Event::MetadataFound { rawmetainfo, .. } => Some(rawmetainfo),
        _ => None,
    });
    let metainfo = Metainfo::parse(found.next()?).expect("what was found is a torrent");
    assert_eq!(found.next(), None, "it is found once");
    Some(metainfo)
}

#[test]
fn a_magnet_link_and_a_peer_are_enough_in_plain_and_encrypted() {
    for encryption in [Encryption::Off, Encryption::Required] {
        let bench = Bench::new(1_000);
        let with = |peers: &[SocketAddr]| {
            let mut config = config(peers);
            config.encryption = encryption;
            config
        };
        let seed = bench.seed(&with(&[]));
        let leech = start(&with(&seed.local_addresses()));
        let mut engines = [leech, seed];
        let to = bench.directory("to");
        let id = engines[0].add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
        let events = turn_until(&mut engines, id, Activity::Seeding);
        assert!(bench.is_same(found(&events)), "{encryption:?}");
        bench.assert_same(&to);
        assert_eq!(engines[0].identity(id).map(|(name, _)| name), Some("song.ogg"));
        stop(engines);
    }
}

#[test]
fn who_was_found_by_magnet_link_gives_it_on() {
    let bench = Bench::new(1_000);
    let mut engines = [bench.start(&[]), bench.seed(&config(&[]))];
    let mut magnet = bench.magnet();
    // The link itself may name a peer.
    magnet.peers = engines[1].local_addresses();
    let id = engines[0].add_magnet(magnet, bench.directory("one")).expect("it is taken on");
    turn_until(&mut engines, id, Activity::Seeding);
    let [first, seed] = engines;
    seed.stop();
    let mut engines = [bench.start(&first.local_addresses()), first];
    let to = bench.directory("two");
    let id = engines[0].add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
    turn_until(&mut engines, id, Activity::Seeding);
    bench.assert_same(&to);
    stop(engines);
}

#[test]
fn a_peer_that_calls_a_hunter_is_asked_and_then_called() {
    let bench = Bench::new(10);
    let mut hunter = bench.start(&[]);
    let to = bench.directory("to");
    let id = hunter.add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
    // It has pieces to give, and lacks one, so that it has a reason to call.
    let mut caller = bench.start(&hunter.local_addresses());
    let from = bench.directory("from");
    let bytes = fs::read(&bench.song).expect("it is there");
    fs::write(from.join("song.ogg"), &bytes[..9 * 16_384]).expect("room");
    let new = NewTorrent {
        metainfo: bench.metainfo.clone(),
        content: Content::Download(from),
        known: None,
    };
    caller.add(new).expect("a torrent is taken on");
    let mut engines = [hunter, caller];
    let deadline = Instant::now() + AGES;
    let nine_tenths =
        |engine: &Engine| engine.status(id).is_some_and(|status| status.percent() >= 80);
    while !nine_tenths(&engines[0]) {
        assert!(Instant::now() < deadline, "{:?}", engines[0].why(id));
        for engine in &mut engines {
            engine.turn(Duration::from_millis(5)).expect("sockets can be waited for");
        }
    }
    stop(engines);
}

#[test]
fn what_is_on_disk_already_is_not_fetched_again() {
    let bench = Bench::new(100);
    let seed = bench.seed(&config(&[]));
    let mut engines = [bench.start(&seed.local_addresses()), seed];
    let to = bench.directory("to");
    fs::copy(&bench.song, to.join("song.ogg")).expect("room");
    let id = engines[0].add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
    turn_until(&mut engines, id, Activity::Seeding);
    assert_eq!(engines[0].status(id).map(|status| status.down_total), Some(0));
    stop(engines);
}

#[test]
fn a_link_without_trackers_and_peers_says_why_nothing_moves() {
    let bench = Bench::new(1);
    let mut engine = bench.start(&[]);
    let id = engine.add_magnet(Magnet::new(bench.metainfo.info_hash()), bench.directory("to"));
    let id = id.expect("it is taken on");
    engine.turn(Duration::ZERO).expect("sockets can be waited for");
    let why = engine.why(id).expect("it is there");
    assert!(why.contains("no tracker") && why.contains("--peer"), "{why}");
    let status = engine.status(id).expect("it is there");
    assert_eq!((status.percent(), status.activity), (0, Activity::FindingMetadata));
    assert_eq!(
        engine.identity(id).map(|(name, _)| name.to_owned()),
        Some(bench.metainfo.info_hash().to_string())
    );
    assert!(engine.remove(id));
    engine.stop();
}

#[test]
fn the_torrent_file_ends_the_hunt_as_well() {
    let bench = Bench::new(2);
    let mut engines = [bench.start(&[])];
    let to = bench.directory("to");
    fs::copy(&bench.song, to.join("song.ogg")).expect("room");
    let id = engines[0].add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
    let again = engines[0].add_magnet(bench.magnet(), to.clone());
    let there = format!("that torrent is already there, as number {id}");
    assert_eq!(again.map_err(|error| error.to_string()), Err(there.clone()));
    let content = Content::Download(to.clone());
    let new = NewTorrent { metainfo: bench.metainfo.clone(), content, known: None };
    assert_eq!(engines[0].add(new).map_err(|error| error.to_string()), Err(there));
    let events = turn_until(&mut engines, id, Activity::Seeding);
    assert!(bench.is_same(found(&events)));
    stop(engines);
}

#[test]
fn files_that_another_torrent_uses_stop_it_until_they_are_free() {
    let bench = Bench::new(2);
    let other = Bench::new(3);
    let mut engines = [bench.start(&[])];
    let to = bench.directory("to");
    let content = Content::Download(to.clone());
    let new =
        NewTorrent { metainfo: other.metainfo.clone(), content: content.clone(), known: None };
    let first = engines[0].add(new).expect("it is taken on");
    let id = engines[0].add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
    let new = NewTorrent { metainfo: bench.metainfo.clone(), content, known: None };
    assert!(engines[0].add(new.clone()).is_err());
    let status = engines[0].status(id).expect("it is there");
    let Activity::Failed(reason) = status.activity else { panic!("{:?}", status.activity) };
    assert!(reason.contains("already uses"), "{reason}");
    // With the other gone, a resume begins the hunt anew.
    assert!(engines[0].remove(first));
    assert!(engines[0].resume(id));
    turn_until(&mut engines, id, Activity::FindingMetadata);
    assert!(engines[0].add(new).is_err());
    turn_until(&mut engines, id, Activity::Downloading);
    stop(engines);
}

#[test]
fn a_hunt_rests_and_goes_on_as_it_is_told() {
    let bench = Bench::new(2);
    let seed = bench.seed(&config(&[]));
    let mut engines = [bench.start(&[]), seed];
    let mut magnet = bench.magnet();
    magnet.peers = engines[1].local_addresses();
    let id = engines[0].add_magnet(magnet, bench.directory("to")).expect("it is taken on");
    assert!(engines[0].pause(id));
    for _ in 0..20 {
        for engine in &mut engines {
            engine.turn(Duration::from_millis(1)).expect("sockets can be waited for");
        }
    }
    assert_eq!(engines[0].status(id).map(|status| status.activity), Some(Activity::OnHold));
    assert_eq!(engines[0].identity(id).map(|(name, _)| name), Some("song.ogg"), "by the link");
    assert!(engines[0].resume(id));
    turn_until(&mut engines, id, Activity::Seeding);
    stop(engines);
}

#[test]
fn a_hunt_goes_on_in_the_next_run_and_so_does_what_it_found() {
    let bench = Bench::new(2);
    let kept = |peers: &[SocketAddr]| {
        let mut config = config(peers);
        config.state = Some(bench.home.path().join("state"));
        config
    };
    let to = bench.directory("to");
    let mut engine = start(&kept(&[]));
    engine.add_magnet(bench.magnet(), to.clone()).expect("it is taken on");
    engine.stop();

    let seed = bench.seed(&config(&[]));
    let again = start(&kept(&seed.local_addresses()));
    let id = again.torrents().next().expect("it is restored");
    assert_eq!(again.status(id).map(|status| status.activity), Some(Activity::FindingMetadata));
    let mut engines = [again, seed];
    turn_until(&mut engines, id, Activity::Seeding);
    bench.assert_same(&to);
    stop(engines);

    let mut engines = [start(&kept(&[]))];
    let id = engines[0].torrents().next().expect("it is restored");
    turn_until(&mut engines, id, Activity::Seeding);
    stop(engines);
}
