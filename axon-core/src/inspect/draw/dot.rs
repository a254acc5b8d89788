//! The language of graphviz.

use std::collections::HashMap;

use super::super::snapshot::{BoxStatus, ComponentStatus, Direction, End, LinkStatus, Snapshot};
use super::super::text::visible;
use super::groups::Groups;
use super::{colour, component_lines, link_lines};

const TABLE: &str = "<TABLE BORDER=\"0\" CELLBORDER=\"1\" CELLSPACING=\"0\">";

impl Snapshot {
    /// The graph in the language of [graphviz](https://graphviz.org), for `dot -Tsvg`: components
    /// with their inboxes to the left and their outboxes to the right, nested graphs as clusters,
    /// full links in red.
    pub fn to_dot(&self) -> String {
        self.drawn(&ACROSS)
    }

    /// The same from top to bottom, for pages that are taller than they are wide: inboxes above their
    /// components, outboxes below.
    pub fn to_dot_downwards(&self) -> String {
        self.drawn(&DOWN)
    }

    fn drawn(&self, way: &Way) -> String {
        let groups = Groups::of(self);
        let components = self.components.iter().map(|known| (known.number, known)).collect();
        let text = String::new();
        let mut drawing = Drawing { snapshot: self, way, groups: &groups, components, text };
        drawing.draw();
        drawing.text
    }
}

/// Which way messages go in the drawing.
struct Way {
    rankdir: &'static str,
    /// The sides of a box at which links end and begin.
    sides: [char; 2],
    /// Between two boxes of one kind, and between boxes and their component.
    between_boxes: &'static str,
    between_parts: &'static str,
}

const NEW_ROW: &str = "</TR><TR>";

const ACROSS: Way =
    Way { rankdir: "LR", sides: ['w', 'e'], between_boxes: NEW_ROW, between_parts: "" };

const DOWN: Way =
    Way { rankdir: "TB", sides: ['n', 's'], between_boxes: "", between_parts: NEW_ROW };

struct Drawing<'a> {
    snapshot: &'a Snapshot,
    way: &'a Way,
    groups: &'a Groups<'a>,
    /// By number.
    components: HashMap<u64, &'a ComponentStatus>,
    text: String,
}

impl Drawing<'_> {
    fn draw(&mut self) {
        self.line(0, "digraph {");
        let rankdir = self.way.rankdir;
        self.line(1, &format!("graph [rankdir={rankdir}, fontname=\"sans-serif\"]"));
        self.line(1, "node [shape=plain, fontname=\"sans-serif\"]");
        self.line(1, "edge [fontname=\"sans-serif\", fontsize=10]");
        self.group(0, 1);
        for link in &self.snapshot.links {
            let from = self.place(&link.from, Direction::Out);
            let to = self.place(&link.to, Direction::In);
            let attributes = link_attributes(link, self.snapshot.has_started());
            self.line(1, &format!("{from} -> {to} [{attributes}]"));
        }
        self.line(0, "}");
    }

    fn group(&mut self, at: usize, depth: usize) {
        let groups = self.groups;
        let group = groups.group(at);
        for component in &group.components {
            self.component(component, depth);
        }
        for (number, exported) in group.exported.iter().enumerate() {
            let id = format!("g{at}x{number}");
            let label = quoted(&visible(&exported.name));
            self.line(depth, &format!("{id} [shape=oval, style=dashed, label={label}]"));
            let inner = self.place(&exported.inner, exported.direction);
            let edge = match exported.direction {
                Direction::In => format!("{id} -> {inner}"),
                Direction::Out => format!("{inner} -> {id}"),
            };
            self.line(depth, &format!("{edge} [style=dashed]"));
        }
        for inner in &group.inner {
            self.line(depth, &format!("subgraph cluster_{inner} {{"));
            let name = groups.group(*inner).name;
            self.line(depth + 1, &format!("label={}", quoted(&visible(name))));
            self.group(*inner, depth + 1);
            self.line(depth, "}");
        }
    }

    fn component(&mut self, component: &ComponentStatus, depth: usize) {
        self.line(depth, &format!("c{} [label=<", component.number));
        self.line(depth + 1, &format!("{TABLE}<TR>"));
        self.boxes('i', &component.inboxes, depth + 1);
        if !component.inboxes.is_empty() {
            self.between_parts(depth + 1);
        }
        let mut text = format!("<B>{}</B>", html(&visible(component.name_in_group())));
        for line in component_lines(component, self.snapshot.has_started()) {
            text += &format!("<BR/>{}", html(&line));
        }
        let background = colour(&component.state)
            .map_or_else(String::new, |(_, colour)| format!(" BGCOLOR=\"{colour}\""));
        self.line(depth + 1, &format!("<TD{background}>{text}</TD>"));
        if !component.outboxes.is_empty() {
            self.between_parts(depth + 1);
        }
        self.boxes('o', &component.outboxes, depth + 1);
        self.line(depth + 1, "</TR></TABLE>>]");
    }

    fn between_parts(&mut self, depth: usize) {
        let between = self.way.between_parts;
        if !between.is_empty() {
            self.line(depth, between);
        }
    }

    /// A column or row of boxes, each of which a link can lead to.
    fn boxes(&mut self, letter: char, boxes: &[BoxStatus], depth: usize) {
        if boxes.is_empty() {
            return;
        }
        let cells = boxes.iter().enumerate().map(|(at, known)| {
            let name = html(&visible(&known.name));
            format!("<TD PORT=\"{letter}{at}\">{name}</TD>")
        });
        let cells = cells.collect::<Vec<_>>().join(self.way.between_boxes);
        let cell = "<TD BORDER=\"0\" CELLPADDING=\"0\">";
        self.line(depth, &format!("{cell}{TABLE}<TR>{cells}</TR></TABLE></TD>"));
    }

    /// The cell of a box, or its component where the box is gone.
    fn place(&self, end: &End, direction: Direction) -> String {
        let boxes = self.components.get(&end.number).map(|component| match direction {
            Direction::In => (&component.inboxes, 'i', self.way.sides[0]),
            Direction::Out => (&component.outboxes, 'o', self.way.sides[1]),
        });
        let cell = boxes.and_then(|(boxes, letter, side)| {
            let at = boxes.iter().position(|known| known.name == end.name)?;
            Some(format!(":{letter}{at}:{side}"))
        });
        format!("c{}{}", end.number, cell.unwrap_or_default())
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.text += &"  ".repeat(depth);
        self.text += line;
        self.text.push('\n');
    }
}

fn link_attributes(link: &LinkStatus, has_started: bool) -> String {
    let label = quoted(&link_lines(link, has_started).join("\n"));
    match has_started && link.is_full() {
        true => format!("label={label}, color=\"#c00000\", penwidth=2"),
        false => format!("label={label}"),
    }
}

/// Inside quotes a backslash begins an escape, and `&` begins one of HTML's.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '&' => quoted += "&amp;",
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// Inside a label that is written in HTML, where a backslash begins an escape too, and nothing may
/// be empty.
fn html(text: &str) -> String {
    if text.is_empty() {
        return "&#160;".to_owned();
    }
    let mut html = String::new();
    for letter in text.chars() {
        match letter {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\\' => html += "\\\\",
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::super::super::example::{NASTY, all_called, planned, running};

    #[test]
    fn a_running_graph_is_drawn_with_boxes_frames_states_and_counts() {
        assert_eq!(running().to_dot(), include_str!("expected/running.dot"));
    }

    #[test]
    fn downwards_it_is_the_same_with_boxes_in_rows_above_and_below() {
        let text = running().to_dot_downwards();
        assert!(text.contains("rankdir=TB") && text.contains("c2:o0:s -> c3:i0:n ["), "{text}");
        let words = |text: &str| {
            let mut words: Vec<_> = text.split(['<', '>', '"']).map(str::to_owned).collect();
            words.retain(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() > 3);
            words
        };
        assert_eq!(words(&text).len(), words(&running().to_dot()).len(), "{text}");
    }

    #[test]
    fn before_it_runs_a_graph_shows_only_its_plan() {
        let text = planned().to_dot();
        assert!(text.contains("<B>sink</B><BR/>Sink</TD>"), "{text}");
        assert!(text.contains("c1:o0:e -> c2:i0:w [label=\"u8\"]\n"), "{text}");
    }

    #[test]
    fn no_name_breaks_out_of_its_place() {
        // What is left of a drawing without the names in it.
        let skeleton = |name: &str| {
            let mut skeleton = String::new();
            let (mut in_quotes, mut is_escaped, mut in_text) = (false, false, false);
            for letter in all_called(name).to_dot().chars() {
                match letter {
                    '"' if !is_escaped => in_quotes = !in_quotes,
                    '<' if !in_quotes => in_text = false,
                    '>' if !in_quotes => in_text = true,
                    '\n' if !in_quotes => in_text = false,
                    _ => {}
                }
                is_escaped = letter == '\\' && !is_escaped;
                if !in_quotes && (!in_text || letter == '>') {
                    skeleton.push(letter);
                }
            }
            skeleton
        };
        for name in NASTY.iter().filter(|name| !name.contains('/') && !name.is_empty()) {
            assert_eq!(skeleton(name), skeleton("x"), "{name:?}");
        }
    }

    #[test]
    fn escapes_of_graphviz_and_of_html_are_taken_literally() {
        assert_eq!(super::quoted("\\N \"&lt;\""), r#""\\N \"&amp;lt;\"""#);
        assert_eq!(super::html("\\G <\"&\">"), r"\\G &lt;&quot;&amp;&quot;&gt;");
    }
}
