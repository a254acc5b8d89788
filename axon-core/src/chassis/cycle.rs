//! Finds links that lead in a circle: where every one of them makes its sender wait for room, all of
//! them can wait for each other.

use std::collections::HashSet;
use std::fmt;

use super::check::{CheckedLink, Plan};

/// Links in a circle, each of which makes its sender wait when it is full. If more is sent into the
/// circle than leaves it, everybody in it waits for room in the end, and the graph is stuck.
///
/// A ring that hands on what it takes is well; one that answers a message by several may not be. One
/// link with another [policy](crate::LinkPolicy) breaks the circle.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cycle {
    /// The outboxes on the way round, as `component.box`, beginning with the component that was added
    /// first.
    pub path: Vec<String>,
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bounded links lead in a circle, and can fill up until nobody moves: ")?;
        for outbox in &self.path {
            write!(f, "`{outbox}` to ")?;
        }
        let first = self.path.first().map_or("", |outbox| outbox.split('.').next().unwrap_or(""));
        write!(f, "`{first}`; give one of them another policy if more goes in than comes out")
    }
}

/// One circle through each component that is on any, and on none that was found before.
pub(super) fn cycles(plan: &Plan, names: &[&str]) -> Vec<Cycle> {
    let mut from: Vec<Vec<&CheckedLink>> = vec![Vec::new(); names.len()];
    // Whoever adopts components talks with them both ways, and knows it.
    let is_within = |link: &&CheckedLink| link.from.0.max(link.to.0) < names.len();
    let waiting = plan.links.iter().filter(|link| link.policy.makes_sender_wait());
    for link in waiting.filter(is_within) {
        from[link.from.0].push(link);
    }
    let mut found = Vec::new();
    let mut is_done = on_no_cycle(&from);
    for start in 0..names.len() {
        if is_done[start] {
            continue;
        }
        if let Some(path) = way_back(start, &from) {
            for link in &path {
                is_done[link.from.0] = true;
            }
            let outbox = |link: &&CheckedLink| {
                let (part, at) = link.from;
                format!("{}.{}", names[part], plan.boxes[part].outboxes[at].about.name)
            };
            found.push(Cycle { path: path.iter().map(outbox).collect() });
        }
    }
    found
}

/// Takes away, again and again, whoever nobody leads to. In most graphs that is everybody.
fn on_no_cycle(from: &[Vec<&CheckedLink>]) -> Vec<bool> {
    let mut leading_here = vec![0; from.len()];
    for link in from.iter().flatten() {
        leading_here[link.to.0] += 1;
    }
    let mut is_out = vec![false; from.len()];
    let mut out: Vec<usize> = (0..from.len()).filter(|part| leading_here[*part] == 0).collect();
    while let Some(part) = out.pop() {
        is_out[part] = true;
        for link in &from[part] {
            leading_here[link.to.0] -= 1;
            if leading_here[link.to.0] == 0 {
                out.push(link.to.0);
            }
        }
    }
    is_out
}

/// The shortest way from a component to itself.
fn way_back<'a>(start: usize, from: &[Vec<&'a CheckedLink>]) -> Option<Vec<&'a CheckedLink>> {
    let mut seen = HashSet::new();
    let mut ways: Vec<Vec<&CheckedLink>> = vec![Vec::new()];
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            let at = way.last().map_or(start, |link| link.to.0);
            for link in &from[at] {
                if link.to.0 == start {
                    return Some(way.into_iter().chain([*link]).collect());
                }
                if seen.insert(link.to.0) {
                    longer.push(way.iter().copied().chain([*link]).collect());
                }
            }
        }
        ways = longer;
    }
    None
}
