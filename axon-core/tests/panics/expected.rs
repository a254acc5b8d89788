//! What a cell must come to, by what the documents say:
//!
//! - A panic is the component's outcome, with its words (`Outcome::Panicked`).
//! - The first component that fails stops the others, unless it is isolated from them (`Graph::run`).
//! - An isolated one's neighbours see it end, and the report tells how (`Arrange::isolated`); so with
//!   graphs, in which the rest is stopped (`Graphline::isolated`).
//! - One that is made anew when it fails keeps its links and what is in them; the message it failed over
//!   is gone (`Part::restarting`). It has no other life when it was asked to stop.
//! - What it sent arrives, in order, unless a stop comes between; a link that waits or fails loses
//!   nothing, and one that drops the oldest may.
//! - A handler holds up to 128 messages, and the answers to them, besides what its boxes hold
//!   (`Handling`): these go with it.

use crate::cell::{Cell, Fate, Form, Place, Policy, Stage};

/// So many messages are sent to the victim, but for the one stage where it is one that breaks.
pub(crate) const FED: u64 = 6;

#[derive(Debug)]
pub(crate) struct Expected {
    /// How often the victim lives.
    pub lives: u64,
    /// It fails in the end.
    pub fails: bool,
    /// Its failure is that of the graph.
    pub ends_graph: bool,
    /// Its failure stops those who are with it in its group.
    pub stops_group: bool,
    /// Nobody else was stopped before they were through.
    pub spares_others: bool,
    pub arrives: Arrives,
}

/// What comes out at the other end.
#[derive(Debug)]
pub(crate) enum Arrives {
    Just(Vec<u64>),
    /// The first so many of these, be it none or all.
    FirstOf(Vec<u64>),
    /// Some of these, in order.
    SomeOf(Vec<u64>),
}

impl Expected {
    pub(crate) fn of(cell: &Cell) -> Self {
        let restarts = matches!(cell.fate, Fate::Again | Fate::Spent | Fate::SpentIsolated);
        // A stop leaves it no other life; and what its box is dropped with, it has ended before.
        let is_last = matches!(cell.stage, Stage::Stopped | Stage::Left);
        let lives = if restarts && !is_last { 2 } else { 1 };
        let fails = cell.fate != Fate::Again || is_last;
        let is_isolated = matches!(cell.fate, Fate::Isolated | Fate::SpentIsolated);
        let ends_graph = fails && !is_isolated && cell.fate != Fate::GroupIsolated;
        let spares_others = !ends_graph && cell.stage != Stage::Stopped;
        let stops_group = ends_graph || cell.fate == Fate::GroupIsolated;
        Expected { lives, fails, ends_graph, stops_group, spares_others, arrives: arrives(cell) }
    }
}

fn arrives(cell: &Cell) -> Arrives {
    let begins_again = matches!(cell.fate, Fate::Again | Fate::Spent | Fate::SpentIsolated);
    let is_handler = matches!(cell.form, Form::Answers | Form::Tries);
    let holds_some = is_handler && !matches!(cell.stage, Stage::AtEnd | Stage::InDrop);
    if cell.policy == Policy::DropOldest || holds_some && begins_again {
        return Arrives::SomeOf((0..FED).collect());
    }
    // The collector is stopped too.
    let is_stopped = match cell.fate {
        Fate::Ends | Fate::Spent => true,
        Fate::GroupIsolated => cell.place == Place::Adopted,
        Fate::Isolated | Fate::SpentIsolated | Fate::Again => false,
    };
    match is_stopped || holds_some || matches!(cell.stage, Stage::Stopped | Stage::Left) {
        true => Arrives::FirstOf(sent_on(cell)),
        false => Arrives::Just(sent_on(cell)),
    }
}

/// What the victim sends on of what it is fed, all its lives together, where nothing is lost on the way.
fn sent_on(cell: &Cell) -> Vec<u64> {
    let all = 0..FED;
    match (cell.stage, cell.fate) {
        (Stage::Left, _) => Vec::new(),
        (Stage::AtEnd | Stage::InDrop, _) => all.collect(),
        // It takes nothing, and so leaves all to the life that comes after it.
        (Stage::Starting | Stage::First, Fate::Again) => all.collect(),
        (Stage::Starting | Stage::First, _) => Vec::new(),
        // In each life the second message is the one it panics over.
        (Stage::Over, Fate::Again) => all.filter(|number| *number != 1).collect(),
        (Stage::Over, Fate::Spent | Fate::SpentIsolated) => vec![0, 2],
        (Stage::Over, _) => vec![0],
        // In each life one message is through.
        (Stage::Timer | Stage::Full, Fate::Again) => all.collect(),
        (Stage::Timer | Stage::Full, Fate::Spent | Fate::SpentIsolated) => vec![0, 1],
        (Stage::Timer | Stage::Full | Stage::Stopped, _) => vec![0],
    }
}

impl Arrives {
    pub(crate) fn allows(&self, arrived: &[u64]) -> bool {
        match self {
            Arrives::Just(all) => all == arrived,
            Arrives::FirstOf(all) => all.starts_with(arrived),
            Arrives::SomeOf(all) => {
                let is_in_order = arrived.is_sorted_by(|one, next| one < next);
                is_in_order && arrived.iter().all(|number| all.contains(number))
            }
        }
    }
}
