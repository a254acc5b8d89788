//! The table: everything that is crossed with everything else.

use std::fmt;

use axon_core::LinkPolicy;

use crate::books::Message;

/// What a component is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// An `async fn main`.
    Awaits,
    /// A component written without the derive, with a future of its own.
    Bare,
    /// A `Handler`.
    Answers,
    /// A `TryHandler`.
    Tries,
    /// A plain `fn main`, on a thread of its own.
    Blocks,
}

/// Where it lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Home {
    /// With the one that manages the graph, and with its neighbours.
    Here,
    /// On another worker.
    There,
    OwnThread,
}

/// How it came into the graph.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    Top,
    /// In a graph within the graph.
    Nested,
    /// Adopted by another component, together with its neighbours.
    Adopted,
}

/// What its failure means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    /// Nothing was said of it.
    Ends,
    Isolated,
    /// The graph is isolated in which it is nested or was adopted.
    GroupIsolated,
    /// It begins again, and then all goes well.
    Again,
    /// It begins again, and panics again.
    Spent,
    SpentIsolated,
}

/// When it panics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// In `Component::start`, before there is a life.
    Starting,
    /// Before it waits for the first time.
    First,
    /// With its second message in hand.
    Over,
    /// When a timer wakes it.
    Timer,
    /// While it waits for room with a message that it sends; a handler, with answers that have not
    /// gone.
    Full,
    /// When no more will come.
    AtEnd,
    /// When it has been asked to stop.
    Stopped,
    /// When it is dropped, after all went well.
    InDrop,
    /// It leaves a message unread that panics when it is dropped.
    Left,
}

/// What its links do when they are full.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Policy {
    Wait,
    Bytes,
    DropOldest,
    Fail,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Cell {
    pub form: Form,
    pub home: Home,
    pub place: Place,
    pub fate: Fate,
    pub stage: Stage,
    pub policy: Policy,
}

const FORMS: [Form; 5] = [Form::Awaits, Form::Bare, Form::Answers, Form::Tries, Form::Blocks];
const HOMES: [Home; 3] = [Home::Here, Home::There, Home::OwnThread];
const PLACES: [Place; 3] = [Place::Top, Place::Nested, Place::Adopted];
const FATES: [Fate; 6] = [
    Fate::Ends,
    Fate::Isolated,
    Fate::GroupIsolated,
    Fate::Again,
    Fate::Spent,
    Fate::SpentIsolated,
];
const STAGES: [Stage; 9] = [
    Stage::Starting,
    Stage::First,
    Stage::Over,
    Stage::Timer,
    Stage::Full,
    Stage::AtEnd,
    Stage::Stopped,
    Stage::InDrop,
    Stage::Left,
];
const POLICIES: [Policy; 4] = [Policy::Wait, Policy::Bytes, Policy::DropOldest, Policy::Fail];

impl Cell {
    /// Every combination that there is.
    pub(crate) fn all() -> Vec<Cell> {
        let mut all = Vec::new();
        for form in FORMS {
            for home in HOMES {
                for place in PLACES {
                    for fate in FATES {
                        for stage in STAGES {
                            let cell = |policy| Cell { form, home, place, fate, stage, policy };
                            all.extend(POLICIES.map(cell).into_iter().filter(Cell::exists));
                        }
                    }
                }
            }
        }
        all
    }

    fn exists(&self) -> bool {
        let is_handler = matches!(self.form, Form::Answers | Form::Tries);
        // A plain `fn main` has no other home, and the graph itself nobody around it to spare.
        let has_home = self.form != Form::Blocks || self.home == Home::OwnThread;
        let has_fate = self.fate != Fate::GroupIsolated || self.place != Place::Top;
        let has_stage = match self.stage {
            // The derive's `start` runs nothing of the author's.
            Stage::Starting => self.form == Form::Bare,
            Stage::Over | Stage::AtEnd | Stage::InDrop => true,
            // Nobody waits for room where old messages make it, or where no room is a failure.
            Stage::Full => is_handler || matches!(self.policy, Policy::Wait | Policy::Bytes),
            // A handler runs only when there is a message, and takes whatever there is.
            Stage::First | Stage::Timer | Stage::Stopped | Stage::Left => !is_handler,
        };
        has_home && has_fate && has_stage
    }

    /// What it panics with.
    pub(crate) fn words(&self) -> String {
        format!("{}: {:?}", crate::books::ON_PURPOSE, self.stage)
    }

    /// How the component is called in its graph.
    pub(crate) fn victim(&self) -> &'static str {
        match self.place {
            Place::Nested => "inner/victim",
            Place::Top | Place::Adopted => "victim",
        }
    }
}

impl Policy {
    pub(crate) fn of_link(self) -> LinkPolicy {
        match self {
            Policy::Wait => LinkPolicy::wait(1),
            Policy::Bytes => LinkPolicy::wait(4).max_bytes(2, |_: &Message| 1),
            // Enough are left for two lives that end over their second message.
            Policy::DropOldest => LinkPolicy::drop_oldest(4),
            // Never so many: to overflow is another failure.
            Policy::Fail => LinkPolicy::fail(64),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cell { form, home, place, fate, stage, policy } = self;
        write!(f, "{form:?}, {home:?}, {place:?}, {fate:?}, {stage:?}, {policy:?}")
    }
}
