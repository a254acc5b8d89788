//! The text protocol of Kamaelia's Introspector, for viewers that know it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::{self, Write};

use super::snapshot::{ComponentStatus, Direction, Snapshot};
use super::text::{escaped, is_awkward, visible};

/// Says in lines of text how a graph changes, from one snapshot to the next.
///
/// A viewer draws nodes and links: one node for each component and each of its boxes, and links from
/// a component to its boxes and from outbox to inbox. It is told by these lines, each ending in a
/// newline:
///
/// ```text
/// DEL ALL
/// DEL LINK "(7, 'o', 'outbox')" "(8, 'i', 'inbox')"
/// DEL NODE "(7, 'o', 'outbox')"
/// ADD NODE "7" "count" randompos component
/// ADD NODE "(7, 'o', 'outbox')" "outbox" randompos outbox
/// ADD LINK "7" "(7, 'o', 'outbox')"
/// ```
///
/// The first is said once, at the beginning. After it lines come in this order: deleted links,
/// deleted nodes, added nodes, added links. With a node its link to its component goes without
/// saying.
///
/// A node is called by its component's [`number`](ComponentStatus::number), so it is the same node
/// for the component's whole life, restarts included. Components that have ended are shown as long
/// as a link joins them to one that has not. Nested graphs are not shown as such: their parts are,
/// under names like `outer/inner`.
///
/// Within quotes `\"` is a quote and `\\` a backslash; a newline in a name never reaches a line.
///
/// ```
/// use axon_core::inspect::{Introspection, Snapshot};
///
/// let mut introspection = Introspection::new();
/// let snapshot = Snapshot::default();
/// assert_eq!(introspection.changes(&snapshot).as_deref(), Some("DEL ALL\n"));
/// assert_eq!(introspection.changes(&snapshot), None);
/// ```
#[derive(Debug, Default)]
pub struct Introspection {
    has_begun: bool,
    /// What the viewer has been told of: nodes with their names.
    nodes: BTreeMap<Node, String>,
    links: BTreeSet<(Node, Node)>,
}

/// A component, or one of its boxes. Their order is that of the lines: a component comes before its
/// boxes.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Node {
    component: u64,
    its_box: Option<(Direction, String)>,
}

impl Introspection {
    /// For a viewer that has been told nothing.
    pub fn new() -> Self {
        Introspection::default()
    }

    /// What to tell the viewer now; nothing if it knows all. Snapshots must be of one graph, each
    /// newer than the one before.
    pub fn changes(&mut self, snapshot: &Snapshot) -> Option<String> {
        let shown = shown_components(snapshot);
        let nodes = nodes_of(&shown);
        let links = links_between(&nodes, snapshot);

        let mut lines = String::new();
        if !std::mem::replace(&mut self.has_begun, true) {
            lines += "DEL ALL\n";
        }
        for (from, to) in self.links.difference(&links) {
            line(&mut lines, format_args!("DEL LINK {from} {to}"));
        }
        for node in self.nodes.keys().filter(|node| !nodes.contains_key(node)) {
            line(&mut lines, format_args!("DEL NODE {node}"));
        }
        let added: Vec<_> =
            nodes.iter().filter(|(node, _)| !self.nodes.contains_key(node)).collect();
        for (node, name) in &added {
            let (name, kind) = (quoted(&visible(name)), node.kind());
            line(&mut lines, format_args!("ADD NODE {node} {name} randompos {kind}"));
        }
        for node in added.iter().map(|(node, _)| node).filter(|node| node.its_box.is_some()) {
            let owner = Node { component: node.component, its_box: None };
            line(&mut lines, format_args!("ADD LINK {owner} {node}"));
        }
        for (from, to) in links.difference(&self.links) {
            line(&mut lines, format_args!("ADD LINK {from} {to}"));
        }
        (self.nodes, self.links) = (nodes, links);
        (!lines.is_empty()).then_some(lines)
    }
}

fn line(lines: &mut String, line: fmt::Arguments<'_>) {
    // A string takes whatever is written.
    let _ = writeln!(lines, "{line}");
}

/// Those that live, and those a link joins to them.
fn shown_components(snapshot: &Snapshot) -> Vec<&ComponentStatus> {
    let lives = |component: &&ComponentStatus| !component.has_ended();
    let living: HashSet<u64> =
        snapshot.components.iter().filter(lives).map(|component| component.number).collect();
    let mut shown = living.clone();
    for link in &snapshot.links {
        if living.contains(&link.from.number) || living.contains(&link.to.number) {
            shown.extend([link.from.number, link.to.number]);
        }
    }
    snapshot.components.iter().filter(|component| shown.contains(&component.number)).collect()
}

fn nodes_of(components: &[&ComponentStatus]) -> BTreeMap<Node, String> {
    let mut nodes = BTreeMap::new();
    for ComponentStatus { number, name, inboxes, outboxes, .. } in components {
        nodes.insert(Node { component: *number, its_box: None }, name.clone());
        for (direction, boxes) in [(Direction::In, inboxes), (Direction::Out, outboxes)] {
            for known in boxes {
                nodes.insert(Node::of(*number, direction, &known.name), known.name.clone());
            }
        }
    }
    nodes
}

/// A viewer could not draw a link whose ends it does not know.
fn links_between(nodes: &BTreeMap<Node, String>, snapshot: &Snapshot) -> BTreeSet<(Node, Node)> {
    let ends = snapshot.links.iter().map(|link| {
        (
            Node::of(link.from.number, Direction::Out, &link.from.name),
            Node::of(link.to.number, Direction::In, &link.to.name),
        )
    });
    ends.filter(|(from, to)| nodes.contains_key(from) && nodes.contains_key(to)).collect()
}

impl Node {
    fn of(component: u64, direction: Direction, name: &str) -> Self {
        Node { component, its_box: Some((direction, name.to_owned())) }
    }

    fn kind(&self) -> &'static str {
        match self.its_box {
            None => "component",
            Some((Direction::In, _)) => "inbox",
            Some((Direction::Out, _)) => "outbox",
        }
    }
}

/// As it is called in a line, quotes included.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.component;
        let Some((direction, name)) = &self.its_box else {
            return write!(f, "\"{number}\"");
        };
        let letter = match direction {
            Direction::In => 'i',
            Direction::Out => 'o',
        };
        f.write_str(&quoted(&format!("({number}, '{letter}', {})", literal(name))))
    }
}

/// Like a literal of Python, whose tuples these names are.
fn literal(name: &str) -> String {
    let quote = if name.contains('\'') && !name.contains('"') { '"' } else { '\'' };
    let inside = escaped(name, |letter| letter == '\\' || letter == quote || is_awkward(letter));
    format!("{quote}{inside}{quote}")
}

fn quoted(text: &str) -> String {
    let inside = escaped(text, |letter| matches!(letter, '"' | '\\'));
    format!("\"{inside}\"")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::example::{NASTY, all_called, awkward_text, link, plain_box, running};
    use super::super::snapshot::{Home, LinkStatus, State};
    use super::*;

    fn source(number: u64) -> ComponentStatus {
        ComponentStatus::new(number, "source", "Source", Home::OwnThread)
            .with_outbox(plain_box("outbox", "u8"))
    }

    fn sink(number: u64) -> ComponentStatus {
        ComponentStatus::new(number, "sink", "Sink", Home::OwnThread)
            .with_inbox(plain_box("inbox", "u8"))
    }

    fn ended(component: ComponentStatus) -> ComponentStatus {
        component.with_state(State::ended(None))
    }

    fn graph(components: Vec<ComponentStatus>, links: Vec<LinkStatus>) -> Snapshot {
        Snapshot::new(Duration::from_secs(1), components, links, vec![])
    }

    fn between(from: u64, to: u64) -> LinkStatus {
        link((from, "source"), (to, "sink"), "u8", 4)
    }

    /// An introspection whose viewer knows this already.
    fn knowing(snapshot: &Snapshot) -> Introspection {
        let mut introspection = Introspection::new();
        assert!(introspection.changes(snapshot).is_some());
        introspection
    }

    #[test]
    fn the_first_message_forgets_all_and_tells_all() {
        let snapshot = graph(vec![source(7), sink(8)], vec![between(7, 8)]);
        let expected = "\
DEL ALL
ADD NODE \"7\" \"source\" randompos component
ADD NODE \"(7, 'o', 'outbox')\" \"outbox\" randompos outbox
ADD NODE \"8\" \"sink\" randompos component
ADD NODE \"(8, 'i', 'inbox')\" \"inbox\" randompos inbox
ADD LINK \"7\" \"(7, 'o', 'outbox')\"
ADD LINK \"8\" \"(8, 'i', 'inbox')\"
ADD LINK \"(7, 'o', 'outbox')\" \"(8, 'i', 'inbox')\"
";
        assert_eq!(Introspection::new().changes(&snapshot).as_deref(), Some(expected));
    }

    #[test]
    fn what_did_not_change_is_not_told_again() {
        let snapshot = running();
        let mut introspection = knowing(&snapshot);
        let mut later = snapshot.clone();
        later.taken_at += Duration::from_secs(1);
        later.links[0].sent += 100;
        later.components[0].restarts += 1;
        assert_eq!(introspection.changes(&later), None);
    }

    #[test]
    fn old_things_go_before_new_ones_come_links_first_and_last() {
        let mut introspection = knowing(&graph(vec![source(7), sink(8)], vec![between(7, 8)]));
        let later = graph(vec![source(7), sink(9)], vec![between(7, 9)]);
        let expected = "\
DEL LINK \"(7, 'o', 'outbox')\" \"(8, 'i', 'inbox')\"
DEL NODE \"8\"
DEL NODE \"(8, 'i', 'inbox')\"
ADD NODE \"9\" \"sink\" randompos component
ADD NODE \"(9, 'i', 'inbox')\" \"inbox\" randompos inbox
ADD LINK \"9\" \"(9, 'i', 'inbox')\"
ADD LINK \"(7, 'o', 'outbox')\" \"(9, 'i', 'inbox')\"
";
        assert_eq!(introspection.changes(&later).as_deref(), Some(expected));
    }

    #[test]
    fn a_box_that_comes_or_goes_alone_is_told_alone() {
        let mut introspection = knowing(&graph(vec![sink(8)], vec![]));
        let with_control = sink(8).with_inbox(plain_box("control", "u8"));
        let expected = "\
ADD NODE \"(8, 'i', 'control')\" \"control\" randompos inbox
ADD LINK \"8\" \"(8, 'i', 'control')\"
";
        let snapshot = graph(vec![with_control], vec![]);
        assert_eq!(introspection.changes(&snapshot).as_deref(), Some(expected));
        let expected = "DEL NODE \"(8, 'i', 'control')\"\n";
        let snapshot = graph(vec![sink(8)], vec![]);
        assert_eq!(introspection.changes(&snapshot).as_deref(), Some(expected));
    }

    #[test]
    fn the_ended_are_shown_as_long_as_a_link_reaches_them_from_the_living() {
        let linked = || vec![between(7, 8)];
        let mut introspection = knowing(&graph(vec![source(7), sink(8)], linked()));
        let one_ended = graph(vec![ended(source(7)), sink(8)], linked());
        assert_eq!(introspection.changes(&one_ended), None);
        let both_ended = graph(vec![ended(source(7)), ended(sink(8))], linked());
        let expected = "\
DEL LINK \"(7, 'o', 'outbox')\" \"(8, 'i', 'inbox')\"
DEL NODE \"7\"
DEL NODE \"(7, 'o', 'outbox')\"
DEL NODE \"8\"
DEL NODE \"(8, 'i', 'inbox')\"
";
        assert_eq!(introspection.changes(&both_ended).as_deref(), Some(expected));
    }

    #[test]
    fn a_link_whose_box_is_gone_is_not_told() {
        let boxless = ComponentStatus::new(8, "sink", "Sink", Home::OwnThread);
        let snapshot = graph(vec![source(7), boxless], vec![between(7, 8)]);
        let lines = Introspection::new().changes(&snapshot).expect("it begins");
        assert!(!lines.contains("(8, 'i', 'inbox')"), "{lines}");
    }

    /// How viewers take a line apart.
    fn tokens(line: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        let mut letters = line.chars().peekable();
        while let Some(first) = letters.find(|letter| *letter != ' ') {
            let mut token = String::new();
            if first == '"' {
                loop {
                    match letters.next().expect("quotes are closed") {
                        '"' => break,
                        '\\' => token.extend(letters.next()),
                        letter => token.push(letter),
                    }
                }
                assert!(matches!(letters.next(), None | Some(' ')), "{line}");
            } else {
                token.push(first);
                token.extend(std::iter::from_fn(|| letters.next_if(|letter| *letter != ' ')));
            }
            tokens.push(token);
        }
        tokens
    }

    fn assert_readable(name: &str) {
        let lines = Introspection::new().changes(&all_called(name)).expect("it begins");
        // Two components with two boxes each: six nodes, four links to boxes, one between them.
        assert_eq!(lines.lines().count(), 1 + 6 + 4 + 1, "{lines}");
        let mut nodes = HashSet::new();
        for line in lines.lines() {
            let tokens = tokens(line);
            match (tokens[0].as_str(), tokens[1].as_str(), tokens.len()) {
                ("DEL", "ALL", 2) => {}
                ("ADD", "NODE", 6) => assert!(nodes.insert(tokens[2].clone()), "{line}"),
                ("ADD", "LINK", 4) => {
                    assert!(nodes.contains(&tokens[2]) && nodes.contains(&tokens[3]), "{line}");
                }
                other => panic!("{other:?} in {line}"),
            }
        }
    }

    #[test]
    fn every_line_can_be_taken_apart_whatever_the_names() {
        NASTY.iter().for_each(|name| assert_readable(name));
        let mut random = fastrand::Rng::with_seed(12);
        for _ in 0..500 {
            assert_readable(&awkward_text(&mut random));
        }
    }

    #[test]
    fn names_are_quoted_first_for_python_and_then_for_the_line() {
        let called = |name: &str| Node::of(1, Direction::In, name).to_string();
        assert_eq!(called("it's"), r#""(1, 'i', \"it's\")""#);
        assert_eq!(called("a\"b"), r#""(1, 'i', 'a\"b')""#);
        assert_eq!(called("a\nb"), r#""(1, 'i', 'a\\nb')""#);
        assert_eq!(called("a\\b"), r#""(1, 'i', 'a\\\\b')""#);
    }
}
