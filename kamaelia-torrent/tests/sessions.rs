//! Engines that end, well or not, and start again where they were.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use kamaelia_torrent::engine::{
    Content, Engine, EngineConfig, Event, MakeOptions, NewTorrent, StartError, Status, TorrentId,
    make,
};
use kamaelia_torrent::metainfo::{Metainfo, Selection};
use tempfile::TempDir;

/// Far longer than any of these takes; a test that meets it has failed.
const AGES: Duration = Duration::from_secs(120);

/// A directory with a file in it, a torrent of that, and room for copies and states.
struct Bench {
    home: TempDir,
    song: PathBuf,
    metainfo: Arc<Metainfo>,
}

impl Bench {
    fn new(length: usize) -> Self {
        Bench::of("song", &[("song", length)])
    }

    /// A torrent of what is there under this name, once these files are.
    fn of(name: &str, files: &[(&str, usize)]) -> Self {
        let home = TempDir::new().expect("a directory");
        let mut chance = fastrand::Rng::with_seed(1);
        for (path, length) in files {
            let mut bytes = vec![0; *length];
            chance.fill(&mut bytes);
            let path = home.path().join(path);
            fs::create_dir_all(path.parent().expect("a directory")).expect("room");
            fs::write(path, bytes).expect("room");
        }
        let song = home.path().join(name);
        let options = MakeOptions { piece_length: Some(16_384), ..MakeOptions::default() };
        let made = make(&song, &options, |_| ControlFlow::Continue(())).expect("a file");
        let metainfo = Arc::new(Metainfo::parse(&made.rawmetainfo).expect("our own"));
        Bench { home, song, metainfo }
    }

    fn config(&self, state: Option<&str>) -> EngineConfig {
        let mut config = EngineConfig::default();
        config.listen = vec!["127.0.0.1:0".parse().expect("an address")];
        config.state = state.map(|name| self.home.path().join(name));
        config
    }

    fn start(&self, state: &str) -> Engine {
        Engine::start(self.config(Some(state))).expect("an engine starts")
    }

    /// Everything the torrent has, as its maker knows it.
    fn share(&self, engine: &mut Engine) -> TorrentId {
        let mut all = FixedBitSet::with_capacity(self.metainfo.layout().piece_count() as usize);
        all.insert_range(..);
        let content = Content::InPlace(vec![self.song.clone()]);
        self.add(engine, content, Some(all))
    }

    fn fetch(&self, engine: &mut Engine, to: &str) -> TorrentId {
        self.add(engine, Content::Download(self.home.path().join(to)), None)
    }

    fn add(&self, engine: &mut Engine, content: Content, known: Option<FixedBitSet>) -> TorrentId {
        let new = NewTorrent { metainfo: self.metainfo.clone(), content, known };
        engine.add(new).expect("a torrent is taken on")
    }

    fn pieces(&self) -> usize {
        self.metainfo.layout().piece_count() as usize
    }
}

/// Turns these engines until the first one's only torrent is as wanted; the events on the way.
fn turn_until(engines: &mut [&mut Engine], wanted: impl Fn(&Status) -> bool) -> Vec<Event> {
    let deadline = Instant::now() + AGES;
    let mut events = Vec::new();
    let status = |engine: &Engine| {
        let id = engine.torrents().next().expect("a torrent");
        engine.status(id).expect("it is there")
    };
    while !wanted(&status(engines[0])) {
        assert!(Instant::now() < deadline, "{:?} {events:?}", status(engines[0]));
        for engine in engines.iter_mut() {
            engine.turn(Duration::from_millis(2)).expect("sockets can be waited for");
        }
        events.extend(std::iter::from_fn(|| engines[0].poll_event()));
    }
    events
}

/// How many pieces were believed in, and how many were read, when a torrent was taken up.
fn checked(events: &[Event]) -> Option<(usize, usize)> {
    events.iter().find_map(|event| match event {
        Event::Checked { trusted, checked, .. } => Some((*trusted, *checked)),
        _ => None,
    })
}

fn modified(path: &Path) -> std::time::SystemTime {
    fs::metadata(path).and_then(|metadata| metadata.modified()).expect("a file")
}

#[test]
fn what_was_made_here_is_shared_again_and_not_a_byte_is_read_for_it() {
    let bench = Bench::new(1_000_000);
    let mut engine = bench.start("state");
    bench.share(&mut engine);
    engine.stop();
    let mut engine = bench.start("state");
    let events = turn_until(&mut [&mut engine], Status::is_complete);
    assert_eq!(checked(&events), Some((bench.pieces(), 0)));
    engine.stop();

    // A file that was changed since is read.
    let time = modified(&bench.song) + Duration::from_secs(1);
    let file = File::options().write(true).open(&bench.song).expect("a file");
    file.set_modified(time).expect("one's own file");
    let mut engine = bench.start("state");
    let events = turn_until(&mut [&mut engine], Status::is_complete);
    assert_eq!(checked(&events), Some((0, bench.pieces())));
    engine.stop();
}

#[test]
fn a_download_is_taken_up_where_it_was_with_its_totals() {
    let bench = Bench::new(1_000_000);
    let mut seed = Engine::start(bench.config(None)).expect("an engine starts");
    bench.share(&mut seed);
    let mut config = bench.config(Some("state"));
    config.peers = seed.local_addresses();
    let mut engine = Engine::start(config).expect("an engine starts");
    bench.fetch(&mut engine, "copy");
    turn_until(&mut [&mut engine, &mut seed], Status::is_complete);
    engine.stop();

    let mut engine = bench.start("state");
    let events = turn_until(&mut [&mut engine], Status::is_complete);
    assert_eq!(checked(&events), Some((bench.pieces(), 0)));
    let id = engine.torrents().next().expect("a torrent");
    assert_eq!(engine.status(id).map(|status| status.down_total), Some(1_000_000));
    engine.stop();
}

#[test]
fn an_engine_that_is_cut_off_reads_no_more_than_what_was_not_safe() {
    let bench = Bench::new(8_000_000);
    let mut seed = Engine::start(bench.config(None)).expect("an engine starts");
    bench.share(&mut seed);
    let mut config = bench.config(Some("state"));
    config.peers = seed.local_addresses();
    let mut known = 0;
    for part in [0.2, 0.4, 0.6, 0.8] {
        let mut engine = Engine::start(config.clone()).expect("an engine starts");
        if engine.torrents().next().is_none() {
            bench.fetch(&mut engine, "copy");
        }
        let enough = |status: &Status| status.checked.is_none() && status.fraction_done > part;
        let events = turn_until(&mut [&mut engine, &mut seed], enough);
        if let Some((trusted, checked)) = checked(&events).filter(|_| part > 0.2) {
            assert_eq!(trusted + checked, known, "what was received, and nothing else");
        }
        let id = engine.torrents().next().expect("a torrent");
        let left = engine.status(id).expect("it is there").left;
        // Without a word: nothing is synced, noted or closed. Disk threads finish what they have,
        // so it is counted afterwards.
        drop(engine);
        known = pieces_on_disk(&bench, "copy");
        assert!(known * 16_384 + 16_384 >= 8_000_000 - left as usize);
    }
    let mut engine = Engine::start(config).expect("an engine starts");
    turn_until(&mut [&mut engine, &mut seed], Status::is_complete);
    engine.stop();
    assert!(fs::read(bench.home.path().join("copy/song")).ok() == fs::read(&bench.song).ok());
}

/// How many pieces of the copy are the right ones.
fn pieces_on_disk(bench: &Bench, to: &str) -> usize {
    let copy = fs::read(bench.home.path().join(to).join("song")).unwrap_or_default();
    let song = fs::read(&bench.song).expect("a file");
    copy.chunks(16_384).zip(song.chunks(16_384)).filter(|(copy, song)| copy == song).count()
}

#[test]
fn what_is_skipped_makes_no_file_until_it_is_wanted() {
    let files = [("album/a", 100_000), ("album/b", 100_000), ("album/c", 100_000)];
    let bench = Bench::of("album", &files);
    let mut seed = Engine::start(bench.config(None)).expect("an engine starts");
    let content = Content::InPlace(files.map(|(path, _)| bench.home.path().join(path)).to_vec());
    bench.add(&mut seed, content, None);
    turn_until(&mut [&mut seed], Status::is_complete);

    let mut config = bench.config(Some("state"));
    config.peers = seed.local_addresses();
    let mut engine = Engine::start(config.clone()).expect("an engine starts");
    let id = bench.fetch(&mut engine, "copy");
    let layout = bench.metainfo.layout();
    assert!(engine.select(id, Selection::only(layout, [1]).expect("a file")));
    turn_until(&mut [&mut engine, &mut seed], Status::is_complete);
    engine.stop();
    let copy = bench.home.path().join("copy");
    let same =
        |path: &str| fs::read(copy.join(path)).ok() == fs::read(bench.home.path().join(path)).ok();
    assert!(same("album/b"));
    let names = |path: &Path| {
        let entries = fs::read_dir(path).expect("a directory");
        entries.map(|entry| entry.expect("readable").file_name()).collect::<Vec<_>>()
    };
    assert_eq!(names(&copy.join("album")), ["b"]);
    let part_file = copy.join(format!(".{}.parts", bench.metainfo.info_hash()));
    assert!(part_file.exists());

    let mut engine = Engine::start(config).expect("an engine starts");
    let events = turn_until(&mut [&mut engine, &mut seed], Status::is_complete);
    // Pieces 6 to 12 hold bytes of the middle file.
    assert_eq!(checked(&events), Some((7, 0)));
    let id = engine.torrents().next().expect("a torrent");
    assert!(engine.select(id, Selection::all(layout)));
    turn_until(&mut [&mut engine, &mut seed], Status::is_complete);
    let down_total = engine.status(id).map_or(0, |status| status.down_total);
    // A piece may come before the disk has made room for it.
    assert!((300_000..350_000).contains(&down_total), "what was there is not fetched again");
    engine.stop();
    assert!(files.iter().all(|(path, _)| same(path)));
    assert!(!part_file.exists());
}

#[test]
fn what_was_removed_does_not_come_back() {
    let bench = Bench::new(100_000);
    let mut engine = bench.start("state");
    let id = bench.share(&mut engine);
    assert!(engine.remove(id));
    engine.stop();
    let engine = bench.start("state");
    assert_eq!(engine.torrents().count(), 0);
    engine.stop();
    let state = fs::read_dir(bench.home.path().join("state")).expect("a directory");
    assert_eq!(state.count(), 1, "only the lock is left");
}

#[test]
fn two_engines_do_not_share_a_state() {
    let bench = Bench::new(1);
    let engine = bench.start("state");
    let refused = Engine::start(bench.config(Some("state"))).err();
    assert!(matches!(refused, Some(StartError::Session(_))), "{refused:?}");
    engine.stop();
    bench.start("state").stop();
}

#[test]
fn a_state_that_cannot_be_kept_is_told_at_the_start() {
    let bench = Bench::new(1);
    let refused = Engine::start(bench.config(Some("song"))).expect_err("it is a file");
    assert!(refused.to_string().starts_with("cannot keep the state in "), "{refused}");
}
