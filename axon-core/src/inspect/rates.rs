//! How fast messages passed between two looks at a graph.

use std::collections::HashMap;
use std::time::Duration;

use super::snapshot::{End, LinkStatus, Snapshot};

/// What happened on each link between two snapshots.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rates {
    /// The time between them.
    pub over: Duration,
    /// One for each link of the later snapshot, in its order.
    pub links: Vec<LinkRate>,
}

/// What happened on one link, per second.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LinkRate {
    /// The outbox it leaves.
    pub from: End,
    /// The inbox it leads to.
    pub to: End,
    /// Messages put in.
    pub sent: f64,
    /// Messages taken out.
    pub taken: f64,
    /// Messages thrown away.
    pub dropped: f64,
    /// The share of the time its sender waited for room, from 0 to 1, where that is measured.
    pub blocked: Option<f64>,
}

impl Snapshot {
    /// What happened since an earlier snapshot of the same graph.
    ///
    /// A link that was made in between counts from nothing; one that is gone is left out. Between
    /// snapshots of one moment, or where `earlier` is the later one, nothing happened: all is zero.
    pub fn since(&self, earlier: &Snapshot) -> Rates {
        let over = self.taken_at.saturating_sub(earlier.taken_at);
        let before: HashMap<_, _> =
            earlier.links.iter().map(|link| ((&link.from, &link.to), link)).collect();
        let rate = |link: &LinkStatus| {
            let before = before.get(&(&link.from, &link.to)).copied();
            // Counts never go down: where they seem to, this is another link between the same boxes.
            let before = before.filter(|before| before.sent <= link.sent);
            LinkRate::between(before, link, over.as_secs_f64())
        };
        Rates { over, links: self.links.iter().map(rate).collect() }
    }
}

impl Rates {
    /// The link from this outbox, written `component.box`.
    pub fn link(&self, from: &str) -> Option<&LinkRate> {
        self.links.iter().find(|rate| rate.from.is_written(from))
    }
}

impl LinkRate {
    fn between(before: Option<&LinkStatus>, now: &LinkStatus, seconds: f64) -> Self {
        let per_second = |amount: f64| if seconds > 0.0 { amount / seconds } else { 0.0 };
        let count = |count: fn(&LinkStatus) -> u64| {
            per_second(count(now).saturating_sub(before.map_or(0, count)) as f64)
        };
        let blocked = now.blocked.map(|blocked| {
            let before = before.and_then(|before| before.blocked).unwrap_or_default();
            per_second(blocked.saturating_sub(before).as_secs_f64()).min(1.0)
        });
        LinkRate {
            from: now.from.clone(),
            to: now.to.clone(),
            sent: count(|link| link.sent),
            taken: count(|link| link.taken),
            dropped: count(|link| link.dropped),
            blocked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example::{link, running};
    use super::*;

    fn at(seconds: u64, links: Vec<LinkStatus>) -> Snapshot {
        Snapshot::new(Duration::from_secs(seconds), Vec::new(), links, Vec::new())
    }

    fn between(sent: u64, taken: u64) -> LinkStatus {
        link((1, "source"), (2, "sink"), "u8", 64).with_counts(sent, taken, 0)
    }

    #[test]
    fn rates_are_differences_by_time() {
        let earlier = at(10, vec![between(100, 90).with_blocked(Duration::from_secs(1))]);
        let later = at(14, vec![between(300, 110).with_blocked(Duration::from_secs(2))]);
        let rates = later.since(&earlier);
        assert_eq!(rates.over, Duration::from_secs(4));
        let rate = rates.link("source.outbox").expect("there is one");
        assert_eq!((rate.sent, rate.taken, rate.dropped), (50.0, 5.0, 0.0));
        assert_eq!(rate.blocked, Some(0.25));
    }

    #[test]
    fn a_link_made_in_between_counts_from_nothing() {
        let later = at(2, vec![between(8, 6)]);
        assert_eq!(later.since(&at(0, vec![])).links[0].sent, 4.0);
        assert_eq!(later.since(&at(0, vec![between(1_000, 0)])).links[0].sent, 4.0);
    }

    #[test]
    fn no_time_means_no_rate() {
        let snapshot = running();
        for rate in snapshot.since(&snapshot).links {
            assert_eq!((rate.sent, rate.taken, rate.dropped), (0.0, 0.0, 0.0));
        }
        assert_eq!(at(1, vec![between(5, 5)]).since(&at(2, vec![])).links[0].sent, 0.0);
    }
}
