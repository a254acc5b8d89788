//! A run of a graph, from the first component's start to the last one's end.
//!
//! The thread that runs a graph is its manager: it starts and counts the components, wherever they
//! live, decides what a failure ends, and finds out when nobody can move. It is a worker too.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::local::{self, Occupied};
use super::mailroom::{Mail, Mailroom};
use super::members::{Assembled, Reach};
use super::office::Office;
use super::records::EndInWords;
use super::stage::{MANAGER, Stage};
use super::sync::{Builder, JoinHandle};
use super::take_over::TakeOver;
use super::thread as own_thread;
use super::worker::{Life, Worker};
use crate::control::{Asked, ChildrenState};
use crate::error::{Outcome, Report, RunError, Waiting, caught};
use crate::time;

/// What the manager must know.
pub(crate) enum News {
    /// Start these components too.
    Adopt(Assembled),
    /// A component has ended.
    Ended { member: usize, outcome: Outcome },
    /// Ask this of them; and something stronger when the patience is at its end.
    Ask { whom: Whom, asked: Asked, patience: Option<Duration> },
    /// One more component only looks on.
    LooksOn { member: usize },
}

/// Whom to ask.
pub(crate) enum Whom {
    All,
    Children(Arc<ChildrenState>),
}

/// When the patience with earlier wishes is at its end.
#[derive(Default)]
struct Deadlines {
    stop: Option<Instant>,
    abandon: Option<Instant>,
}

impl Deadlines {
    /// What was asked until then shall have happened.
    fn set(&mut self, asked: Asked, moment: Instant) {
        let deadline = if asked == Asked::Stop { &mut self.abandon } else { &mut self.stop };
        *deadline = Some(deadline.map_or(moment, |earlier| earlier.min(moment)));
    }

    fn next(&self) -> Option<Instant> {
        self.stop.into_iter().chain(self.abandon).min()
    }
}

pub(crate) struct Run {
    office: Arc<Office>,
    worker: Worker,
    /// Of the components with their own thread, by member.
    threads: HashMap<usize, JoinHandle<()>>,
    /// Of the other workers, by worker.
    workers: HashMap<usize, JoinHandle<()>>,
    asked: Asked,
    deadlines: Deadlines,
    /// Those who live are no longer waited for.
    has_abandoned: bool,
    stuck: Vec<Waiting>,
    /// Empty; kept for its room.
    news: Vec<News>,
}

impl Run {
    pub(crate) fn new(office: Arc<Office>) -> Self {
        let worker = Worker::new(&office.manager);
        Run {
            office,
            worker,
            threads: HashMap::new(),
            workers: HashMap::new(),
            asked: Asked::GoOn,
            deadlines: Deadlines::default(),
            has_abandoned: false,
            stuck: Vec::new(),
            news: Vec::new(),
        }
    }

    /// Runs until every component has ended.
    pub(crate) fn run(mut self, assembled: Assembled) -> Result<Report, RunError> {
        let occupied = self.begin(assembled)?;
        self.run_out();
        drop(occupied);
        self.report()
    }

    /// How everyone ended; once, when everyone has.
    pub(crate) fn report(&mut self) -> Result<Report, RunError> {
        // Errors may do anything when they are dropped: nothing is locked then.
        let ends = self.office.members().take_ends();
        ends.report(std::mem::take(&mut self.stuck))
    }

    pub(crate) fn office(&self) -> &Office {
        &self.office
    }

    pub(crate) fn is_anyone_alive(&self) -> bool {
        self.office.members().is_anyone_alive()
    }

    /// Of a seeded run.
    pub(crate) fn stage(&self) -> &Stage {
        self.office.manager.census.stage().expect("the run was given a stage before it began")
    }

    /// The first moment somebody waits for, in a seeded run.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.stage().next_due().into_iter().chain(local::next_due()).min()
    }

    /// Makes this thread the manager's, and starts the components.
    pub(crate) fn begin(&mut self, assembled: Assembled) -> Result<Occupied, RunError> {
        let manager = &self.office.manager;
        let Some(occupied) = local::occupy(manager.worker(), manager.census.clone()) else {
            return Err(RunError::Nested);
        };
        manager.census.enter();
        self.office.begin(time::now());
        self.start(assembled);
        Ok(occupied)
    }

    /// Runs until every component has ended, and with them the workers.
    pub(crate) fn run_out(&mut self) {
        loop {
            self.go_on();
            if self.office.members().is_anyone_alive() {
                self.wait_if_idle();
            } else if self.office.close_if(|| self.worker.has_read_all()) {
                // The last component to end has left no others to adopt.
                break;
            }
        }
        self.close_workers();
    }

    /// Gives turns as long as somebody here is ready.
    fn go_on(&mut self) {
        self.worker.work(self.deadlines.next());
        let mut all = std::mem::take(&mut self.news);
        self.worker.take_news(&mut all);
        for news in all.drain(..) {
            self.on_news(news);
        }
        self.news = all;
        self.heed_deadlines();
    }

    fn is_idle(&self) -> bool {
        !local::is_anyone_ready() && self.worker.has_read_all()
    }

    /// In a seeded run, runs until nobody can go on without time moving.
    pub(crate) fn until_idle(&mut self) {
        loop {
            self.go_on();
            if self.is_idle()
                && let Some(stage) = self.office.manager.census.stage()
            {
                let is_quiet = stage.wait_for_idle(MANAGER);
                local::wake_due();
                if is_quiet && self.is_idle() {
                    return;
                }
            }
        }
    }

    fn on_news(&mut self, news: News) {
        match news {
            News::Adopt(assembled) => self.start(assembled),
            News::Ended { member, outcome } => self.ended(member, outcome),
            News::Ask { whom, asked, patience } => self.on_ask(&whom, asked, patience),
            News::LooksOn { member } => self.on_onlooker(member),
        }
    }

    fn on_onlooker(&mut self, member: usize) {
        let mut members = self.office.members();
        // It may have been abandoned meanwhile.
        if members.get(member).is_some() {
            members.note_onlooker();
        }
        drop(members);
        self.dismiss_onlookers();
    }

    /// Who only looks on is asked to finish when nobody else is left.
    fn dismiss_onlookers(&mut self) {
        if self.asked < Asked::Finish && self.office.members().are_only_onlookers_alive() {
            self.ask_all(Asked::Finish);
        }
    }

    fn start(&mut self, assembled: Assembled) {
        let lives = self.office.members().enter(assembled, self.asked);
        if self.has_abandoned {
            self.abandon_all();
            // Those who never lived may break when they are dropped; nobody waits to be told of it.
            return lives.into_iter().for_each(|life| drop(caught(|| drop(life))));
        }
        for life in lives {
            self.give_life(life);
        }
    }

    /// Begins a life where it belongs.
    fn give_life(&mut self, life: Life) {
        let Some(mailroom) = life.slot.mailroom().cloned() else {
            return self.begin_thread(life);
        };
        if mailroom.worker() == self.office.manager.worker() {
            return self.worker.start(life);
        }
        if let Err(error) = self.open_worker(&mailroom) {
            return self.ended(life.member, Outcome::Failed(error.into()));
        }
        mailroom.send(Mail::Start(life));
    }

    fn begin_thread(&mut self, life: Life) {
        let member = life.member;
        match own_thread::spawn(life, self.office.manager.clone()) {
            Ok(thread) => drop(self.threads.insert(member, thread)),
            Err(error) => self.ended(member, Outcome::Failed(error.into())),
        }
    }

    /// Starts the thread of a named worker with its first component.
    fn open_worker(&mut self, mailroom: &Arc<Mailroom>) -> std::io::Result<()> {
        let number = mailroom.worker();
        if self.workers.contains_key(&number) {
            return Ok(());
        }
        let (mailroom, manager) = (mailroom.clone(), self.office.manager.clone());
        manager.census.enter();
        let census = manager.census.clone();
        if let Some(stage) = census.stage() {
            mailroom.play(stage.add());
        }
        let name = own_thread::name_of_thread(mailroom.name());
        let room = mailroom.clone();
        let live = move || Worker::new(&mailroom).live(&manager);
        let spawned = Builder::new().name(name).spawn(live);
        if spawned.is_err() {
            if let Some((stage, actor)) = room.staged() {
                stage.strike(actor);
            }
            census.leave();
        }
        self.workers.insert(number, spawned?);
        Ok(())
    }

    /// One component's end, and what follows from it.
    fn ended(&mut self, member: usize, outcome: Outcome) {
        if let Some(thread) = self.threads.remove(&member) {
            // It has nothing left to do. A panic was caught and told as the outcome.
            let actor = self.office.members().actor(member);
            self.join(thread, actor);
        }
        let outcome = self.office.members().true_outcome(member, outcome);
        if let Some(failure) = outcome.failure()
            && self.asked < Asked::Stop
            && let Some(life) = self.begin_again(member, &failure)
        {
            // Told already; an error that breaks when it is dropped changes nothing.
            let _ = caught(|| drop(outcome));
            return self.give_life(life);
        }
        let estate = self.office.members().take_estate(member);
        let outcome = outcome.after(estate.let_go());
        let end = EndInWords::from(outcome);
        let failure = end.failure.clone();
        let mut aftermath = self.office.members().end(member, end);
        let reach = aftermath.reach.take();
        aftermath.tell(failure);
        match reach {
            None => {}
            Some(Reach::Group(group)) => self.office.ask_group(group, Asked::Stop),
            Some(Reach::Graph) => self.ask_all(Asked::Stop),
        }
        self.dismiss_onlookers();
    }

    /// The life of a component that failed, if it may have another one.
    fn begin_again(&mut self, member: usize, failure: &str) -> Option<Life> {
        let mut restart = self.office.members().take_restart(member)?;
        let kept = self.office.members().boxes_kept(member)?;
        let office = self.office.clone();
        let again = || {
            let mut component = restart.again(time::now())?;
            component.boxes(&mut TakeOver { kept: &kept, office: &office });
            Some(component)
        };
        let Some(component) = caught(again).ok().flatten() else {
            // It has failed: what breaks on the way out does not hide that.
            let _ = caught(|| drop(restart));
            return None;
        };
        let life = self.office.members().begin_again(member, restart, component)?;
        log::warn!("`{}` {failure}; it begins again", life.slot.name());
        Some(life)
    }

    fn on_ask(&mut self, whom: &Whom, asked: Asked, patience: Option<Duration>) {
        match whom {
            Whom::All => self.ask_all(asked),
            Whom::Children(children) => {
                if let Some(group) = children.group() {
                    self.office.ask_group(group, asked);
                }
            }
        }
        if let Some(patience) = patience
            && let Some(moment) = time::now().checked_add(patience)
        {
            self.deadlines.set(asked, moment);
        }
    }

    pub(crate) fn ask_all(&mut self, asked: Asked) {
        self.asked = self.asked.max(asked);
        self.office.ask_all(asked);
    }

    fn heed_deadlines(&mut self) {
        if self.deadlines.next().is_none() {
            return;
        }
        let now = time::now();
        if self.deadlines.stop.take_if(|moment| *moment <= now).is_some() {
            self.ask_all(Asked::Stop);
        }
        if self.deadlines.abandon.take_if(|moment| *moment <= now).is_some() {
            self.abandon();
        }
    }

    /// Goes on without those who did not end when they were asked to: what shares a worker is
    /// dropped, and what has a thread of its own is left to it. So is whatever they adopt from now on.
    pub(crate) fn abandon(&mut self) {
        self.has_abandoned = true;
        self.office.close_if(|| true);
        self.ask_all(Asked::Stop);
        self.worker.end_all();
        self.abandon_all();
        self.threads.clear();
        for mailroom in self.office.workers() {
            mailroom.send(Mail::Close);
        }
        self.workers.clear();
    }

    fn abandon_all(&mut self) {
        let all = self.office.members().abandon_all();
        for aftermath in all {
            aftermath.tell(Outcome::Abandoned.failure());
        }
    }

    /// Nobody here is ready. Others may be; if nobody is, the graph may be stuck.
    fn wait_if_idle(&mut self) {
        if !self.is_idle() {
            return;
        }
        let census = self.office.manager.census.clone();
        if census.leave_as_manager() && self.asked < Asked::Stop && self.find_stuck() {
            census.enter();
            self.ask_all(Asked::Stop);
            return;
        }
        self.worker.wait(self.deadlines.next());
    }

    /// Whether everybody waits for somebody else, and nobody outside could wake one of them.
    fn find_stuck(&mut self) -> bool {
        let census = &self.office.manager.census;
        let Some(quiet) = census.quiet() else { return false };
        let waiting = self.office.members().who_waits();
        // Someone outside may have woken a component, and then taken down the sign that he could.
        if waiting.is_empty() || census.quiet() != Some(quiet) {
            return false;
        }
        self.stuck = waiting;
        true
    }

    fn close_workers(&mut self) {
        for mailroom in self.office.workers() {
            mailroom.send(Mail::Close);
        }
        for mailroom in self.office.workers() {
            if let Some(worker) = self.workers.remove(&mailroom.worker()) {
                self.join(worker, mailroom.actor());
            }
        }
    }

    fn join(&self, thread: JoinHandle<()>, actor: Option<usize>) {
        if let (Some(stage), Some(actor)) = (self.office.manager.census.stage(), actor) {
            stage.wait_for_leaving(MANAGER, actor);
            stage.strike(actor);
        }
        // Components' panics are caught; one of its own would be a fault of this crate.
        let _ = thread.join();
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Whoever was abandoned on the stage goes on by himself.
        if let Some(stage) = self.office.manager.census.stage() {
            stage.leave(MANAGER);
        }
    }
}

impl Office {
    /// Asks every component, now.
    pub(super) fn ask_all(&self, asked: Asked) {
        let slots = self.members().slots();
        slots.iter().for_each(|slot| slot.ask(asked));
    }

    /// Asks every component of a group and of the groups in it, and those that come later.
    pub(super) fn ask_group(&self, group: usize, asked: Asked) {
        let slots = self.members().ask_group(group, asked);
        slots.iter().for_each(|slot| slot.ask(asked));
    }
}
