//! One component on a bench: fed by hand, watched by hand, in time that is moved by hand.

mod feed;
mod watched;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::boxes::{Inbox, Outbox};
use crate::chassis::{Graphline, IntoPart};
use crate::control::Asked;
use crate::error::{Report, RunError};
use crate::scheduler::local::Occupied;
use crate::scheduler::run::Run;
use crate::scheduler::stage::Stage;
use crate::time;
pub use feed::Feed;
use feed::Feeder;
pub use watched::Watched;
use watched::Watcher;

/// Runs one component, or a few, so that a test sees what each message does.
///
/// The test says which boxes it feeds and which it watches, starts the component, and then gives it
/// messages, lets it come to rest, and compares what came out. Boxes that nobody feeds or watches
/// may be left loose. Time stands still until it is [moved](Self::advance). Components with threads
/// of their own run as well; they take turns with the test.
///
/// ```
/// use std::time::Duration;
/// use axon_core::{Closed, Component, Inbox, Outbox, Workbench, sleep};
///
/// /// Passes on each message a second later.
/// #[derive(Component, Default)]
/// struct Delay {
///     pub inbox: Inbox<u32>,
///     pub outbox: Outbox<u32>,
/// }
///
/// impl Delay {
///     async fn main(mut self) -> Result<(), Closed> {
///         while let Some(number) = self.inbox.recv().await {
///             sleep(Duration::from_secs(1)).await;
///             self.outbox.send(number).await?;
///         }
///         Ok(())
///     }
/// }
///
/// let delay = Delay::default();
/// let mut bench = Workbench::new();
/// let numbers = bench.feed(&delay.inbox);
/// let delayed = bench.watch(&delay.outbox);
/// bench.start(delay);
///
/// numbers.send(7);
/// bench.until_idle();
/// assert_eq!(delayed.drain(), []);
/// bench.advance(Duration::from_secs(1));
/// assert_eq!(delayed.drain(), [7]);
///
/// drop(numbers);
/// bench.finish()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
///
/// A workbench makes its choices by a seed, so a test does the same every time; see
/// [`with_seed`](Self::with_seed). It belongs to the thread on which it was started, and dropping
/// it stops what runs on it.
///
/// # Panics
///
/// What lets the component go on, from [`until_idle`](Self::until_idle) to
/// [`has_ended`](Self::has_ended), panics before [`start`](Self::start).
pub struct Workbench {
    seed: u64,
    graph: Graphline,
    helpers: usize,
    running: Option<Running>,
}

struct Running {
    run: Run,
    /// The thread is a worker as long as this is held.
    _occupied: Occupied,
}

impl Workbench {
    /// A bench with nothing on it.
    pub fn new() -> Self {
        Workbench::with_seed(0)
    }

    /// The same, with another seed for the order in which those who can go on do.
    pub fn with_seed(seed: u64) -> Self {
        Workbench { seed, graph: Graphline::new().loose(), helpers: 0, running: None }
    }

    /// What is given to this is what the inbox gets. Before [`start`](Self::start).
    pub fn feed<T: Send + 'static>(&mut self, inbox: &Inbox<T>) -> Feed<T> {
        let (feeder, feed) = Feeder::new();
        let name = self.name("feeder");
        let graph = std::mem::take(&mut self.graph);
        self.graph = graph.link(&feeder.outbox, inbox).add(name, feeder);
        feed
    }

    /// What leaves the outbox can be taken from this. Before [`start`](Self::start).
    pub fn watch<T: Send + 'static>(&mut self, outbox: &Outbox<T>) -> Watched<T> {
        let (watcher, seen) = Watcher::new();
        let name = self.name("watcher");
        let graph = std::mem::take(&mut self.graph);
        self.graph = graph.link(outbox, &watcher.inbox).add(name, watcher);
        seen
    }

    /// Starts the component, and lets it come to rest.
    ///
    /// # Panics
    ///
    /// When this was called before, when a graph or another workbench runs on this thread, or when
    /// a box that is fed or watched is not the component's.
    pub fn start(&mut self, component: impl IntoPart) {
        let graph = std::mem::take(&mut self.graph);
        self.start_graph(graph.add("component", component));
    }

    /// The same for several components that are linked with each other.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_with(&mut self, add: impl FnOnce(Graphline) -> Graphline) {
        let graph = std::mem::take(&mut self.graph);
        self.start_graph(add(graph));
    }

    fn start_graph(&mut self, graph: Graphline) {
        assert!(self.running.is_none(), "a workbench starts once");
        let (assembled, office) = match graph.loose().build() {
            Ok(graph) => graph.into_parts(),
            Err(errors) => panic!("{errors}"),
        };
        office.manager.census.set_stage(Stage::new(self.seed, false));
        let mut run = Run::new(office);
        match run.begin(assembled) {
            Ok(_occupied) => self.running = Some(Running { run, _occupied }),
            Err(error) => panic!("{error}"),
        }
        self.until_idle();
    }

    /// Lets everyone go on until nobody can without a message or time passing.
    pub fn until_idle(&mut self) {
        self.running().run.until_idle();
    }

    /// Moves time, stopping at each moment somebody waits for and letting everyone go on there.
    pub fn advance(&mut self, duration: Duration) {
        let target = time::now() + duration;
        self.until_idle();
        let run = &mut self.running().run;
        while let Some(due) = run.next_due().filter(|due| *due <= target) {
            run.stage().move_to(due);
            run.until_idle();
        }
        run.stage().move_to(target);
        run.until_idle();
    }

    /// Gives a component what was recorded, each message at its moment; see
    /// [`Graph::record`](crate::Graph::record). Stops at the first record that cannot be read.
    ///
    /// ```
    /// # use axon_core::{Closed, Component, Inbox, Outbox, Workbench};
    /// # #[derive(Component, Default)] struct Double { pub inbox: Inbox<u32>, pub outbox: Outbox<u32> }
    /// # impl Double { async fn main(mut self) -> Result<(), Closed> {
    /// #     while let Some(n) = self.inbox.recv().await { self.outbox.send(2 * n).await?; } Ok(()) } }
    /// use axon_core::inspect::Recording;
    ///
    /// let written = "7\tcount.outbox\t21\n9\tcount.outbox\t4\n";
    /// let double = Double::default();
    /// let mut bench = Workbench::new();
    /// let numbers = bench.feed(&double.inbox);
    /// let doubled = bench.watch(&double.outbox);
    /// bench.start(double);
    ///
    /// let recording = Recording::new(written.as_bytes());
    /// bench.replay(&numbers, recording.messages("count.outbox", str::parse::<u32>))?;
    /// assert_eq!(doubled.drain(), [42, 8]);
    /// # Ok::<(), axon_core::inspect::RecordingError>(())
    /// ```
    pub fn replay<T, E>(
        &mut self,
        feed: &Feed<T>,
        messages: impl IntoIterator<Item = Result<(Duration, T), E>>,
    ) -> Result<(), E> {
        let begun = self.running().run.office().begun().unwrap_or_else(time::now);
        for record in messages {
            let (since, message) = record?;
            let now = time::now().saturating_duration_since(begun);
            self.advance(since.saturating_sub(now));
            feed.send(message);
            self.until_idle();
        }
        Ok(())
    }

    /// Asks everyone to end now, and lets them. What they say of it comes with
    /// [`finish`](Self::finish).
    pub fn stop(&mut self) {
        self.running().run.ask_all(Asked::Stop);
        self.until_idle();
    }

    /// Whether the component has ended, and all that fed and watched it.
    pub fn has_ended(&mut self) -> bool {
        !self.running().run.is_anyone_alive()
    }

    /// Ends every feed that is not ended yet, and runs until everyone has ended; time jumps when
    /// nobody can go on. Says how each ended.
    pub fn finish(mut self) -> Result<Report, RunError> {
        let Some(Running { mut run, _occupied }) = self.running.take() else {
            return Ok(Report::default());
        };
        run.stage().let_time_jump();
        run.office().members().slots().iter().for_each(|slot| slot.ask(Asked::Finish));
        run.run_out();
        run.report()
    }

    fn name(&mut self, role: &str) -> String {
        self.helpers += 1;
        format!("{role} {}", self.helpers)
    }

    fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("a workbench is started first")
    }
}

impl Default for Workbench {
    fn default() -> Self {
        Workbench::new()
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            running.run.ask_all(Asked::Stop);
            running.run.until_idle();
            running.run.abandon();
        }
    }
}

impl fmt::Debug for Workbench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.running.is_some() { "started" } else { "not started" };
        write!(f, "Workbench({state})")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
