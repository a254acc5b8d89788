//! A simulated swarm that engines take part in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::seat::Seat;
use crate::engine;
use crate::metainfo::Metainfo;
use crate::simulation::report::Snapshot;
use crate::simulation::scenario::{ScenarioError, Swarm};
use crate::simulation::time::Epoch;
use crate::simulation::world::World;
use crate::simulation::{Moment, NodeId};

/// Spreads the numbers of nodes over all bits: 2^64 divided by the golden ratio, made odd.
const SEEDS_APART: u64 = 0x9e37_79b9_7f4a_7c15;

/// A simulated swarm that whole engines take part in, under way. Clones are the same one.
///
/// Its time begins with whatever moment it is first [moved](Self::move_to) to or asked for, and goes
/// on only when somebody moves it. It never ends by itself.
///
/// ```
/// use std::time::Duration;
/// use kamaelia_torrent::engine::{Content, Engine, EngineConfig, NewTorrent};
/// use kamaelia_torrent::simulation::{Peers, Swarm, Torrent};
///
/// let swarm = Swarm::new(7)
///     .torrent(Torrent::new(1 << 20).name("film"))
///     .seeds(2)
///     .peers(Peers::engines(1))
///     .open()?;
/// let mut config = EngineConfig::default();
/// config.world = swarm.engine_world("engines", 0).expect("there is one");
/// let mut engine = Engine::start(config)?;
/// # let home = tempfile::tempdir()?;
/// # let directory = home.path().to_path_buf();
/// let content = Content::Download(directory);
/// let id = engine.add(NewTorrent { metainfo: swarm.metainfo(), content, known: None })?;
/// while !engine.status(id).is_some_and(|status| status.is_complete()) {
///     engine.turn(Duration::from_secs(60))?;
/// }
/// assert!(swarm.elapsed() < Duration::from_secs(60));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OpenSwarm {
    shared: Arc<Shared>,
    metainfo: Arc<Metainfo>,
}

/// What all engines share.
pub(super) struct Shared(Mutex<State>);

pub(super) struct State {
    pub(super) world: World,
    /// From the first look at the clock on.
    epoch: Option<Epoch>,
    /// Between two ticks of the world, as a rule.
    pub(super) now: Moment,
    pub(super) wakers: BTreeMap<NodeId, Waker>,
    seed: u64,
}

impl Swarm {
    /// Begins it with whole engines among its peers; see [`Peers::engines`]. Nothing happens yet.
    ///
    /// All speak as on real wires, with whole blocks: what is shared had better be small. Its hashes
    /// are made here, a GiB in some seconds.
    ///
    /// [`Peers::engines`]: crate::simulation::Peers::engines
    pub fn open(self) -> Result<OpenSwarm, ScenarioError> {
        self.check()?;
        let seed = self.seed;
        let (world, metainfo) = World::open(self, Instant::now())?;
        let state = State { world, epoch: None, now: Moment::START, wakers: BTreeMap::new(), seed };
        let shared = Arc::new(Shared(Mutex::new(state)));
        Ok(OpenSwarm { shared, metainfo: Arc::new(metainfo) })
    }
}

impl OpenSwarm {
    /// Where the engine with this number in this group is to live, if there is one. Two engines
    /// cannot live there at a time.
    pub fn engine_world(&self, group: &str, number: usize) -> Option<engine::world::World> {
        let state = self.shared.lock();
        let node = *state.world.guests(group).get(number)?;
        // The same whoever is asked for first, and nothing that the world draws.
        let own = state.seed ^ (u64::from(node.0) + 1).wrapping_mul(SEEDS_APART);
        drop(state);
        let seat = Seat::new(self.shared.clone(), node, fastrand::Rng::with_seed(own).u64(..));
        Some(engine::world::World::Imagined(Arc::new(seat)))
    }

    /// What is shared, with the tracker that everybody announces to.
    pub fn metainfo(&self) -> Arc<Metainfo> {
        self.metainfo.clone()
    }

    /// Writes the bytes of what is shared into the buffer, from `start` on.
    pub fn fill(&self, start: u64, buffer: &mut [u8]) {
        self.shared.lock().world.fill(start, buffer);
    }

    /// What time it is there.
    pub fn now(&self) -> Instant {
        self.shared.lock().instant()
    }

    /// How long it has been going on.
    pub fn elapsed(&self) -> Duration {
        self.shared.lock().now.since_start()
    }

    /// Has everything happen that is to happen until then.
    pub fn move_to(&self, moment: Instant) {
        self.shared.move_to(moment, None);
    }

    /// When something happens next if nobody does anything.
    pub fn next_due(&self) -> Option<Instant> {
        self.shared.lock().next_due()
    }

    /// How everybody stands who is simulated; engines know best how they stand.
    pub fn snapshot(&self) -> Snapshot {
        self.shared.lock().world.snapshot().clone()
    }
}

impl std::fmt::Debug for OpenSwarm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenSwarm({} at {})", self.metainfo.name(), self.shared.lock().now)
    }
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves time, and wakes those who have news then, save the one who moves it.
    pub(super) fn move_to(&self, moment: Instant, mover: Option<NodeId>) {
        let mut state = self.lock();
        let to = state.epoch(moment).moment(moment);
        if to <= state.now {
            return;
        }
        state.world.advance(to);
        state.now = to;
        let State { world, wakers, now, .. } = &mut *state;
        let others = wakers.iter().filter(|(node, _)| Some(**node) != mover);
        let have_news = others
            .filter(|(node, _)| world.guest(**node).is_some_and(|(guest, _)| guest.has_news(*now)));
        let woken: Vec<Waker> = have_news.map(|(_, waker)| waker.clone()).collect();
        // They may do anything: nothing is locked then.
        drop(state);
        woken.into_iter().for_each(Waker::wake);
    }
}

impl State {
    /// Moments here as moments outside, where time began with this one if it had not begun before.
    fn epoch(&mut self, moment: Instant) -> Epoch {
        *self.epoch.get_or_insert_with(|| Epoch::new(moment))
    }

    pub(super) fn instant(&mut self) -> Instant {
        let epoch = self.epoch(Instant::now());
        epoch.instant(self.now)
    }

    pub(super) fn next_due(&mut self) -> Option<Instant> {
        let due = self.world.next_due()?;
        Some(self.epoch(Instant::now()).instant(due))
    }
}
