//! Asks servers on threads of its own, so that the loop never waits for any of them.
//!
//! Jobs go in with a token, and an [`Outcome`] with the same token comes out, one for each, in
//! whatever order servers answer. Announces are the main use; anything small can be fetched.
//!
//! The end is the hard part. Trackers ought to be told that we go, and one that is silent must
//! not keep us: see [`Announcer::stop`].

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::engine::network::outlet::Outlet;
use crate::engine::trackers::fetch::{Fetch, FetchError, Fetcher, Problem};

/// Jobs that may wait for a thread. A job is below a kilobyte.
pub const JOBS_MAX: usize = 4096;

/// Threads a pool has unless told otherwise: so many silent servers at a time hold up the rest.
pub const THREADS_DEFAULT: usize = 4;

/// The longest a stop may take.
pub const STOP_MAX: Duration = Duration::from_secs(5);

/// How long threads that have nothing left to do, or were interrupted, have to end. Twice this is
/// within [`STOP_MAX`].
const LAST_WAIT: Duration = Duration::from_millis(250);

/// Something to fetch.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Job {
    /// What the outcome is recognised by; means nothing here.
    pub token: u64,
    /// What to fetch.
    pub fetch: Fetch,
    /// Whether it is still worth waiting for when everything stops: a `stopped` announce is.
    pub is_farewell: bool,
}

/// What became of a job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// The job's.
    pub token: u64,
    /// The bytes, of a success alone; what they are is for the caller to find out.
    pub result: Result<Vec<u8>, FetchError>,
}

/// A pool of threads that fetch.
pub struct Announcer {
    jobs: Option<Sender<Job>>,
    shared: Arc<Shared>,
    threads: usize,
    /// Ticks when a farewell is through; disconnected when every thread has ended.
    progress: Receiver<()>,
    /// What threads report by; given to each, and kept for those that a stop starts.
    reports: Option<Sender<()>>,
}

struct Shared {
    queue: Receiver<Job>,
    outlet: Outlet,
    deliver: Box<dyn Fn(Outcome) + Send + Sync>,
    phase: AtomicU8,
    /// Farewells submitted and not through.
    farewells: AtomicUsize,
    /// One for each thread there can be.
    places: Vec<Mutex<Option<InFlight>>>,
}

/// What a thread is at.
struct InFlight {
    fetcher: Fetcher,
    is_farewell: bool,
    is_interrupted: bool,
}

/// All jobs are run.
const RUNNING: u8 = 0;
/// Farewells are run; other jobs are told that everything stops.
const STOPPING: u8 = 1;
/// Nothing is run, and nothing delivered.
const OVER: u8 = 2;

impl Announcer {
    /// Starts the threads, which ask by way of `outlet`. `deliver` is called on them, for one outcome each at a time; it puts
    /// the outcome where its reader finds it, wakes the reader, and does not block.
    pub fn start(
        threads: usize,
        outlet: &Outlet,
        deliver: impl Fn(Outcome) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let threads = threads.max(1);
        // Kept within its bound by `submit`: a bounded one would take all its room at once.
        let (jobs, queue) = unbounded();
        let (reports, progress) = bounded(1);
        let announcer = Announcer {
            jobs: Some(jobs),
            shared: Arc::new(Shared {
                queue,
                outlet: outlet.clone(),
                deliver: Box::new(deliver),
                phase: AtomicU8::new(RUNNING),
                farewells: AtomicUsize::new(0),
                places: (0..2 * threads).map(|_| Mutex::new(None)).collect(),
            }),
            threads,
            progress,
            reports: Some(reports),
        };
        for place in 0..threads {
            announcer.spawn(place)?;
        }
        Ok(announcer)
    }

    /// Has a job done. Hands it back if [`JOBS_MAX`] are waiting. Does not block.
    pub fn submit(&self, job: Job) -> Result<(), Job> {
        let Some(jobs) = self.jobs.as_ref().filter(|jobs| jobs.len() < JOBS_MAX) else {
            return Err(job);
        };
        let farewell = usize::from(job.is_farewell);
        self.shared.farewells.fetch_add(farewell, Ordering::SeqCst);
        jobs.send(job).map_err(|error| {
            self.shared.farewells.fetch_sub(farewell, Ordering::SeqCst);
            error.into_inner()
        })
    }

    /// Ends everything, within `grace` or a little more, and never more than [`STOP_MAX`].
    ///
    /// Jobs other than farewells end at once with [`Problem::Stopped`], also those a silent
    /// server has been keeping. Farewells, under way or waiting, have the grace to get through.
    /// After that nothing more is delivered, save what is being delivered at that moment. A
    /// thread inside a connect that nothing can interrupt is left to end by itself.
    pub fn stop(mut self, grace: Duration) {
        let until = Instant::now() + grace.min(STOP_MAX - 2 * LAST_WAIT);
        self.shared.phase.store(STOPPING, Ordering::SeqCst);
        self.shared.interrupt(|flight| !flight.is_farewell);
        // Every thread may be inside a connect to a server that is gone. Farewells need others.
        if self.shared.farewells.load(Ordering::SeqCst) > 0 {
            self.spawn_for_farewells();
        }
        self.close();
        while self.shared.farewells.load(Ordering::SeqCst) > 0 {
            if self.progress.recv_deadline(until).is_err() {
                break;
            }
        }
        self.wait_for_threads();
        self.end_now();
        self.wait_for_threads();
    }

    fn spawn_for_farewells(&self) {
        for place in self.threads..2 * self.threads {
            if let Err(error) = self.spawn(place) {
                log::warn!("announcer: no more threads for the last announces: {error}");
                return;
            }
        }
    }

    /// Until every thread has ended, but not long.
    fn wait_for_threads(&self) {
        let until = Instant::now() + LAST_WAIT;
        while self.progress.recv_deadline(until).is_ok() {}
    }

    fn spawn(&self, place: usize) -> io::Result<()> {
        let Some(reports) = self.reports.clone() else {
            return Ok(());
        };
        let shared = Arc::clone(&self.shared);
        thread::Builder::new()
            .name(format!("announcer-{place}"))
            .spawn(move || shared.work(place, &reports))
            .map(drop)
    }

    /// No job comes in any more, and threads end when none is left.
    fn close(&mut self) {
        self.jobs = None;
        self.reports = None;
    }

    fn end_now(&self) {
        self.shared.phase.store(OVER, Ordering::SeqCst);
        self.shared.interrupt(|_| true);
    }
}

impl Drop for Announcer {
    /// Ends everything at once, without a wait.
    fn drop(&mut self) {
        self.close();
        self.end_now();
    }
}

impl Shared {
    /// What each thread does, until there can be no more jobs.
    fn work(&self, place: usize, reports: &Sender<()>) {
        for job in &self.queue {
            let result = self.run(place, &job);
            if self.phase.load(Ordering::SeqCst) != OVER {
                let token = job.token;
                (self.deliver)(Outcome { token, result });
            }
            if job.is_farewell {
                self.farewells.fetch_sub(1, Ordering::SeqCst);
                // One tick waiting to be read is as good as many.
                let _ = reports.try_send(());
            }
        }
    }

    fn run(&self, place: usize, job: &Job) -> Result<Vec<u8>, FetchError> {
        let Some(fetcher) = self.take_off(place, job) else {
            return Err(FetchError::new(&job.fetch.url, Problem::Stopped));
        };
        // A mistake in what is below must not cost a thread, nor leave a job without an outcome.
        let result = catch_unwind(AssertUnwindSafe(|| fetcher.run(&job.fetch)));
        let flight = self.place(place).take();
        if flight.is_some_and(|flight| flight.is_interrupted) {
            return Err(FetchError::new(&job.fetch.url, Problem::Stopped));
        }
        result.unwrap_or_else(|_| {
            let problem = Problem::Other("an error of our own".into());
            Err(FetchError::new(&job.fetch.url, problem))
        })
    }

    /// Makes a fetch known to those who may interrupt it, unless it is too late to begin.
    fn take_off(&self, place: usize, job: &Job) -> Option<Fetcher> {
        let mut slot = self.place(place);
        // Asked with the place locked: a stop changes the phase first and then looks at each
        // place, so that it either is seen here or sees what is put here.
        let may_run = match self.phase.load(Ordering::SeqCst) {
            RUNNING => true,
            STOPPING => job.is_farewell,
            _ => false,
        };
        may_run.then(|| {
            let fetcher = Fetcher::new(&self.outlet, job.fetch.timeout);
            *slot = Some(InFlight {
                fetcher: fetcher.clone(),
                is_farewell: job.is_farewell,
                is_interrupted: false,
            });
            fetcher
        })
    }

    fn interrupt(&self, which: impl Fn(&InFlight) -> bool) {
        for place in 0..self.places.len() {
            if let Some(flight) = self.place(place).as_mut().filter(|flight| which(flight)) {
                flight.is_interrupted = true;
                flight.fetcher.interrupt();
            }
        }
    }

    fn place(&self, place: usize) -> MutexGuard<'_, Option<InFlight>> {
        self.places[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
