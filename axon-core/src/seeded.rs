//! Runs of a graph that can be made again: every choice comes from a seed, and time jumps.

use crate::chassis::Graphline;
use crate::error::{Report, RunError};
pub use crate::scheduler::stage::Trace;

/// How a seeded run ended, and what it did.
#[derive(Debug)]
#[non_exhaustive]
pub struct SeededRun {
    /// As of any other run.
    pub result: Result<Report, RunError>,
    /// By which two runs are compared.
    pub trace: Trace,
}

/// Makes a graph and runs it with each of these seeds, for tests that look for an order of events in
/// which something goes wrong. Each graph is handed to `check` with its result.
///
/// # Panics
///
/// When making, running or checking one panics. The seed is printed on standard error: that one alone
/// does the same again.
///
/// ```
/// # use axon_core::{Component, Graphline, Inbox, Outbox, try_seeds};
/// # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
/// # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
/// # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
/// # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
/// let graph = || {
///     Graphline::new()
///         .add("count", Count::default())
///         .add("print", Print::default())
///         .link("count.outbox", "print.inbox")
/// };
/// try_seeds(0..100, graph, |run| assert!(run.result.is_ok()));
/// ```
pub fn try_seeds(
    seeds: impl IntoIterator<Item = u64>,
    mut make: impl FnMut() -> Graphline,
    mut check: impl FnMut(SeededRun),
) {
    for seed in seeds {
        let told = Told(seed);
        let run = make().run_seeded(seed);
        check(run);
        std::mem::forget(told);
    }
}

/// Says which seed it was when a panic drops it.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the seed was {}: `run_seeded({})` does the same again", self.0, self.0);
        }
    }
}
