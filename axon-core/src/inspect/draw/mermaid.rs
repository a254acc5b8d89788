//! The language of Mermaid, which many sites draw where they find it in a page.

use super::super::snapshot::{ComponentStatus, Direction, LinkStatus, Snapshot};
use super::super::text::visible;
use super::groups::Groups;
use super::{colour, component_lines, link_lines};

impl Snapshot {
    /// The graph as a flowchart of [Mermaid](https://mermaid.js.org), with nested graphs as
    /// subgraphs and full links thick. Mermaid by itself draws no more than 500 links:
    /// [`neighbourhood`](Self::neighbourhood) and [`group`](Self::group) cut out a part.
    pub fn to_mermaid(&self) -> String {
        let groups = Groups::of(self);
        let mut drawing = Drawing { snapshot: self, groups: &groups, text: String::new() };
        drawing.draw();
        drawing.text
    }
}

struct Drawing<'a> {
    snapshot: &'a Snapshot,
    groups: &'a Groups<'a>,
    text: String,
}

impl Drawing<'_> {
    fn draw(&mut self) {
        self.line(0, "flowchart LR");
        self.group(0, 1);
        for link in &self.snapshot.links {
            self.link(link);
        }
        self.colours();
    }

    fn group(&mut self, at: usize, depth: usize) {
        let groups = self.groups;
        let group = groups.group(at);
        for component in &group.components {
            let label = label(&self.lines_of(component));
            self.line(depth, &format!("c{}[{label}]", component.number));
        }
        for (number, exported) in group.exported.iter().enumerate() {
            let id = format!("g{at}x{number}");
            self.line(depth, &format!("{id}([{}])", label(&[visible(&exported.name)])));
            let inner = format!("c{}", exported.inner.number);
            match exported.direction {
                Direction::In => self.line(depth, &format!("{id} -.-> {inner}")),
                Direction::Out => self.line(depth, &format!("{inner} -.-> {id}")),
            }
        }
        for inner in &group.inner {
            let title = label(&[visible(groups.group(*inner).name)]);
            self.line(depth, &format!("subgraph g{inner}[{title}]"));
            self.group(*inner, depth + 1);
            self.line(depth, "end");
        }
    }

    fn lines_of(&self, component: &ComponentStatus) -> Vec<String> {
        let mut lines = vec![visible(component.name_in_group())];
        lines.extend(component_lines(component, self.snapshot.has_started()));
        lines
    }

    fn link(&mut self, link: &LinkStatus) {
        let has_started = self.snapshot.has_started();
        let mut lines = vec![format!("{} → {}", visible(&link.from.name), visible(&link.to.name))];
        lines.extend(link_lines(link, has_started));
        let arrow = if has_started && link.is_full() { "==>" } else { "-->" };
        let (from, to) = (link.from.number, link.to.number);
        self.line(1, &format!("c{from} {arrow}|{}| c{to}", label(&lines)));
    }

    /// Each colour that is used, and by whom.
    fn colours(&mut self) {
        let mut used = Vec::new();
        for component in &self.snapshot.components {
            if let Some((class, colour)) = colour(&component.state) {
                if !used.contains(&class) {
                    used.push(class);
                    self.line(1, &format!("classDef {class} fill:{colour},color:#000000"));
                }
                self.line(1, &format!("class c{} {class}", component.number));
            }
        }
    }

    fn line(&mut self, depth: usize, line: &str) {
        self.text += &"  ".repeat(depth);
        self.text += line;
        self.text.push('\n');
    }
}

/// Quotes alone protect too little: Mermaid looks for comments, Markdown, HTML and its own escapes
/// inside them too. So whatever is not plainly text becomes the number of its letter.
fn label(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| encoded(line)).collect();
    format!("\"{}\"", lines.join("<br/>"))
}

fn encoded(line: &str) -> String {
    // A label must not be empty.
    if line.trim().is_empty() {
        return "#160;".to_owned();
    }
    let mut encoded = String::new();
    for (at, letter) in line.char_indices() {
        match letter {
            ' ' if at > 0 => encoded.push(letter),
            ',' | '/' => encoded.push(letter),
            other if !other.is_ascii() || other.is_ascii_alphanumeric() => encoded.push(other),
            other => encoded += &format!("#{};", u32::from(other)),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::super::super::example::{NASTY, all_called, planned, running};
    use super::*;

    #[test]
    fn a_running_graph_is_drawn_with_frames_states_and_counts() {
        assert_eq!(running().to_mermaid(), include_str!("expected/running.mmd"));
    }

    #[test]
    fn before_it_runs_a_graph_shows_only_its_plan() {
        let expected = "\
flowchart LR
  c1[\"source<br/>Source#60;u8#62;\"]
  c4[\"sink<br/>Sink\"]
  c5[\"clock<br/>Clock\"]
  subgraph g1[\"squeeze\"]
    c2[\"pack<br/>Pack\"]
    c3[\"check<br/>Check\"]
    g1x0([\"level\"])
    g1x0 -.-> c2
  end
  c1 -->|\"outbox → inbox<br/>u8\"| c2
  c2 -->|\"outbox → inbox<br/>Vec#60;u8#62;\"| c3
  c3 -->|\"outbox → inbox<br/>Vec#60;u8#62;\"| c4
";
        assert_eq!(planned().to_mermaid(), expected);
    }

    #[test]
    fn a_part_alone_shows_the_boxes_by_which_it_is_reached() {
        let text = running().group("squeeze").to_mermaid();
        for port in ["([\"inbox\"])", "([\"level\"])", "([\"outbox\"])"] {
            assert!(text.contains(port), "{text}");
        }
    }

    #[test]
    fn no_name_breaks_out_of_its_place() {
        let skeleton = |name: &str| {
            let text = all_called(name).to_mermaid();
            text.split('"').step_by(2).map(str::to_owned).collect::<Vec<_>>()
        };
        for name in NASTY.iter().filter(|name| !name.contains('/') && !name.is_empty()) {
            assert_eq!(skeleton(name), skeleton("x"), "{name:?}");
        }
    }

    #[test]
    fn whatever_could_mean_something_is_written_by_its_number() {
        assert_eq!(encoded("#quot; `a_b`"), "#35;quot#59; #96;a#95;b#96;");
        assert_eq!(encoded("1. %%{x}"), "1#46; #37;#37;#123;x#125;");
        assert_eq!(encoded("naïve 日本"), "naïve 日本");
        assert_eq!(encoded(" "), "#160;");
    }

    #[test]
    fn nesting_without_end_is_drawn_within_few_frames() {
        let text = all_called(&"deep/".repeat(10_000)).to_mermaid();
        assert_eq!(text.lines().filter(|line| line.trim() == "end").count(), 32);
    }
}
