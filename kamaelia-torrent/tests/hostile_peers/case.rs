//! A case: who offends whom, by what, and what must become of it.

use std::time::Duration;

use log::Level;

use crate::script::Script;

/// What the engine is that somebody offends.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Role {
    /// It downloads from honest seeds, and trades with honest leechers.
    Leecher,
    /// Nobody else has anything.
    Seed,
    /// Nor of a torrent that takes a minute.
    LongSeed,
    /// It has a magnet link, and one honest peer has what it leads to.
    Hunter,
}

/// What must become of offenders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// Every line is closed, and a line of the log at this level says why, and who it was.
    LetGo(Level, &'static str),
    /// It is not wrong, or cannot be told from what is not, so it stays; and why that is.
    Kept(&'static str),
    /// It is gone by its own doing, and nothing is left of it; and what holds meanwhile.
    Gone(&'static str),
    /// The lines beyond those which one may have are closed, with such a line in the log.
    Curbed(Level, &'static str, usize),
}

/// One case.
#[derive(Clone)]
pub(crate) struct Case {
    /// A claim in plain words.
    pub(crate) name: &'static str,
    pub(crate) victims: Vec<Role>,
    pub(crate) offenders: u32,
    pub(crate) script: Script,
    pub(crate) end: End,
    /// How long after all honest peers are through it may take to see the end.
    pub(crate) patience: Duration,
}

/// What most offenders of a case are.
const OFFENDERS: u32 = 2;

/// Longer than any time after which a silent peer is let go.
const PATIENCE: Duration = Duration::from_secs(240);

impl Case {
    pub(crate) fn of(name: &'static str, script: Script, end: End) -> Self {
        let victims = vec![Role::Leecher];
        Case { name, victims, offenders: OFFENDERS, script, end, patience: PATIENCE }
    }

    pub(crate) fn at(self, victims: &[Role]) -> Self {
        Case { victims: victims.to_vec(), ..self }
    }

    pub(crate) fn by(self, offenders: u32) -> Self {
        Case { offenders, ..self }
    }
}
