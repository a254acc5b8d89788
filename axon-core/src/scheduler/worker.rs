//! Gives the components that share a thread their turns.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::local;
use super::mailroom::{Mail, Mailroom};
use super::run::News;
use super::slot::{ForeignWaker, Slot};
use crate::component::{Component, ComponentResult, Start};
use crate::error::Outcome;

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
    mailroom: Arc<Mailroom>,
    tasks: Vec<Option<Task>>,
    turns: u32,
    turns_per_look: u32,
    /// Ends, and whatever else came that is not for this worker alone.
    news: Vec<News>,
    is_closed: bool,
}

impl Worker {
    pub(crate) fn new(mailroom: Arc<Mailroom>) -> Self {
        // Where chance chooses, it may choose anybody after each turn.
        let turns_per_look = mailroom.census.stage().map_or(TURNS_PER_LOOK, |_| 1);
        Worker {
            mailroom,
            tasks: Vec::new(),
            turns: 0,
            turns_per_look,
            news: Vec::new(),
            is_closed: false,
        }
    }

    /// The life of a worker that does not manage its graph: passes its news on to the one that does.
    pub(crate) fn live(mut self, manager: &Arc<Mailroom>) {
        let census = self.mailroom.census.clone();
        let Some(occupied) = local::occupy(self.mailroom.worker(), census.clone()) else { return };
        if let (Some(stage), Some(actor)) = (census.stage(), self.mailroom.actor()) {
            stage.enter(actor);
        }
        while !self.is_closed {
            self.work();
            for news in self.news.drain(..) {
                manager.send(Mail::News(news));
            }
            if !self.is_closed && !local::is_anyone_ready() {
                self.mailroom.census.leave();
                self.wait(None);
            }
        }
        self.end_all();
        drop(occupied);
        census.leave();
        if let (Some(stage), Some(actor)) = (census.stage(), self.mailroom.actor()) {
            stage.leave(actor);
        }
    }

    /// What has happened since this was last asked.
    pub(crate) fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// Gives turns until nobody is ready, or until something happened that the manager must know.
    pub(crate) fn work(&mut self) {
        self.look_around();
        while self.news.is_empty()
            && let Some(task) = local::pop()
        {
            self.give_turn(task);
            self.turns = self.turns.wrapping_add(1);
            if self.turns.is_multiple_of(self.turns_per_look) {
                self.mailroom.step_aside();
                self.look_around();
            }
        }
    }

    /// Reads the mail, and wakes whoever is due.
    pub(crate) fn look_around(&mut self) {
        while let Some(mail) = self.mailroom.next() {
            self.on_mail(mail);
        }
        local::wake_due();
    }

    /// Blocks until mail comes or a timer is due, at most until `deadline`. The worker must have
    /// left the census; it is back in it afterwards.
    pub(crate) fn wait(&mut self, deadline: Option<std::time::Instant>) {
        let due = local::next_due();
        let until = due.into_iter().chain(deadline).min();
        if let Some(mail) = self.mailroom.wait(until) {
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
        let begun = catch_unwind(AssertUnwindSafe(|| component.start()));
        local::end_turn();
        match begun {
            Ok(Start::Polled(future)) => {
                let waker = Waker::from(foreign);
                self.add_task(Task { future, slot, waker, member });
            }
            Ok(Start::Blocking(_)) => self.tell_end(member, Outcome::misplaced()),
            Err(panic) => self.tell_end(member, Outcome::of_panic(&*panic)),
        }
    }

    fn add_task(&mut self, task: Task) {
        let Some(number) = task.slot.task() else { return };
        let at = number as usize;
        if self.tasks.len() <= at {
            self.tasks.resize_with(at + 1, || None);
        }
        task.slot.wake();
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
            Err(panic) => self.end(number, Outcome::of_panic(&*panic)),
        }
    }

    /// Drops what is left of a component, and tells how it ended.
    #[cold]
    fn end(&mut self, number: u32, outcome: Outcome) {
        let Some(task) = self.tasks[number as usize].take() else { return };
        let member = task.member;
        // Dropping the component's boxes tells its neighbours that it has ended.
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(task)));
        local::end_turn();
        let outcome = match (outcome, dropped) {
            (Outcome::Finished, Err(panic)) => Outcome::of_panic(&*panic),
            (outcome, _) => outcome,
        };
        self.tell_end(member, outcome);
    }

    fn tell_end(&mut self, member: usize, outcome: Outcome) {
        self.news.push(News::Ended { member, outcome });
    }

    /// Drops every component that is left, for those that did not end when they were asked to.
    pub(crate) fn end_all(&mut self) {
        for task in self.tasks.drain(..).flatten() {
            // A panic on the way out has nobody left to be told to.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(task)));
        }
        local::end_turn();
    }
}
