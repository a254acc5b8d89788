//! What is to be simulated, said in one sentence of calls.

mod arrivals;
mod error;
mod event;
mod peers;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

pub use arrivals::{Arrivals, Churn, Departure};
pub use error::ScenarioError;
pub use event::{Event, Who};
pub use peers::Peers;
pub(in crate::simulation) use peers::{Kind, Manner, Share};

use crate::simulation::network::Access;
use crate::simulation::report::{Report, Snapshot};
use crate::simulation::torrent::Torrent;
use crate::simulation::world::World;

/// Addresses of the simulated network: 11.0.0.0/8 without its first.
const PEERS_MAX: u64 = (1 << 24) - 2;

/// How long a simulation goes on if not everybody finishes.
const UNTIL_DEFAULT: Duration = Duration::from_secs(24 * 60 * 60);

/// Up to so many peers, time goes on in short ticks.
const FEW: u64 = 200;

/// A swarm to be simulated.
///
/// Nothing happens before [`run`](Self::run). The same calls with the same seed give the same
/// report, on every machine.
///
/// ```
/// use std::time::Duration;
/// use kamaelia_torrent::simulation::{Access, Event, Swarm, Torrent, Who};
///
/// let report = Swarm::new(7)
///     .torrent(Torrent::new(4 << 20).piece_length(64 << 10))
///     .seeds(1)
///     .leechers(10)
///     .network(Access::default().up(100_000).down(1_000_000))
///     .at(Duration::from_secs(20), Event::Vanish(Who::one("leechers", 3)))
///     .run()?;
/// assert_eq!(report.finished, 9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Swarm {
    pub(in crate::simulation) seed: u64,
    pub(in crate::simulation) torrent: Torrent,
    pub(in crate::simulation) access: Access,
    pub(in crate::simulation) groups: Vec<Peers>,
    pub(in crate::simulation) events: Vec<(Duration, Event)>,
    pub(in crate::simulation) tick: Option<Duration>,
    pub(in crate::simulation) until: Duration,
    pub(in crate::simulation) keeps_log: bool,
}

impl Swarm {
    /// A swarm of nobody that shares 16 MiB, with everything that happens by chance decided
    /// by `seed`.
    pub fn new(seed: u64) -> Self {
        Swarm {
            seed,
            torrent: Torrent::new(16 << 20),
            access: Access::default(),
            groups: Vec::new(),
            events: Vec::new(),
            tick: None,
            until: UNTIL_DEFAULT,
            keeps_log: false,
        }
    }

    /// What they share.
    pub fn torrent(mut self, torrent: Torrent) -> Self {
        self.torrent = torrent;
        self
    }

    /// So many clients that have everything, in the group "seeds".
    pub fn seeds(self, count: u32) -> Self {
        self.peers(Peers::seeds(count))
    }

    /// So many clients that want everything, in the group "leechers".
    pub fn leechers(self, count: u32) -> Self {
        self.peers(Peers::leechers(count))
    }

    /// A group of peers.
    pub fn peers(mut self, peers: Peers) -> Self {
        self.groups.push(peers);
        self
    }

    /// How everyone is joined to the network, except groups with an [access](Peers::access) of their
    /// own.
    pub fn network(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Has something happen, so long after the start.
    pub fn at(mut self, time: Duration, event: Event) -> Self {
        self.events.push((time, event));
        self
    }

    /// How finely time is cut, from 1 to 1000 ms: the network moves bytes once a tick, and nothing
    /// takes less than one. Short ticks are exact and slow. Unless told otherwise 10 ms, or 50 ms
    /// for more than 200 peers.
    pub fn tick(mut self, tick: Duration) -> Self {
        self.tick = Some(tick);
        self
    }

    /// When to end although somebody has not finished; after a day unless told otherwise. It ends
    /// before as soon as everybody who wants something has it, or has left for good.
    pub fn until(mut self, time: Duration) -> Self {
        self.until = time;
        self
    }

    /// Whether the report keeps the whole [`EventLog`](crate::simulation::report::EventLog), not only its
    /// hash.
    pub fn keep_log(mut self, keep: bool) -> Self {
        self.keeps_log = keep;
        self
    }

    /// Plays it to its end, on this thread.
    pub fn run(self) -> Result<Report, ScenarioError> {
        self.run_with(|_| ControlFlow::Continue(()))
    }

    pub(in crate::simulation) fn tick_length(&self) -> Duration {
        self.tick.unwrap_or(match self.peer_count() {
            0..=FEW => Duration::from_millis(10),
            _ => Duration::from_millis(50),
        })
    }

    fn peer_count(&self) -> u64 {
        self.groups.iter().map(|group| u64::from(group.count)).sum()
    }

    /// Plays it, and shows how it stands after every virtual second. Whoever watches can break it
    /// off: then the report is about what happened until then.
    pub fn run_with(
        self,
        mut watch: impl FnMut(&Snapshot) -> ControlFlow<()>,
    ) -> Result<Report, ScenarioError> {
        self.check()?;
        if let Some(group) = self.groups.iter().find(|group| matches!(group.kind, Kind::Engine)) {
            return Err(ScenarioError::NobodyDrives { name: group.name.clone() });
        }
        let mut world = World::new(self, Instant::now())?;
        while world.turn() && watch(world.snapshot()).is_continue() {}
        Ok(world.into_report())
    }

    pub(in crate::simulation) fn check(&self) -> Result<(), ScenarioError> {
        let count = self.peer_count();
        if count == 0 {
            return Err(ScenarioError::Empty);
        }
        if count > PEERS_MAX {
            return Err(ScenarioError::TooMany { count, max: PEERS_MAX });
        }
        let millis = self.tick_length().as_millis();
        if !(1..=1000).contains(&millis) {
            return Err(ScenarioError::Tick { millis });
        }
        self.check_names()?;
        self.groups.iter().try_for_each(Peers::check)
    }

    fn check_names(&self) -> Result<(), ScenarioError> {
        let mut names: Vec<&str> = self.groups.iter().map(|group| group.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(ScenarioError::SameName { name: pair[0].to_owned() });
        }
        let named = self.events.iter().filter_map(|(_, event)| event.group());
        for name in named {
            if !names.contains(&name) {
                let known = names.iter().map(|name| format!("\"{name}\""));
                let known = known.collect::<Vec<_>>().join(", ");
                return Err(ScenarioError::NoSuchGroup { name: name.to_owned(), known });
            }
        }
        Ok(())
    }
}
