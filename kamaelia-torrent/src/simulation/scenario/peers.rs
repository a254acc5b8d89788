//! Groups of peers that are alike.

use crate::simulation::behaviour::CustomPeer;
use crate::simulation::disk::DiskRules;
use crate::simulation::network::Access;
use crate::simulation::report::Role;
use crate::simulation::scenario::{Arrivals, Churn, Departure, ScenarioError};
use crate::swarm::{Choker, Factory, Picker, SwarmConfig};
use std::fmt;
use std::sync::Arc;

/// Makes a custom peer; it is told its number within the group.
type Maker = Arc<dyn Fn(u32) -> Box<dyn CustomPeer> + Send + Sync>;

/// Addresses a client remembers. A fifth of what it does otherwise: ten thousand clients remember
/// them all at once here, and none of the addresses leads nowhere.
const CANDIDATES_MAX: usize = 200;

/// Peers that are alike: how many, what they have, how they behave, when they come and go.
///
/// ```
/// # use std::time::Duration;
/// use kamaelia_torrent::simulation::{Access, Arrivals, Peers};
///
/// let late = Peers::leechers(20)
///     .named("late")
///     .joining(Arrivals::Within { from: Duration::from_secs(60), to: Duration::from_secs(120) });
/// let riders = Peers::leechers(5).free_riding().access(Access::default().up(10_000));
/// ```
#[derive(Clone)]
pub struct Peers {
    pub(in crate::simulation) count: u32,
    pub(in crate::simulation) name: String,
    pub(in crate::simulation) kind: Kind,
    pub(in crate::simulation) access: Option<Access>,
    pub(in crate::simulation) disk: DiskRules,
    pub(in crate::simulation) manner: Manner,
    pub(in crate::simulation) arrivals: Arrivals,
    pub(in crate::simulation) departure: Departure,
    pub(in crate::simulation) churn: Option<Churn>,
    pub(in crate::simulation) config: SwarmConfig,
}

/// Who they are.
#[derive(Clone)]
pub(in crate::simulation) enum Kind {
    /// The engine's own swarm, with so much of the content to begin with.
    Client(Share),
    /// Somebody else's idea of a peer.
    Custom(Maker),
    /// A whole engine, which somebody else drives.
    Engine,
}

/// What a client has when it joins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::simulation) enum Share {
    All,
    /// Each piece with this probability.
    Part(f64),
    Nothing,
}

/// How a client answers what it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::simulation) enum Manner {
    #[default]
    Honest,
    /// This part of the blocks it sends is wrong.
    Lying(f64),
    /// It takes this part of all requests, and never answers them.
    Snubbing(f64),
}

impl Peers {
    /// Clients that have everything.
    pub fn seeds(count: u32) -> Self {
        Peers::new(count, "seeds", Kind::Client(Share::All))
    }

    /// Clients that have nothing yet.
    pub fn leechers(count: u32) -> Self {
        Peers::new(count, "leechers", Kind::Client(Share::Nothing))
    }

    /// Clients that have each piece with this probability, from 0 to 1.
    pub fn partial(count: u32, share: f64) -> Self {
        Peers::new(count, "partial", Kind::Client(Share::Part(share)))
    }

    /// Peers of another kind: `make` is called once for each, with its number in the group.
    pub fn custom(
        count: u32,
        make: impl Fn(u32) -> Box<dyn CustomPeer> + Send + Sync + 'static,
    ) -> Self {
        Peers::new(count, "custom", Kind::Custom(Arc::new(make)))
    }

    /// Places for whole engines, as [`EngineConfig::world`](crate::engine::EngineConfig::world) takes
    /// them, in a swarm that is [opened](crate::simulation::Swarm::open). They are there from the
    /// start. How they are joined to the network and what happens to that is the scenario's; everything
    /// else is the engine's own.
    pub fn engines(count: u32) -> Self {
        Peers::new(count, "engines", Kind::Engine)
    }

    fn new(count: u32, name: &str, kind: Kind) -> Self {
        Peers {
            count,
            name: name.to_owned(),
            kind,
            access: None,
            disk: DiskRules::default(),
            manner: Manner::Honest,
            arrivals: Arrivals::default(),
            departure: Departure::default(),
            churn: None,
            config: SwarmConfig { candidates_max: CANDIDATES_MAX, ..SwarmConfig::default() },
        }
    }

    /// What the report calls them.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How they are joined to the network, if not like everyone.
    pub fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// How their disks are; perfect unless said otherwise.
    pub fn disk(mut self, rules: DiskRules) -> Self {
        self.disk = rules;
        self
    }

    /// When they join.
    pub fn joining(mut self, arrivals: Arrivals) -> Self {
        self.arrivals = arrivals;
        self
    }

    /// When they leave for good.
    pub fn leaving(mut self, departure: Departure) -> Self {
        self.departure = departure;
        self
    }

    /// They go and come back, again and again.
    pub fn churning(mut self, churn: Churn) -> Self {
        self.churn = Some(churn);
        self
    }

    /// They take and never give: no one is ever unchoked.
    pub fn free_riding(mut self) -> Self {
        self.config.upload_slots = 0;
        self
    }

    /// This part of the blocks they send, from 0 to 1, is wrong.
    pub fn lying(mut self, part: f64) -> Self {
        self.manner = Manner::Lying(part);
        self
    }

    /// They take requests, and this part of them, from 0 to 1, is never answered.
    pub fn snubbing(mut self, part: f64) -> Self {
        self.manner = Manner::Snubbing(part);
        self
    }

    /// Seeds show each piece to one peer only until it has spread (BEP 16).
    pub fn super_seeding(mut self) -> Self {
        self.config.super_seeding = true;
        self
    }

    /// How they choose their pieces.
    pub fn picker(mut self, picker: Factory<dyn Picker>) -> Self {
        self.config.picker = picker;
        self
    }

    /// How they choose whom to serve.
    pub fn choker(mut self, choker: Factory<dyn Choker>) -> Self {
        self.config.choker = choker;
        self
    }

    /// Everything else that a client can be told: connections, slots, memory. Its peer id, port and
    /// form of blocks are the simulation's to choose.
    pub fn config(mut self, config: SwarmConfig) -> Self {
        self.config = config;
        self
    }

    /// What they have when they join; those of another kind nothing.
    pub(in crate::simulation) fn share(&self) -> Share {
        match self.kind {
            Kind::Client(share) => share,
            Kind::Custom(_) | Kind::Engine => Share::Nothing,
        }
    }

    /// Whether they have everything when they join.
    pub(in crate::simulation) fn has_all(&self) -> bool {
        self.share() == Share::All
    }

    /// What each of them is to the swarm.
    pub(in crate::simulation) fn role(&self) -> Role {
        match self.kind {
            Kind::Custom(_) => Role::Stranger,
            _ if self.has_all() => Role::Seed,
            _ => Role::Leecher,
        }
    }

    pub(super) fn check(&self) -> Result<(), ScenarioError> {
        let mut shares = Vec::new();
        if let Kind::Client(Share::Part(share)) = self.kind {
            shares.push(("the part that a peer begins with", share));
        }
        match self.manner {
            Manner::Honest => {}
            Manner::Lying(part) => shares.push(("the part of blocks that is wrong", part)),
            Manner::Snubbing(part) => shares.push(("the part that is never answered", part)),
        }
        match shares.into_iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            Some((what, share)) => Err(ScenarioError::NotAShare { what, value: share.to_string() }),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peers({} {})", self.count, self.name)
    }
}
