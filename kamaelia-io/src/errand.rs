//! Blocking work for a component that shares its worker: a thread that does one job at a time.
//!
//! A component with a thread of its own would hold up the end of its graph for as long as it is
//! blocked, and nothing wakes a thread from a write into a full pipe or from a silent server. A
//! component that sends its work here awaits the answer, and can leave without it; the thread ends
//! by itself when its last job does.
//!
//! Where [time jumps](axon_core::time_jumps) there is no such thread, and the component blocks: a run
//! that is to be made again cannot depend on when another thread is done.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use axon_core::{Closed, Inbox, time_jumps};
use crossbeam_channel::{Sender, bounded};

/// What a job came to, or the panic it ended in.
pub(crate) type Done<Answer> = Result<Answer, Box<dyn Any + Send>>;

/// The way to the thread. Dropped, it lets the thread end.
pub(crate) enum Errands<Job, Answer> {
    Sent(Sender<Job>),
    DoneHere(Box<dyn FnMut(Job) -> Answer + Send>),
}

impl<Job: Send + 'static, Answer: Send + 'static> Errands<Job, Answer> {
    /// Starts the thread. Answers come to `answers`, a box of the component that nobody else
    /// sends to.
    pub(crate) fn start(
        thread_name: &str,
        answers: &mut Inbox<Done<Answer>>,
        mut work: impl FnMut(Job) -> Answer + Send + 'static,
    ) -> io::Result<Self> {
        if time_jumps() {
            return Ok(Errands::DoneHere(Box::new(work)));
        }
        // One job is under way at a time, so giving one never blocks.
        let (jobs, given) = bounded::<Job>(1);
        let address = answers.address();
        let life = move || {
            for job in given {
                let done = catch_unwind(AssertUnwindSafe(|| work(job)));
                let broken = done.is_err();
                if address.send_blocking(done).is_err() || broken {
                    return;
                }
            }
        };
        thread::Builder::new().name(thread_name.to_owned()).spawn(life)?;
        Ok(Errands::Sent(jobs))
    }

    /// Has one job done and waits for what it came to. [`Closed`] means that the component was
    /// asked to stop; the job then goes on without it.
    ///
    /// # Panics
    ///
    /// With the job's own panic.
    pub(crate) async fn run(
        &mut self,
        job: Job,
        answers: &mut Inbox<Done<Answer>>,
    ) -> Result<Answer, Closed> {
        match self {
            Errands::DoneHere(work) => return Ok(work(job)),
            Errands::Sent(jobs) => jobs.send(job).map_err(|_| Closed)?,
        }
        match answers.recv().await {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(panic)) => resume_unwind(panic),
            None => Err(Closed),
        }
    }
}
