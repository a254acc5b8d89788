//! A graph as its author wrote it.

use std::collections::{HashMap, HashSet};

use super::snapshot::{ComponentStatus, LinkStatus, Snapshot, State};

impl Snapshot {
    /// The same with each conversion as a part of its link. What
    /// [`link_via`](crate::Graphline::link_via) puts between two boxes is a component while the graph
    /// runs; nobody who wrote the link thinks of it as one. A link of the outline holds what both its
    /// halves hold, counts as sent what its first took in and as taken what its last gave out, and
    /// names both types of messages.
    ///
    /// ```
    /// use axon_core::{graphline, handle};
    ///
    /// let graph = graphline! {
    ///     components {
    ///         start: handle(|(): (), out| out.send("a line")),
    ///         length: handle(|line: &str, out| out.send(line.len())),
    ///         end: handle(|_length: u64, _: &mut axon_core::Out<()>| {}),
    ///     }
    ///     links {
    ///         start.outbox => length.inbox,
    ///         length.outbox => |length: usize| Some(length as u64) => end.inbox,
    ///     }
    /// };
    /// let graph = graph.link("self.begin", "start.inbox").link("end.outbox", "self.none").build()?;
    /// assert_eq!(graph.snapshot().components.len(), 4);
    /// let outline = graph.snapshot().outline();
    /// assert_eq!(outline.components.len(), 3);
    /// assert_eq!(outline.links[1].message, "usize → u64");
    /// # Ok::<(), axon_core::WiringErrors>(())
    /// ```
    pub fn outline(&self) -> Snapshot {
        let conversions = self.conversions();
        let second: HashMap<u64, &LinkStatus> =
            self.links.iter().map(|link| (link.from.number, link)).collect();
        let mut outline = self.clone();
        outline.components.retain(|component| !conversions.contains(&component.number));
        outline.links.retain(|link| !conversions.contains(&link.from.number));
        for link in &mut outline.links {
            // Several in a row, if somebody converts what a nested graph converts.
            while conversions.contains(&link.to.number) {
                join(link, second[&link.to.number]);
            }
        }
        outline
    }

    /// Those whose inbox and outbox both have a link; others show where a link was cut.
    fn conversions(&self) -> HashSet<u64> {
        let fed: HashSet<u64> = self.links.iter().map(|link| link.to.number).collect();
        let feeding: HashSet<u64> = self.links.iter().map(|link| link.from.number).collect();
        let whole = |number: &u64| fed.contains(number) && feeding.contains(number);
        let all = self.components.iter().filter(|component| is_conversion(component));
        all.map(|component| component.number).filter(whole).collect()
    }
}

/// The name is one that no author would give, and the type is private. One that failed is news, and is
/// shown.
fn is_conversion(component: &ComponentStatus) -> bool {
    let failed = matches!(component.state, State::Ended { failed: true, .. });
    component.name_in_group().starts_with("via ") && component.kind.starts_with("Via<") && !failed
}

fn join(first: &mut LinkStatus, second: &LinkStatus) {
    if first.message != second.message {
        first.message += &format!(" → {}", second.message);
    }
    first.to = second.to.clone();
    first.capacity += second.capacity;
    first.depth += second.depth;
    first.taken = second.taken;
    first.dropped += second.dropped;
    first.high_water = None;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::example::{link, running};
    use super::super::snapshot::Home;
    use super::*;

    fn with_via(name: &str, kind: &str, links: Vec<LinkStatus>) -> Snapshot {
        let component = |number, name: &str, kind: &str| {
            ComponentStatus::new(number, name, kind, Home::OwnThread)
        };
        let components =
            vec![component(1, "a", "A"), component(2, name, kind), component(3, "b", "B")];
        Snapshot::new(Duration::ZERO, components, links, vec![])
    }

    fn both_halves(name: &str) -> Vec<LinkStatus> {
        let first = link((1, "a"), (2, name), "u8", 4).with_counts(9, 7, 2);
        let second = link((2, name), (3, "b"), "String", 8).with_counts(7, 6, 1);
        vec![first, second]
    }

    #[test]
    fn a_conversion_is_a_part_of_its_link() {
        let outline = with_via("x/via 0", "Via<u8, String>", both_halves("x/via 0")).outline();
        let numbers: Vec<u64> = outline.components.iter().map(|known| known.number).collect();
        assert_eq!(numbers, [1, 3]);
        let [link] = &outline.links[..] else { panic!("{:?}", outline.links) };
        assert_eq!((link.from.number, link.to.number), (1, 3));
        assert_eq!(link.message, "u8 → String");
        assert_eq!((link.sent, link.taken, link.depth, link.capacity), (9, 6, 3, 12));
    }

    #[test]
    fn nothing_else_is_left_out() {
        assert_eq!(running().outline(), running());
        let named = with_via("via 0", "Road", both_halves("via 0"));
        assert_eq!(named.outline(), named);
        let typed = with_via("road", "Via<u8, String>", both_halves("road"));
        assert_eq!(typed.outline(), typed);
        let cut = with_via("via 0", "Via<u8, String>", both_halves("via 0").split_off(1));
        assert_eq!(cut.outline(), cut);
    }
}
