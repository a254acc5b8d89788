//! The components of a running graph: who lives, in which group, and how the others ended.

use std::collections::HashMap;
use std::sync::Arc;

use super::flag::publish;
use super::slot::{ForeignWaker, Slot};
use super::worker::Life;
use crate::chassis::Restart;
use crate::component::Component;
use crate::control::{Asked, ChildrenState};
use crate::error::{Outcome, Report, RunError, Waiting};
use crate::linkage::{InboxState, LinkState};

/// Adopted components that finished well and are still named in the report; the rest is counted.
const ADOPTED_NAMED_MAX: usize = 1_000;

/// Components with their boxes joined, ready to start.
#[derive(Default)]
pub(crate) struct Assembled {
    pub(crate) parts: Vec<Settled>,
    /// The groups of this graph, each after the one it is part of; the first is the graph itself.
    pub(crate) groups: Vec<Group>,
    /// These are adopted, by a member of this group.
    pub(crate) adopted_by: Option<usize>,
}

/// A component that knows where it will live.
pub(crate) struct Settled {
    pub(crate) component: Box<dyn Component>,
    pub(crate) member: Member,
}

/// What is remembered of a component.
pub(crate) struct Member {
    pub(crate) slot: Arc<Slot>,
    pub(crate) foreign: Arc<ForeignWaker>,
    pub(crate) inboxes: Vec<(String, Arc<InboxState>)>,
    /// The outbox, the `component.box` it is linked to, and the link.
    pub(crate) outboxes: Vec<(String, String, Arc<LinkState>)>,
    pub(crate) group: usize,
    /// Its failure ends nobody else.
    pub(crate) is_isolated: bool,
    pub(crate) restart: Option<Restart>,
    /// Where its outcome will be written; nowhere yet for an adopted one.
    record: Option<usize>,
}

/// Components that fail together.
#[derive(Default)]
pub(crate) struct Group {
    /// The group this one is part of.
    pub(crate) parent: Option<usize>,
    /// A failure in it ends nobody outside it.
    pub(crate) is_isolated: bool,
    /// Told of every end in it.
    pub(crate) watcher: Option<Arc<ChildrenState>>,
    /// Of everyone in it, whoever comes later too.
    asked: Asked,
    alive: usize,
}

impl Group {
    /// The same group as part of another.
    pub(crate) fn within(self, parent: usize) -> Self {
        Group { parent: Some(parent), ..self }
    }
}

/// How far a failure reaches.
pub(crate) enum Reach {
    Group(usize),
    Graph,
}

/// Everyone who lives, and the records of those who do not.
#[derive(Default)]
pub(crate) struct Members {
    living: Vec<Option<Member>>,
    free: Vec<usize>,
    alive: usize,
    groups: HashMap<usize, Group>,
    next_group: usize,
    /// Of the components that were there from the start, in the order they were added; then of
    /// adopted ones, in the order they ended.
    records: Vec<(String, Option<Outcome>)>,
    adopted_named: usize,
    adopted_unnamed: u64,
    first_failure: Option<usize>,
}

impl Member {
    pub(crate) fn new(slot: Arc<Slot>, group: usize) -> Self {
        let foreign = Arc::new(ForeignWaker(slot.clone()));
        Member {
            slot,
            foreign,
            inboxes: Vec::new(),
            outboxes: Vec::new(),
            group,
            is_isolated: false,
            restart: None,
            record: None,
        }
    }

    fn name(&self) -> String {
        self.slot.name().to_owned()
    }
}

impl Members {
    /// Takes in a graph, or what a component adopts.
    pub(crate) fn enter(&mut self, assembled: Assembled, asked: Asked) -> Vec<Life> {
        let around = assembled.adopted_by.and_then(|group| self.groups.get(&group));
        let asked = around.map_or(asked, |group| group.asked.max(asked));
        let first_group = self.next_group;
        self.next_group += assembled.groups.len();
        for (at, mut group) in assembled.groups.into_iter().enumerate() {
            // Numbered from where this graph's groups begin; the first is part of the adopter's.
            group.parent = match group.parent {
                Some(parent) => Some(first_group + parent),
                None => assembled.adopted_by,
            };
            group.asked = asked;
            if let Some(watcher) = &group.watcher {
                watcher.settle(first_group + at);
            }
            self.groups.insert(first_group + at, group);
        }
        let is_adopted = assembled.adopted_by.is_some();
        let begun = assembled.parts.into_iter().map(|mut settled| {
            settled.member.group += first_group;
            settled.member.slot.settle_in(settled.member.group);
            if asked > Asked::GoOn {
                settled.member.slot.ask(asked);
            }
            self.enter_one(settled, is_adopted)
        });
        begun.collect()
    }

    fn enter_one(&mut self, settled: Settled, is_adopted: bool) -> Life {
        let Settled { component, mut member } = settled;
        if !is_adopted {
            member.record = Some(self.records.len());
            self.records.push((member.name(), None));
        }
        for group in self.groups_around(member.group) {
            if let Some(group) = self.groups.get_mut(&group) {
                group.alive += 1;
            }
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.living.push(None);
            self.living.len() - 1
        });
        let life = member.life(number, component);
        self.living[number] = Some(member);
        self.alive += 1;
        life
    }

    /// Which of a seeded run's actors a component's own thread is.
    pub(crate) fn actor(&self, number: usize) -> Option<usize> {
        self.living.get(number)?.as_ref()?.slot.actor()
    }

    pub(crate) fn is_anyone_alive(&self) -> bool {
        self.alive > 0
    }

    /// The outcome, seen in the light of what the component did besides.
    pub(crate) fn true_outcome(&self, number: usize, outcome: Outcome) -> Outcome {
        let member = self.living.get(number).and_then(Option::as_ref);
        match member.and_then(|member| member.slot.take_overflow()) {
            Some(overflow) if !outcome.is_failure() => Outcome::Failed(overflow.into()),
            _ => outcome,
        }
    }

    /// By which a component that has failed may begin again.
    pub(crate) fn take_restart(&mut self, number: usize) -> Option<Restart> {
        self.living.get_mut(number)?.as_mut()?.restart.take()
    }

    /// A component that has failed begins again in this shape.
    pub(crate) fn begin_again(
        &mut self,
        number: usize,
        restart: Restart,
        component: Box<dyn Component>,
    ) -> Option<Life> {
        let member = self.living.get_mut(number)?.as_mut()?;
        member.restart = Some(restart);
        Some(member.life(number, component))
    }

    /// One component's end for good, and who must stop for it.
    pub(crate) fn end(&mut self, number: usize, outcome: Outcome) -> Option<Reach> {
        // An abandoned component may end after all.
        let member = self.living.get_mut(number).and_then(Option::take)?;
        if outcome.is_failure() {
            return self.failed(number, member, outcome);
        }
        self.leave(number, member, outcome);
        None
    }

    fn failed(&mut self, number: usize, member: Member, outcome: Outcome) -> Option<Reach> {
        let reach = self.reach(&member);
        let record = self.leave(number, member, outcome);
        if let Some(Reach::Graph) = reach {
            self.first_failure = self.first_failure.or(record);
        }
        reach
    }

    /// Whom a failure of this component ends besides itself.
    fn reach(&self, member: &Member) -> Option<Reach> {
        if member.is_isolated {
            return None;
        }
        let around = self.groups_around(member.group);
        let isolated = around.into_iter().find(|group| self.groups[group].is_isolated);
        Some(isolated.map_or(Reach::Graph, Reach::Group))
    }

    /// Forgets a component but for its record.
    fn leave(&mut self, number: usize, member: Member, outcome: Outcome) -> Option<usize> {
        self.alive -= 1;
        self.free.push(number);
        if let (Some(task), Some(mailroom)) = (member.slot.task(), member.slot.mailroom()) {
            mailroom.free_task(task);
        }
        let mut is_told = false;
        for group in self.groups_around(member.group) {
            self.leave_group(group, &mut is_told, &member, &outcome);
        }
        if let Some(at) = member.record {
            self.records[at].1 = Some(outcome);
            return Some(at);
        }
        if !outcome.is_failure() {
            if self.adopted_named == ADOPTED_NAMED_MAX {
                self.adopted_unnamed += 1;
                return None;
            }
            self.adopted_named += 1;
        }
        self.records.push((member.name(), Some(outcome)));
        Some(self.records.len() - 1)
    }

    /// Whoever adopted the component is told, but not whoever adopted the adopter.
    fn leave_group(&mut self, number: usize, is_told: &mut bool, member: &Member, end: &Outcome) {
        let Some(group) = self.groups.get_mut(&number) else { return };
        group.alive -= 1;
        if let Some(watcher) = &group.watcher
            && !std::mem::replace(is_told, true)
        {
            watcher.ended(member.slot.name(), end);
        }
        if group.alive == 0 {
            self.groups.remove(&number);
        }
    }

    /// A group and all it is part of, from the inside out.
    fn groups_around(&self, group: usize) -> Vec<usize> {
        let parent = |group: &usize| self.groups.get(group).and_then(|group| group.parent);
        std::iter::successors(Some(group), parent).collect()
    }

    /// Counts those who would not end as abandoned.
    pub(crate) fn abandon_all(&mut self) {
        for number in 0..self.living.len() {
            if let Some(member) = self.living[number].take() {
                let record = self.leave(number, member, Outcome::Abandoned);
                self.first_failure = self.first_failure.or(record);
            }
        }
    }

    /// Of everyone who lives.
    pub(crate) fn slots(&self) -> Vec<Arc<Slot>> {
        self.living.iter().flatten().map(|member| member.slot.clone()).collect()
    }

    /// Of everyone who lives in this group and the groups in it, of whom this is asked.
    pub(crate) fn ask_group(&mut self, group: usize, asked: Asked) -> Vec<Arc<Slot>> {
        let numbers: Vec<usize> = self.groups.keys().copied().collect();
        for number in numbers {
            if self.groups_around(number).contains(&group)
                && let Some(inner) = self.groups.get_mut(&number)
            {
                inner.asked = inner.asked.max(asked);
            }
        }
        let within = |member: &&Member| self.groups_around(member.group).contains(&group);
        self.living.iter().flatten().filter(within).map(|member| member.slot.clone()).collect()
    }

    /// Who waits for which box, if everybody waits for boxes that only they could change; empty
    /// if someone outside could still wake one of them.
    pub(crate) fn who_waits(&self) -> Vec<Waiting> {
        let mut all = Vec::new();
        for member in self.living.iter().flatten() {
            if member.may_be_woken_by_others() {
                return Vec::new();
            }
            let before = all.len();
            member.note_waits(&mut all);
            if all.len() == before {
                // It waits for something that is not a box.
                return Vec::new();
            }
        }
        all
    }

    /// Sums up the run.
    pub(crate) fn report(&mut self, stuck: Vec<Waiting>) -> Result<Report, RunError> {
        let records = std::mem::take(&mut self.records).into_iter();
        let outcomes = records.map(|(name, end)| (name, end.unwrap_or(Outcome::Finished)));
        let report = Report::new(outcomes.collect(), self.adopted_unnamed);
        // A failure stops a graph before it can be stuck: what failed besides failed for that.
        if !stuck.is_empty() {
            return Err(RunError::Stuck { waiting: stuck });
        }
        match self.first_failure {
            Some(at) => Err(RunError::Component { at, report }),
            None => Ok(report),
        }
    }
}

impl Member {
    fn life(&self, number: usize, component: Box<dyn Component>) -> Life {
        let (slot, foreign) = (self.slot.clone(), self.foreign.clone());
        Life { member: number, slot, foreign, component }
    }

    /// Someone besides its boxes can wake it.
    fn may_be_woken_by_others(&self) -> bool {
        if self.inboxes.iter().any(|(_, inbox)| inbox.has_address()) {
            return true;
        }
        // One is kept here, one by whoever polls the component.
        let others = Arc::strong_count(&self.foreign) > 2;
        // If the last of them has just gone, what he sent before is visible from here on.
        publish();
        others
    }

    fn note_waits(&self, all: &mut Vec<Waiting>) {
        let component = self.slot.name();
        for (name, inbox) in &self.inboxes {
            if inbox.owner_waits.is_raised() {
                all.push(Waiting::ForMessage { component: component.into(), inbox: name.clone() });
            }
        }
        for (name, to, link) in &self.outboxes {
            if link.sender_waits.is_raised() {
                all.push(Waiting::ForRoom {
                    component: component.into(),
                    outbox: name.clone(),
                    to: to.clone(),
                });
            }
        }
        if self.slot.children_awaited.is_raised() {
            all.push(Waiting::ForChild { component: component.into() });
        }
    }
}
