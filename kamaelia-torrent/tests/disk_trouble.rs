//! Disks that fail on demand, and what becomes of the torrents on them.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use kamaelia_torrent::engine::{
    Activity, Content, CustomStorage, Engine, EngineConfig, Event, MakeOptions, NewTorrent,
    RateLimits, Status, TorrentId, make,
};
use kamaelia_torrent::metainfo::Metainfo;
use kamaelia_torrent::storage::{MemoryStorage, Storage};
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(120);

const LENGTH: usize = 2_000_000;
const PIECE: u64 = 16_384;

/// A seed, somebody who downloads from it, and what they share.
struct Bench {
    home: TempDir,
    song: PathBuf,
    bytes: Vec<u8>,
    metainfo: Arc<Metainfo>,
    seed: Engine,
    get: Engine,
}

impl Bench {
    fn new() -> Self {
        let home = TempDir::new().expect("a directory");
        let song = home.path().join("song");
        let mut bytes = vec![0; LENGTH];
        fastrand::Rng::with_seed(1).fill(&mut bytes);
        fs::write(&song, &bytes).expect("room");
        let options = MakeOptions { piece_length: Some(PIECE), ..MakeOptions::default() };
        let made = make(&song, &options, |_| ControlFlow::Continue(())).expect("a file");
        let metainfo = Arc::new(Metainfo::parse(&made.rawmetainfo).expect("our own"));
        let mut seed = engine(EngineConfig::default());
        let mut config = EngineConfig::default();
        config.peers = seed.local_addresses();
        let get = engine(config);
        add(&mut seed, &metainfo, Content::InPlace(vec![song.clone()]));
        Bench { home, song, bytes, metainfo, seed, get }
    }

    /// Downloads to a storage in memory.
    fn fetch_to_memory(&mut self) -> (Arc<MemoryStorage>, TorrentId) {
        let memory = Arc::new(MemoryStorage::new(self.metainfo.layout().clone()));
        let content = Content::Custom(CustomStorage(memory.clone()));
        let id = add(&mut self.get, &self.metainfo, content);
        (memory, id)
    }

    /// Turns both until the one that downloads is as wanted; the events on the way.
    fn until(&mut self, wanted: impl Fn(&Status) -> bool) -> Vec<Event> {
        let deadline = Instant::now() + AGES;
        let mut events = Vec::new();
        loop {
            let id = self.get.torrents().next().expect("a torrent");
            let status = self.get.status(id).expect("it is there");
            if wanted(&status) {
                return events;
            }
            assert!(Instant::now() < deadline, "{status:?} {events:?}");
            for engine in [&mut self.get, &mut self.seed] {
                engine.turn(Duration::from_millis(2)).expect("sockets can be waited for");
            }
            events.extend(std::iter::from_fn(|| self.get.poll_event()));
        }
    }

    /// Has a part downloaded, and nothing on its way to the disk.
    fn fetch_part(&mut self, to: &std::path::Path) -> TorrentId {
        let up = |up| RateLimits { up, down: None };
        self.seed.set_limits(up(Some(LENGTH as u64 / 2)));
        let id = add(&mut self.get, &self.metainfo, Content::Download(to.to_path_buf()));
        self.until(|status| status.fraction_done > 0.3);
        self.seed.set_limits(up(Some(0)));
        for _ in 0..100 {
            self.get.turn(Duration::from_millis(1)).expect("sockets can be waited for");
        }
        self.seed.set_limits(up(None));
        assert!(self.get.status(id).is_some_and(|status| status.left > 0), "it was too fast");
        id
    }

    fn assert_complete(&self, memory: &MemoryStorage) {
        let mut bytes = vec![0; LENGTH];
        memory.read_at(0, &mut bytes).expect("all of it is there");
        assert!(bytes == self.bytes);
    }
}

fn engine(mut config: EngineConfig) -> Engine {
    config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    config.retry_after = Duration::from_millis(50);
    Engine::start(config).expect("an engine starts")
}

fn add(engine: &mut Engine, metainfo: &Arc<Metainfo>, content: Content) -> TorrentId {
    let new = NewTorrent { metainfo: metainfo.clone(), content, known: None };
    engine.add(new).expect("a torrent is taken on")
}

/// Why the torrent waits.
fn reason(status: &Status) -> Option<&str> {
    match &status.activity {
        Activity::Paused(reason) => Some(reason),
        _ => None,
    }
}

fn is_waiting(status: &Status) -> bool {
    reason(status).is_some()
}

/// Takes no torrent on, and says why.
fn refused(engine: &mut Engine, new: NewTorrent) -> String {
    engine.add(new).expect_err("it is refused").to_string()
}

fn completions(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Completed { .. })).count()
}

#[test]
fn a_full_disk_is_waited_for_and_costs_nothing_that_was_there() {
    let mut bench = Bench::new();
    let (memory, id) = bench.fetch_to_memory();
    memory.set_room(LENGTH as u64 / 2);
    let events = bench.until(is_waiting);
    let status = bench.get.status(id).expect("it is there");
    assert_eq!(reason(&status), Some("the disk is full: cannot write song"));
    assert_eq!(completions(&events), 0);
    let left = status.left;
    assert!(left >= LENGTH as u64 / 2 && left < LENGTH as u64, "{left}");
    memory.set_room(u64::MAX);
    let events = bench.until(Status::is_complete);
    assert_eq!(completions(&events), 1);
    let started = events.iter().any(|event| matches!(event, Event::Checked { .. }));
    assert!(!started, "nothing was lost, so nobody had to begin anew");
    bench.assert_complete(&memory);
}

#[test]
fn a_disk_that_cannot_be_read_is_waited_for() {
    let mut bench = Bench::new();
    let (memory, _) = bench.fetch_to_memory();
    bench.until(Status::is_complete);
    memory.set_reads_fail(true);
    // Somebody wants what cannot be read.
    let mut config = EngineConfig::default();
    config.peers = bench.get.local_addresses();
    let mut third = engine(config);
    let copy = bench.home.path().join("third");
    let theirs = add(&mut third, &bench.metainfo, Content::Download(copy.clone()));
    std::mem::swap(&mut bench.seed, &mut third);
    bench.until(is_waiting);
    memory.set_reads_fail(false);
    bench.until(|status| status.activity == Activity::Seeding);
    let deadline = Instant::now() + AGES;
    while !bench.seed.status(theirs).is_some_and(|status| status.is_complete()) {
        assert!(Instant::now() < deadline, "{:?}", bench.seed.status(theirs));
        bench.until(|_| true);
        bench.seed.turn(Duration::from_millis(2)).expect("sockets can be waited for");
        bench.get.turn(Duration::from_millis(2)).expect("sockets can be waited for");
    }
    assert!(fs::read(copy.join("song")).expect("a file") == bench.bytes);
}

#[test]
fn a_file_taken_away_on_the_way_is_fetched_again_and_not_taken_for_complete() {
    let mut bench = Bench::new();
    let copy = bench.home.path().join("copy");
    let id = bench.fetch_part(&copy);
    fs::remove_file(copy.join("song")).expect("a file");
    let mut events = bench.until(is_waiting);
    let status = bench.get.status(id).expect("it is there");
    let path = copy.join("song");
    assert_eq!(reason(&status), Some(&*format!("{} was changed by somebody else", path.display())));
    events.extend(bench.until(Status::is_complete));
    assert_eq!(completions(&events), 1);
    assert!(fs::read(path).expect("a file") == bench.bytes);
    let total = bench.get.status(id).map_or(0, |status| status.down_total);
    assert!(total > LENGTH as u64, "what was received before counts, too: {total}");
}

#[test]
fn a_truncated_file_is_mended_from_others() {
    let mut bench = Bench::new();
    let copy = bench.home.path().join("copy");
    let id = bench.fetch_part(&copy);
    let file = fs::File::options().write(true).open(copy.join("song")).expect("a file");
    file.set_len(PIECE * 3).expect("one's own file");
    bench.until(is_waiting);
    bench.until(Status::is_complete);
    assert!(fs::read(copy.join("song")).expect("a file") == bench.bytes);
    assert!(bench.get.status(id).is_some_and(|status| status.left == 0));
}

#[test]
fn a_seeded_file_that_is_cut_short_is_waited_for_and_served_again_when_it_is_whole() {
    let mut bench = Bench::new();
    let mut all = FixedBitSet::with_capacity(bench.metainfo.layout().piece_count() as usize);
    all.insert_range(..);
    let content = Content::InPlace(vec![bench.song.clone()]);
    let new = NewTorrent { metainfo: bench.metainfo.clone(), content, known: Some(all) };
    let mut seed = engine(EngineConfig::default());
    seed.add(new).expect("a torrent is taken on");
    let mut config = EngineConfig::default();
    config.peers = seed.local_addresses();
    let mut get = engine(config);
    let copy = bench.home.path().join("copy");
    let theirs = add(&mut get, &bench.metainfo, Content::Download(copy.clone()));
    // Watched is the one that seeds.
    (bench.get, bench.seed) = (seed, get);
    let file = fs::File::options().write(true).open(&bench.song).expect("a file");
    file.set_len(PIECE * 3).expect("one's own file");
    bench.until(|status| reason(status).is_some_and(|reason| reason.contains("has changed")));
    assert!(bench.seed.status(theirs).is_some_and(|status| status.left > 0));
    fs::write(&bench.song, &bench.bytes).expect("room");
    bench.until(|status| status.up_total >= LENGTH as u64);
    let deadline = Instant::now() + AGES;
    while !bench.seed.status(theirs).is_some_and(|status| status.is_complete()) {
        assert!(Instant::now() < deadline, "{:?}", bench.seed.status(theirs));
        bench.seed.turn(Duration::from_millis(2)).expect("sockets can be waited for");
    }
    assert!(fs::read(copy.join("song")).expect("a file") == bench.bytes);
}

#[test]
fn a_directory_in_the_place_of_a_file_is_waited_for() {
    let mut bench = Bench::new();
    let copy = bench.home.path().join("copy");
    bench.fetch_part(&copy);
    fs::remove_file(copy.join("song")).expect("a file");
    fs::create_dir(copy.join("song")).expect("room");
    bench.until(|status| reason(status).is_some_and(|reason| reason.contains("is a directory")));
    fs::remove_dir(copy.join("song")).expect("a directory");
    bench.until(Status::is_complete);
    assert!(fs::read(copy.join("song")).expect("a file") == bench.bytes);
}

#[test]
fn a_file_seeded_where_it_lies_is_waited_for_when_it_is_not_there_at_the_start() {
    let mut bench = Bench::new();
    let state = bench.home.path().join("state");
    let mut config = EngineConfig::default();
    config.state = Some(state);
    let mut first = engine(config.clone());
    add(&mut first, &bench.metainfo, Content::InPlace(vec![bench.song.clone()]));
    bench.get = first;
    bench.until(Status::is_complete);
    let away = bench.home.path().join("away");
    std::mem::replace(&mut bench.get, engine(EngineConfig::default())).stop();

    fs::rename(&bench.song, &away).expect("a file");
    bench.get = engine(config);
    bench.until(is_waiting);
    let id = bench.get.torrents().next().expect("a torrent");
    let status = bench.get.status(id).expect("it is there");
    let missing = format!("{} does not exist", bench.song.display());
    assert_eq!(reason(&status), Some(&*missing));
    let why = bench.get.why(id).expect("it is there");
    assert!(why.starts_with(&format!("it waits for its disk: {missing}; next try ")), "{why}");
    bench.until(|status| status.tries_in_vain > 1);
    fs::rename(&away, &bench.song).expect("a file");
    let events = bench.until(Status::is_complete);
    let pieces = bench.metainfo.layout().piece_count() as usize;
    let checked = events.iter().any(
        |event| matches!(event, Event::Checked { trusted, checked: 0, .. } if *trusted == pieces),
    );
    assert!(checked, "it is the same file, so it is not read: {events:?}");
}

#[test]
fn a_complete_copy_elsewhere_of_what_is_being_downloaded_is_refused_and_said_how_to_share() {
    let mut bench = Bench::new();
    let id = bench.fetch_part(&bench.home.path().join("copy"));
    let (metainfo, song) = (bench.metainfo.clone(), bench.song.clone());
    let mut known = FixedBitSet::with_capacity(metainfo.layout().piece_count() as usize);
    known.insert_range(..);
    let content = Content::InPlace(vec![song.clone()]);
    let new = NewTorrent { metainfo, content, known: Some(known) };
    let sentence = format!(
        "torrent 1 is the same one, and is not complete; to share it from {} instead, let go of \
         that one first (stop:1)",
        song.display()
    );
    assert_eq!(refused(&mut bench.get, new.clone()), sentence);
    bench.until(Status::is_complete);
    let again = refused(&mut bench.get, new.clone());
    assert_eq!(again, "that torrent is already there, as number 1", "it lacks nothing any more");
    assert!(bench.get.remove(id));
    bench.get.add(new).expect("it was let go of");
    let complete = |engine: &Engine| {
        let id = engine.torrents().next()?;
        engine.status(id).map(|status| status.is_complete())
    };
    assert_eq!(complete(&bench.get), Some(true));
}

#[test]
fn what_lies_where_it_is_expected_is_no_other_place() {
    let mut bench = Bench::new();
    let copy = bench.home.path().join("copy");
    fs::create_dir(&copy).expect("room");
    let there = copy.join("song");
    fs::copy(&bench.song, &there).expect("room");
    add(&mut bench.get, &bench.metainfo, Content::Download(copy));
    let (metainfo, content) = (bench.metainfo.clone(), Content::InPlace(vec![there]));
    // It is being checked, and nobody knows yet that all of it is there.
    let again = refused(&mut bench.get, NewTorrent { metainfo, content, known: None });
    assert_eq!(again, "that torrent is already there, as number 1");
    bench.until(Status::is_complete);
}
