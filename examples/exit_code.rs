//! How a program ends.

use std::error::Error;
use std::process::ExitCode;

use axon_core::{Graph, Outcome, RunError};

use crate::{complain, end_on_signals, log_to_stderr};

/// A `main` that is a graph: runs it to its end, if it could be built.
pub fn run_graph(program: &str, graph: Result<Graph, impl Into<Box<dyn Error>>>) -> ExitCode {
    log_to_stderr(0);
    exit_code(program, graph.map_err(Into::into).and_then(run_to_end))
}

/// Runs a graph to its end, which Ctrl-C and SIGTERM bring about in order.
pub fn run_to_end(graph: Graph) -> Result<(), Box<dyn Error>> {
    end_on_signals(graph.handle())?;
    graph.run().map_err(|error| cause(&error))?;
    Ok(())
}

/// Why a run failed, without the name of the component: that means nothing to who runs a program.
pub fn cause(error: &RunError) -> String {
    let failed = match error {
        RunError::Component { at, report } => report.outcomes().nth(*at).map(|(_, failed)| failed),
        _ => None,
    };
    match failed {
        Some(Outcome::Failed(cause)) => cause.to_string(),
        _ => error.to_string(),
    }
}

/// What a shell learns of it: an error is one sentence on standard error, and status 1.
pub fn exit_code(program: &str, result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format!("{program}: {error}"));
            ExitCode::FAILURE
        }
    }
}
