//! Programs of this machine, run for whoever asks.

mod error;
mod runner;

pub use error::{CommandFailed, CommandProblem};
pub use runner::CommandRunner;
