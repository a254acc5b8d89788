//! A graph at one moment: its components, their boxes, the links between them.

use std::fmt;
use std::time::Duration;

/// A graph at one moment, as plain data that is nobody's but the reader's.
///
/// Each number was true when it was read. A graph does not stand still for it, so numbers that
/// belong together may be a few messages apart: `sent` less `taken` need not be the depth.
///
/// Components that have ended come first; one that lives keeps its place among the others. Links
/// are in the order of the outboxes they leave. So two snapshots of a graph that did not change are
/// drawn alike. [`Display`](fmt::Display) writes a table for a terminal.
///
/// ```
/// use axon_core::inspect::Snapshot;
///
/// /// The most crowded surroundings in a graph, as a picture for graphviz.
/// fn crowd(snapshot: &Snapshot) -> Option<String> {
///     let crowded = &snapshot.fullest().first()?.to.component;
///     Some(snapshot.neighbourhood(crowded, 2).to_dot())
/// }
/// # assert_eq!(crowd(&Snapshot::default()), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// When it was taken, as time since the graph started; zero for a graph that has not.
    pub taken_at: Duration,
    /// Those that live, and those that ended as long as the graph remembers them.
    pub components: Vec<ComponentStatus>,
    /// Every link, from one outbox to one inbox.
    pub links: Vec<LinkStatus>,
    /// Boxes that a graph shows to its outside. [`Graph::snapshot`](crate::Graph::snapshot) tells
    /// those of the outermost graph; a graph that runs tells none, since links lead straight to the
    /// boxes they stand for.
    pub exported: Vec<ExportedBox>,
}

/// One component.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ComponentStatus {
    /// Tells it from every other component of the run. It keeps its number when it is restarted,
    /// and nobody gets it afterwards.
    pub number: u64,
    /// Its name; `outer/inner` for a part of a nested graph. A name can be given again when its
    /// component has ended.
    pub name: String,
    /// Its type, without paths.
    pub kind: String,
    /// Where it runs.
    pub home: Home,
    /// What it does.
    pub state: State,
    /// How often it failed and was begun again.
    pub restarts: u64,
    /// Where its messages arrive, as declared.
    pub inboxes: Vec<BoxStatus>,
    /// Where its messages leave, as declared.
    pub outboxes: Vec<BoxStatus>,
}

/// An inbox or an outbox.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BoxStatus {
    /// Its name in the component.
    pub name: String,
    /// The type of its messages, without paths.
    pub message: String,
    /// One sentence for people.
    pub description: String,
    /// Whether it may be left loose.
    pub optional: bool,
}

/// A link from an outbox to an inbox.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkStatus {
    /// The outbox it leaves.
    pub from: End,
    /// The inbox it leads to.
    pub to: End,
    /// The type of its messages, without paths.
    pub message: String,
    /// Messages it can hold.
    pub capacity: usize,
    /// What happens to a message that finds it full, in words.
    pub policy: String,
    /// Messages put in since it was made.
    pub sent: u64,
    /// Messages taken out since it was made.
    pub taken: u64,
    /// Messages in it.
    pub depth: usize,
    /// Messages thrown away since it was made, as its policy says.
    pub dropped: u64,
    /// The most messages it ever held, where that is counted.
    pub high_water: Option<usize>,
    /// For how long its sender waited for room, all in all, where that is measured.
    pub blocked: Option<Duration>,
}

/// One end of a link: a box of a component. Written `component.box`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct End {
    /// The component's [`number`](ComponentStatus::number).
    pub number: u64,
    /// The component's name.
    pub component: String,
    /// The box's name.
    pub name: String,
}

/// A box by which a graph is reached from outside, and the box of a component it stands for.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExportedBox {
    /// Which graph shows it: the path of a nested graph, or nothing for the outermost.
    pub group: String,
    /// Its name there.
    pub name: String,
    /// Which way messages go.
    pub direction: Direction,
    /// Whose box it is.
    pub inner: End,
}

/// Which way messages go through a box.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Direction {
    /// Into the component: the box is an inbox.
    In,
    /// Out of it: the box is an outbox.
    Out,
}

/// Where a component runs.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Home {
    /// Together with others, on the worker of this name; the one that runs the graph is `main`.
    Worker(String),
    /// On a thread of its own.
    OwnThread,
    /// Nowhere: it is ordinary code that holds boxes of the graph.
    Outside,
}

/// What a component does.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// It runs, or will at its next turn.
    Ready,
    /// It does nothing until one of these happens; none are named if nobody knows.
    Waiting(Vec<Wait>),
    /// It gets no turns until someone lets it go on.
    Paused,
    /// Its life is over.
    Ended {
        /// How it ended.
        outcome: String,
        /// Whether otherwise than it should.
        failed: bool,
    },
}

/// Something a component waits for.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Wait {
    /// A message in this inbox.
    Message {
        /// The inbox's name.
        inbox: String,
    },
    /// Room for what it sends from this outbox.
    Room {
        /// The outbox's name.
        outbox: String,
    },
    /// A component it adopted to end.
    Child,
    /// A moment in time.
    Time,
    /// Something that is not of the graph, such as a socket; or a moment in time, where nobody
    /// knows that it is one.
    Elsewhere,
}

impl Snapshot {
    /// Whether the graph has started.
    pub fn has_started(&self) -> bool {
        !self.taken_at.is_zero() || self.links.iter().any(|link| link.sent > 0)
    }
}

impl ComponentStatus {
    /// The path of the nested graph it is part of; empty for a part of the outermost.
    pub fn group(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Its name within its group.
    pub fn name_in_group(&self) -> &str {
        self.name.rsplit_once('/').map_or(&self.name, |(_, name)| name)
    }

    /// Whether it is in the nested graph of this path, however deep. All are in the outermost,
    /// whose path is empty, except for ordinary code outside.
    pub fn is_in(&self, group: &str) -> bool {
        if group.is_empty() {
            return self.home != Home::Outside;
        }
        self.name.strip_prefix(group).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether its life is over.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }
}

impl LinkStatus {
    /// Whether it holds all it can.
    pub fn is_full(&self) -> bool {
        self.depth >= self.capacity
    }
}

impl End {
    /// Whether this is how the end is written: `component.box`.
    pub fn is_written(&self, text: &str) -> bool {
        let rest = text.strip_prefix(&self.component).and_then(|rest| rest.strip_prefix('.'));
        rest == Some(self.name.as_str())
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.component, self.name)
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::In => "inbox",
            Direction::Out => "outbox",
        })
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Home::Worker(name) => write!(f, "worker {name}"),
            Home::OwnThread => write!(f, "own thread"),
            Home::Outside => write!(f, "outside"),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Ready => write!(f, "ready"),
            State::Waiting(waits) => {
                write!(f, "waits")?;
                for (at, wait) in waits.iter().enumerate() {
                    write!(f, "{} {wait}", if at == 0 { " for" } else { " or" })?;
                }
                Ok(())
            }
            State::Paused => write!(f, "paused"),
            State::Ended { outcome, .. } => write!(f, "{outcome}"),
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wait::Message { inbox } => write!(f, "a message in {inbox}"),
            Wait::Room { outbox } => write!(f, "room to send from {outbox}"),
            Wait::Child => write!(f, "a component it adopted to end"),
            Wait::Time => write!(f, "a moment in time"),
            Wait::Elsewhere => write!(f, "something outside the graph"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_group() {
        let component = |name: &str| ComponentStatus::new(1, name, "Sink", Home::OwnThread);
        let deep = component("video/decode/frames");
        assert_eq!((deep.group(), deep.name_in_group()), ("video/decode", "frames"));
        assert!(deep.is_in("") && deep.is_in("video") && deep.is_in("video/decode"));
        assert!(!deep.is_in("vid") && !deep.is_in("video/decode/frames"));
        assert_eq!((component("top").group(), component("top").name_in_group()), ("", "top"));
    }

    #[test]
    fn an_end_is_found_by_its_text_whatever_dots_it_has() {
        let end = End::new(1, "a.b", "c.d");
        assert!(end.is_written("a.b.c.d") && end.is_written(&end.to_string()));
        assert!(!end.is_written("a.b.c") && !end.is_written("c.d"));
    }

    #[test]
    fn a_state_reads_as_a_sentence() {
        let message = |inbox: &str| Wait::Message { inbox: inbox.into() };
        let waits = |waits: &[Wait]| State::Waiting(waits.to_vec()).to_string();
        assert_eq!(waits(&[]), "waits");
        assert_eq!(
            waits(&[message("inbox"), message("control"), Wait::Time]),
            "waits for a message in inbox or a message in control or a moment in time"
        );
        assert_eq!(
            waits(&[Wait::Room { outbox: "out".into() }]),
            "waits for room to send from out"
        );
    }
}
