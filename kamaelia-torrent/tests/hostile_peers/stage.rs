//! Where cases are played: a small swarm of honest peers on an imagined network, an engine in it with
//! everything that ships, and offenders who call it, or are called.
//!
//! Played twice with the same seed, once without the offenders. What differs is their doing.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use kamaelia_torrent::engine::{
    Content, CustomStorage, Engine, EngineConfig, NewTorrent, TorrentId,
};
use kamaelia_torrent::metainfo::Magnet;
use kamaelia_torrent::simulation::{Access, Moment, OpenSwarm, Peers, Swarm, Torrent};
use kamaelia_torrent::storage::{MemoryStorage, Storage};
use log::Level;

use crate::account::Account;
use crate::case::{Case, End, Role};
use crate::ledger::{Entry, listening};
use crate::offender::Offender;
use crate::script::Scene;
use crate::seat::{Uncounted, host_of};

pub(crate) const PIECES: u32 = 60;
pub(crate) const PIECE: u32 = 32 << 10;

/// The part of its speed that every honest peer keeps.
const SPEED_KEPT: f64 = 0.8;

/// Bytes more than without offenders that the engine may have at once: for all of them together, since
/// it puts so many bytes of pieces together at a time, of which it may have had fewer without them; and for
/// each line that one of them has at a time.
const MORE_FOR_ALL: i64 = 1 << 20;
const MORE_FOR_A_LINE: i64 = 640 << 10;

/// Lines of the log at which a person looks, for a case: some at once, and one in ten seconds.
const TOLD_AT_ONCE: u64 = 21;
const TOLD_EVERY: u64 = 10;

/// When somebody comes who has what a hunter looks for.
const HOME_AFTER: Duration = Duration::from_secs(3);

/// Far more than any case needs, of turns and of time.
const TURNS_MAX: u32 = 2_000_000;
const TIME_MAX: Duration = Duration::from_secs(900);

/// What came of a run.
#[derive(Clone, Default)]
pub(crate) struct Outcome {
    /// When each honest peer had everything, in the order of their nodes.
    finished: Vec<Duration>,
    /// The most memory that the engine had.
    peak: i64,
    log: Vec<Entry>,
    /// What became of each offender.
    fates: Vec<Fate>,
    ended: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Fate {
    address: SocketAddr,
    open: usize,
    closed: u32,
    is_through: bool,
}

struct Stage {
    swarm: OpenSwarm,
    account: Account,
    log: Vec<Entry>,
    engine: Engine,
    id: TorrentId,
    /// Who has what a hunter looks for.
    home: Option<Engine>,
    offenders: Vec<(SocketAddr, Offender)>,
    finished: Option<Duration>,
    role: Role,
    _root: tempfile::TempDir,
}

impl Role {
    /// Honest peers, besides the engine, that want everything.
    fn leechers(self) -> u32 {
        match self {
            Role::Leecher | Role::Hunter => 3,
            Role::Seed | Role::LongSeed => 4,
        }
    }

    /// Bytes that are shared.
    fn length(self) -> u64 {
        let pieces = if self == Role::LongSeed { 8 * PIECES } else { PIECES };
        u64::from(pieces * PIECE)
    }

    fn is_seed(self) -> bool {
        matches!(self, Role::Seed | Role::LongSeed)
    }
}

fn scenario(role: Role, case: Option<&Case>) -> Swarm {
    let line = |up: u64, down: u64| Access::default().up(up << 10).down(down << 10);
    let swarm = Swarm::new(7).torrent(Torrent::new(role.length()).piece_length(PIECE.into()));
    let swarm = match role {
        Role::Leecher => swarm.seeds(2),
        Role::Seed | Role::LongSeed => swarm,
        Role::Hunter => swarm.seeds(1),
    };
    let swarm = swarm.leechers(role.leechers());
    let swarm = swarm.network(line(128, 512));
    let swarm = match role {
        Role::Seed | Role::LongSeed => swarm.peers(Peers::engines(1).access(line(256, 256))),
        Role::Leecher => swarm.peers(Peers::engines(1).access(line(64, 160))),
        Role::Hunter => swarm
            .peers(Peers::engines(1).access(line(64, 160)))
            .peers(Peers::engines(1).named("homes").access(line(128, 512))),
    };
    match case {
        Some(case) => swarm
            .peers(Peers::engines(case.offenders).named("offenders").access(case.script.access)),
        None => swarm,
    }
}

/// All bytes that are shared.
fn content(swarm: &OpenSwarm) -> Vec<u8> {
    let mut bytes = vec![0; swarm.metainfo().layout().total_length() as usize];
    swarm.fill(0, &mut bytes);
    bytes
}

/// What is shared, in memory: all of it, or nothing yet.
fn torrent(swarm: &OpenSwarm, has_all: bool) -> NewTorrent {
    let metainfo = swarm.metainfo();
    let storage = MemoryStorage::new(metainfo.layout().clone());
    if has_all {
        storage.write_at(0, &content(swarm)).expect("room in memory");
    }
    let content = Content::Custom(CustomStorage(Arc::new(storage)));
    NewTorrent { metainfo, content, known: None }
}

/// Plays a case, or the same without anybody who offends.
fn play(role: Role, case: Option<&Case>) -> Result<Outcome, String> {
    let mut stage = Stage::new(role, case);
    let patience = case.map_or(Duration::ZERO, |case| case.patience);
    let mut through = None;
    for _ in 0..TURNS_MAX {
        stage.turn();
        let now = stage.swarm.elapsed();
        if through.is_none() && stage.is_through() {
            through = Some(now);
        }
        let waits = through.map(|at| at + patience);
        if waits.is_some_and(|until| now >= until || case.is_none_or(|case| stage.is_over(case))) {
            return Ok(stage.into_outcome());
        }
        if now > TIME_MAX {
            return Err(format!("honest peers had not finished after {now:?}"));
        }
        stage.let_time_pass();
    }
    Err(format!("there was no end of turns at {:?}", stage.swarm.elapsed()))
}

impl Stage {
    fn new(role: Role, case: Option<&Case>) -> Self {
        let swarm = scenario(role, case).open().expect("a scenario");
        let metainfo = swarm.metainfo();
        let content = content(&swarm);
        let root = tempfile::tempdir().expect("a directory");
        let (mut account, mut log) = (Account::default(), Vec::new());
        let host = host_of(swarm.engine_world("engines", 0).expect("a seat"));
        let mut config = EngineConfig::default();
        config.world = Uncounted::world(&host);
        // Little, or it would hide what offenders cost.
        config.swarm.pieces_in_memory_max = 32 * u64::from(PIECE);
        if let Some(case) = case.filter(|case| case.script.is_called) {
            let seats =
                (0..case.offenders as usize).map(|number| swarm.engine_world("offenders", number));
            let hosts = seats.map(|seat| host_of(seat.expect("a seat")));
            config.peers = hosts.flat_map(|host| host.listen(&[]).expect("an address")).collect();
        }
        let new = torrent(&swarm, role.is_seed());
        let (engine, id) = account.during(|| {
            listening(&mut log, || {
                let mut engine = Engine::start(config).expect("an engine starts");
                let id = match role {
                    Role::Leecher | Role::Seed | Role::LongSeed => engine.add(new),
                    Role::Hunter => {
                        let announce = metainfo.announce().expect("there is a tracker");
                        let mut magnet = Magnet::new(metainfo.info_hash());
                        magnet.trackers.push(announce.to_owned());
                        engine.add_magnet(magnet, root.path().to_owned())
                    }
                };
                (engine, id.expect("it is taken on"))
            })
        });
        let victim = engine.local_addresses()[0];
        let scene = Arc::new(Scene { content, metainfo });
        let mut offenders = Vec::new();
        for number in 0..case.map_or(0, |case| case.offenders) {
            let script = case.expect("there are some").script.clone();
            let host = host_of(swarm.engine_world("offenders", number as usize).expect("a seat"));
            let address = host.listen(&[]).expect("an address")[0];
            offenders.push((address, Offender::new(host, script, scene.clone(), victim)));
        }
        let finished = role.is_seed().then_some(Duration::ZERO);
        Stage {
            swarm,
            account,
            log,
            engine,
            id,
            home: None,
            offenders,
            finished,
            role,
            _root: root,
        }
    }

    /// Somebody comes who has the metadata. Until then only offenders could have it.
    fn come_home(&mut self) {
        let mut config = EngineConfig::default();
        config.world = self.swarm.engine_world("homes", 0).expect("a seat");
        let mut home = Engine::start(config).expect("an engine starts");
        home.add(torrent(&self.swarm, true)).expect("it is taken on");
        self.home = Some(home);
    }

    fn turn(&mut self) {
        let is_late = self.swarm.elapsed() >= HOME_AFTER;
        if self.role == Role::Hunter && self.home.is_none() && is_late {
            self.come_home();
        }
        let Stage { account, log, engine, .. } = self;
        account.during(|| {
            listening(log, || {
                engine.turn(Duration::ZERO).expect("an imagined world does not break");
                while engine.poll_event().is_some() {}
            });
        });
        if let Some(home) = &mut self.home {
            home.turn(Duration::ZERO).expect("an imagined world does not break");
            while home.poll_event().is_some() {}
        }
        self.offenders.iter_mut().for_each(|(_, offender)| offender.act());
        if self.finished.is_none() {
            let status = self.engine.status(self.id).expect("it is there");
            if status.is_known && status.is_complete() {
                self.finished = Some(self.swarm.elapsed());
            }
        }
    }

    fn let_time_pass(&mut self) {
        let engines = [Some(&self.engine), self.home.as_ref()];
        let engines = engines.into_iter().flatten().filter_map(Engine::next_timeout);
        let offenders = self.offenders.iter().filter_map(|(_, offender)| offender.next_due());
        let world = self.swarm.next_due();
        let due = engines.chain(offenders).chain(world).min();
        let soon = self.swarm.now() + Duration::from_secs(1);
        let due: Instant = due.map_or(soon, |due| due.min(soon));
        self.swarm.move_to(due);
    }

    fn finishing_times(&self) -> Vec<Option<Duration>> {
        let snapshot = self.swarm.snapshot();
        let leechers = snapshot.peers().filter(|peer| peer.group == "leechers");
        let leechers = leechers.map(|peer| peer.finished.map(Moment::since_start));
        leechers.chain([self.finished]).collect()
    }

    fn is_through(&self) -> bool {
        let times = self.finishing_times();
        times.len() == self.role.leechers() as usize + 1 && times.iter().all(Option::is_some)
    }

    /// Whether there is nothing more to see of the offenders.
    fn is_over(&self, case: &Case) -> bool {
        let mut offenders = self.offenders.iter().map(|(_, offender)| offender);
        match case.end {
            End::LetGo(..) => offenders.all(|offender| offender.open() == 0 && offender.is_spent()),
            End::Curbed(_, _, lines) => {
                offenders.all(|offender| offender.open() <= lines && offender.is_spent())
            }
            End::Kept(_) => true,
            End::Gone(_) => offenders.all(|offender| offender.open() == 0 && offender.is_spent()),
        }
    }

    fn into_outcome(self) -> Outcome {
        let finished = self.finishing_times().into_iter().flatten().collect();
        let fates = self.offenders.iter().map(|(address, offender)| Fate {
            address: *address,
            open: offender.open(),
            closed: offender.closed,
            is_through: offender.is_through,
        });
        let outcome = Outcome {
            finished,
            peak: self.account.peak,
            log: self.log,
            fates: fates.collect(),
            ended: self.swarm.elapsed(),
        };
        self.engine.stop();
        if let Some(home) = self.home {
            home.stop();
        }
        outcome
    }
}

/// How it goes without anybody who offends.
fn in_peace(role: Role) -> Outcome {
    static KNOWN: Mutex<BTreeMap<Role, Outcome>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(role).or_insert_with(|| play(role, None).expect("honest peers finish")).clone()
}

/// Plays a case before each of its victims, and says in a sentence what is wrong.
pub(crate) fn check(case: &Case) -> Result<(), String> {
    for role in &case.victims {
        let peace = in_peace(*role);
        let wrong = play(*role, Some(case)).and_then(|trouble| compare(case, &peace, &trouble));
        wrong.map_err(|wrong| format!("{} ({role:?}): {wrong}", case.name))?;
    }
    Ok(())
}

fn compare(case: &Case, peace: &Outcome, trouble: &Outcome) -> Result<(), String> {
    let (slowest, more) = (speed_kept(peace, trouble), trouble.peak - peace.peak);
    if std::env::var_os("KAMAELIA_TELLS").is_some() {
        println!(
            "{}: {:.0} % of the speed, {} KiB more, ended {:?} {:?}",
            case.name,
            slowest * 100.0,
            more >> 10,
            trouble.ended,
            trouble.fates
        );
        trouble.log.iter().for_each(|entry| println!("    {} {}", entry.level, entry.text));
    }
    if slowest < SPEED_KEPT {
        return Err(format!(
            "somebody kept only {:.0} % of its speed: {:?} without, {:?} with it",
            slowest * 100.0,
            peace.finished,
            trouble.finished
        ));
    }
    let lines = i64::from(case.offenders) * i64::from(case.script.lines);
    let bound = MORE_FOR_ALL + lines * MORE_FOR_A_LINE;
    if more > bound {
        return Err(format!("it took {more} bytes more, and {bound} are the most"));
    }
    let told = trouble.log.iter().filter(|entry| entry.level <= Level::Info).count() as u64;
    let told_max = TOLD_AT_ONCE + trouble.ended.as_secs() / TOLD_EVERY;
    if told > told_max {
        return Err(format!("{told} lines were told, and {told_max} are the most"));
    }
    trouble.fates.iter().try_for_each(|fate| ended(case, trouble, fate))
}

/// The part of its speed that the one kept who lost most.
fn speed_kept(peace: &Outcome, trouble: &Outcome) -> f64 {
    let pairs = peace.finished.iter().zip(&trouble.finished);
    let kept = pairs.filter(|(_, with)| !with.is_zero());
    kept.map(|(without, with)| without.as_secs_f64() / with.as_secs_f64()).fold(1.0, f64::min)
}

/// Whether what had to become of an offender did, for the reason and in the words that it had to be.
fn ended(case: &Case, trouble: &Outcome, fate: &Fate) -> Result<(), String> {
    let is_told = |level: Level, why: &str| {
        let ip = fate.address.ip().to_string();
        let of_it = trouble.log.iter().filter(|entry| entry.text.contains(&format!("{ip}:")));
        let mut seen = String::new();
        for entry in of_it {
            if entry.level == level && entry.text.contains(why) {
                return Ok(());
            }
            let _ = write!(seen, "\n  {} {}", entry.level, entry.text);
        }
        Err(format!("nothing told \"{why}\" of {fate:?}; of it there was: {seen}"))
    };
    match case.end {
        End::LetGo(level, why) => {
            if fate.open > 0 || fate.closed == 0 {
                return Err(format!("it was to be let go: {fate:?}"));
            }
            if fate.is_through {
                return Err(format!("it could say all it wanted: {fate:?}"));
            }
            is_told(level, why)
        }
        End::Curbed(level, why, lines) => {
            if fate.open > lines {
                return Err(format!("it was to keep {lines} lines: {fate:?}"));
            }
            is_told(level, why)
        }
        End::Gone(why) if fate.open > 0 => {
            Err(format!("nothing was to be left of it, since {why}: {fate:?}"))
        }
        End::Kept(why) if fate.open == 0 || fate.closed > 0 => {
            let seen: Vec<_> = trouble.log.iter().map(|entry| &entry.text).collect();
            Err(format!("it was to stay, since {why}: {fate:?}; {seen:#?}"))
        }
        End::Gone(_) => Ok(()),
        End::Kept(_) => Ok(()),
    }
}

/// Bytes of the metadata of what is shared.
pub(crate) fn metadata_size() -> usize {
    let swarm = scenario(Role::Leecher, None).open().expect("a scenario");
    swarm.metainfo().info_bytes().len()
}
