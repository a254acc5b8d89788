//! Those who are measured. Each does what it can of the same work, in a file of its own; one more
//! is a file and a line in [`all`].

mod actix;
mod axon;
mod calls;
mod flume;
mod kanal;
mod tasks;
mod threads;
mod timely;
mod tokio;

use crate::idle::Waiting;
use crate::measure::Spent;
use tasks::OnTasks;

/// The unit of most targets.
pub(crate) const CALL: &str = "virtual call";
pub(crate) const THREADS: &str = "threads, crossbeam";

/// Something that passes messages between parties.
pub(crate) trait System: Sync {
    fn name(&self) -> &'static str;

    /// Does the work with about so many operations, checks the sum of what arrived, and says what
    /// it cost. None for work that it cannot do.
    fn run(&self, work: Work, count: u64) -> Option<Spent>;

    /// How many waiting components are bearable.
    fn idle_max(&self) -> usize {
        0
    }

    /// Has so many components wait, each at a box of [`IDLE_BOX`] of its own, and counts them in as
    /// they begin to. Does not return.
    fn idle(&self, _components: usize, _waiting: &Waiting) {}
}

/// Messages that fit into the box of a waiting component.
const IDLE_BOX: usize = 16;

/// What there is to do, with `u64` as the message.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// A source, stages that pass on what they get, and a sink.
    Pipeline { stages: usize, boxes: usize },
    /// Everyone passes tokens on to the next.
    Ring { members: usize, tokens: usize },
    /// One source sends everything to everyone.
    FanOut { fan: usize, boxes: usize },
    /// Many sources send to one sink.
    FanIn { fan: usize, boxes: usize },
    /// Components are made, send one message to a common sink, and end: so many at a time.
    Lives { alive: u64 },
    /// A component that awaits asks one with a thread of its own, and waits for the answer.
    Ask { boxes: usize },
    /// A component with a thread of its own sends to one that awaits.
    Stream { boxes: usize },
}

pub(crate) fn all() -> Vec<Box<dyn System>> {
    vec![
        Box::new(axon::Awaiting),
        Box::new(axon::InBatches),
        Box::new(axon::Adopted),
        Box::new(OnTasks::<kanal::Kanal>::new("async-executor, kanal")),
        Box::new(OnTasks::<flume::Flume>::new("async-executor, flume")),
        Box::new(OnTasks::<tokio::OneThread>::new("tokio, current_thread")),
        Box::new(OnTasks::<tokio::TwoThreads>::new("tokio, multi_thread")),
        Box::new(actix::Actix),
        Box::new(timely::Timely),
        Box::new(threads::Threads),
        Box::new(calls::Calls),
    ]
}

/// How many messages make about so many operations, with so many operations each.
fn messages(count: u64, operations: usize) -> u64 {
    (count / operations as u64).max(1)
}

/// The sum of the numbers below this one.
fn sum_below(limit: u64) -> u64 {
    limit * limit.saturating_sub(1) / 2
}
