//! The loop that gives components their turns, from the first to the last.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};

use super::Mailroom;
use super::flag::publish;
use super::local;
use super::slot::{ForeignWaker, Slot};
use crate::component::{Component, ComponentResult, Start};
use crate::control::Asked;
use crate::error::{Outcome, Report, RunError, Waiting};
use crate::linkage::{InboxState, LinkState};

/// Turns between two looks into the mailbox while somebody is ready, so that a busy graph still
/// hears from other threads.
const TURNS_PER_LOOK: u32 = 61;

/// What other threads tell a worker.
pub(crate) enum Mail {
    /// Give this task a turn.
    Wake(u32),
    /// Start these components too.
    Adopt(Assembled),
    /// The thread of this component has ended.
    ThreadEnded { member: usize, outcome: Outcome },
    /// Ask this of everybody.
    Ask(Asked),
}

/// Components with their boxes joined, ready to start.
#[derive(Default)]
pub(crate) struct Assembled {
    pub(crate) parts: Vec<Part>,
}

/// One of them.
pub(crate) struct Part {
    pub(crate) component: Box<dyn Component>,
    /// Its number among the worker's tasks; none for a component with its own thread.
    pub(crate) task: Option<u32>,
    pub(crate) member: Member,
}

/// What the worker remembers of a component.
pub(crate) struct Member {
    pub(crate) slot: Arc<Slot>,
    pub(crate) inboxes: Vec<(String, Arc<InboxState>)>,
    /// The outbox, the `component.box` it is linked to, and the link.
    pub(crate) outboxes: Vec<(String, String, Arc<LinkState>)>,
    pub(crate) outcome: Option<Outcome>,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ComponentResult>>>,
    slot: Arc<Slot>,
    /// Shared with `waker`, and with whoever else keeps a clone of that.
    foreign: Arc<ForeignWaker>,
    waker: Waker,
    member: usize,
}

/// One thread's share of a graph.
pub(crate) struct Worker {
    mailroom: Mailroom,
    tasks: Vec<Option<Task>>,
    /// Of the components with their own thread, by member.
    threads: HashMap<usize, JoinHandle<()>>,
    members: Vec<Member>,
    tasks_alive: usize,
    asked: Asked,
    first_failure: Option<usize>,
    stuck: Vec<Waiting>,
    turns: u32,
}

impl Worker {
    pub(crate) fn new(mailroom: Mailroom) -> Self {
        Worker {
            mailroom,
            tasks: Vec::new(),
            threads: HashMap::new(),
            members: Vec::new(),
            tasks_alive: 0,
            asked: Asked::GoOn,
            first_failure: None,
            stuck: Vec::new(),
            turns: 0,
        }
    }

    /// Runs until every component has ended.
    pub(crate) fn run(mut self, assembled: Assembled) -> Result<Report, RunError> {
        let Some(occupied) = local::occupy(self.mailroom.worker()) else {
            return Err(RunError::Nested);
        };
        self.start(assembled);
        // The last component to end may have left others to adopt.
        while self.is_anyone_alive() || self.read_mail() || !self.mailroom.close_if_empty() {
            self.turns = self.turns.wrapping_add(1);
            if self.turns.is_multiple_of(TURNS_PER_LOOK) {
                self.read_mail();
            }
            match local::pop() {
                Some(task) => self.give_turn(task),
                None if self.read_mail() => {}
                // What was read last was for those who have ended.
                None if !self.is_anyone_alive() => {}
                None => self.wait(),
            }
        }
        drop(occupied);
        Report::of(self.members, self.first_failure, self.stuck)
    }

    fn is_anyone_alive(&self) -> bool {
        self.tasks_alive + self.threads.len() > 0
    }

    fn start(&mut self, assembled: Assembled) {
        for part in assembled.parts {
            let member = self.members.len();
            let slot = part.member.slot.clone();
            self.members.push(part.member);
            match catch_unwind(AssertUnwindSafe(|| part.component.start())) {
                Ok(start) => match (start, part.task) {
                    (Start::Polled(future), Some(task)) => {
                        self.start_task(task, member, slot, future);
                    }
                    (Start::Blocking(main), None) => self.start_thread(member, slot, main),
                    _ => self.ended(member, Outcome::misplaced()),
                },
                Err(panic) => self.ended(member, Outcome::Panicked(panic_text(&*panic))),
            }
            local::end_turn();
        }
    }

    fn start_task(
        &mut self,
        number: u32,
        member: usize,
        slot: Arc<Slot>,
        future: Pin<Box<dyn Future<Output = ComponentResult>>>,
    ) {
        let at = number as usize;
        if self.tasks.len() <= at {
            self.tasks.resize_with(at + 1, || None);
        }
        let foreign = Arc::new(ForeignWaker(slot.clone()));
        let waker = Waker::from(foreign.clone());
        slot.ask(self.asked);
        self.tasks[at] = Some(Task { future, slot, foreign, waker, member });
        self.tasks_alive += 1;
    }

    fn start_thread(
        &mut self,
        member: usize,
        slot: Arc<Slot>,
        main: Box<dyn FnOnce() -> ComponentResult + Send>,
    ) {
        let mailbox = self.mailroom.sender();
        let name = slot.name().to_owned();
        slot.ask(self.asked);
        let life = move || {
            slot.settle_on_this_thread();
            let outcome = outcome_of(catch_unwind(AssertUnwindSafe(main)));
            let _ = mailbox.send(Mail::ThreadEnded { member, outcome });
        };
        match thread::Builder::new().name(name).spawn(life) {
            Ok(thread) => drop(self.threads.insert(member, thread)),
            Err(error) => self.ended(member, Outcome::Failed(error.into())),
        }
    }

    fn give_turn(&mut self, number: u32) {
        let Some(Some(task)) = self.tasks.get_mut(number as usize) else {
            return;
        };
        task.slot.begin_turn();
        local::begin_turn(task.slot.is_stopping());
        let context = &mut Context::from_waker(&task.waker);
        let polled = catch_unwind(AssertUnwindSafe(|| task.future.as_mut().poll(context)));
        let result = match polled {
            Ok(Poll::Pending) => {
                local::end_turn();
                return;
            }
            Ok(Poll::Ready(result)) => Ok(result),
            Err(panic) => Err(panic),
        };
        let member = task.member;
        let ended = self.tasks[number as usize].take();
        // Dropping the component's boxes tells its neighbours that it has ended.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(ended)));
        local::end_turn();
        self.tasks_alive -= 1;
        let outcome = match (outcome_of(result), dropped) {
            (Outcome::Finished, Err(panic)) => Outcome::Panicked(panic_text(&*panic)),
            (outcome, _) => outcome,
        };
        self.ended(member, outcome);
    }

    /// One component's end; a failure ends all others too.
    fn ended(&mut self, member: usize, outcome: Outcome) {
        let ended = &mut self.members[member];
        let outcome = match ended.slot.take_overflow() {
            Some(overflow) if !outcome.is_failure() => Outcome::Failed(overflow.into()),
            _ => outcome,
        };
        log::debug!("`{}` {outcome}", ended.slot.name());
        let failed = outcome.is_failure();
        ended.outcome = Some(outcome);
        // Of a graph that adopts components again and again, only names and outcomes are kept.
        (ended.inboxes, ended.outboxes) = (Vec::new(), Vec::new());
        if failed {
            self.first_failure.get_or_insert(member);
            self.ask(Asked::Stop);
        }
    }

    fn ask(&mut self, asked: Asked) {
        self.asked = self.asked.max(asked);
        for member in self.members.iter().filter(|member| member.outcome.is_none()) {
            member.slot.ask(asked);
        }
    }

    /// Whether there was any.
    fn read_mail(&mut self) -> bool {
        let mut any = false;
        while let Some(mail) = self.mailroom.next() {
            any = true;
            self.on_mail(mail);
        }
        any
    }

    fn on_mail(&mut self, mail: Mail) {
        match mail {
            Mail::Wake(task) => local::push(task),
            Mail::Adopt(assembled) => self.start(assembled),
            Mail::ThreadEnded { member, outcome } => {
                if let Some(thread) = self.threads.remove(&member) {
                    // It has nothing left to do. A panic was caught and told as the outcome.
                    let _ = thread.join();
                }
                self.ended(member, outcome);
            }
            Mail::Ask(asked) => self.ask(asked),
        }
    }

    /// Nobody is ready.
    fn wait(&mut self) {
        if self.asked < Asked::Stop && self.threads.is_empty() {
            let waiting = self.who_waits();
            // Someone outside may have woken a component and then taken down the sign that he
            // could, all since the mail was read.
            if self.read_mail() {
                return;
            }
            if !waiting.is_empty() {
                self.stuck = waiting;
                self.ask(Asked::Stop);
                return;
            }
        }
        if let Some(mail) = self.mailroom.wait() {
            self.on_mail(mail);
        }
    }

    /// Who waits for which box, if everybody waits for boxes that only they could change; empty
    /// if someone outside could still wake one of them.
    fn who_waits(&self) -> Vec<Waiting> {
        if self.tasks.iter().flatten().any(Task::may_be_woken_by_others) {
            return Vec::new();
        }
        let mut all = Vec::new();
        for member in self.members.iter().filter(|member| member.outcome.is_none()) {
            if member.inboxes.iter().any(|(_, inbox)| inbox.has_address()) {
                return Vec::new();
            }
            if member.outboxes.iter().any(|(_, _, link)| link.waits_for_outside()) {
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
}

impl Task {
    /// Someone besides its boxes keeps a waker of it.
    fn may_be_woken_by_others(&self) -> bool {
        let others = Arc::strong_count(&self.foreign) > 2;
        // If the last of them has just gone, what he sent before is visible from here on.
        publish();
        others
    }
}

impl Member {
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
    }
}

fn outcome_of(result: Result<ComponentResult, Box<dyn Any + Send>>) -> Outcome {
    match result {
        Ok(Ok(())) => Outcome::Finished,
        Ok(Err(error)) if error.is::<crate::Closed>() => Outcome::Finished,
        Ok(Err(error)) => Outcome::Failed(error),
        Err(panic) => Outcome::Panicked(panic_text(&*panic)),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
