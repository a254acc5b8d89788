//! Refuses a graph before it runs, with everything that is wrong with it.

use std::any::TypeId;
use std::fmt;

use super::index::Index;
use super::plan::{From, Planned, PlannedLink, To};
use crate::boxes::{AnyInbox, AnyOutbox, InboxKey, OutboxKey};
use crate::component::{About, Visitor};
use crate::control::Control;
use crate::linkage::LinkPolicy;

/// Edit distance up to which a name is taken for a misspelling of another.
const MISSPELLING_MAX: usize = 3;

/// One mistake in the wiring of a graph. The text says what, where, and what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WiringError {
    /// Two components have one name.
    NameTaken {
        /// The name.
        name: String,
    },
    /// A component's name has a dot in it, or nothing.
    BadName {
        /// The name.
        name: String,
    },
    /// A link end is not of the form `component.box`.
    NotAnEnd {
        /// What was written.
        end: String,
    },
    /// A link names a component that is not in the graph.
    NoSuchComponent {
        /// The link end.
        end: String,
        /// What there is instead, the likeliest first.
        known: Vec<String>,
    },
    /// A link names a box that its component does not have in that direction.
    NoSuchBox {
        /// The link end.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
        /// The component has a box of this name in the other direction.
        other_direction: bool,
        /// What there is instead, the likeliest first.
        known: Vec<String>,
    },
    /// A link was made with a box whose component was never added.
    NotAdded {
        /// `outbox` or `inbox`.
        direction: &'static str,
        /// The other end of the link, where that is known.
        other_end: Option<String>,
    },
    /// A link joins boxes of different types.
    OtherType {
        /// The sending end and its type.
        from: (String, String),
        /// The receiving end and its type.
        to: (String, String),
    },
    /// A link's bound in bytes weighs messages of another type than the link carries.
    OtherWeigher {
        /// The sending end.
        from: String,
        /// The receiving end.
        to: String,
        /// What the link carries.
        carries: String,
        /// What its bound weighs.
        weighs: String,
    },
    /// Two links leave one outbox.
    LinkedTwice {
        /// The outbox.
        from: String,
    },
    /// A box that must be linked is not.
    Loose {
        /// The box.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
        /// What it carries.
        message: String,
    },
    /// A box was to be linked whose component is not running.
    BoxNotRunning {
        /// The box.
        end: String,
        /// `outbox` or `inbox`.
        direction: &'static str,
    },
    /// Components were adopted by a component that is not part of a running graph.
    NotRunning,
}

impl fmt::Display for WiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WiringError::NameTaken { name } => {
                write!(f, "two components are called `{name}`; give one of them another name")
            }
            WiringError::BadName { name } => {
                write!(f, "`{name}` cannot name a component; use a name without dots")
            }
            WiringError::NotAnEnd { end } => {
                write!(f, "`{end}` is no link end; write `component.box`")
            }
            WiringError::NoSuchComponent { end, known } => {
                write!(f, "`{end}`: there is no such component; {}", suggestion(known))
            }
            WiringError::NoSuchBox { end, direction, other_direction: true, .. } => {
                let other = if *direction == "inbox" { "outbox" } else { "inbox" };
                write!(f, "`{end}` is an {other}, and this end of a link is an {direction}; ")?;
                write!(f, "links lead from an outbox to an inbox")
            }
            WiringError::NoSuchBox { end, direction, known, .. } => {
                write!(f, "`{end}`: there is no such {direction}; {}", suggestion(known))
            }
            WiringError::NotAdded { direction, other_end } => {
                write!(f, "a link ")?;
                if let Some(other_end) = other_end {
                    write!(f, "with `{other_end}` ")?;
                }
                write!(f, "uses an {direction} of a component that is not in the graph; add it")
            }
            WiringError::OtherType { from, to } => {
                let ((from, gives), (to, takes)) = (from, to);
                write!(f, "`{from}` gives {gives}, but `{to}` takes {takes}; ")?;
                write!(f, "put a component between them that turns one into the other")
            }
            WiringError::OtherWeigher { from, to, carries, weighs } => {
                write!(f, "the link from `{from}` to `{to}` carries {carries}, but `max_bytes` ")?;
                write!(f, "weighs {weighs}; give it a function of `&{carries}`")
            }
            WiringError::LinkedTwice { from } => {
                write!(f, "two links leave `{from}`; put a Fanout after it")
            }
            WiringError::Loose { end, direction, message } => {
                write!(f, "`{end}`, an {direction} of {message}, is not linked, and must be")
            }
            WiringError::BoxNotRunning { end, direction } => {
                write!(f, "`{end}`, an {direction}, cannot be linked now: its component is not ")?;
                write!(f, "running yet, or not any more")
            }
            WiringError::NotRunning => {
                write!(f, "components can only be adopted by a component of a running graph")
            }
        }
    }
}

/// What a person probably meant, or all there is.
fn suggestion(known: &[String]) -> String {
    match known {
        [] => "there is none at all".to_owned(),
        [only] => format!("did you mean `{only}`?"),
        several => format!("there are {}", several.join(", ")),
    }
}

/// Everything that is wrong with a graph.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WiringErrors(Vec<WiringError>);

impl WiringErrors {
    pub(crate) fn not_running() -> Self {
        WiringErrors(vec![WiringError::NotRunning])
    }

    /// The mistakes, in the order of the graph's writing.
    pub fn iter(&self) -> impl Iterator<Item = &WiringError> {
        self.0.iter()
    }
}

impl fmt::Display for WiringErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0[..] {
            [only] => write!(f, "the graph has a mistake: {only}"),
            several => {
                write!(f, "the graph has {} mistakes:", several.len())?;
                several.iter().enumerate().try_for_each(|(i, e)| write!(f, "\n  {}. {e}", i + 1))
            }
        }
    }
}

impl std::error::Error for WiringErrors {}

/// The links of a graph that passed, as indices of parts and of their boxes.
pub(super) struct Plan {
    pub(super) boxes: Vec<PartBoxes>,
    pub(super) links: Vec<CheckedLink>,
}

pub(super) struct CheckedLink {
    /// Part, and which of its outboxes.
    pub(super) from: (usize, usize),
    /// Part, and which of its inboxes.
    pub(super) to: (usize, usize),
    pub(super) policy: LinkPolicy,
}

/// The boxes of one part, in the order it shows them.
#[derive(Default)]
pub(super) struct PartBoxes {
    pub(super) inboxes: Vec<Seen<InboxKey>>,
    pub(super) outboxes: Vec<Seen<OutboxKey>>,
}

pub(super) struct Seen<Key> {
    pub(super) about: About,
    pub(super) key: Key,
    message: (TypeId, String),
    linked: bool,
}

impl Visitor for PartBoxes {
    fn inbox(&mut self, about: About, inbox: &mut dyn AnyInbox) {
        let linked = inbox.has_address();
        let (key, message) = (inbox.key(), inbox.message_type());
        self.inboxes.push(Seen { about, key, message, linked });
    }

    fn outbox(&mut self, about: About, outbox: &mut dyn AnyOutbox) {
        let (key, message) = (outbox.key(), outbox.message_type());
        self.outboxes.push(Seen { about, key, message, linked: false });
    }

    fn control(&mut self, _control: &mut Control) {}
}

/// Finds every mistake, or the plan by which to join the boxes.
pub(super) fn check(parts: &mut [Planned], links: &[PlannedLink]) -> Result<Plan, WiringErrors> {
    let boxes = parts.iter_mut().map(|part| {
        let mut boxes = PartBoxes::default();
        part.component.boxes(&mut boxes);
        boxes
    });
    let boxes: Vec<PartBoxes> = boxes.collect();
    let names = parts.iter().map(|part| part.name.as_str()).collect();
    let index = Index::of(&boxes);
    let mut checker = Checker { names, boxes, index, links: Vec::new(), errors: Vec::new() };
    checker.check_names();
    for link in links {
        checker.check_link(link);
    }
    checker.check_loose();
    match checker.errors.is_empty() {
        true => Ok(Plan { boxes: checker.boxes, links: checker.links }),
        false => Err(WiringErrors(checker.errors)),
    }
}

struct Checker<'a> {
    names: Vec<&'a str>,
    boxes: Vec<PartBoxes>,
    index: Index<'a>,
    links: Vec<CheckedLink>,
    errors: Vec<WiringError>,
}

impl Checker<'_> {
    fn check_names(&mut self) {
        for (at, name) in self.names.iter().enumerate() {
            if name.is_empty() || name.contains('.') {
                self.errors.push(WiringError::BadName { name: (*name).to_owned() });
            }
            if !self.index.note_part(name, at) {
                self.errors.push(WiringError::NameTaken { name: (*name).to_owned() });
            }
        }
    }

    fn check_link(&mut self, link: &PlannedLink) {
        let from = self.find_from(link);
        let to = self.find_to(link);
        // An end that was found counts as linked even if the other was not: one slip, one report.
        if let Some(to) = to {
            self.boxes[to.0].inboxes[to.1].linked = true;
        }
        let Some(from) = from else { return };
        let outbox = &mut self.boxes[from.0].outboxes[from.1];
        if std::mem::replace(&mut outbox.linked, true) {
            self.errors.push(WiringError::LinkedTwice { from: self.outbox_name(from) });
        }
        let Some(to) = to else { return };
        let gives = &self.boxes[from.0].outboxes[from.1].message;
        let takes = &self.boxes[to.0].inboxes[to.1].message;
        if gives.0 != takes.0 {
            self.errors.push(WiringError::OtherType {
                from: (self.outbox_name(from), gives.1.clone()),
                to: (self.inbox_name(to), takes.1.clone()),
            });
        }
        if let Some(weighs) = link.policy.misweighs(gives.0) {
            self.errors.push(WiringError::OtherWeigher {
                from: self.outbox_name(from),
                to: self.inbox_name(to),
                carries: gives.1.clone(),
                weighs: weighs.to_owned(),
            });
        }
        self.links.push(CheckedLink { from, to, policy: link.policy.clone() });
    }

    fn find_from(&mut self, link: &PlannedLink) -> Option<(usize, usize)> {
        match &link.from {
            From::Name(end) => self.find_by_name(end, "outbox"),
            From::Box(key) => {
                let found = self.index.outbox(key);
                if found.is_none() {
                    let other_end = match &link.to {
                        To::Box(key) => self.index.inbox(key).map(|to| self.inbox_name(to)),
                        To::Name(end) => Some(end.clone()),
                    };
                    self.errors.push(WiringError::NotAdded { direction: "outbox", other_end });
                }
                found
            }
            From::NotInFamily { name, family } => {
                self.errors.push(WiringError::NoSuchBox {
                    end: name.clone(),
                    direction: "outbox",
                    other_direction: false,
                    known: likeliest(name, family.iter().map(String::as_str)),
                });
                None
            }
        }
    }

    fn find_to(&mut self, link: &PlannedLink) -> Option<(usize, usize)> {
        match &link.to {
            To::Name(end) => self.find_by_name(end, "inbox"),
            To::Box(key) => {
                let found = self.index.inbox(key);
                if found.is_none() {
                    let other_end = match &link.from {
                        From::Box(key) => self.index.outbox(key).map(|from| self.outbox_name(from)),
                        From::Name(end) => Some(end.clone()),
                        From::NotInFamily { name, .. } => Some(name.clone()),
                    };
                    self.errors.push(WiringError::NotAdded { direction: "inbox", other_end });
                }
                found
            }
        }
    }

    fn find_by_name(&mut self, end: &str, direction: &'static str) -> Option<(usize, usize)> {
        let Some((component, name)) = end.split_once('.') else {
            self.errors.push(WiringError::NotAnEnd { end: end.to_owned() });
            return None;
        };
        let Some(part) = self.index.part(component) else {
            self.errors.push(WiringError::NoSuchComponent {
                end: end.to_owned(),
                known: likeliest(component, self.names.iter().copied()),
            });
            return None;
        };
        let inboxes: Vec<&str> = names_of(&self.boxes[part].inboxes);
        let outboxes: Vec<&str> = names_of(&self.boxes[part].outboxes);
        let (these, others) =
            if direction == "inbox" { (inboxes, outboxes) } else { (outboxes, inboxes) };
        let found = these.iter().position(|known| *known == name);
        if found.is_none() {
            let error = WiringError::NoSuchBox {
                end: end.to_owned(),
                direction,
                other_direction: others.contains(&name),
                known: likeliest(name, these.into_iter()),
            };
            self.errors.push(error);
        }
        found.map(|at| (part, at))
    }

    fn check_loose(&mut self) {
        let mut loose = Vec::new();
        for (name, boxes) in self.names.iter().zip(&self.boxes) {
            for seen in &boxes.inboxes {
                loose.extend(seen.if_loose(name, "inbox"));
            }
            for seen in &boxes.outboxes {
                loose.extend(seen.if_loose(name, "outbox"));
            }
        }
        self.errors.append(&mut loose);
    }

    fn outbox_name(&self, (part, at): (usize, usize)) -> String {
        format!("{}.{}", self.names[part], self.boxes[part].outboxes[at].about.name)
    }

    fn inbox_name(&self, (part, at): (usize, usize)) -> String {
        format!("{}.{}", self.names[part], self.boxes[part].inboxes[at].about.name)
    }
}

impl<Key> Seen<Key> {
    fn if_loose(&self, component: &str, direction: &'static str) -> Option<WiringError> {
        let loose = !self.linked && !self.about.optional;
        loose.then(|| WiringError::Loose {
            end: format!("{component}.{}", self.about.name),
            direction,
            message: self.message.1.clone(),
        })
    }
}

fn names_of<Key>(boxes: &[Seen<Key>]) -> Vec<&str> {
    boxes.iter().map(|seen| seen.about.name.as_str()).collect()
}

/// The one name close enough to be meant, or all of them.
fn likeliest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let distance = |known: &str| {
        // A difference in case alone is the commonest slip.
        strsim::osa_distance(&name.to_lowercase(), &known.to_lowercase())
    };
    match known.clone().min_by_key(|known| distance(known)) {
        Some(best) if distance(best) <= MISSPELLING_MAX.min(best.chars().count() / 2) => {
            vec![best.to_owned()]
        }
        _ => known.map(str::to_owned).collect(),
    }
}
