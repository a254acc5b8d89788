//! The table: what components are at, where they live, and how the graph is asked to end.

use std::fmt;

/// What the components are at when the stop comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Situation {
    /// One waits for room in a box that nobody empties.
    ForRoom,
    /// The same with an address, in whose line others wait too.
    ForRoomAtAddress,
    /// One waits for a message that would have to come from outside.
    ForMessage,
    /// Two wait for each other, which nobody calls stuck since somebody outside could help.
    ForEachOther,
    /// One waits for a child that waits.
    ForChild,
    /// For its receiver to end.
    ForClosed,
    /// For tomorrow.
    ForTomorrow,
    /// Messages pass without end.
    Busy,
    /// Children are adopted one after another.
    Adopting,
    /// One fails and begins again, over and over.
    BeginningAgain,
    /// Many begin, on workers and threads of their own.
    Beginning,
    /// Graphs within graphs, with messages between them.
    Nested,
    /// One only looks on, and takes snapshots.
    LookingOn,
    /// Links are cut and made anew.
    Rewiring,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Home {
    Here,
    There,
    OwnThread,
}

/// How the graph is asked to end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Way {
    /// By somebody outside, once.
    Stop,
    StopTwice,
    /// By two threads at once.
    TwoStop,
    FinishThenStop,
    /// Its patience is longer than any of these needs.
    StopWithin,
    /// The patience is over at once, and then it is stopped.
    FinishWithin,
    /// Before it runs.
    Before,
    /// By one of its components.
    Within,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cell {
    pub situation: Situation,
    pub home: Home,
    pub way: Way,
}

const SITUATIONS: [Situation; 14] = [
    Situation::ForRoom,
    Situation::ForRoomAtAddress,
    Situation::ForMessage,
    Situation::ForEachOther,
    Situation::ForChild,
    Situation::ForClosed,
    Situation::ForTomorrow,
    Situation::Busy,
    Situation::Adopting,
    Situation::BeginningAgain,
    Situation::Beginning,
    Situation::Nested,
    Situation::LookingOn,
    Situation::Rewiring,
];
const HOMES: [Home; 3] = [Home::Here, Home::There, Home::OwnThread];
const WAYS: [Way; 8] = [
    Way::Stop,
    Way::StopTwice,
    Way::TwoStop,
    Way::FinishThenStop,
    Way::StopWithin,
    Way::FinishWithin,
    Way::Before,
    Way::Within,
];

impl Cell {
    pub(crate) fn all() -> Vec<Cell> {
        let mut all = Vec::new();
        for situation in SITUATIONS {
            for home in HOMES {
                all.extend(WAYS.map(|way| Cell { situation, home, way }));
            }
        }
        all
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}, {:?}", self.situation, self.home, self.way)
    }
}
