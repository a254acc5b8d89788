//! The components of a running graph: who lives, in which group, and how the others ended.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::member::{Estate, InboxNames, Member, Settled};
use super::records::{EndInWords, Ends, Record, Tally};
use super::slot::Slot;
use super::take_over::BoxesKept;
use super::worker::Life;
use crate::chassis::Restart;
use crate::component::Component;
use crate::control::{Asked, ChildrenState};
use crate::error::{Outcome, Waiting, caught};

/// Components with their boxes joined, ready to start.
#[derive(Default)]
pub(crate) struct Assembled {
    pub(crate) parts: Vec<Settled>,
    /// The groups of this graph, each after the one it is part of; the first is the graph itself.
    pub(crate) groups: Vec<Group>,
    /// These are adopted, by a member of this group.
    pub(crate) adopted_by: Option<usize>,
    /// The graph's own boxes, and those inside for which they stand: the part, and which of its
    /// boxes.
    pub(crate) own_inboxes: Vec<(String, (usize, usize))>,
    pub(crate) own_outboxes: Vec<(String, Vec<(usize, usize)>)>,
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

/// What follows from a component's end. Nothing is locked while it does: who is told may do anything
/// when he is woken, and so may what the component left when it is dropped.
#[derive(Default)]
pub(crate) struct Aftermath {
    pub(crate) reach: Option<Reach>,
    told: Option<Arc<ChildrenState>>,
    left: Option<Member>,
    /// How it ended, if that is not written down.
    unwritten: Option<EndInWords>,
}

impl Aftermath {
    /// Tells whoever adopted the component of its end, and how it failed if it did.
    pub(crate) fn tell(self, failure: Option<String>) {
        let _ = caught(|| drop(self.unwritten));
        let Some(mut member) = self.left else { return };
        log::debug!("`{}` {}", member.slot.name(), failure.as_deref().unwrap_or("finished"));
        // Of one that was abandoned; what breaks here has nobody left to be told to.
        let _ = member.take_estate().let_go();
        if let Some(watcher) = &self.told {
            watcher.ended(member.slot.name(), failure);
        }
    }
}

/// Everyone who lives, and the records of those who do not.
#[derive(Default)]
pub(crate) struct Members {
    living: Vec<Option<Member>>,
    free: Vec<usize>,
    alive: usize,
    /// Of those who live, how many only look on.
    onlookers: usize,
    groups: BTreeMap<usize, Group>,
    next_group: usize,
    /// Of the components that were there from the start, in the order they were added; then of
    /// adopted ones, in the order they ended.
    records: Vec<Record>,
    /// Of adopted ones: those that finished well, and the others.
    finished: Tally,
    failed: Tally,
    first_failure: Option<usize>,
    /// The last one found that others could wake: most likely they still can.
    wakeable: AtomicUsize,
}

impl Members {
    /// Takes in a graph, or what a component adopts.
    pub(crate) fn enter(&mut self, assembled: Assembled, asked: Asked) -> Vec<Life> {
        // A control can be used when its component has ended, and nobody of its group is left.
        let around = assembled.adopted_by.and_then(|group| self.groups.get(&group));
        let adopted_by = assembled.adopted_by.filter(|_| around.is_some());
        let asked = around.map_or(asked, |group| group.asked.max(asked));
        let first_group = self.next_group;
        self.next_group += assembled.groups.len();
        let may_be_empty = assembled.groups.len() > 1 || assembled.parts.is_empty();
        for (at, mut group) in assembled.groups.into_iter().enumerate() {
            // Numbered from where this graph's groups begin; the first is part of the adopter's.
            group.parent = match group.parent {
                Some(parent) => Some(first_group + parent),
                None => adopted_by,
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
            if asked > Asked::GoOn {
                settled.member.slot.ask(asked);
            }
            self.enter_one(settled, is_adopted)
        });
        let lives = begun.collect();
        if may_be_empty {
            self.forget_empty_groups(first_group);
        }
        lives
    }

    /// Nobody will ever leave them.
    fn forget_empty_groups(&mut self, first: usize) {
        let new = self.groups.range(first..);
        let empty: Vec<usize> =
            new.filter(|(_, group)| group.alive == 0).map(|(at, _)| *at).collect();
        for group in empty {
            self.groups.remove(&group);
        }
    }

    fn enter_one(&mut self, settled: Settled, is_adopted: bool) -> Life {
        let Settled { component, mut member } = settled;
        if !is_adopted {
            member.record = Some(self.records.len());
            self.records.push(Record::of(&member, None));
        }
        let mut around = Some(member.group);
        while let Some(group) = around.and_then(|number| self.groups.get_mut(&number)) {
            group.alive += 1;
            around = group.parent;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.living.push(None);
            self.living.len() - 1
        });
        member.slot.enter(number, member.group);
        member.may_restart = member.restart.is_some();
        if member.may_restart {
            member.slot.keep_boxes(true);
        }
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

    /// A component that lives only looks on from now on.
    pub(crate) fn note_onlooker(&mut self) {
        self.onlookers += 1;
    }

    /// Whether somebody lives, and whoever does only looks on.
    pub(crate) fn are_only_onlookers_alive(&self) -> bool {
        self.alive > 0 && self.alive == self.onlookers
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
    pub(crate) fn take_restart(&mut self, number: usize) -> Option<Box<Restart>> {
        let member = self.living.get_mut(number)?.as_mut()?;
        if member.slot.is_stopping() { None } else { member.restart.take() }
    }

    /// The boxes of a component, for the one that comes after it.
    pub(crate) fn boxes_kept(&self, number: usize) -> Option<BoxesKept> {
        Some(BoxesKept::of(self.living.get(number)?.as_ref()?))
    }

    /// What a component leaves that does not begin again.
    pub(super) fn take_estate(&mut self, number: usize) -> Estate {
        let member = self.living.get_mut(number).and_then(Option::as_mut);
        member.map(Member::take_estate).unwrap_or_default()
    }

    /// A component that has failed begins again in this shape, which has its boxes.
    pub(crate) fn begin_again(
        &mut self,
        number: usize,
        restart: Box<Restart>,
        component: Box<dyn Component>,
    ) -> Option<Life> {
        let member = self.living.get_mut(number)?.as_mut()?;
        member.restart = Some(restart);
        member.restarts += 1;
        member.slot.begin_again();
        Some(member.life(number, component))
    }

    /// One component's end for good, and what follows from it.
    pub(crate) fn end(&mut self, number: usize, end: EndInWords) -> Aftermath {
        // An abandoned component may end after all.
        let Some(member) = self.living.get_mut(number).and_then(Option::take) else {
            return Aftermath { unwritten: Some(end), ..Aftermath::default() };
        };
        let reach = end.failure.is_some().then(|| self.reach(&member)).flatten();
        let is_first = matches!(reach, Some(Reach::Graph)) && self.first_failure.is_none();
        let (record, mut aftermath) = self.leave(number, member, end, is_first);
        if is_first {
            self.first_failure = record;
        }
        aftermath.reach = reach;
        aftermath
    }

    /// Whom a failure of this component ends besides itself.
    fn reach(&self, member: &Member) -> Option<Reach> {
        if member.is_isolated {
            return None;
        }
        let mut around = self.groups_around(member.group);
        let is_isolated = |group: &Group| group.is_isolated;
        let isolated = around.find(|group| self.groups.get(group).is_some_and(is_isolated));
        Some(isolated.map_or(Reach::Graph, Reach::Group))
    }

    /// Forgets a component but for its record.
    fn leave(
        &mut self,
        number: usize,
        member: Member,
        end: EndInWords,
        is_named: bool,
    ) -> (Option<usize>, Aftermath) {
        self.alive -= 1;
        // It has said that it looks on before its end was told.
        self.onlookers -= usize::from(member.slot.looks_on());
        self.free.push(number);
        if let (Some(task), Some(mailroom)) = (member.slot.task(), member.slot.mailroom()) {
            mailroom.free_task(task);
        }
        let told = self.leave_groups(&member);
        let (record, unwritten) = self.record(&member, end, is_named);
        (record, Aftermath { reach: None, told, left: Some(member), unwritten })
    }

    /// Writes down how a component ended, unless enough are; then it is handed back.
    fn record(
        &mut self,
        member: &Member,
        end: EndInWords,
        is_named: bool,
    ) -> (Option<usize>, Option<EndInWords>) {
        if let Some(at) = member.record {
            self.records[at].end = Some(end);
            return (Some(at), None);
        }
        let tally = if end.failure.is_some() { &mut self.failed } else { &mut self.finished };
        if !is_named && !tally.names_one_more() {
            return (None, Some(end));
        }
        self.records.push(Record::of(member, Some(end)));
        (Some(self.records.len() - 1), None)
    }

    /// Whoever adopted the component is to be told, but not whoever adopted the adopter.
    fn leave_groups(&mut self, member: &Member) -> Option<Arc<ChildrenState>> {
        let (mut told, mut around) = (None, Some(member.group));
        while let Some(number) = around
            && let Some(group) = self.groups.get_mut(&number)
        {
            group.alive -= 1;
            around = group.parent;
            if let Some(watcher) = &group.watcher
                && told.is_none()
            {
                told = Some(watcher.clone());
            }
            if group.alive == 0 {
                self.groups.remove(&number);
            }
        }
        told
    }

    /// A group and all it is part of, from the inside out.
    fn groups_around(&self, group: usize) -> impl Iterator<Item = usize> {
        let parent = |group: &usize| self.groups.get(group).and_then(|group| group.parent);
        std::iter::successors(Some(group), parent)
    }

    /// Counts those who would not end as abandoned.
    #[must_use]
    pub(crate) fn abandon_all(&mut self) -> Vec<Aftermath> {
        let mut all = Vec::with_capacity(self.alive);
        for number in 0..self.living.len() {
            if let Some(member) = self.living[number].take() {
                let is_first = self.first_failure.is_none();
                let (record, aftermath) =
                    self.leave(number, member, Outcome::Abandoned.into(), is_first);
                self.first_failure = self.first_failure.or(record);
                all.push(aftermath);
            }
        }
        all
    }

    /// A component that lives, by its number.
    pub(crate) fn get(&self, number: usize) -> Option<&Member> {
        self.living.get(number)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut Member> {
        self.living.get_mut(number)?.as_mut()
    }

    /// Of everyone who lives.
    pub(crate) fn slots(&self) -> Vec<Arc<Slot>> {
        self.living().map(|member| member.slot.clone()).collect()
    }

    /// Of everyone who lives in this group and the groups in it, of whom this is asked.
    pub(crate) fn ask_group(&mut self, group: usize, asked: Asked) -> Vec<Arc<Slot>> {
        let within = |number: usize| self.groups_around(number).any(|around| around == group);
        let inner: Vec<usize> =
            self.groups.keys().copied().filter(|inner| within(*inner)).collect();
        let members = self.living().filter(|member| within(member.group));
        let slots = members.map(|member| member.slot.clone()).collect();
        for number in inner {
            if let Some(inner) = self.groups.get_mut(&number) {
                inner.asked = inner.asked.max(asked);
            }
        }
        slots
    }

    /// Who waits for which box, if everybody waits for boxes that only they could change; empty
    /// if someone outside could still wake one of them.
    pub(crate) fn who_waits(&self) -> Vec<Waiting> {
        if self.is_anyone_wakeable() {
            return Vec::new();
        }
        let (mut all, names) = (Vec::new(), InboxNames::of(self.living()));
        for member in self.living() {
            let before = all.len();
            member.note_waits(&mut all, &names);
            if all.len() == before {
                // It waits for something that is not a box.
                return Vec::new();
            }
        }
        all
    }

    /// Whether someone outside could wake one of them. This is asked whenever nobody moves, which
    /// can be after every message from outside, and most often the one who could be woken can.
    fn is_anyone_wakeable(&self) -> bool {
        let known = self.living.get(self.wakeable.load(Ordering::Relaxed)).and_then(Option::as_ref);
        if known.is_some_and(Member::may_be_woken_by_others) {
            return true;
        }
        let is_wakeable =
            |member: &Option<Member>| member.as_ref().is_some_and(Member::may_be_woken_by_others);
        let found = self.living.iter().position(is_wakeable);
        self.wakeable.store(found.unwrap_or(0), Ordering::Relaxed);
        found.is_some()
    }

    pub(crate) fn living(&self) -> impl Iterator<Item = &Member> {
        self.living.iter().flatten()
    }

    /// Those who do not live any more, as far as they are remembered.
    pub(crate) fn ended(&self) -> impl Iterator<Item = (&Record, &EndInWords)> {
        self.records.iter().filter_map(|record| Some((record, record.end.as_ref()?)))
    }

    /// The component of this name; the one that began first, where several have it.
    pub(crate) fn find(&self, name: &str) -> Option<&Member> {
        let named = self.living().filter(|member| member.slot.name() == name);
        named.min_by_key(|member| member.slot.number())
    }

    /// How everyone ended; once, at the end of the run.
    pub(crate) fn take_ends(&mut self) -> Ends {
        Ends {
            records: std::mem::take(&mut self.records),
            unnamed: self.finished.unnamed,
            unnamed_failures: self.failed.unnamed,
            first_failure: self.first_failure,
        }
    }
}
