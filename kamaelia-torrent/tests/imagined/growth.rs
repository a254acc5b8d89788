//! What an engine keeps of torrents that came and went, whichever way: nothing, to the byte.
//!
//! Two engines on a cable, one that has everything and one that wants it. What lives of the memory that
//! each has asked for is counted after a round of torrents, when nothing is under way any more, and again
//! after more rounds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{
    AddError, Content, Engine, EngineConfig, NewTorrent, RateLimits, Status, TorrentId,
};
use kamaelia_torrent::metainfo::{FileEntry, Layout, Magnet, Metainfo, TorrentDraft};
use kamaelia_torrent::storage::{MemoryStorage, Storage, hash_pieces};
use kamaelia_torrent::tracker::{Secret, Tracker, TrackerConfig};
use tempfile::TempDir;

use super::account::Account;
use super::cable::{Cable, TRACKER};
use super::reliability::assert_row;
use super::seat::{Uncounted, host_of};

const LATENCY: Duration = Duration::from_millis(5);

/// Pieces of a torrent, and bytes of a piece.
const PIECES: u32 = 3;
const PIECE: u32 = 16 << 10;

/// Torrents that come and go in a round, and rounds: after the first and after the last is counted. A list
/// that has a number more for each torrent has room for that by then, and so other bytes.
const ROUND: u32 = 8;
const ROUNDS: u32 = 4;

/// Far longer than an engine remembers calls and questions that nobody has answered.
const QUIET: Duration = Duration::from_secs(15 * 60);

/// Bytes by which a tracker remembers a torrent for a day when its last peer has gone: a hash, a count and
/// when it was heard of, twice in order.
const TRACKED_BYTES_MAX: i64 = 400;

/// Far more than any step takes.
const TURNS_MAX: u32 = 100_000;

/// A song that nobody else has, and its torrent.
struct Song {
    name: String,
    bytes: Vec<u8>,
    torrent: Vec<u8>,
}

impl Song {
    fn new(number: u32, tracker: &str) -> Self {
        let name = format!("song {number}.ogg");
        let mut bytes = vec![0; (PIECES * PIECE) as usize];
        fastrand::Rng::with_seed(number.into()).fill(&mut bytes);
        let path = vec![name.clone()];
        let files = vec![FileEntry { path, length: bytes.len() as u64, padding: false }];
        let layout = Layout::new(PIECE.into(), files).expect("a layout");
        let storage = MemoryStorage::new(Arc::new(layout.clone()));
        storage.write_at(0, &bytes).expect("room in memory");
        let hashes = hash_pieces(&storage, |_| std::ops::ControlFlow::Continue(()));
        let hashes = hashes.expect("it can be read").expect("nobody broke it off");
        let announce = Some(format!("{tracker}/announce"));
        let draft = TorrentDraft { announce, ..TorrentDraft::new(layout, hashes) };
        Song { name, bytes, torrent: draft.encode().expect("it is small") }
    }

    fn metainfo(&self) -> Arc<Metainfo> {
        Arc::new(Metainfo::parse(&self.torrent).expect("it is ours"))
    }
}

/// An engine whose memory is counted, and where its files are.
struct Counted {
    account: Account,
    engine: Engine,
    place: PathBuf,
}

impl Counted {
    fn start(cable: &Cable, number: u8, home: &Path) -> Self {
        let place = home.join(number.to_string());
        fs::create_dir(&place).expect("room for a directory");
        let mut config = EngineConfig::default();
        config.world = Uncounted::world(&host_of(cable.host(number)));
        config.state = Some(home.join(format!("state {number}")));
        let mut account = Account::default();
        let engine = account.during(|| Engine::start(config.clone()).expect("an engine starts"));
        Counted { account, engine, place }
    }

    /// Has the engine do something. What comes of it must be no memory of the engine's.
    fn do_it<T: Copy>(&mut self, work: impl FnOnce(&mut Engine) -> T) -> T {
        let Counted { account, engine, .. } = self;
        account.during(|| work(engine))
    }

    fn turn(&mut self) {
        self.do_it(|engine| {
            engine.turn(Duration::ZERO).expect("an imagined world does not break");
            while engine.poll_event().is_some() {}
        });
    }

    fn download(&mut self, song: &Song) -> TorrentId {
        let place = self.place.clone();
        self.do_it(|engine| add(engine, song, Content::Download(place.clone())).expect("it is new"))
    }

    fn seed(&mut self, song: &Song) -> TorrentId {
        let path = self.place.join(&song.name);
        fs::write(&path, &song.bytes).expect("room for a file");
        self.do_it(|engine| {
            add(engine, song, Content::InPlace(vec![path.clone()])).expect("it is new")
        })
    }

    fn is(&mut self, id: TorrentId, so: impl Fn(&Status) -> bool) -> bool {
        self.do_it(|engine| engine.status(id).is_some_and(|status| so(&status)))
    }

    fn remove(&mut self, id: TorrentId) {
        assert!(self.do_it(|engine| engine.remove(id)));
    }

    fn clear_place(&self) {
        fs::remove_dir_all(&self.place).expect("it is ours");
        fs::create_dir(&self.place).expect("room for a directory");
    }
}

/// What is made for the engine is made inside, and so is its own.
fn add(engine: &mut Engine, song: &Song, content: Content) -> Result<TorrentId, AddError> {
    engine.add(NewTorrent { metainfo: song.metainfo(), content, known: None })
}

/// Where torrents come and go.
struct Stage {
    cable: Cable,
    seed: Counted,
    get: Counted,
    _home: TempDir,
}

impl Stage {
    fn new() -> Self {
        let home = TempDir::new().expect("a directory");
        let cable = Cable::new(1, LATENCY);
        let [seed, get] = [1, 2].map(|number| Counted::start(&cable, number, home.path()));
        Stage { cable, seed, get, _home: home }
    }

    fn turn(&mut self) {
        self.seed.turn();
        self.get.turn();
    }

    /// Lets time pass, until the next thing happens or for ten seconds.
    fn pass(&mut self) {
        let due = [&self.seed, &self.get].into_iter().filter_map(|end| end.engine.next_timeout());
        let soon = self.cable.now() + Duration::from_secs(10);
        self.cable.move_to(due.fold(soon, Ord::min));
    }

    fn until(&mut self, mut is_so: impl FnMut(&mut Stage) -> bool) {
        for _ in 0..TURNS_MAX {
            self.turn();
            if is_so(self) {
                return;
            }
            self.pass();
        }
        panic!("it does not come to that");
    }

    /// Waits until the one who wants it has all of this torrent.
    fn until_complete(&mut self, id: TorrentId) {
        self.until(|stage| stage.get.is(id, Status::is_complete));
    }

    /// What lives when nothing is under way any more.
    fn live(&mut self) -> [i64; 2] {
        let end = self.cable.now() + QUIET;
        self.until(|stage| stage.cable.now() >= end);
        [&self.seed, &self.get].map(|end| end.account.live())
    }

    /// One more round, each torrent in this way.
    fn play(&mut self, way: Way, round: u32) {
        for number in round * ROUND..(round + 1) * ROUND {
            way(self, number);
            self.turn();
            self.seed.clear_place();
            self.get.clear_place();
        }
    }
}

/// How a torrent of this number comes and goes.
type Way = fn(&mut Stage, u32);

const WAYS: [(&str, Way); 9] = [
    ("fetched", fetched),
    ("broken off", broken_off),
    ("not begun", not_begun),
    ("rested", rested),
    ("wanted twice", wanted_twice),
    ("nobody's", nobodys),
    ("obstructed", obstructed),
    ("linked", linked),
    ("linked to nothing", linked_to_nothing),
];

fn at_the_tracker(number: u32) -> Song {
    Song::new(number, TRACKER)
}

/// Fetched from a peer whom the tracker names.
fn fetched(stage: &mut Stage, number: u32) {
    let song = at_the_tracker(number);
    let (seeded, wanted) = (stage.seed.seed(&song), stage.get.download(&song));
    stage.until_complete(wanted);
    stage.get.remove(wanted);
    stage.seed.remove(seeded);
}

/// Let go of with a part of it there.
fn broken_off(stage: &mut Stage, number: u32) {
    let song = at_the_tracker(number);
    let (seeded, wanted) = (stage.seed.seed(&song), stage.get.download(&song));
    let limits = RateLimits { up: None, down: Some(4_096) };
    stage.get.do_it(|engine| engine.set_torrent_limits(wanted, limits));
    stage.until(|stage| stage.get.is(wanted, |status| status.pieces.stored > 0));
    assert!(!stage.get.is(wanted, Status::is_complete));
    stage.get.remove(wanted);
    stage.seed.remove(seeded);
}

/// Let go of before anything is known.
fn not_begun(stage: &mut Stage, number: u32) {
    let wanted = stage.get.download(&at_the_tracker(number));
    stage.get.remove(wanted);
}

/// Made to rest on the way, and again when it is there, and let go of as it rests.
fn rested(stage: &mut Stage, number: u32) {
    let song = at_the_tracker(number);
    let (seeded, wanted) = (stage.seed.seed(&song), stage.get.download(&song));
    stage.until(|stage| stage.get.is(wanted, |status| status.num_peers > 0));
    assert!(stage.get.do_it(|engine| engine.pause(wanted)));
    stage.turn();
    stage.get.do_it(|engine| drop(engine.why(wanted)));
    assert!(stage.get.do_it(|engine| engine.resume(wanted)));
    stage.until_complete(wanted);
    assert!(stage.get.do_it(|engine| engine.pause(wanted)));
    assert!(stage.seed.do_it(|engine| engine.pause(seeded)));
    stage.turn();
    stage.get.remove(wanted);
    stage.seed.remove(seeded);
}

/// Wanted again while it is there.
fn wanted_twice(stage: &mut Stage, number: u32) {
    let song = at_the_tracker(number);
    let wanted = stage.get.download(&song);
    let place = stage.get.place.clone();
    let is_known = stage.get.do_it(|engine| {
        let again = add(engine, &song, Content::Download(place.clone()));
        matches!(again, Err(AddError::AlreadyThere { id }) if id == wanted)
    });
    assert!(is_known);
    stage.get.remove(wanted);
}

/// Nobody has it, and its tracker is a name that leads nowhere.
fn nobodys(stage: &mut Stage, number: u32) {
    let wanted = stage.get.download(&Song::new(number, "http://nowhere.example"));
    stage.until(|stage| stage.get.is(wanted, |status| status.tracker_trouble.is_some()));
    stage.get.remove(wanted);
}

/// Something else lies where it is to be.
fn obstructed(stage: &mut Stage, number: u32) {
    let song = at_the_tracker(number);
    fs::create_dir(stage.get.place.join(&song.name)).expect("room for a directory");
    let wanted = stage.get.download(&song);
    stage.until(|stage| stage.get.is(wanted, |status| status.activity.error().is_some()));
    stage.get.remove(wanted);
}

fn link(song: &Song) -> Magnet {
    let mut magnet = Magnet::new(song.metainfo().info_hash());
    magnet.trackers.push(format!("{TRACKER}/announce"));
    magnet
}

/// Fetched by its magnet link, with a peer in it who is not there.
fn linked(stage: &mut Stage, number: u32) {
    let song = at_the_tracker(number);
    let (seeded, place) = (stage.seed.seed(&song), stage.get.place.clone());
    let wanted = stage.get.do_it(|engine| {
        let mut magnet = link(&song);
        magnet.peers.push(([10, 0, 1, number as u8], 6_881).into());
        engine.add_magnet(magnet, place.clone()).expect("it is new")
    });
    stage.until_complete(wanted);
    stage.get.remove(wanted);
    stage.seed.remove(seeded);
}

/// A magnet link that nobody knows, let go of after a while.
fn linked_to_nothing(stage: &mut Stage, number: u32) {
    let (song, place) = (at_the_tracker(number), stage.get.place.clone());
    let wanted =
        stage.get.do_it(|engine| engine.add_magnet(link(&song), place.clone()).expect("it is new"));
    let end = stage.cable.now() + Duration::from_secs(30);
    stage.until(|stage| stage.cable.now() >= end);
    stage.get.remove(wanted);
}

#[test]
fn nothing_is_kept_of_torrents_that_came_and_went_whichever_way() {
    for (name, way) in WAYS {
        let mut stage = Stage::new();
        stage.play(way, 0);
        let after_one = stage.live();
        (1..ROUNDS).for_each(|round| stage.play(way, round));
        assert_eq!(stage.live(), after_one, "{name}");
    }
}

#[test]
fn the_page_counts_the_ways_there_are() {
    assert_row("torrents that come and go", WAYS.len());
}

#[test]
fn a_tracker_keeps_little_of_torrents_without_peers() {
    const TORRENTS: i64 = 500;
    let (mut account, now) = (Account::default(), Instant::now());
    let mut tracker = Tracker::new(TrackerConfig::new(1, Secret::new([7; 32])));
    let (peer, here) = (([10, 0, 0, 1], 50_000).into(), ([10, 0, 0, 2], 80).into());
    account.during(|| {
        for number in 0..TORRENTS {
            for (event, left) in [("started", 100), ("completed", 0), ("stopped", 0)] {
                let asked = format!(
                    "/announce?info_hash={number:020}&peer_id=-XX0000-000000000000&port=6881\
                     &uploaded=0&downloaded=0&left={left}&event={event}"
                );
                let reply = tracker.handle_request(now, &asked, peer, here);
                assert!(!reply.body.starts_with(b"d14:failure"), "{:?}", reply.body);
            }
        }
    });
    let each = account.live() / TORRENTS;
    assert!(each <= TRACKED_BYTES_MAX, "{each} bytes for each");
}
