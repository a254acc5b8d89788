//! What a person asks of a snapshot: one component, one link, or a part small enough to see.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use super::snapshot::{ComponentStatus, LinkStatus, Snapshot};

impl Snapshot {
    /// The component of this name. Where a name was given again, the one that lives, or the last.
    pub fn component(&self, name: &str) -> Option<&ComponentStatus> {
        let named = || self.components.iter().filter(|component| component.name == name);
        named().find(|component| !component.has_ended()).or_else(|| named().next_back())
    }

    /// The link from this outbox, written `component.box`.
    pub fn link(&self, from: &str) -> Option<&LinkStatus> {
        self.links.iter().find(|link| link.from.is_written(from))
    }

    /// The links into this inbox, written `component.box`.
    pub fn links_into<'a>(&'a self, to: &'a str) -> impl Iterator<Item = &'a LinkStatus> {
        self.links.iter().filter(move |link| link.to.is_written(to))
    }

    /// All links, the fullest first: by the share of their capacity in use, then by messages held,
    /// then as in [`links`](Self::links).
    pub fn fullest(&self) -> Vec<&LinkStatus> {
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort_by(|one, other| by_share(other, one).then(other.depth.cmp(&one.depth)));
        links
    }

    /// The part of the graph at most so many links away, in either direction, from a component or
    /// from any part of a nested graph; with no hops only that itself. Links are kept if both their
    /// ends are. Empty if nothing has the name.
    pub fn neighbourhood(&self, name: &str, hops: usize) -> Snapshot {
        let neighbours = self.neighbours();
        let start = self.components.iter().filter(|known| known.name == name || known.is_in(name));
        let mut edge: Vec<u64> = start.map(|component| component.number).collect();
        let mut seen: HashSet<u64> = edge.iter().copied().collect();
        for _ in 0..hops {
            let beyond = edge.iter().filter_map(|number| neighbours.get(number)).flatten();
            edge = beyond.copied().filter(|number| seen.insert(*number)).collect();
            if edge.is_empty() {
                break;
            }
        }
        self.only(|component| seen.contains(&component.number))
    }

    /// The nested graph of this path, and what is nested in it. Links that lead out of it are left
    /// out; what it exports is kept. Empty if there is none.
    pub fn group(&self, path: &str) -> Snapshot {
        self.only(|component| component.is_in(path))
    }

    fn neighbours(&self) -> HashMap<u64, Vec<u64>> {
        let mut neighbours: HashMap<u64, Vec<u64>> = HashMap::new();
        for link in &self.links {
            neighbours.entry(link.from.number).or_default().push(link.to.number);
            neighbours.entry(link.to.number).or_default().push(link.from.number);
        }
        neighbours
    }

    fn only(&self, keep: impl Fn(&ComponentStatus) -> bool) -> Snapshot {
        let components: Vec<_> =
            self.components.iter().filter(|component| keep(component)).cloned().collect();
        let kept: HashSet<u64> = components.iter().map(|component| component.number).collect();
        let within =
            |link: &&LinkStatus| kept.contains(&link.from.number) && kept.contains(&link.to.number);
        let links = self.links.iter().filter(within).cloned().collect();
        let exported = self.exported.iter().filter(|known| kept.contains(&known.inner.number));
        Snapshot {
            taken_at: self.taken_at,
            components,
            links,
            exported: exported.cloned().collect(),
        }
    }
}

/// Compares parts of different wholes without rounding.
fn by_share(one: &LinkStatus, other: &LinkStatus) -> Ordering {
    let share = |link: &LinkStatus, of: &LinkStatus| link.depth as u128 * of.capacity as u128;
    share(one, other).cmp(&share(other, one))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::example::{link, running};
    use super::super::snapshot::{Home, State};
    use super::*;

    fn names(snapshot: &Snapshot) -> Vec<&str> {
        snapshot.components.iter().map(|component| component.name.as_str()).collect()
    }

    fn senders(snapshot: &Snapshot) -> Vec<&str> {
        snapshot.links.iter().map(|link| link.from.component.as_str()).collect()
    }

    #[test]
    fn things_are_found_by_name() {
        let snapshot = running();
        assert_eq!(snapshot.component("sink").map(|sink| sink.number), Some(4));
        assert_eq!(snapshot.component("skin"), None);
        let link = snapshot.link("squeeze/pack.outbox").expect("it is linked");
        assert_eq!(link.to.to_string(), "squeeze/check.inbox");
        assert_eq!(snapshot.link("squeeze/pack"), None);
        assert_eq!(snapshot.links_into("sink.inbox").count(), 1);
    }

    #[test]
    fn of_two_with_one_name_the_living_one_is_found() {
        let one = |number| ComponentStatus::new(number, "worker", "Worker", Home::OwnThread);
        let ended = || State::ended(None);
        let found = |components: Vec<ComponentStatus>| {
            let snapshot = Snapshot::new(Duration::ZERO, components, vec![], vec![]);
            snapshot.component("worker").map(|worker| worker.number)
        };
        assert_eq!(found(vec![one(1).with_state(ended()), one(2)]), Some(2));
        assert_eq!(found(vec![one(1), one(2).with_state(ended())]), Some(1));
        let both_ended = vec![one(1).with_state(ended()), one(2).with_state(ended())];
        assert_eq!(found(both_ended), Some(2));
    }

    #[test]
    fn the_fullest_link_is_the_one_with_least_room_for_its_size() {
        let at = |number, depth, capacity| {
            let from = format!("c{number}");
            link((number, &from), (9, "sink"), "u8", capacity).with_counts(0, 0, depth)
        };
        let links = vec![at(1, 50, 100), at(2, 3, 4), at(3, 75, 100), at(4, 0, 1)];
        let snapshot = Snapshot::new(Duration::ZERO, vec![], links, vec![]);
        let fullest: Vec<_> = snapshot.fullest().iter().map(|link| link.from.number).collect();
        assert_eq!(fullest, [3, 2, 1, 4]);
    }

    #[test]
    fn a_neighbourhood_grows_by_hops_in_both_directions() {
        let snapshot = running();
        assert_eq!(names(&snapshot.neighbourhood("squeeze/check", 0)), ["squeeze/check"]);
        let near = snapshot.neighbourhood("squeeze/check", 1);
        assert_eq!(names(&near), ["squeeze/pack", "squeeze/check", "sink"]);
        assert_eq!(senders(&near), ["squeeze/pack", "squeeze/check"]);
        let all = snapshot.neighbourhood("squeeze/check", usize::MAX);
        assert_eq!(names(&all), ["source", "squeeze/pack", "squeeze/check", "sink"]);
        assert_eq!(names(&snapshot.neighbourhood("nobody", 3)), [""; 0]);
    }

    #[test]
    fn a_group_has_a_neighbourhood_too() {
        let near = running().neighbourhood("squeeze", 1);
        assert_eq!(names(&near), ["source", "squeeze/pack", "squeeze/check", "sink"]);
        assert_eq!(near.links.len(), 3);
    }

    #[test]
    fn a_group_is_its_parts_and_what_it_exports() {
        let snapshot = running();
        let group = snapshot.group("squeeze");
        assert_eq!(names(&group), ["squeeze/pack", "squeeze/check"]);
        assert_eq!(senders(&group), ["squeeze/pack"]);
        assert_eq!(group.exported, snapshot.exported);
        assert_eq!(names(&snapshot.group("squ")), [""; 0]);
    }

    #[test]
    fn links_in_a_ring_do_not_hold_up_a_query() {
        let component = |number| ComponentStatus::new(number, "ring", "Ring", Home::OwnThread);
        let links = vec![link((1, "a"), (2, "b"), "u8", 1), link((2, "b"), (1, "a"), "u8", 1)];
        let snapshot =
            Snapshot::new(Duration::ZERO, vec![component(1), component(2)], links, vec![]);
        assert_eq!(snapshot.neighbourhood("ring", usize::MAX), snapshot);
    }
}
