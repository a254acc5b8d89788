//! How a run ended: one outcome for each component, and the first thing that went wrong.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::Closed;
use crate::chassis::WiringErrors;
use crate::component::ComponentResult;

/// How one component ended. Its text follows the component's name: ``component `x` failed: …``.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// It came to its end, or its neighbours had.
    Finished,
    /// Its `main` returned an error.
    Failed(Box<dyn Error + Send + Sync>),
    /// It panicked with this message.
    Panicked(String),
    /// It did not end in the time given to it when it was asked to stop.
    Abandoned,
}

impl Outcome {
    pub(crate) fn of_result(result: ComponentResult) -> Self {
        match result {
            Ok(()) => Outcome::Finished,
            Err(error) if error.is::<Closed>() => Outcome::Finished,
            Err(error) => Outcome::Failed(error),
        }
    }

    pub(crate) fn of_panic(panic: Box<dyn Any + Send>) -> Self {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        // Whatever it carries may itself panic when it is dropped. What that carries is left alone.
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
            std::mem::forget(another);
        }
        Outcome::Panicked(text.unwrap_or_else(|| "a panic without a message".to_owned()))
    }

    /// The same, in the light of what broke on the way out. That does not hide what went wrong before.
    pub(crate) fn after(self, way_out: Result<(), Outcome>) -> Self {
        match (self, way_out) {
            (Outcome::Finished, Err(broken)) => broken,
            (outcome, _) => outcome,
        }
    }

    /// How it ended otherwise than it should, in words. The words of an error are its author's.
    pub(crate) fn failure(&self) -> Option<String> {
        let told = || caught(|| self.to_string());
        self.is_failure().then(|| match told() {
            Ok(text) => text,
            Err(panicked) => format!("failed, and telling how {panicked}"),
        })
    }

    pub(crate) fn misplaced() -> Self {
        Outcome::Failed("it asks for one place to live, and then starts for another".into())
    }

    /// Whether it ended otherwise than it should: all but [`Finished`](Outcome::Finished).
    pub fn is_failure(&self) -> bool {
        !matches!(self, Outcome::Finished)
    }
}

/// Runs what others wrote, and makes an outcome of a panic in it.
pub(crate) fn caught<R>(run: impl FnOnce() -> R) -> Result<R, Outcome> {
    catch_unwind(AssertUnwindSafe(run)).map_err(Outcome::of_panic)
}

/// Drops all that comes, also if some of it panics then; the first panic goes on afterwards.
pub(crate) fn drop_each<T>(mut next: impl FnMut() -> Option<T>) {
    let mut panicked = None;
    while let Some(one) = next() {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(one))) {
            panicked.get_or_insert(panic);
        }
    }
    if let Some(panic) = panicked {
        resume_unwind(panic);
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Finished => write!(f, "finished"),
            Outcome::Failed(error) => write!(f, "failed: {error}"),
            Outcome::Panicked(message) => write!(f, "panicked: {message}"),
            Outcome::Abandoned => write!(f, "did not end in time when it was asked to stop"),
        }
    }
}

/// How every component of a run ended: those that were there from the start, in the order they were
/// added, and then those that were adopted, in the order they ended. Of adopted ones the first
/// thousand that finished well are named, and the first thousand that did not; the rest is counted.
#[derive(Debug, Default)]
pub struct Report {
    outcomes: Vec<(String, Outcome)>,
    unnamed: u64,
    unnamed_failures: u64,
}

impl Report {
    pub(crate) fn new(
        outcomes: Vec<(String, Outcome)>,
        unnamed: u64,
        unnamed_failures: u64,
    ) -> Self {
        Report { outcomes, unnamed, unnamed_failures }
    }

    /// Each component's name and outcome.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.outcomes.iter().map(|(name, outcome)| (name.as_str(), outcome))
    }

    /// How the component of this name ended; the first one, where several were adopted under it.
    pub fn outcome(&self, name: &str) -> Option<&Outcome> {
        self.outcomes().find(|(known, _)| *known == name).map(|(_, outcome)| outcome)
    }

    /// The components that ended otherwise than they should, and how.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.outcomes().filter(|(_, outcome)| outcome.is_failure())
    }

    /// How many adopted components ended otherwise than they should and are not named here.
    pub fn unnamed_failures(&self) -> u64 {
        self.unnamed_failures
    }

    /// How many there were in all, with those that are not named.
    pub fn components(&self) -> u64 {
        self.outcomes.len() as u64 + self.unnamed + self.unnamed_failures
    }
}

/// One component that waits for another, in a graph where nobody can move.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Waiting {
    /// For a message to come in.
    ForMessage {
        /// Who waits.
        component: String,
        /// The box it looks at.
        inbox: String,
    },
    /// For room in the box at the other end.
    ForRoom {
        /// Who waits.
        component: String,
        /// The box it sends from.
        outbox: String,
        /// The full box, as `component.box`.
        to: String,
    },
    /// For a component it adopted to end.
    ForChild {
        /// Who waits.
        component: String,
    },
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Waiting::ForMessage { component, inbox } => {
                write!(f, "`{component}` waits for a message in `{component}.{inbox}`")
            }
            Waiting::ForRoom { component, outbox, to } => {
                write!(f, "`{component}` waits for room in `{to}`, to send from `{outbox}`")
            }
            Waiting::ForChild { component } => {
                write!(f, "`{component}` waits for a component it adopted to end")
            }
        }
    }
}

/// Why a graph did not run to a good end. Every component has ended by then, except threads that
/// were [abandoned](Outcome::Abandoned).
///
/// `{:?}` shows the same sentences as `{}`, since that is what a `main` that returns the error prints.
#[non_exhaustive]
pub enum RunError {
    /// It never started: its wiring is wrong.
    Wiring(WiringErrors),
    /// A component failed, and the others were stopped.
    Component {
        /// Which one failed first, as an index into the outcomes.
        at: usize,
        /// How all of them ended.
        report: Report,
    },
    /// Everybody waited for somebody else, with no thread, address or waker left by which someone
    /// could still have moved. They were stopped.
    Stuck {
        /// Who waited for what.
        waiting: Vec<Waiting>,
    },
    /// This thread is already running a graph; start the other one on a thread of its own, or
    /// have a component adopt it.
    Nested,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Wiring(errors) => errors.fmt(f),
            RunError::Component { at, report } => {
                let (name, outcome) = &report.outcomes[*at];
                write!(f, "component `{name}` {outcome}")
            }
            RunError::Stuck { waiting } => {
                write!(f, "the graph cannot go on: everybody waits for somebody else")?;
                waiting.iter().try_for_each(|waiting| write!(f, "\n  {waiting}"))
            }
            RunError::Nested => write!(
                f,
                "a graph is already running on this thread; run this one on a thread of its own"
            ),
        }
    }
}

impl fmt::Debug for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for RunError {}

impl From<WiringErrors> for RunError {
    fn from(errors: WiringErrors) -> Self {
        RunError::Wiring(errors)
    }
}
