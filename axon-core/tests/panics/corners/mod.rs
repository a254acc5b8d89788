//! Panics where the author of a component would not look for them: in what is dropped, told, weighed,
//! copied, woken or made for it. None of them harms anybody else.

mod anew;
mod chassis;
mod messages;
mod names;
mod told;
mod wakers;

use axon_core::{Graphline, Part, Report, RunError};

use crate::books::{ON_PURPOSE, be_quiet};
use crate::common::{Collect, Collected, Count, contents, in_time};

/// What others send each other.
const BESIDES: u64 = if cfg!(miri) { 3 } else { 50 };

/// The homes of a component that awaits.
const HOMES: [fn(Part) -> Part; 3] =
    [|part| part, |part| part.on("there"), |part| part.on_thread()];

/// Runs a graph beside two who have nothing to do with it, as it comes and under some seeds. Where it
/// ended well they have lost nothing.
fn run_each(graph: impl Fn() -> Graphline, check: impl Fn(Result<Report, RunError>)) {
    be_quiet();
    for seed in (0..20).step_by(if cfg!(miri) { 19 } else { 1 }) {
        let besides = Collected::default();
        let collect = Collect { into: besides.clone(), ..Collect::default() };
        let graph = graph()
            .add("besides", Count::to(BESIDES))
            .add("besides too", collect)
            .link_with(1, "besides.outbox", "besides too.inbox");
        let result = in_time(move || match seed {
            0..5 => graph.run(),
            _ => graph.run_seeded(seed).result,
        });
        if result.is_ok() {
            assert_eq!(contents(&besides), (0..BESIDES).collect::<Vec<_>>(), "seed {seed}");
        }
        check(result);
    }
}

/// How those who failed did.
fn failures(report: &Report) -> Vec<String> {
    report.failures().map(|(name, outcome)| format!("{name} {outcome}")).collect()
}

/// The failure of an isolated component, and no other.
fn fails_alone(name: &str) -> impl Fn(Result<Report, RunError>) {
    let failure = format!("{name} panicked: {ON_PURPOSE}");
    move |result| assert_eq!(failures(&result.unwrap()), [failure.as_str()])
}

/// Nobody fails.
fn goes_well(result: Result<Report, RunError>) {
    assert_eq!(failures(&result.unwrap()), [""; 0]);
}

/// Breaks when it is dropped.
struct Breaks;

impl Drop for Breaks {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("{ON_PURPOSE}");
        }
    }
}
