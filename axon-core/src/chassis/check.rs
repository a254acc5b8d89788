//! Refuses a graph before it runs, with everything that is wrong with it.

use std::collections::{HashMap, HashSet};

use super::export::{Export, Inner};
use super::graphline::PlannedPart;
use super::index::{Index, Place};
use super::plan::{From, PlannedLink, To};
use super::seen::{PartBoxes, Seen};
use super::wiring_error::{WiringError, WiringErrors};
use crate::control::Lent;
use crate::linkage::LinkPolicy;

/// Edit distance up to which a name is taken for a misspelling of another.
const MISSPELLING_MAX: usize = 3;

/// The links of a graph that passed, as indices of parts and of their boxes. The number after the
/// last part stands for the component that adopts them, whose boxes are those it lends.
pub(super) struct Plan {
    pub(super) boxes: Vec<PartBoxes>,
    pub(super) links: Vec<CheckedLink>,
    /// The graph's own boxes, and those inside for which they stand.
    pub(super) own_inboxes: Vec<(String, Place)>,
    pub(super) own_outboxes: Vec<(String, Vec<Place>)>,
}

pub(super) struct CheckedLink {
    /// Part, and which of its outboxes.
    pub(super) from: Place,
    /// Part, and which of its inboxes.
    pub(super) to: Place,
    pub(super) policy: LinkPolicy,
}

/// What is asked for besides the parts.
pub(super) struct Request<'a> {
    pub(super) links: &'a [PlannedLink],
    pub(super) exports: &'a [Export],
    pub(super) may_be_loose: bool,
    /// What was found wrong while the graph was written.
    pub(super) mistakes: Vec<WiringError>,
}

/// Finds every mistake, or the plan by which to join the boxes.
pub(super) fn check(
    parts: &mut [PlannedPart],
    lent: &mut Lent<'_>,
    request: Request<'_>,
) -> Result<Plan, WiringErrors> {
    let Request { links, exports, may_be_loose, mistakes } = request;
    let mut boxes: Vec<PartBoxes> =
        parts.iter_mut().map(|part| PartBoxes::of(&mut *part.part.component)).collect();
    boxes.push(PartBoxes::of_lent(lent));
    let names = parts.iter().map(|part| part.name.as_str()).chain(["self"]).collect();
    let mut checker = Checker {
        index: Index::of(&boxes),
        own: OwnBoxes::of(exports),
        names,
        boxes,
        links: Vec::new(),
        errors: mistakes,
    };
    checker.check_names();
    let (own_inboxes, own_outboxes) = checker.check_exports(exports);
    for link in links {
        checker.check_link(link);
    }
    if !may_be_loose {
        checker.check_boxes();
    }
    match checker.errors.is_empty() {
        true => {
            let Checker { boxes, links, .. } = checker;
            Ok(Plan { boxes, links, own_inboxes, own_outboxes })
        }
        false => Err(WiringErrors::of(checker.errors)),
    }
}

struct Checker<'a> {
    names: Vec<&'a str>,
    boxes: Vec<PartBoxes>,
    index: Index<'a>,
    own: OwnBoxes<'a>,
    links: Vec<CheckedLink>,
    errors: Vec<WiringError>,
}

/// The boxes of graphs, by the graph's name and their own.
struct OwnBoxes<'a> {
    inboxes: HashMap<(&'a str, &'a str), Vec<&'a To>>,
    outboxes: HashMap<(&'a str, &'a str), Vec<&'a From>>,
    owners: HashSet<&'a str>,
}

impl<'a> OwnBoxes<'a> {
    fn of(exports: &'a [Export]) -> Self {
        let mut own = OwnBoxes {
            inboxes: HashMap::new(),
            outboxes: HashMap::new(),
            owners: exports.iter().map(|export| export.owner.as_str()).collect(),
        };
        for export in exports {
            let key = (export.owner.as_str(), export.name.as_str());
            match &export.inner {
                Inner::Inbox(to) => own.inboxes.entry(key).or_default().push(to),
                Inner::Outbox(from) => own.outboxes.entry(key).or_default().push(from),
            }
        }
        own
    }

    fn names_in(&self, owner: &str, direction: &str) -> Vec<&'a str> {
        let mut names: Vec<&str> = match direction {
            "inbox" => self.inboxes.keys().filter(|key| key.0 == owner).map(|key| key.1).collect(),
            _ => self.outboxes.keys().filter(|key| key.0 == owner).map(|key| key.1).collect(),
        };
        names.sort_unstable();
        names
    }
}

/// What the graph itself shows of its boxes.
type OwnPlaces = (Vec<(String, Place)>, Vec<(String, Vec<Place>)>);

impl<'a> Checker<'a> {
    fn check_names(&mut self) {
        let last = self.names.len() - 1;
        for (at, name) in self.names[..last].iter().enumerate() {
            if !self.index.note_part(name, at) || self.own.owners.contains(name) {
                self.errors.push(WiringError::NameTaken { name: (*name).to_owned() });
            }
        }
    }

    /// Finds the boxes inside. A graph within another is checked where it is linked; the outermost
    /// one's boxes count as linked, since whoever runs it may use them.
    fn check_exports(&mut self, exports: &'a [Export]) -> OwnPlaces {
        let (mut own_inboxes, mut own_outboxes) = (Vec::new(), Vec::<(String, Vec<Place>)>::new());
        for export in exports.iter().filter(|export| export.owner.is_empty()) {
            match &export.inner {
                Inner::Inbox(to) => {
                    let Some(place) = self.find_to(to, None) else { continue };
                    self.boxes[place.0].inboxes[place.1].linked = true;
                    if own_inboxes.iter().any(|(name, _)| *name == export.name) {
                        let from = format!("self.{}", export.name);
                        self.errors.push(WiringError::LinkedTwice { from });
                    }
                    own_inboxes.push((export.name.clone(), place));
                }
                Inner::Outbox(from) => {
                    let places = self.find_from(from, None);
                    for place in &places {
                        self.take_outbox(*place);
                    }
                    match own_outboxes.iter_mut().find(|(name, _)| *name == export.name) {
                        Some((_, known)) => known.extend(places),
                        None => own_outboxes.push((export.name.clone(), places)),
                    }
                }
            }
        }
        (own_inboxes, own_outboxes)
    }

    fn check_link(&mut self, link: &PlannedLink) {
        let from = self.find_from(&link.from, Some(&link.to));
        let to = self.find_to(&link.to, Some(&link.from));
        // An end that was found counts as linked even if the other was not: one slip, one report.
        if let Some(to) = to {
            self.boxes[to.0].inboxes[to.1].linked = true;
        }
        for from in from {
            self.take_outbox(from);
            if let Some(to) = to {
                self.join(from, to, &link.policy);
            }
        }
    }

    /// One link leaves it; another is a mistake.
    fn take_outbox(&mut self, from: Place) {
        let outbox = &mut self.boxes[from.0].outboxes[from.1];
        if std::mem::replace(&mut outbox.linked, true) {
            self.errors.push(WiringError::LinkedTwice { from: self.outbox_name(from) });
        }
    }

    fn join(&mut self, from: Place, to: Place, policy: &LinkPolicy) {
        let gives = self.boxes[from.0].outboxes[from.1].kind;
        let takes = self.boxes[to.0].inboxes[to.1].kind;
        if gives.id() != takes.id() {
            self.errors.push(WiringError::OtherType {
                from: (self.outbox_name(from), gives.text()),
                to: (self.inbox_name(to), takes.text()),
            });
        }
        if let Some(weighs) = policy.misweighs(gives.id()) {
            self.errors.push(WiringError::OtherWeigher {
                from: self.outbox_name(from),
                to: self.inbox_name(to),
                carries: gives.text(),
                weighs: weighs.to_owned(),
            });
        }
        self.links.push(CheckedLink { from, to, policy: policy.clone() });
    }

    /// The outbox, or all those for which a graph's stands.
    fn find_from(&mut self, from: &From, to: Option<&To>) -> Vec<Place> {
        match from {
            From::Name(end) => self.find_outboxes(end),
            From::Box(key) => {
                let found = self.index.outbox(key);
                if found.is_none() {
                    let other_end = to.and_then(|to| self.name_of_to(to));
                    self.errors.push(WiringError::NotAdded { direction: "outbox", other_end });
                }
                found.into_iter().collect()
            }
            From::NotInFamily { name, family } => {
                self.errors.push(WiringError::NoSuchBox {
                    end: name.clone(),
                    direction: "outbox",
                    other_direction: false,
                    known: likeliest(name, family.iter().map(String::as_str)),
                });
                Vec::new()
            }
        }
    }

    fn find_to(&mut self, to: &To, from: Option<&From>) -> Option<Place> {
        match to {
            To::Name(end) => self.find_inbox(end),
            To::Box(key) => {
                let found = self.index.inbox(key);
                if found.is_none() {
                    let other_end = from.and_then(|from| self.name_of_from(from));
                    self.errors.push(WiringError::NotAdded { direction: "inbox", other_end });
                }
                found
            }
        }
    }

    fn name_of_from(&self, from: &From) -> Option<String> {
        match from {
            From::Box(key) => self.index.outbox(key).map(|place| self.outbox_name(place)),
            From::Name(end) => Some(end.clone()),
            From::NotInFamily { name, .. } => Some(name.clone()),
        }
    }

    fn name_of_to(&self, to: &To) -> Option<String> {
        match to {
            To::Box(key) => self.index.inbox(key).map(|place| self.inbox_name(place)),
            To::Name(end) => Some(end.clone()),
        }
    }

    fn find_outboxes(&mut self, end: &str) -> Vec<Place> {
        let Some((owner, name)) = self.split(end) else { return Vec::new() };
        if let Some(part) = self.index.part(owner) {
            return self.find_in_part(part, end, name, "outbox").into_iter().collect();
        }
        match self.own.outboxes.get(&(owner, name)).cloned() {
            Some(inner) => inner.into_iter().flat_map(|from| self.find_from(from, None)).collect(),
            None => {
                self.not_found(end, owner, name, "outbox");
                Vec::new()
            }
        }
    }

    fn find_inbox(&mut self, end: &str) -> Option<Place> {
        let (owner, name) = self.split(end)?;
        if let Some(part) = self.index.part(owner) {
            return self.find_in_part(part, end, name, "inbox");
        }
        match self.own.inboxes.get(&(owner, name)).cloned().as_deref() {
            Some([only]) => self.find_to(only, None),
            Some(_) => {
                self.errors.push(WiringError::LinkedTwice { from: end.to_owned() });
                None
            }
            None => {
                self.not_found(end, owner, name, "inbox");
                None
            }
        }
    }

    fn split<'e>(&mut self, end: &'e str) -> Option<(&'e str, &'e str)> {
        let split = end.split_once('.');
        match split {
            // The last part of the path: the graph may be nested in others.
            Some((owner, _)) if matches!(owner.rsplit('/').next(), Some("" | "self")) => {
                self.errors.push(WiringError::SelfToSelf { end: end.to_owned() });
                None
            }
            None => {
                self.errors.push(WiringError::NotAnEnd { end: end.to_owned() });
                None
            }
            split => split,
        }
    }

    fn find_in_part(
        &mut self,
        part: usize,
        end: &str,
        name: &str,
        direction: &'static str,
    ) -> Option<Place> {
        let inboxes: Vec<&str> = names_of(&self.boxes[part].inboxes);
        let outboxes: Vec<&str> = names_of(&self.boxes[part].outboxes);
        let (these, others) =
            if direction == "inbox" { (inboxes, outboxes) } else { (outboxes, inboxes) };
        let found = these.iter().position(|known| *known == name);
        if found.is_none() {
            let other_direction = others.contains(&name);
            self.no_such_box(end, direction, other_direction, likeliest(name, these.into_iter()));
        }
        found.map(|at| (part, at))
    }

    /// Neither a component nor a nested graph has it.
    fn not_found(&mut self, end: &str, owner: &str, name: &str, direction: &'static str) {
        if self.own.owners.contains(owner) {
            let these = self.own.names_in(owner, direction);
            let other = if direction == "inbox" { "outbox" } else { "inbox" };
            let other_direction = self.own.names_in(owner, other).contains(&name);
            return self.no_such_box(
                end,
                direction,
                other_direction,
                likeliest(name, these.into_iter()),
            );
        }
        let last = self.names.len() - 1;
        let mut known: Vec<&str> = self.names[..last].to_vec();
        known.extend(self.own.owners.iter().filter(|owner| !owner.is_empty()));
        known.sort_unstable();
        let known = likeliest(owner, known.into_iter());
        self.errors.push(WiringError::NoSuchComponent { end: end.to_owned(), known });
    }

    fn no_such_box(
        &mut self,
        end: &str,
        direction: &'static str,
        other_direction: bool,
        known: Vec<String>,
    ) {
        let end = end.to_owned();
        self.errors.push(WiringError::NoSuchBox { end, direction, other_direction, known });
    }

    fn check_boxes(&mut self) {
        for (name, boxes) in self.names.iter().zip(&self.boxes) {
            let inboxes = boxes.inboxes.iter().filter_map(|seen| seen.mistake(name, "inbox"));
            self.errors.extend(inboxes);
            let outboxes = boxes.outboxes.iter().filter_map(|seen| seen.mistake(name, "outbox"));
            self.errors.extend(outboxes);
        }
    }

    fn outbox_name(&self, (part, at): Place) -> String {
        format!("{}.{}", self.names[part], self.boxes[part].outboxes[at].about.name)
    }

    fn inbox_name(&self, (part, at): Place) -> String {
        format!("{}.{}", self.names[part], self.boxes[part].inboxes[at].about.name)
    }
}

fn names_of<Key>(boxes: &[Seen<Key>]) -> Vec<&str> {
    boxes.iter().map(|seen| &*seen.about.name).collect()
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
