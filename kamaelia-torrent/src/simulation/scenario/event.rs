//! What happens to a swarm besides what it does itself.

use std::time::Duration;

use crate::simulation::disk::DiskRules;
use crate::simulation::network::Access;

/// Whom an event is about. Peers that are not there yet, or no longer, are not meant.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Who {
    /// Everyone.
    Everyone,
    /// All of a group, by its name.
    Group(String),
    /// One peer of a group, counted from 0.
    One(String, u32),
    /// So many of a group, by chance.
    Some(String, u32),
}

impl Who {
    /// All of a group.
    pub fn group(name: impl Into<String>) -> Self {
        Who::Group(name.into())
    }

    /// One peer of a group, counted from 0.
    pub fn one(name: impl Into<String>, number: u32) -> Self {
        Who::One(name.into(), number)
    }

    /// So many of a group, by chance.
    pub fn some(name: impl Into<String>, count: u32) -> Self {
        Who::Some(name.into(), count)
    }
}

/// Something that happens at a moment of the scenario.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// They say goodbye to the tracker and leave for good.
    Leave(Who),
    /// They vanish without a word: their lines break, and nobody answers for them.
    Vanish(Who),
    /// Those that vanished are back, with what they had.
    Return(Who),
    /// Their access to the network changes.
    Access(Who, Access),
    /// Their disks change: fill up, fail, or are as good as new.
    Disk(Who, DiskRules),
    /// The network falls apart: these hear each other and the rest hear each other.
    Cut(Who),
    /// The network is whole again.
    Heal,
    /// The tracker is down for so long.
    TrackerDown(Duration),
    /// They ask for nothing and serve nobody, with their connections open.
    Pause(Who),
    /// They go on.
    Resume(Who),
}

impl Event {
    /// The group it is about, if it is about one.
    pub(in crate::simulation) fn group(&self) -> Option<&str> {
        let who = match self {
            Event::Leave(who) | Event::Vanish(who) | Event::Return(who) => who,
            Event::Access(who, _) | Event::Disk(who, _) | Event::Cut(who) => who,
            Event::Pause(who) | Event::Resume(who) => who,
            Event::Heal | Event::TrackerDown(_) => return None,
        };
        match who {
            Who::Everyone => None,
            Who::Group(name) | Who::One(name, _) | Who::Some(name, _) => Some(name),
        }
    }
}
