//! The hands of the house: sockets, disk and tracker threads, moved by the swarms' decisions.
//!
//! Torrents to run come in, [`Event`]s and [`Status`]es go out. An [`Engine`] does nothing on its
//! own: whoever owns it calls [`Engine::turn`] again and again, which waits until something happens
//! and deals with it. It knows nothing of components; a plain `main` can drive it:
//!
//! ```no_run
//! use std::sync::Arc;
//! use std::time::Duration;
//! use kamaelia_torrent::engine::{Content, Engine, EngineConfig, Event, NewTorrent};
//! use kamaelia_torrent::metainfo::Metainfo;
//!
//! let metainfo = Arc::new(Metainfo::parse(&std::fs::read("song.torrent")?)?);
//! let mut engine = Engine::start(EngineConfig::default())?;
//! engine.add(NewTorrent { metainfo, content: Content::Download(".".into()), known: None })?;
//! loop {
//!     engine.turn(Duration::from_secs(1))?;
//!     if let Some(Event::Completed { .. }) = engine.poll_event() {
//!         break;
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod config;
mod deadlines;
pub mod disk;
mod entropy;
pub(crate) mod keeping;
mod make;
mod network;
mod peers;
mod status;
mod torrent;
mod trackers;
mod vicinity;
pub mod web_seeds;
pub mod world;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

pub use config::{Encryption, EngineConfig, NoSuchEncryption};
pub(crate) use deadlines::Deadlines;
use disk::{Disk, Job, SpareBuffers, WaitingJobs, Wanted};
pub use entropy::new_secret;
pub use keeping::SessionError;
use keeping::{Keeping, Session};
pub use make::{Made, MakeFailed, MakeOptions, make, make_with};
use network::{Limits, Mover, Transport};
pub use network::{ListenError, RateLimits, outlet};
use peers::{Complaints, Directory, Introductions, Role, WaitingCalls, new_peer_id};
pub use peers::{Ignored, IpFilter};
pub use status::{Activity, AddError, Event, StartError, Status, TorrentId};
use torrent::claims::Claims;
use torrent::torrents::Torrents;
pub use torrent::{BadFileRule, Content, CustomStorage, FileRule, NewTorrent, Until, WantedFiles};
use torrent::{State, Torrent};
use trackers::Tracking;
pub use trackers::{announcer, fetch};
use vicinity::Vicinity;
pub use web_seeds::WebSeedStatus;
use web_seeds::WebSeeding;
use world::World;

use crate::metainfo::{InfoHash, PeerId};
use crate::storage::{OpenFiles, Resume};
use crate::swarm::{SparePieces, Swarm, SwarmConfig};
use crate::tracker::{Identity, Schedule, Tiers};

/// Bytes taken from one socket at a time: large reads cost fewer calls, and this is what a core
/// keeps close.
const READ_BUFFER: usize = 256 * 1024;

/// All torrents of one program, on one thread, with helpers for the disk and the trackers.
pub struct Engine {
    config: EngineConfig,
    peer_id: PeerId,
    chance: fastrand::Rng,
    transport: Transport<Role>,
    introductions: Introductions,
    waiting_calls: WaitingCalls,
    complaints: Complaints,
    wanted: Wanted,
    disk: Disk,
    spare_pieces: SparePieces,
    /// What the disk had no room for.
    waiting_jobs: WaitingJobs,
    open_files: Arc<OpenFiles>,
    tracking: Tracking,
    vicinity: Vicinity,
    web_seeding: WebSeeding,
    torrents: Torrents,
    directory: Directory,
    claims: Claims,
    last_id: u32,
    /// Where torrents are kept from one run to the next.
    session: Option<Arc<Session>>,
    /// What has the session written, and when that may be done next.
    unwritten: Option<Job>,
    write_after: Instant,
    /// See [`Keeping`].
    last_place: u64,
    deadlines: Deadlines<TorrentId>,
    limits: Limits<Mover>,
    events: VecDeque<Event>,
    /// Those of which there may be something new to tell.
    stirred: Vec<TorrentId>,
    read_buffer: Vec<u8>,
}

impl Engine {
    /// Opens the sockets, starts the threads and takes up the torrents of former runs. Blocks for as
    /// long as it takes to read these.
    pub fn start(config: EngineConfig) -> Result<Self, StartError> {
        config.check_world()?;
        let session = config.state.as_deref().map(Session::open).transpose()?.map(Arc::new);
        let (spare, spare_pieces) = (SpareBuffers::default(), SparePieces::default());
        let mut transport = listen(&config, &spare)?;
        let waker = transport.waker();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(move || waker.wake_by_ref());
        let mut chance = config.world.chance();
        let write_after = config.world.now();
        let limits = Limits::new(config.limits, write_after);
        let peer_id = new_peer_id(&mut chance);
        let disk = match config.world {
            World::System => Disk::start(config.disk_threads, wake.clone(), &spare, &spare_pieces),
            World::Imagined(_) => Ok(Disk::in_line(&spare, &spare_pieces)),
        };
        let disk = disk.map_err(StartError::Threads)?;
        let vicinity = Vicinity::start(&config, &mut transport, &mut chance);
        let web_seeding = WebSeeding::new(&config, wake.clone());
        let tracking = Tracking::start(&config, wake).map_err(StartError::Threads)?;
        let mut engine = Engine {
            config,
            peer_id,
            chance,
            transport,
            introductions: Introductions::default(),
            waiting_calls: WaitingCalls::default(),
            complaints: Complaints::new(write_after),
            wanted: Wanted::default(),
            disk,
            spare_pieces,
            waiting_jobs: WaitingJobs::default(),
            open_files: Arc::default(),
            tracking,
            vicinity,
            web_seeding,
            torrents: Torrents::default(),
            directory: Directory::default(),
            claims: Claims::default(),
            last_id: 0,
            session,
            unwritten: None,
            write_after,
            last_place: 0,
            deadlines: Deadlines::default(),
            limits,
            events: VecDeque::new(),
            stirred: Vec::new(),
            read_buffer: vec![0; READ_BUFFER],
        };
        engine.restore()?;
        Ok(engine)
    }

    /// Where peers can reach us.
    pub fn local_addresses(&self) -> Vec<SocketAddr> {
        self.transport.local_addresses()
    }

    /// Ends a [`turn`](Self::turn) that waits, from any thread. In an imagined world none does.
    pub fn waker(&self) -> Waker {
        self.transport.waker()
    }

    /// Takes a torrent on. It is checked first, unless its pieces are known, and then announced.
    /// Does not block.
    pub fn add(&mut self, new: NewTorrent) -> Result<TorrentId, AddError> {
        let mut keeping = self.new_keeping();
        if let Content::Download(_) = new.content
            && let Some(wanted) = self.config.wanted_files.select(new.metainfo.layout())?
        {
            keeping.selection = wanted.priorities().to_vec();
        }
        let id = self.take_on(new, keeping)?;
        self.keep(id);
        Ok(id)
    }

    fn take_on(&mut self, new: NewTorrent, keeping: Keeping) -> Result<TorrentId, AddError> {
        if let Some(id) = self.directory.get(&new.metainfo.info_hash()).copied() {
            self.check_place(id, &new)?;
            self.on_metadata(id, new.metainfo.info_bytes());
            return Err(AddError::AlreadyThere { id });
        }
        self.check_files(&new)?;
        let resume = self.resume_for(new.metainfo.info_hash(), new.metainfo.layout());
        let mut torrent = self.new_torrent(&new, resume, keeping)?;
        match new.known {
            Some(have) => {
                self.submit(disk::work::remember(&torrent, have.clone()));
                let swarm = self.make_swarm(&mut torrent, have);
                torrent.state = State::Running(Box::new(swarm));
                torrent.was_here = true;
            }
            None => self.submit(disk::work::check(&torrent)),
        }
        Ok(self.insert(torrent))
    }

    /// A torrent with a number of its own, which the engine does not have yet.
    fn new_torrent(
        &mut self,
        new: &NewTorrent,
        resume: Arc<Resume>,
        keeping: Keeping,
    ) -> Result<Torrent, AddError> {
        let storage = self.storage(new)?;
        self.last_id += 1;
        let id = TorrentId(self.last_id);
        let schedule = self.schedule(id, new);
        Ok(Torrent::new(id, new, storage, resume, keeping, schedule))
    }

    fn insert(&mut self, torrent: Torrent) -> TorrentId {
        let id = torrent.id;
        self.directory.insert(torrent.metainfo.info_hash(), id);
        self.claims.note(&torrent);
        self.torrents.insert(Box::new(torrent));
        self.settle(id, self.now());
        id
    }

    /// Lets go of a torrent: its peers at once, its trackers after a goodbye. Its files stay.
    /// False if there is no such torrent.
    pub fn remove(&mut self, id: TorrentId) -> bool {
        if self.torrents.get(&id).is_none_or(Torrent::is_leaving) {
            return false;
        }
        self.forget(id);
        self.let_go(id);
        true
    }

    fn let_go(&mut self, id: TorrentId) {
        let now = self.now();
        let Some(torrent) = self.torrents.get_mut(&id).filter(|torrent| !torrent.is_leaving())
        else {
            return;
        };
        let sockets = torrent.take_sockets();
        self.web_seeding.dismiss(id);
        self.waiting_calls.forget(id);
        torrent.leave(now);
        self.directory.remove(&torrent.metainfo.info_hash());
        self.claims.forget(torrent);
        for socket in sockets {
            self.transport.close(socket);
        }
        self.settle(id, now);
    }

    /// Every torrent, in the order they were added.
    pub fn torrents(&self) -> impl Iterator<Item = TorrentId> {
        self.torrents.values().filter(|torrent| !torrent.is_leaving()).map(|torrent| torrent.id)
    }

    /// A torrent's name, and what everybody knows it by.
    pub fn identity(&self, id: TorrentId) -> Option<(&str, InfoHash)> {
        let torrent = self.torrents.get(&id).filter(|torrent| !torrent.is_leaving())?;
        Some((torrent.metainfo.name(), torrent.metainfo.info_hash()))
    }

    /// How a torrent stands.
    pub fn status(&self, id: TorrentId) -> Option<Status> {
        let torrent = self.torrents.get(&id).filter(|torrent| !torrent.is_leaving())?;
        Some(torrent.status(self.now()))
    }

    /// What has happened, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Lets go of every torrent: trackers hear a goodbye if they take it in time
    /// ([`EngineConfig::stop_within`]), and what was received is stored. Blocks for as long as
    /// that takes.
    pub fn stop(mut self) {
        let ids: Vec<TorrentId> = self.torrents.keys().copied().collect();
        let last_words = self.last_words();
        for id in ids {
            self.let_go(id);
        }
        self.vicinity.stop(&mut self.transport);
        let EngineConfig { stop_within, world, .. } = &self.config;
        self.tracking.stop(*stop_within, world, &mut self.transport, &mut self.read_buffer);
        disk::work::stop(self.disk, &self.waiting_jobs);
        last_words.write();
    }

    /// Waits until something happens, at most this long, and deals with it. An error means that the
    /// system no longer lets us wait for sockets.
    pub fn turn(&mut self, at_most: Duration) -> io::Result<()> {
        self.transport.wait(Some(self.wait_for(at_most)))?;
        let now = self.now();
        self.accept_some(now);
        self.hear_sockets(now);
        self.pass_on(now);
        self.hear_disk(now);
        self.serve_wanted(now);
        self.hear_trackers(now);
        self.hear_vicinity(now);
        self.hear_web_seeds(now);
        self.close_silent_strangers(now);
        self.close_silent_calls(now);
        self.write_if_due(now);
        while let Some(id) = self.deadlines.pop_due(now) {
            if let Some(crowd) = self.torrents.get_mut(&id).and_then(Torrent::crowd) {
                crowd.handle_timeout(now);
            }
            self.settle(id, now);
        }
        self.share_connections(now);
        Ok(())
    }

    /// When the next [`turn`](Self::turn) is due if nobody says anything before: now, if there is
    /// something to do. In an [imagined world](world) it is due when something happens there, too.
    pub fn next_timeout(&self) -> Option<Instant> {
        if self.transport.has_news() || self.has_work() {
            return Some(self.now());
        }
        let in_the_world = self.config.world.host().and_then(|host| host.next_due());
        self.soonest().into_iter().chain(in_the_world).min()
    }

    /// Whether there is something to do for which nobody has to come first.
    fn has_work(&self) -> bool {
        self.disk.has_work() || !self.wanted.is_empty() || self.introductions.may_be_more
    }

    /// When there is something to do that time alone brings about.
    fn soonest(&self) -> Option<Instant> {
        let soonest = [
            self.deadlines.soonest(),
            self.disk.next_timeout(),
            self.introductions.soonest(),
            self.tracking.next_timeout(),
            self.vicinity.next_timeout(),
            self.limits.next_due(),
            self.next_write(),
        ];
        soonest.into_iter().flatten().min()
    }

    fn wait_for(&self, at_most: Duration) -> Duration {
        if self.has_work() {
            return Duration::ZERO;
        }
        match self.soonest() {
            Some(soonest) => at_most.min(soonest.saturating_duration_since(self.now())),
            None => at_most,
        }
    }

    /// What time it is where the engine lives.
    fn now(&self) -> Instant {
        self.config.world.now()
    }

    /// Does everything a torrent asks for after something happened to it, and notes when it is due.
    fn settle(&mut self, id: TorrentId, now: Instant) {
        self.perform(id, now);
        self.end_hunt(id);
        self.mend_if_due(id, now);
        self.save_if_due(id, now);
        self.look_if_due(id, now);
        self.end_seeding(id, now);
        self.keep_if_due(id, now);
        self.announce(id, now);
        self.note_change(id, now);
        let Some(torrent) = self.torrents.get(&id) else { return };
        if torrent.is_leaving() && torrent.schedule.is_over() {
            self.torrents.remove(&id);
            // Not everybody takes what has stirred.
            self.stirred.retain(|stirred| *stirred != id);
            self.limits.set(id, RateLimits::default(), now);
            self.deadlines.set(id, None);
            return;
        }
        let enough = torrent.seeding.and_then(|seeding| seeding.next_timeout(&self.config.until));
        let due = torrent.next_timeout().into_iter().chain(enough).min();
        self.deadlines.set(id, due);
    }

    fn swarm_config(&self) -> SwarmConfig {
        let listen_port = self.reachable_port();
        SwarmConfig { peer_id: self.peer_id, listen_port, ..self.config.swarm.clone() }
    }

    fn make_swarm(&mut self, torrent: &mut Torrent, have: fixedbitset::FixedBitSet) -> Swarm {
        let now = self.now();
        let mut config = self.swarm_config();
        torrent.policies.apply_to(&mut config);
        let (info_hash, layout) = (torrent.metainfo.info_hash(), torrent.metainfo.layout());
        self.tell_neighbours_soon(now);
        let seed = self.chance.u64(..);
        let mut swarm = Swarm::new(config, info_hash, layout.clone(), have, seed, now);
        swarm.set_metainfo(torrent.metainfo.clone());
        swarm.set_spare_pieces(self.spare_pieces.clone());
        if torrent.is_held {
            swarm.hold(now);
        }
        if let Some(selection) = &torrent.selection {
            swarm.select(now, selection);
        }
        swarm.take_over(now, std::mem::take(&mut torrent.acquaintances));
        swarm.add_candidates(now, self.config.peers.iter().copied());
        self.web_seeding.enlist(torrent, &mut swarm, now);
        swarm
    }

    fn schedule(&mut self, id: TorrentId, new: &NewTorrent) -> Schedule {
        let identity = Identity {
            info_hash: new.metainfo.info_hash(),
            peer_id: self.peer_id,
            port: self.announced_port(),
            ipv6: None,
        };
        let (announce, named) = (new.metainfo.announce(), new.metainfo.tiers());
        let mut tiers = Tiers::new(announce, named, self.chance.u64(..));
        if new.metainfo.is_private() {
            tiers = tiers.staying();
        }
        if tiers.is_empty() && (announce.is_some() || !named.is_empty()) {
            log::warn!(
                "torrent {id}: none of its trackers can be asked, since none is reached by HTTP or UDP"
            );
        }
        Schedule::new(identity, tiers, self.chance.u64(..), self.now())
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({} torrents)", self.torrents.len())
    }
}

fn listen(config: &EngineConfig, spare: &SpareBuffers) -> Result<Transport<Role>, ListenError> {
    let bind = |choice: Vec<SocketAddr>| {
        Transport::bind(&choice, &config.outlet, &config.world, spare.clone())
    };
    let mut choices = config.listen_choices().into_iter();
    let first = choices.next().unwrap_or_default();
    choices.fold(bind(first), |result, choice| result.or_else(|_| bind(choice)))
}
