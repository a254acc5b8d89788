//! Why a command did not do what it was run for.

use std::ffi::OsString;
use std::io;
use std::process::ExitStatus;
use std::sync::Arc;

/// A command failed. It concerns the message for which it was run, and no other; with that its text
/// begins.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}: {} {problem}", .program.display())]
pub struct CommandFailed<T> {
    /// What it was run for.
    pub message: T,
    /// What was run.
    pub program: OsString,
    /// How it failed.
    pub problem: CommandProblem,
}

/// How a command can fail.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CommandProblem {
    /// The system could not run it.
    #[error("cannot be run: {0}")]
    NotRun(Arc<io::Error>),
    /// It says so itself, or was ended by a signal.
    #[error("ended with {0}")]
    Ended(ExitStatus),
}
