//! Who fetches for us: threads, or the world that is imagined around us.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};

use super::announcer::{Announcer, JOBS_MAX, Job, Outcome};
use super::fetch::FetchError;
use crate::engine::EngineConfig;
use crate::engine::world::{Host, World};

/// Jobs go in, and for each an outcome comes out.
pub(super) enum Errands {
    Threads {
        announcer: Announcer,
        /// Unbounded by itself: one outcome for each job, and jobs are bounded.
        outcomes: Receiver<Outcome>,
    },
    Imagined {
        host: Arc<dyn Host>,
        /// What is being fetched, by the tokens of the jobs.
        urls: BTreeMap<u64, String>,
    },
}

impl Errands {
    /// `wake` is called when an outcome is there.
    pub(super) fn start(
        config: &EngineConfig,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> io::Result<Self> {
        if let World::Imagined(host) = &config.world {
            return Ok(Errands::Imagined { host: host.clone(), urls: BTreeMap::new() });
        }
        let (deliver, outcomes) = unbounded();
        let announcer =
            Announcer::start(config.announce_threads, &config.outlet, move |outcome| {
                // Nobody listens any more once the engine is gone.
                let _ = deliver.send(outcome);
                wake();
            })?;
        Ok(Errands::Threads { announcer, outcomes })
    }

    /// Hands a job back if too many are waiting. Does not block.
    pub(super) fn submit(&mut self, job: Job) -> Result<(), Job> {
        match self {
            Errands::Threads { announcer, .. } => announcer.submit(job),
            Errands::Imagined { urls, .. } if urls.len() >= JOBS_MAX => Err(job),
            Errands::Imagined { host, urls } => {
                host.fetch(job.token, &job.fetch.url);
                urls.insert(job.token, job.fetch.url);
                Ok(())
            }
        }
    }

    /// The outcome of one job. Does not block.
    pub(super) fn next(&mut self) -> Option<Outcome> {
        match self {
            Errands::Threads { outcomes, .. } => outcomes.try_recv().ok(),
            Errands::Imagined { host, urls } => loop {
                let (token, result) = host.next_fetched()?;
                if let Some(url) = urls.remove(&token) {
                    let result = result.map_err(|problem| FetchError::new(&url, problem));
                    return Some(Outcome { token, result });
                }
            },
        }
    }

    /// Ends everything, giving goodbyes this long to get through while `meanwhile` is done. What is on
    /// its way through an imagined world needs nobody to wait for it.
    pub(super) fn stop(self, grace: Duration, meanwhile: impl FnOnce()) {
        let Errands::Threads { announcer, .. } = self else { return meanwhile() };
        let stopping = thread::Builder::new().name("goodbyes".into());
        let stopping = stopping.spawn(move || announcer.stop(grace));
        meanwhile();
        match stopping {
            // It has told its errors to the log.
            Ok(thread) => drop(thread.join()),
            Err(error) => log::warn!("trackers hear no goodbye: {error}"),
        }
    }
}
