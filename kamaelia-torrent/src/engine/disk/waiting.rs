//! What the disk has no room for yet.

use std::collections::VecDeque;

use super::backlog::{KINDS, Load};
use super::job::Job;

/// Jobs that wait, each kind in a line of its own: where thousands of torrents wait to be checked, what
/// peers wait for does not stand behind them. Bounded by what swarms ask for at a time.
#[derive(Default)]
pub(in crate::engine) struct WaitingJobs([VecDeque<Job>; KINDS]);

impl WaitingJobs {
    /// Has a job taken on, unless others of its kind wait before it or it is handed back: then it waits.
    pub(in crate::engine) fn submit(
        &mut self,
        job: Job,
        take_on: impl FnOnce(Job) -> Result<(), Job>,
    ) {
        let line = &mut self.0[Load::of(&job.work).kind()];
        match line.is_empty() {
            true => line.extend(take_on(job).err()),
            false => line.push_back(job),
        }
    }

    /// Has those taken on that are not handed back, the oldest of each kind first.
    pub(in crate::engine) fn submit_all(
        &mut self,
        mut take_on: impl FnMut(Job) -> Result<(), Job>,
    ) {
        for line in &mut self.0 {
            while let Some(job) = line.pop_front() {
                if let Err(job) = take_on(job) {
                    line.push_front(job);
                    break;
                }
            }
        }
    }

    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = &Job> {
        self.0.iter().flatten()
    }
}
