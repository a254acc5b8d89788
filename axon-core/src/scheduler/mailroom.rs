//! Where a worker hears from other threads.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::census::Census;
use super::run::News;
use super::stage::{MANAGER, Stage};
use super::sync::{AtomicU32, Mutex, MutexGuard, Ordering, Receiver, Sender, unbounded};
use super::worker::Life;

/// What other threads tell a worker.
pub(crate) enum Mail {
    /// Give this task a turn.
    Wake(u32),
    /// Begin this component's life here.
    Start(Life),
    /// End every life that is left, and then the worker itself.
    Close,
    /// Nobody moves any more: a look at who waits for whom is due.
    Quiet,
    /// Something for the one worker that manages the graph.
    News(News),
}

/// The address of a worker, known before it runs.
pub(crate) struct Mailroom {
    name: String,
    /// Unbounded, but never holds more than one wake per component, plus what was asked and
    /// adopted from outside.
    sender: Sender<Mail>,
    /// Until its worker comes for it.
    receiver: Mutex<Option<Receiver<Mail>>>,
    pub(crate) census: Arc<Census>,
    next_task: AtomicU32,
    /// Numbers of tasks that have ended.
    free_tasks: Mutex<Vec<u32>>,
    /// Which of a seeded run's actors the worker is, from when it has a thread.
    actor: Mutex<Option<usize>>,
}

/// Where the worker itself reads. When it is gone, so is everything that was sent and not read, and
/// nothing is kept any more.
pub(crate) struct Desk {
    room: Arc<Mailroom>,
    receiver: Receiver<Mail>,
}

impl Mailroom {
    /// The room of the worker that manages its graph, and begins the census.
    pub(crate) fn of_manager() -> Arc<Self> {
        let (sender, receiver) = unbounded();
        let census = Arc::new(Census::new(sender.clone()));
        let room = Mailroom::with(String::new(), sender, receiver, census);
        room.play(MANAGER);
        room
    }

    /// The room of one more worker.
    pub(crate) fn named(name: &str, census: Arc<Census>) -> Arc<Self> {
        let (sender, receiver) = unbounded();
        Mailroom::with(name.to_owned(), sender, receiver, census)
    }

    fn with(
        name: String,
        sender: Sender<Mail>,
        receiver: Receiver<Mail>,
        census: Arc<Census>,
    ) -> Arc<Self> {
        Arc::new(Mailroom {
            name,
            sender,
            receiver: Mutex::new(Some(receiver)),
            census,
            next_task: AtomicU32::new(0),
            free_tasks: Mutex::new(Vec::new()),
            actor: Mutex::new(None),
        })
    }

    /// The worker's name; empty for the one that manages the graph.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Tells workers apart. Never zero.
    pub(crate) fn worker(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self) as usize
    }

    /// To a worker that is gone nothing need be told: all its components have ended.
    pub(crate) fn send(&self, mail: Mail) {
        self.census.enter();
        if self.sender.send(mail).is_err() {
            self.census.leave();
        }
        if let Some((stage, actor)) = self.staged() {
            stage.rouse(actor);
        }
    }

    /// The worker is this actor of a seeded run.
    pub(crate) fn play(&self, actor: usize) {
        *lock(&self.actor) = Some(actor);
    }

    pub(crate) fn actor(&self) -> Option<usize> {
        *lock(&self.actor)
    }

    /// Which actor of which stage it is.
    pub(super) fn staged(&self) -> Option<(&Stage, usize)> {
        let stage = self.census.stage()?;
        Some((stage, self.actor()?))
    }

    /// In a seeded run, lets chance decide whether others go first.
    pub(crate) fn step_aside(&self) {
        if let Some((stage, actor)) = self.staged() {
            stage.step_aside(actor);
        }
    }

    /// A number no other task of this worker has.
    pub(crate) fn number_task(&self) -> u32 {
        let free = lock(&self.free_tasks).pop();
        free.unwrap_or_else(|| self.next_task.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn free_task(&self, number: u32) {
        lock(&self.free_tasks).push(number);
    }

    /// For the worker, once.
    pub(crate) fn desk(self: &Arc<Self>) -> Option<Desk> {
        let receiver = lock(&self.receiver).take()?;
        Some(Desk { room: self.clone(), receiver })
    }
}

impl Desk {
    pub(crate) fn room(&self) -> &Arc<Mailroom> {
        &self.room
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.receiver.is_empty()
    }

    /// Whatever has come, without waiting.
    pub(crate) fn next(&self) -> Option<Mail> {
        let mail = self.receiver.try_recv().ok()?;
        // The worker that reads holds a token of its own.
        self.room.census.leave();
        Some(mail)
    }

    /// Blocks until something comes, or until this moment. The reader has given its token back; the
    /// mail brings another. The room itself holds a sender, so something can always come.
    pub(crate) fn wait(&self, until: Option<Instant>) -> Option<Mail> {
        let mail = match (self.room.staged(), until) {
            (Some((stage, actor)), _) => {
                stage.wait(actor, until);
                self.receiver.try_recv().ok()
            }
            (None, Some(moment)) => self.receiver.recv_deadline(moment).ok(),
            (None, None) => self.receiver.recv().ok(),
        };
        if mail.is_none() {
            self.room.census.enter();
        }
        mail
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
