//! Who waits for what will never happen.

use std::collections::{HashMap, HashSet};

use super::snapshot::{ComponentStatus, Home, LinkStatus, Snapshot, State, Wait};

impl Snapshot {
    /// The [numbers](ComponentStatus::number) of components that wait, as far as this snapshot tells
    /// for ever: all who could send what they wait for, or make room, wait so themselves.
    ///
    /// A graph in which nobody can move ends with [`RunError::Stuck`](crate::RunError::Stuck). These
    /// are found also where others still move. What a snapshot does not show counts as able to move:
    /// messages by address into boxes without links, sockets, time, whoever resumes what is paused.
    ///
    /// ```
    /// # use axon_core::inspect::Snapshot;
    /// fn complaint(snapshot: &Snapshot) -> Option<String> {
    ///     let stuck = snapshot.stuck();
    ///     let first = snapshot.components.iter().find(|one| stuck.contains(&one.number))?;
    ///     Some(format!("{} {}, which nobody will end", first.name, first.state))
    /// }
    /// # assert_eq!(complaint(&Snapshot::default()), None);
    /// ```
    pub fn stuck(&self) -> Vec<u64> {
        let around = Around::of(self);
        let moves = |one: &&ComponentStatus| !around.waits_for_boxes(one);
        let mut able: HashSet<u64> =
            self.components.iter().filter(moves).map(|one| one.number).collect();
        let mut waiting: Vec<_> =
            self.components.iter().filter(|one| !able.contains(&one.number)).collect();
        // Each round finds those one link further from somebody who can move.
        loop {
            let before = waiting.len();
            waiting.retain(|one| {
                let is_able = around.may_be_woken(one, &able);
                if is_able {
                    able.insert(one.number);
                }
                !is_able
            });
            if waiting.len() == before {
                return waiting.into_iter().map(|one| one.number).collect();
            }
        }
    }
}

/// The links at each box, and who has ended.
struct Around<'a> {
    into: HashMap<(u64, &'a str), Vec<&'a LinkStatus>>,
    out_of: HashMap<(u64, &'a str), Vec<&'a LinkStatus>>,
    ended: HashSet<u64>,
}

impl<'a> Around<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let (mut into, mut out_of): (HashMap<_, Vec<_>>, HashMap<_, Vec<_>>) = Default::default();
        for link in &snapshot.links {
            into.entry((link.to.number, &*link.to.name)).or_default().push(link);
            out_of.entry((link.from.number, &*link.from.name)).or_default().push(link);
        }
        let ended = snapshot.components.iter().filter(|one| one.has_ended());
        Around { into, out_of, ended: ended.map(|one| one.number).collect() }
    }

    /// Whether links alone can tell when it goes on.
    fn waits_for_boxes(&self, component: &ComponentStatus) -> bool {
        let State::Waiting(waits) = &component.state else { return false };
        let is_box = |wait: &Wait| matches!(wait, Wait::Message { .. } | Wait::Room { .. });
        component.home != Home::Outside && !waits.is_empty() && waits.iter().all(is_box)
    }

    fn may_be_woken(&self, component: &ComponentStatus, able: &HashSet<u64>) -> bool {
        let State::Waiting(waits) = &component.state else { return true };
        waits.iter().any(|wait| match wait {
            Wait::Message { inbox } => match self.into.get(&(component.number, &**inbox)) {
                // Reached by address, or not at all any more.
                None => true,
                Some(links) => links.iter().any(|link| {
                    let sender = link.from.number;
                    link.depth > 0 || able.contains(&sender) || self.ended.contains(&sender)
                }),
            },
            Wait::Room { outbox } => match self.out_of.get(&(component.number, &**outbox)) {
                None => true,
                Some(links) => links.iter().any(|link| {
                    let taker = link.to.number;
                    !link.is_full() || able.contains(&taker) || self.ended.contains(&taker)
                }),
            },
            Wait::Child | Wait::Time | Wait::Elsewhere => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::example::{link, running};
    use super::*;

    fn waits(number: u64, name: &str, wait: Wait) -> ComponentStatus {
        ComponentStatus::new(number, name, "Waits", Home::OwnThread)
            .with_state(State::Waiting(vec![wait]))
    }

    fn message() -> Wait {
        Wait::Message { inbox: "inbox".into() }
    }

    fn room() -> Wait {
        Wait::Room { outbox: "outbox".into() }
    }

    fn snapshot(components: Vec<ComponentStatus>, links: Vec<LinkStatus>) -> Snapshot {
        Snapshot::new(Duration::from_secs(1), components, links, Vec::new())
    }

    #[test]
    fn a_circle_that_waits_for_itself_is_stuck_and_so_is_who_waits_for_it() {
        let all =
            vec![waits(1, "a", message()), waits(2, "b", message()), waits(3, "c", message())];
        let links = || {
            let empty = |from, to| link(from, to, "u8", 4).with_counts(2, 2, 0);
            vec![empty((1, "a"), (2, "b")), empty((2, "b"), (1, "a")), empty((2, "b"), (3, "c"))]
        };
        assert_eq!(snapshot(all.clone(), links()).stuck(), [1, 2, 3]);
        for number in 0..3 {
            let mut one_moves = all.clone();
            one_moves[number].state = State::Ready;
            let left = if number == 2 { vec![1, 2] } else { vec![] };
            assert_eq!(snapshot(one_moves, links()).stuck(), left, "{number} moves");
        }
    }

    #[test]
    fn who_waits_for_room_is_stuck_if_nobody_will_make_any() {
        let links = vec![
            link((1, "a"), (2, "b"), "u8", 4).with_counts(4, 0, 4),
            link((3, "c"), (2, "b"), "u8", 4).with_counts(0, 0, 0),
        ];
        let other = Wait::Message { inbox: "other".into() };
        let all = vec![waits(1, "a", room()), waits(2, "b", other), waits(3, "c", room())];
        let stuck = snapshot(all, links).stuck();
        assert_eq!(stuck, Vec::<u64>::new(), "`other` may be reached by address");
        let links = vec![
            link((1, "a"), (2, "b"), "u8", 4).with_counts(4, 0, 4),
            link((2, "b"), (1, "a"), "u8", 4).with_counts(4, 0, 4),
        ];
        let all = vec![waits(1, "a", room()), waits(2, "b", room())];
        assert_eq!(snapshot(all, links).stuck(), [1, 2]);
    }

    #[test]
    fn a_graph_that_runs_has_nobody_who_is_stuck() {
        assert_eq!(running().stuck(), Vec::<u64>::new());
        assert_eq!(Snapshot::default().stuck(), Vec::<u64>::new());
    }
}
