//! How a running graph makes a snapshot: the only way there is.
//!
//! Each value begins with what is always known; the rest is added by `with_`.

use std::time::Duration;

use super::snapshot::{
    BoxStatus, ComponentStatus, Direction, End, ExportedBox, Home, LinkStatus, Snapshot, State,
};
use crate::component::About;

impl Snapshot {
    /// The parts may come in any order.
    pub(crate) fn new(
        taken_at: Duration,
        mut components: Vec<ComponentStatus>,
        mut links: Vec<LinkStatus>,
        mut exported: Vec<ExportedBox>,
    ) -> Self {
        components.sort_by_key(|component| component.number);
        links.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        let place = |exported: &ExportedBox| {
            (exported.group.clone(), exported.direction, exported.name.clone())
        };
        exported.sort_by_cached_key(place);
        Snapshot { taken_at, components, links, exported }
    }
}

impl ComponentStatus {
    /// One that is ready, was never restarted, and has no boxes.
    pub(crate) fn new(
        number: u64,
        name: impl Into<String>,
        kind: impl Into<String>,
        home: Home,
    ) -> Self {
        ComponentStatus {
            number,
            name: name.into(),
            kind: kind.into(),
            home,
            state: State::Ready,
            restarts: 0,
            inboxes: Vec::new(),
            outboxes: Vec::new(),
        }
    }

    pub(crate) fn with_state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    pub(crate) fn with_restarts(mut self, restarts: u64) -> Self {
        self.restarts = restarts;
        self
    }

    /// In the order of their declaration.
    pub(crate) fn with_inbox(mut self, inbox: BoxStatus) -> Self {
        self.inboxes.push(inbox);
        self
    }

    /// In the order of their declaration.
    pub(crate) fn with_outbox(mut self, outbox: BoxStatus) -> Self {
        self.outboxes.push(outbox);
        self
    }
}

impl BoxStatus {
    /// A box as it was declared, and the short name of its message type.
    pub(crate) fn new(about: &About, message: impl Into<String>) -> Self {
        BoxStatus {
            name: about.name.to_string(),
            message: message.into(),
            description: about.description.to_owned(),
            optional: about.optional,
        }
    }
}

impl LinkStatus {
    /// A link nothing has passed, whose sender waits when it is full.
    pub(crate) fn new(from: End, to: End, message: impl Into<String>, capacity: usize) -> Self {
        LinkStatus {
            from,
            to,
            message: message.into(),
            capacity,
            policy: "wait".to_owned(),
            sent: 0,
            taken: 0,
            depth: 0,
            dropped: 0,
            high_water: None,
            blocked: None,
        }
    }

    pub(crate) fn with_policy(mut self, policy: impl Into<String>) -> Self {
        self.policy = policy.into();
        self
    }

    pub(crate) fn with_counts(mut self, sent: u64, taken: u64, depth: usize) -> Self {
        (self.sent, self.taken, self.depth) = (sent, taken, depth);
        self
    }

    pub(crate) fn with_dropped(mut self, dropped: u64) -> Self {
        self.dropped = dropped;
        self
    }

    pub(crate) fn with_high_water(mut self, high_water: usize) -> Self {
        self.high_water = Some(high_water);
        self
    }

    pub(crate) fn with_blocked(mut self, blocked: Duration) -> Self {
        self.blocked = Some(blocked);
        self
    }
}

impl End {
    pub(crate) fn new(number: u64, component: impl Into<String>, name: impl Into<String>) -> Self {
        End { number, component: component.into(), name: name.into() }
    }
}

impl ExportedBox {
    /// `group` is the path of the graph that shows the box; empty for the outermost.
    pub(crate) fn new(
        group: impl Into<String>,
        name: impl Into<String>,
        direction: Direction,
        inner: End,
    ) -> Self {
        ExportedBox { group: group.into(), name: name.into(), direction, inner }
    }
}

impl State {
    /// With how it failed, if it did.
    pub(crate) fn ended(failure: Option<&str>) -> Self {
        let outcome = failure.unwrap_or("finished").to_owned();
        State::Ended { outcome, failed: failure.is_some() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn the_order_in_which_a_snapshot_is_filled_does_not_show() {
        let filled = example::running();
        let Snapshot { taken_at, mut components, mut links, mut exported } = filled.clone();
        components.reverse();
        links.reverse();
        exported.reverse();
        assert_eq!(Snapshot::new(taken_at, components, links, exported), filled);
    }
}
