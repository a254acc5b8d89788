//! Claims about engines that live in an imagined world.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::outlet::{Bind, Outlet};
use kamaelia_torrent::engine::{
    Content, CustomStorage, Encryption, Engine, EngineConfig, NewTorrent, TorrentId,
};
use kamaelia_torrent::metainfo::{FileEntry, Layout, Metainfo, TorrentDraft};
use kamaelia_torrent::storage::{MemoryStorage, Storage, hash_pieces};

use super::cable::{Cable, TRACKER};

const LATENCY: Duration = Duration::from_millis(40);
const HOUR: Duration = Duration::from_secs(3600);

/// A torrent of some bytes, and a storage that has them.
fn torrent(length: usize) -> (Arc<Metainfo>, Arc<dyn Storage>) {
    let mut bytes = vec![0; length];
    fastrand::Rng::with_seed(1).fill(&mut bytes);
    let files =
        vec![FileEntry { path: vec!["file".into()], length: length as u64, padding: false }];
    let layout = Layout::new(32 * 1024, files).expect("a layout");
    let storage = MemoryStorage::new(Arc::new(layout.clone()));
    storage.write_at(0, &bytes).expect("room in memory");
    let hashes = hash_pieces(&storage, |_| std::ops::ControlFlow::Continue(()));
    let hashes = hashes.expect("it can be read").expect("nobody broke it off");
    let announce = Some(format!("{TRACKER}/announce"));
    let draft = TorrentDraft { announce, ..TorrentDraft::new(layout, hashes) };
    let metainfo = Metainfo::parse(&draft.encode().expect("it is small")).expect("it is ours");
    (Arc::new(metainfo), Arc::new(storage))
}

/// An engine on a host of the cable.
fn engine(cable: &Cable, number: u8, encryption: Encryption) -> Engine {
    let mut config = EngineConfig::default();
    config.world = cable.host(number);
    config.encryption = encryption;
    Engine::start(config).expect("an engine starts")
}

fn add(engine: &mut Engine, metainfo: &Arc<Metainfo>, storage: Arc<dyn Storage>) -> TorrentId {
    let content = Content::Custom(CustomStorage(storage));
    let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
    engine.add(new).expect("a torrent is taken on")
}

/// Gives every engine its turns until then, and writes down what they have to say.
fn run(cable: &Cable, engines: &mut [Engine], until: Instant) -> Vec<String> {
    let mut log = Vec::new();
    loop {
        for (number, engine) in engines.iter_mut().enumerate() {
            engine.turn(Duration::ZERO).expect("an imagined world does not break");
            let events = std::iter::from_fn(|| engine.poll_event());
            log.extend(events.map(|event| format!("{:?} {number} {event:?}", cable.elapsed())));
        }
        if cable.now() >= until {
            return log;
        }
        let due = engines.iter().filter_map(Engine::next_timeout).min();
        cable.move_to(due.map_or(until, |due| due.min(until)));
    }
}

/// An hour of two who download from one.
fn an_hour(seed: u64, encryption: Encryption) -> Vec<String> {
    let cable = Cable::new(seed, LATENCY);
    let (metainfo, whole) = torrent(1_000_000);
    let mut engines = [1, 2, 3].map(|number| engine(&cable, number, encryption));
    let mut ids = Vec::new();
    ids.push(add(&mut engines[0], &metainfo, whole));
    for engine in &mut engines[1..] {
        let empty = Arc::new(MemoryStorage::new(metainfo.layout().clone()));
        ids.push(add(engine, &metainfo, empty));
    }
    let end = cable.now() + HOUR;
    let mut log = run(&cable, &mut engines, end);
    for (engine, id) in engines.iter().zip(ids) {
        let status = engine.status(id).expect("it is there");
        assert!(status.is_complete(), "{status:?}");
        log.push(format!("{status:?}"));
    }
    engines.into_iter().for_each(Engine::stop);
    log
}

#[test]
fn an_hour_of_a_swarm_takes_no_time_and_is_the_same_each_time() {
    for encryption in [Encryption::Off, Encryption::Allowed, Encryption::Required] {
        let first = an_hour(7, encryption);
        assert_eq!(an_hour(7, encryption), first);
        assert_ne!(an_hour(8, encryption), first);
    }
}

#[test]
fn a_lone_engine_is_driven_as_on_this_machine() {
    let cable = Cable::new(1, LATENCY);
    let (metainfo, whole) = torrent(100_000);
    let mut engine = engine(&cable, 1, Encryption::Off);
    let id = add(&mut engine, &metainfo, whole);
    for _ in 0..60 {
        engine.turn(Duration::from_secs(60)).expect("an imagined world does not break");
    }
    assert!(engine.status(id).expect("it is there").is_complete());
    assert!(cable.elapsed() > Duration::from_secs(600), "{:?}", cable.elapsed());
    engine.stop();
}

#[test]
fn what_an_imagined_world_has_not_is_refused_in_words() {
    let cable = Cable::new(1, LATENCY);
    let (metainfo, whole) = torrent(1000);
    let draft = TorrentDraft {
        announce: Some("udp://tracker.example:80".into()),
        ..TorrentDraft::new((**metainfo.layout()).clone(), metainfo.piece_hashes().to_vec())
    };
    let metainfo = Metainfo::parse(&draft.encode().expect("it is small")).expect("it is ours");
    let mut engines = [engine(&cable, 1, Encryption::Off)];
    let id = add(&mut engines[0], &Arc::new(metainfo), whole);
    let end = cable.now() + Duration::from_secs(60);
    run(&cable, &mut engines, end);
    let status = engines[0].status(id).expect("it is there");
    assert_eq!(
        status.tracker_trouble.as_deref(),
        Some("there are no trackers by UDP in an imagined world")
    );
}

#[test]
fn nothing_leaves_an_imagined_world_by_a_chosen_way() {
    let mut config = EngineConfig::default();
    config.world = Cable::new(1, LATENCY).host(1);
    let home = "127.0.0.1".parse().expect("an address");
    config.outlet = Outlet::new(Bind::Address(home), None).expect("every machine has it");
    let error = Engine::start(config).expect_err("there is no such way");
    assert_eq!(
        error.to_string(),
        "an imagined world has neither proxies nor interfaces to bind to"
    );
}
