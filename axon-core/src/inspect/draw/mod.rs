//! Pictures of a graph, as text for the programs that draw them.
//!
//! All show the same: a component with its boxes, its state and its type, nested graphs as frames,
//! a link with what passed it. Nothing depends on anything but the snapshot, so the same snapshot
//! gives the same text. Names are shown as they are, except that letters which would break a line or
//! act on a terminal are written as Rust writes them.

mod dot;
mod groups;
mod json;
mod mermaid;

use std::collections::HashMap;

use super::snapshot::{ComponentStatus, Direction, ExportedBox, LinkStatus, Snapshot, State};
use super::text::visible;

/// What a component says of itself below its name.
fn component_lines(component: &ComponentStatus, has_started: bool) -> Vec<String> {
    let mut lines = vec![visible(&component.kind)];
    if has_started {
        lines.push(visible(&component.state.to_string()));
    }
    match component.restarts {
        0 => {}
        1 => lines.push("restarted once".to_owned()),
        times => lines.push(format!("restarted {times} times")),
    }
    lines
}

/// What a link says of itself.
fn link_lines(link: &LinkStatus, has_started: bool) -> Vec<String> {
    let mut lines = vec![visible(&link.message)];
    if has_started {
        lines.push(format!("{} sent, {} of {} held", link.sent, link.depth, link.capacity));
    }
    if link.dropped > 0 {
        lines.push(format!("{} dropped", link.dropped));
    }
    lines
}

/// A state that should catch the eye, with its colour.
fn colour(state: &State) -> Option<(&'static str, &'static str)> {
    match state {
        State::Ended { failed: true, .. } => Some(("failed", "#f4c7c3")),
        State::Ended { failed: false, .. } => Some(("ended", "#e6e6e6")),
        State::Paused => Some(("paused", "#fff2cc")),
        State::Ready | State::Waiting(_) => None,
    }
}

/// Exported boxes that are worth drawing: those that no drawn link already leads through.
fn loose_exports(snapshot: &Snapshot) -> Vec<&ExportedBox> {
    let components: HashMap<_, _> =
        snapshot.components.iter().map(|component| (component.number, component)).collect();
    let mut neighbours: HashMap<_, Vec<&ComponentStatus>> = HashMap::new();
    for link in &snapshot.links {
        let ways = [
            (Direction::In, &link.to, link.from.number),
            (Direction::Out, &link.from, link.to.number),
        ];
        for (direction, end, other) in ways {
            neighbours.entry((direction, end)).or_default().extend(components.get(&other));
        }
    }
    let is_loose = |exported: &&ExportedBox| {
        let neighbours = neighbours.get(&(exported.direction, &exported.inner));
        neighbours.into_iter().flatten().all(|neighbour| neighbour.is_in(&exported.group))
    };
    snapshot.exported.iter().filter(is_loose).collect()
}
