//! A scenario drawn by chance.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use kamaelia_torrent::simulation::behaviour::{Boaster, Taker};
use kamaelia_torrent::simulation::{
    Access, Arrivals, Churn, Departure, DiskRules, Event, Peers, Swarm, Torrent, Who,
};

use super::babbler::Babbler;
use super::claims::PATIENCE;

/// Bytes of a block.
const BLOCK: u64 = 16 * 1024;

/// After so long everything that was broken is whole again.
pub(super) const CALM: Duration = Duration::from_secs(300);

/// What is to be expected of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trait {
    /// It stays until it has everything: each of it should.
    pub(super) stays: bool,
    /// Whoever asks one of it gets what it has, as long as that is there.
    pub(super) gives: bool,
    /// What it sends is right.
    pub(super) is_truthful: bool,
    /// It gives what it has promised. Who does not can never show, by giving a whole piece, that the
    /// wrong part of another was not its own.
    pub(super) answers: bool,
    /// It is behind a NAT.
    pub(super) is_hidden: bool,
    /// It is no client of ours.
    pub(super) is_stranger: bool,
}

/// A swarm, and what is known of it beforehand.
pub(super) struct Drawn {
    pub(super) swarm: Swarm,
    groups: BTreeMap<String, Trait>,
}

impl Drawn {
    pub(super) fn new(seed: u64) -> Self {
        let mut chance = Rng::with_seed(seed);
        let piece_length = BLOCK << chance.u32(..3);
        let size = piece_length * chance.u64(1..24) + chance.u64(1..=piece_length);
        let tick = [10, 20, 50][chance.usize(..3)];
        let swarm = Swarm::new(seed)
            .torrent(Torrent::new(size).piece_length(piece_length))
            .tick(Duration::from_millis(tick))
            .until(CALM + PATIENCE)
            .keep_log(true);
        // Small swarms are soon through: most trouble should find them at it.
        let troubled = [15, 60, CALM.as_secs()][chance.usize(..3)];
        let mut drawing = Drawing { swarm, chance, size, troubled, groups: BTreeMap::new() };
        drawing.draw_honest();
        drawing.draw_hostile();
        drawing.draw_events();
        Drawn { swarm: drawing.swarm, groups: drawing.groups }
    }

    /// What is to be expected of a group.
    ///
    /// # Panics
    ///
    /// When there is none of this name.
    pub(super) fn of(&self, group: &str) -> &Trait {
        &self.groups[group]
    }

    /// Whether nobody sends anything wrong.
    pub(super) fn all_truthful(&self) -> bool {
        self.groups.values().all(|group| group.is_truthful)
    }
}

/// A scenario that is being drawn.
struct Drawing {
    swarm: Swarm,
    chance: Rng,
    size: u64,
    /// Seconds in which everything happens that happens, but for what sets it right.
    troubled: u64,
    groups: BTreeMap<String, Trait>,
}

/// Those of whom everything good is to be expected.
const HONEST: Trait = Trait {
    stays: true,
    gives: true,
    is_truthful: true,
    answers: true,
    is_hidden: false,
    is_stranger: false,
};

/// Those who come and go as they like, and are honest otherwise.
const FICKLE: Trait = Trait { stays: false, gives: false, ..HONEST };

/// Those who take requests and forget them.
const SNUBBING: Trait = Trait { answers: false, ..FICKLE };

/// Those who do not speak the truth.
const LYING: Trait = Trait { is_truthful: false, ..FICKLE };

/// Those who are no clients of ours.
const STRANGE: Trait = Trait { is_stranger: true, ..LYING };

impl Drawing {
    /// Adds a group with an access and a disk of its own.
    fn add(&mut self, name: &str, kind: Trait, peers: Peers) {
        let (access, disk) = (self.access(), self.disk());
        let mut kind = Trait { is_hidden: !access.reachable, ..kind };
        if disk.corrupts > 0.0 {
            // Whoever bans it for that does not serve it either.
            kind = Trait { stays: false, gives: false, is_truthful: false, ..kind };
        }
        self.groups.insert(name.to_owned(), kind);
        let peers = peers.named(name).access(access).disk(disk);
        self.swarm = self.swarm.clone().peers(peers);
    }

    /// Whether what happens once in so many swarms does so here.
    fn once_in(&mut self, many: u32) -> bool {
        self.chance.u32(..many) == 0
    }

    /// A moment before all is calm, and as long a time.
    fn moment(&mut self) -> Duration {
        Duration::from_millis(self.chance.u64(..self.troubled * 1_000))
    }

    fn access(&mut self) -> Access {
        let up = 8_000 << self.chance.u32(..7);
        let access = Access::default()
            .up(up)
            .down(up * self.chance.u64(1..10))
            .latency(Duration::from_millis(self.chance.u64(1..150)))
            .reachable(!self.once_in(5));
        let access = match self.once_in(3) {
            true => access.jitter(Duration::from_millis(self.chance.u64(1..100))),
            false => access,
        };
        match self.once_in(4) {
            true => access.loss(f64::from(self.chance.u32(1..30)) / 1_000.0),
            false => access,
        }
    }

    fn disk(&mut self) -> DiskRules {
        let perfect = DiskRules::default();
        match self.chance.u32(..16) {
            0 => DiskRules {
                read_rate: Some(20_000 << self.chance.u32(..5)),
                write_rate: Some(20_000 << self.chance.u32(..5)),
                access_time: Duration::from_millis(self.chance.u64(..50)),
                ..perfect
            },
            1 => DiskRules { read_errors: 0.02, write_errors: 0.05, ..perfect },
            2 => DiskRules { corrupts: 0.03, ..perfect },
            // Until an event frees it.
            3 => DiskRules { room: Some(self.chance.u64(..self.size)), ..perfect },
            _ => perfect,
        }
    }

    /// Seeds and leechers who are what they seem.
    fn draw_honest(&mut self) {
        self.draw_seeds();
        let count = self.chance.u32(1..7);
        let mut leechers = Peers::leechers(count);
        if self.once_in(4) {
            let stay = self.moment();
            leechers = leechers.leaving(Departure::AfterFinishing(stay));
        }
        self.add("leechers", HONEST, leechers);
        if self.once_in(3) {
            let share = f64::from(self.chance.u32(..=10)) / 10.0;
            let count = self.chance.u32(1..4);
            self.add("partial", HONEST, Peers::partial(count, share));
        }
        if self.once_in(3) {
            let late = Arrivals::Within { from: self.moment(), to: self.moment() };
            let count = self.chance.u32(1..4);
            self.add("late", HONEST, Peers::leechers(count).joining(late));
        }
        if self.once_in(8) {
            let at = Arrivals::At(self.moment());
            let count = self.chance.u32(8..16);
            self.add("crowd", HONEST, Peers::leechers(count).joining(at));
        }
    }

    fn draw_seeds(&mut self) {
        let count = self.chance.u32(1..3);
        let mut seeds = Peers::seeds(count);
        if self.once_in(3) {
            seeds = seeds.super_seeding();
        }
        match self.chance.u32(..8) {
            // They may be the only ones, and go when there is about one copy or less.
            0 => {
                let stay = self.moment();
                seeds = seeds.leaving(Departure::AfterJoining(stay));
            }
            1 => {
                let churn = self.churn();
                return self.add("seeds", FICKLE, seeds.churning(churn));
            }
            _ => {}
        }
        self.add("seeds", HONEST, seeds);
    }

    fn churn(&mut self) -> Churn {
        let second = Duration::from_secs(1);
        Churn { here: second + self.moment(), away: second + self.moment() }
    }

    /// Everyone else.
    fn draw_hostile(&mut self) {
        for _ in 0..self.chance.u32(..4) {
            let count = self.chance.u32(1..4);
            let part = f64::from(self.chance.u32(1..=10)) / 10.0;
            let (name, kind, peers) = match self.chance.u32(..10) {
                0 => ("riders", FICKLE, Peers::leechers(count).free_riding()),
                1 => ("lying seeds", LYING, Peers::seeds(count).lying(part)),
                2 => ("lying leechers", LYING, Peers::leechers(count).lying(part)),
                3 => ("snubbing seeds", SNUBBING, Peers::seeds(count).snubbing(part)),
                4 => ("snubbing leechers", SNUBBING, Peers::leechers(count).snubbing(part)),
                5 => {
                    let stay = Departure::AfterJoining(self.moment());
                    ("leavers", FICKLE, Peers::leechers(count).leaving(stay))
                }
                6 => {
                    let churn = self.churn();
                    ("churning", FICKLE, Peers::leechers(count).churning(churn))
                }
                7 => ("boasters", STRANGE, Peers::custom(count, |_| Box::new(Boaster))),
                8 => {
                    let takers = Peers::custom(count, |_| Box::<Taker>::default());
                    ("takers", Trait { is_truthful: true, ..STRANGE }, takers)
                }
                _ => {
                    let babble = |number| Box::new(Babbler { number }) as _;
                    ("babblers", STRANGE, Peers::custom(count, babble))
                }
            };
            if !self.groups.contains_key(name) {
                self.add(name, kind, peers);
            }
        }
    }

    /// What happens: everything that is broken is whole again in the end, and everyone who stays is
    /// back.
    fn draw_events(&mut self) {
        for _ in 0..self.chance.u32(..6) {
            let (from, to) = (self.moment(), self.moment());
            let (from, to) = (from.min(to), from.max(to));
            let who = self.someone();
            let (event, undoing) = match self.chance.u32(..7) {
                0 => (Event::Cut(who), Some(Event::Heal)),
                1 => (Event::TrackerDown(to - from), None),
                2 => (Event::Vanish(who.clone()), Some(Event::Return(who))),
                3 => (Event::Pause(who.clone()), Some(Event::Resume(who))),
                4 => {
                    let full = DiskRules { room: Some(0), ..DiskRules::default() };
                    (Event::Disk(who.clone(), full), Some(Event::Disk(who, DiskRules::default())))
                }
                5 => {
                    // One who is behind a NAT stays there.
                    let access = self.access();
                    let name = self.group();
                    let access = access.reachable(!self.groups[&name].is_hidden);
                    (Event::Access(Who::Group(name), access), None)
                }
                _ => {
                    let gone = Event::Vanish(Who::Some("seeds".into(), 1));
                    (gone, None)
                }
            };
            self.happen(from, event);
            if let Some(undoing) = undoing {
                self.happen(to, undoing);
            }
        }
        for name in self.groups.clone().into_keys() {
            // Those who corrupt go on doing so.
            if self.groups[&name].is_truthful {
                self.happen(CALM, Event::Disk(Who::Group(name), DiskRules::default()));
            }
        }
    }

    fn happen(&mut self, at: Duration, event: Event) {
        self.swarm = self.swarm.clone().at(at, event);
    }

    fn group(&mut self) -> String {
        let names: Vec<&String> = self.groups.keys().collect();
        names[self.chance.usize(..names.len())].clone()
    }

    /// A group, or one of it.
    fn someone(&mut self) -> Who {
        let name = self.group();
        match self.chance.bool() {
            true => Who::Group(name),
            false => Who::One(name, 0),
        }
    }
}
