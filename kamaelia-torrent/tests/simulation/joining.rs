//! Whole engines among simulated peers.

use std::sync::Arc;
use std::time::Duration;

use kamaelia_torrent::engine::{
    Content, CustomStorage, Engine, EngineConfig, NewTorrent, TorrentId,
};
use kamaelia_torrent::simulation::{
    Access, Event, OpenSwarm, Peers, ScenarioError, Swarm, Torrent, Who,
};
use kamaelia_torrent::storage::{MemoryStorage, Storage};

const MIB: u64 = 1 << 20;

/// One seed, some leechers, and an engine.
pub(crate) fn scenario(seed: u64) -> Swarm {
    Swarm::new(seed)
        .torrent(Torrent::new(2 * MIB).piece_length(64 << 10).name("film"))
        .seeds(1)
        .leechers(5)
        .peers(Peers::engines(1))
        .network(Access::default().up(MIB / 4).down(MIB))
}

/// An engine with the swarm's torrent, in memory: all of it, or nothing.
pub(crate) fn engine(swarm: &OpenSwarm, number: usize, has_all: bool) -> (Engine, TorrentId) {
    let mut config = EngineConfig::default();
    config.world = swarm.engine_world("engines", number).expect("there is one");
    let mut engine = Engine::start(config).expect("an engine starts");
    let metainfo = swarm.metainfo();
    let storage = MemoryStorage::new(metainfo.layout().clone());
    if has_all {
        let mut bytes = vec![0; metainfo.layout().total_length() as usize];
        swarm.fill(0, &mut bytes);
        storage.write_at(0, &bytes).expect("room in memory");
    }
    let content = Content::Custom(CustomStorage(Arc::new(storage)));
    let id = engine.add(NewTorrent { metainfo, content, known: None }).expect("it is taken on");
    (engine, id)
}

/// Drives an engine until it has everything, and says what happened when.
fn to_the_end(swarm: &OpenSwarm, engine: &mut Engine, id: TorrentId) -> Vec<String> {
    let mut log = Vec::new();
    while !engine.status(id).expect("it is there").is_complete() {
        assert!(swarm.elapsed() < Duration::from_secs(3600), "{:?}", engine.status(id));
        engine.turn(Duration::from_secs(60)).expect("an imagined world does not break");
        let events = std::iter::from_fn(|| engine.poll_event());
        log.extend(events.map(|event| format!("{:?} {event:?}", swarm.elapsed())));
    }
    log.push(format!("{:?} {:?}", swarm.elapsed(), engine.status(id)));
    log
}

pub(crate) fn downloaded(scenario: Swarm) -> (Vec<String>, Duration) {
    let swarm = scenario.open().expect("a scenario");
    let (mut engine, id) = engine(&swarm, 0, false);
    let log = to_the_end(&swarm, &mut engine, id);
    engine.stop();
    (log, swarm.elapsed())
}

#[test]
fn an_engine_downloads_from_simulated_peers_and_the_same_way_each_time() {
    let (log, took) = downloaded(scenario(7));
    assert_eq!(downloaded(scenario(7)).0, log);
    assert_ne!(downloaded(scenario(8)).0, log);
    // Its own line carries 1 MiB a second, and one seed of a quarter of that feeds six.
    assert!(took > Duration::from_secs(8) && took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn simulated_peers_download_from_an_engine_that_they_have_to_themselves() {
    let swarm = Swarm::new(3)
        .torrent(Torrent::new(MIB).piece_length(64 << 10))
        .leechers(4)
        .peers(Peers::engines(1))
        .network(Access::default().up(MIB / 4).down(MIB))
        .open()
        .expect("a scenario");
    let (mut engine, id) = engine(&swarm, 0, true);
    while swarm.snapshot().finished() < 4 {
        assert!(swarm.elapsed() < Duration::from_secs(3600), "{:?}", engine.status(id));
        engine.turn(Duration::from_secs(1)).expect("an imagined world does not break");
    }
    assert!(engine.status(id).expect("it is there").up_total >= MIB);
    engine.stop();
}

/// Gives all their turns until everybody has everything, each when it is due, and says what happened
/// when.
fn together(swarm: &OpenSwarm, engines: &mut [(Engine, TorrentId)]) -> Vec<String> {
    let mut log = Vec::new();
    let lacks = |(engine, id): &(Engine, TorrentId)| {
        !engine.status(*id).is_some_and(|status| status.is_complete())
    };
    while engines.iter().any(lacks) {
        assert!(swarm.elapsed() < Duration::from_secs(3600), "{log:#?}");
        for (number, (engine, _)) in engines.iter_mut().enumerate() {
            engine.turn(Duration::ZERO).expect("an imagined world does not break");
            let events = std::iter::from_fn(|| engine.poll_event());
            log.extend(events.map(|event| format!("{:?} {number} {event:?}", swarm.elapsed())));
        }
        let due = engines.iter().filter_map(|(engine, _)| engine.next_timeout()).min();
        swarm.move_to(due.expect("trackers are announced to again"));
    }
    log
}

#[test]
fn two_engines_in_one_swarm_are_driven_to_the_soonest_of_their_moments() {
    let swarm = Swarm::new(5)
        .torrent(Torrent::new(MIB).piece_length(64 << 10))
        .peers(Peers::engines(2).access(Access::default().up(MIB).down(MIB)))
        .open()
        .expect("a scenario");
    let mut engines = [engine(&swarm, 0, true), engine(&swarm, 1, false)];
    together(&swarm, &mut engines);
    assert!(swarm.elapsed() < Duration::from_secs(10), "{:?}", swarm.elapsed());
}

/// Two engines among liars and free riders, on lines that lose, with one cut off for a minute and the
/// other away for three.
fn hard_times(seed: u64) -> Vec<String> {
    let line = Access::default().up(100_000).down(800_000).loss(0.01);
    let line = line.latency(Duration::from_millis(60)).jitter(Duration::from_millis(30));
    let swarm = Swarm::new(seed)
        .torrent(Torrent::new(MIB).piece_length(32 << 10))
        .seeds(1)
        .leechers(6)
        .peers(Peers::leechers(2).named("liars").lying(0.3))
        .peers(Peers::leechers(2).named("riders").free_riding())
        .peers(Peers::engines(2).access(line.reachable(seed.is_multiple_of(2))))
        .network(Access::default().up(150_000).down(800_000).loss(0.005))
        .at(Duration::from_secs(5), Event::Cut(Who::one("engines", 0)))
        .at(Duration::from_secs(65), Event::Heal)
        .at(Duration::from_secs(20), Event::Vanish(Who::one("engines", 1)))
        .at(Duration::from_secs(200), Event::Return(Who::one("engines", 1)))
        .open()
        .expect("a scenario");
    let mut engines = [0, 1].map(|number| engine(&swarm, number, false));
    together(&swarm, &mut engines)
}

#[test]
fn engines_get_everything_in_hard_times_and_the_same_way_each_time() {
    for seed in 0..4 {
        assert_eq!(hard_times(seed), hard_times(seed), "seed {seed}");
    }
}

#[test]
fn an_engine_that_vanishes_for_a_while_goes_on_when_it_is_back() {
    let away = scenario(7)
        .at(Duration::from_secs(3), Event::Vanish(Who::group("engines")))
        .at(Duration::from_secs(300), Event::Return(Who::group("engines")));
    let (_, took) = downloaded(away);
    assert!(took > Duration::from_secs(300), "{took:?}");
}

#[test]
fn engines_are_not_run_without_somebody_who_drives_them() {
    let error = scenario(1).run().expect_err("nobody drives it");
    assert_eq!(error, ScenarioError::NobodyDrives { name: "engines".into() });
    assert!(error.to_string().contains("use `open`"), "{error}");
}
