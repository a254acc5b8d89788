//! What a graph has to say of itself at one moment.

use std::time::Duration;

use super::member::{InboxNames, Member};
use super::members::Assembled;
use super::office::Office;
use super::records::Record;
use super::slot::Slot;
use crate::boxes::shorten;
use crate::inspect::{BoxStatus, ComponentStatus, Direction, End, ExportedBox, Home, LinkStatus};
use crate::inspect::{Snapshot, State, Wait};
use crate::linkage::{LinkState, MessageKind};
use crate::time;

/// The worker on the thread that runs the graph.
const MAIN: &str = "main";

impl Office {
    /// Everyone who lives now, and what passes between them.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let begun = self.begun();
        let taken_at = begun.map_or(Duration::ZERO, |begun| time::now().duration_since(begun));
        let members = self.members();
        let ended = members.ended().map(|(record, end)| {
            let Record { slot, kind, .. } = record;
            let state = State::ended(end.failure.as_deref());
            ComponentStatus::new(slot.number(), slot.name(), shorten(kind), home(slot))
                .with_state(state)
        });
        overview(taken_at, || members.living(), ended.collect(), Vec::new())
    }
}

impl Assembled {
    /// The same before anything runs.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let members = || self.parts.iter().map(|settled| &settled.member);
        overview(Duration::ZERO, members, Vec::new(), self.exported())
    }

    fn exported(&self) -> Vec<ExportedBox> {
        let mut exported = Vec::new();
        for (name, (part, at)) in &self.own_inboxes {
            let member = &self.parts[*part].member;
            let inner = end(member, &member.inboxes[*at].about.name);
            exported.push(ExportedBox::new("", name, Direction::In, inner));
        }
        for (name, places) in &self.own_outboxes {
            for (part, at) in places {
                let member = &self.parts[*part].member;
                let inner = end(member, &member.outboxes[*at].about.name);
                exported.push(ExportedBox::new("", name, Direction::Out, inner));
            }
        }
        exported
    }
}

fn overview<'a, Living>(
    taken_at: Duration,
    living: impl Fn() -> Living,
    mut components: Vec<ComponentStatus>,
    exported: Vec<ExportedBox>,
) -> Snapshot
where
    Living: Iterator<Item = &'a Member>,
{
    let names = InboxNames::of(living());
    let links = living().flat_map(|member| links_of(member, &names)).collect();
    components.extend(living().map(component));
    Snapshot::new(taken_at, components, links, exported)
}

fn component(member: &Member) -> ComponentStatus {
    let slot = &member.slot;
    let kind = shorten(member.kind);
    let mut status = ComponentStatus::new(slot.number(), slot.name(), kind, home(slot))
        .with_state(state(member))
        .with_restarts(member.restarts);
    for inbox in &member.inboxes {
        status = status.with_inbox(BoxStatus::new(&inbox.about, inbox.kind.text()));
    }
    for outbox in &member.outboxes {
        status = status.with_outbox(BoxStatus::new(&outbox.about, outbox.kind.text()));
    }
    status
}

fn home(slot: &Slot) -> Home {
    match slot.mailroom() {
        Some(mailroom) if mailroom.name().is_empty() => Home::Worker(MAIN.to_owned()),
        Some(mailroom) => Home::Worker(mailroom.name().to_owned()),
        None => Home::OwnThread,
    }
}

fn state(member: &Member) -> State {
    if member.slot.is_paused() {
        return State::Paused;
    }
    if member.slot.is_ready() {
        return State::Ready;
    }
    let mut waits = Vec::new();
    for inbox in member.inboxes.iter().filter(|inbox| inbox.reach.owner_waits.is_raised()) {
        waits.push(Wait::Message { inbox: inbox.about.name.to_string() });
    }
    for outbox in &member.outboxes {
        if outbox.reach.link().is_some_and(|link| link.sender_waits.is_raised()) {
            waits.push(Wait::Room { outbox: outbox.about.name.to_string() });
        }
    }
    if member.slot.children_awaited.is_raised() {
        waits.push(Wait::Child);
    }
    if waits.is_empty() {
        waits.push(Wait::Elsewhere);
    }
    State::Waiting(waits)
}

fn links_of(member: &Member, names: &InboxNames<'_>) -> Vec<LinkStatus> {
    let linked = member.outboxes.iter().filter_map(|outbox| {
        let link = outbox.reach.link()?;
        let (receiver, inbox) = names.get(&link.inbox)?;
        let to = End::new(receiver.number(), receiver.name(), inbox);
        Some(link_status(&link, end(member, &outbox.about.name), to, outbox.kind))
    });
    linked.collect()
}

fn link_status(link: &LinkState, from: End, to: End, kind: &MessageKind) -> LinkStatus {
    let stats = link.stats();
    let depth = usize::try_from(stats.waiting).unwrap_or(usize::MAX);
    let status = LinkStatus::new(from, to, kind.text(), stats.limit)
        .with_policy(link.when_full().to_string())
        .with_counts(stats.sent, stats.taken, depth)
        .with_dropped(stats.dropped);
    match stats.observed {
        Some(seen) => status.with_high_water(seen.waiting_max).with_blocked(seen.blocked),
        None => status,
    }
}

fn end(member: &Member, name: &str) -> End {
    End::new(member.slot.number(), member.slot.name(), name)
}
