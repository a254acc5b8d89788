//! Downloads that move no faster than they are allowed to.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, MakeOptions, NewTorrent, RateLimits, TorrentId, make,
};
use kamaelia_torrent::metainfo::Metainfo;
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(60);

const SIZE: usize = 1_500_000;

/// A seed that has everything, and a leech that has nothing and knows the seed.
struct Pair {
    seed: Engine,
    seeded: TorrentId,
    leech: Engine,
    leeched: TorrentId,
    _home: TempDir,
}

impl Pair {
    fn new(up: RateLimits, down: RateLimits) -> Self {
        let home = TempDir::new().expect("a directory");
        let path = home.path().join("data");
        fs::write(&path, vec![7; SIZE]).expect("room for a file");
        let made = make(&path, &MakeOptions::default(), |_| ControlFlow::Continue(()));
        let made = made.expect("it can be made");
        let metainfo = Metainfo::parse(&made.rawmetainfo).expect("what we make we accept");
        let metainfo = Arc::new(metainfo);
        let start = |limits, peers| {
            let mut config = EngineConfig::default();
            config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
            config.limits = limits;
            config.peers = peers;
            Engine::start(config).expect("an engine starts")
        };
        let add = |engine: &mut Engine, content| {
            let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
            engine.add(new).expect("a torrent is taken on")
        };
        let mut seed = start(up, Vec::new());
        let seeded = add(&mut seed, Content::InPlace(made.files));
        let deadline = Instant::now() + AGES;
        while !seed.status(seeded).expect("it is there").is_complete() {
            assert!(Instant::now() < deadline, "it is not checked");
            seed.turn(Duration::from_millis(10)).expect("sockets can be waited for");
        }
        let mut leech = start(down, seed.local_addresses());
        let leeched = add(&mut leech, Content::Download(home.path().join("to")));
        Pair { seed, seeded, leech, leeched, _home: home }
    }

    fn turn(&mut self) {
        for engine in [&mut self.seed, &mut self.leech] {
            engine.turn(Duration::from_millis(1)).expect("sockets can be waited for");
        }
    }

    fn received(&self) -> usize {
        self.leech.status(self.leeched).expect("it is there").down_total as usize
    }

    /// How long the rest of the download takes.
    fn finish(&mut self) -> Duration {
        let start = Instant::now();
        while !self.leech.status(self.leeched).expect("it is there").is_complete() {
            assert!(start.elapsed() < AGES, "only {} bytes came", self.received());
            self.turn();
        }
        start.elapsed()
    }
}

/// All but what may move at once takes its time.
fn least(rate: usize) -> Duration {
    Duration::from_secs_f64((SIZE - rate / 4) as f64 / rate as f64)
}

#[test]
fn nobody_sends_or_takes_faster_than_the_limit_for_all_torrents() {
    let (rate, none) = (1_000_000, RateLimits::default());
    for (up, down) in [
        (RateLimits { up: Some(rate), down: None }, none),
        (none, RateLimits { up: None, down: Some(rate) }),
    ] {
        let took = Pair::new(up, down).finish();
        assert!(took >= least(rate as usize), "{up:?} {down:?} took {took:?}");
    }
}

#[test]
fn a_torrent_may_be_limited_by_itself_stopped_and_let_go_while_it_runs() {
    let stopped = RateLimits { up: Some(0), down: Some(0) };
    let mut pair = Pair::new(RateLimits::default(), RateLimits::default());
    assert!(pair.seed.set_torrent_limits(pair.seeded, stopped));
    let until = Instant::now() + Duration::from_millis(500);
    while Instant::now() < until {
        pair.turn();
    }
    assert_eq!(pair.received(), 0);
    pair.seed.set_torrent_limits(pair.seeded, RateLimits { up: Some(1_000_000), down: None });
    assert!(pair.finish() >= least(1_000_000));

    let mut pair = Pair::new(stopped, RateLimits::default());
    pair.turn();
    pair.seed.set_limits(RateLimits::default());
    pair.finish();
    assert!(!pair.seed.set_torrent_limits(99.into(), stopped), "there is no such torrent");
}
