//! A command for each message.
//!
//! What is it: messages go in, and each goes out when the command that was run for it has ended well.
//!
//! How to use it: `CommandRunner::new(|path: &PathBuf| …)` with a function that makes the command: its
//! arguments, its directory, where its output goes. Link `failures` to hear of those that failed; left
//! loose, they are only logged.
//!
//! How it works: one command at a time, on a thread of its own, in the order of their messages. Its
//! standard input is empty: that of this program is for somebody else. What it writes goes where this
//! program's output goes, unless the function says otherwise. No shell reads the arguments. Several at a
//! time are a [`pool`](axon_core::pool) of these.
//!
//! When it stops: when no more can come, after the last command; when nobody is left to hear of any; when
//! the graph is asked to stop, after the command that runs, which is not broken off: half of its work
//! may be worse than none.

use std::process::{Command, Stdio};
use std::sync::Arc;

use axon_core::{Closed, Inbox, Outbox, ThreadedComponent};

use super::{CommandFailed, CommandProblem};

/// Runs a command for each message, one at a time.
///
/// ```
/// use std::process::Command;
///
/// use axon_core::Pipeline;
/// use kamaelia_io::{CommandRunner, ConsoleEchoer, ConsoleReader};
///
/// let runner = CommandRunner::new(|name: &String| {
///     let mut command = Command::new("test");
///     command.arg("-e").arg(name);
///     command
/// });
/// Pipeline::new(ConsoleReader::from_reader(&b"Cargo.toml\nno such\n"[..]))
///     .then(runner)
///     .then(ConsoleEchoer::new().lines())
///     .run()?;
/// # Ok::<(), axon_core::RunError>(())
/// ```
#[derive(ThreadedComponent)]
pub struct CommandRunner<T: Send + 'static> {
    /// What to run a command for.
    pub inbox: Inbox<T>,
    /// The same, when its command has ended with status 0.
    pub outbox: Outbox<T>,
    /// Those whose command did not. Left loose, they are only logged.
    #[optional]
    pub failures: Outbox<CommandFailed<T>>,
    command: Box<dyn FnMut(&T) -> Command + Send>,
}

impl<T: Send + 'static> CommandRunner<T> {
    /// Runs what the function makes of each message.
    pub fn new(command: impl FnMut(&T) -> Command + Send + 'static) -> Self {
        let (inbox, outbox, failures) = Default::default();
        CommandRunner { inbox, outbox, failures, command: Box::new(command) }
    }

    fn main(mut self) -> Result<(), Closed> {
        while let Some(message) = self.inbox.recv_blocking() {
            let mut command = (self.command)(&message);
            match run(&mut command) {
                Ok(()) => self.outbox.send_blocking(message)?,
                Err(problem) => {
                    let program = command.get_program().to_owned();
                    self.fail(CommandFailed { message, program, problem })?;
                }
            }
        }
        Ok(())
    }

    fn fail(&mut self, failed: CommandFailed<T>) -> Result<(), Closed> {
        if !self.failures.is_taken() {
            log::warn!("{} {}", failed.program.display(), failed.problem);
            return Ok(());
        }
        self.failures.send_blocking(failed)
    }
}

fn run(command: &mut Command) -> Result<(), CommandProblem> {
    match command.stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(CommandProblem::Ended(status)),
        Err(error) => Err(CommandProblem::NotRun(Arc::new(error))),
    }
}
