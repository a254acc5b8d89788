//! Gives the components that share a thread their turns.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use super::local;
use super::mailroom::{Desk, Mail, Mailroom};
use super::run::News;
use super::slot::{ForeignWaker, Slot};
use crate::component::{Component, ComponentResult, Start};
use crate::error::{Outcome, caught};
use crate::time;

/// Turns between two looks into the mailbox while somebody is ready, so that a busy worker still
/// hears from other threads, and of what is due.
const TURNS_PER_LOOK: u32 = 61;

/// A component and everything it needs to begin its life, on whatever thread that will be.
pub(crate) struct Life {
    pub(crate) member: usize,
    pub(crate) slot: Arc<Slot>,
    pub(crate) foreign: Arc<ForeignWaker>,
    pub(crate) component: Box<dyn Component>,
}

struct Task {
    future: Pin<Box<dyn Future<Output = ComponentResult>>>,
    slot: Arc<Slot>,
    /// Leads to the component's slot; whoever else keeps a clone can wake it.
    waker: Waker,
    member: usize,
}

/// The components of one thread.
pub(crate) struct Worker {
    desk: Desk,
    tasks: Vec<Option<Task>>,
    turns: u32,
    turns_per_look: u32,
    /// What came that is not for this worker alone.
    news: Vec<News>,
    /// How components of this worker ended. Told after whatever they have sent for, which is in the
    /// mail.
    ends: Vec<News>,
    is_closed: bool,
}

impl Worker {
    /// The one worker of this mailroom, made once.
    pub(crate) fn new(mailroom: &Arc<Mailroom>) -> Self {
        // Where chance chooses, it may choose anybody after each turn.
        let turns_per_look = mailroom.census.stage().map_or(TURNS_PER_LOOK, |_| 1);
        Worker {
            desk: mailroom.desk().expect("a mailroom has one worker, which is made once"),
            tasks: Vec::new(),
            turns: 0,
            turns_per_look,
            news: Vec::new(),
            ends: Vec::new(),
            is_closed: false,
        }
    }

    /// The life of a worker that does not manage its graph: passes its news on to the one that does.
    pub(crate) fn live(mut self, manager: &Arc<Mailroom>) {
        let room = self.desk.room().clone();
        let Some(occupied) = local::occupy(room.worker(), room.census.clone()) else { return };
        let staged = room.staged();
        if let Some((stage, actor)) = staged {
            stage.enter(actor);
        }
        while !self.is_closed {
            self.work(None);
            for news in self.news.drain(..).chain(self.ends.drain(..)) {
                manager.send(Mail::News(news));
            }
            if !self.is_closed && !local::is_anyone_ready() {
                room.census.leave();
                self.wait(None);
            }
        }
        self.end_all();
        drop(self);
        drop(occupied);
        room.census.leave();
        if let Some((stage, actor)) = staged {
            stage.leave(actor);
        }
    }

    /// Whether there is no mail.
    pub(crate) fn has_read_all(&self) -> bool {
        self.desk.is_empty()
    }

    /// Puts what has happened since this was last asked into `all`, which must be empty. What a
    /// component sent for comes before its end.
    pub(crate) fn take_news(&mut self, all: &mut Vec<News>) {
        if !self.ends.is_empty() {
            self.read_mail();
        }
        std::mem::swap(&mut self.news, all);
        all.append(&mut self.ends);
    }

    /// Gives turns until nobody is ready, until something happened that the manager must know, until
    /// there are to be no more, or until this moment.
    pub(crate) fn work(&mut self, until: Option<Instant>) {
        self.look_around();
        while !self.is_closed
            && self.news.is_empty()
            && self.ends.is_empty()
            && let Some(task) = local::pop()
        {
            self.give_turn(task);
            self.turns = self.turns.wrapping_add(1);
            if self.turns.is_multiple_of(self.turns_per_look) {
                self.desk.room().step_aside();
                self.look_around();
                if until.is_some_and(|until| until <= time::now()) {
                    return;
                }
            }
        }
    }

    /// Reads the mail, and wakes whoever is due.
    fn look_around(&mut self) {
        self.read_mail();
        local::wake_due();
    }

    fn read_mail(&mut self) {
        while let Some(mail) = self.desk.next() {
            self.on_mail(mail);
        }
    }

    /// Blocks until mail comes or a timer is due, at most until `deadline`. The worker must have
    /// left the census; it is back in it afterwards.
    pub(crate) fn wait(&mut self, deadline: Option<Instant>) {
        let due = local::next_due();
        let until = due.into_iter().chain(deadline).min();
        if let Some(mail) = self.desk.wait(until) {
            self.on_mail(mail);
        }
        local::wake_due();
    }

    fn on_mail(&mut self, mail: Mail) {
        match mail {
            Mail::Wake(task) => local::push(task),
            Mail::Start(life) => self.start(life),
            Mail::Close => self.is_closed = true,
            Mail::Quiet => {}
            Mail::News(news) => self.news.push(news),
        }
    }

    /// Begins a component's life here.
    pub(crate) fn start(&mut self, life: Life) {
        let Life { member, slot, foreign, component } = life;
        let begun = caught(|| match component.start() {
            Start::Polled(future) => Some(future),
            Start::Blocking(_) => None,
        });
        local::end_turn();
        match begun {
            Ok(Some(future)) => {
                let waker = Waker::from(foreign);
                self.add_task(Task { future, slot, waker, member });
            }
            Ok(None) => self.tell_end(member, Outcome::misplaced()),
            Err(outcome) => self.tell_end(member, outcome),
        }
    }

    fn add_task(&mut self, task: Task) {
        let Some(number) = task.slot.task() else { return };
        let at = number as usize;
        if self.tasks.len() <= at {
            self.tasks.resize_with(at + 1, || None);
        }
        task.slot.begin_on_this_worker();
        self.tasks[at] = Some(task);
    }

    #[inline]
    fn give_turn(&mut self, number: u32) {
        let Some(Some(task)) = self.tasks.get_mut(number as usize) else {
            return;
        };
        if !task.slot.begin_turn() {
            return;
        }
        local::begin_turn(task.slot.is_stopping());
        let context = &mut Context::from_waker(&task.waker);
        let polled = catch_unwind(AssertUnwindSafe(|| task.future.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => local::end_turn(),
            Ok(Poll::Ready(result)) => self.end(number, Outcome::of_result(result)),
            Err(panic) => self.end(number, Outcome::of_panic(panic)),
        }
    }

    /// Drops what is left of a component, and tells how it ended.
    #[cold]
    fn end(&mut self, number: u32, outcome: Outcome) {
        let Some(task) = self.tasks[number as usize].take() else { return };
        let member = task.member;
        // Dropping the component's boxes tells its neighbours that it has ended.
        let dropped = caught(|| drop(task));
        local::end_turn();
        self.tell_end(member, outcome.after(dropped));
    }

    fn tell_end(&mut self, member: usize, outcome: Outcome) {
        self.ends.push(News::Ended { member, outcome });
    }

    /// Drops every component that is left, for those that did not end when they were asked to.
    pub(crate) fn end_all(&mut self) {
        for task in self.tasks.drain(..).flatten() {
            // A panic on the way out has nobody left to be told to.
            let _ = caught(|| drop(task));
        }
        local::end_turn();
    }
}
