//! What can go wrong with the console.

use std::io;

/// Why a console component failed. It ends its graph; `RunError::Component` carries it, and a
/// program that wants to be quiet about a reader that went away finds it there by downcasting.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConsoleError {
    /// Standard input broke off with an error, so whether all of it was read is not known.
    #[error("standard input cannot be read: {0}")]
    Read(io::Error),
    /// Whoever read what we write has gone.
    #[error("{output} is closed: nobody reads it any more")]
    Closed {
        /// Which stream.
        output: &'static str,
    },
    /// What we write is not taken, for another reason.
    #[error("{output} cannot be written: {error}")]
    Write {
        /// Which stream.
        output: &'static str,
        /// What the system says.
        error: io::Error,
    },
}

impl ConsoleError {
    pub(super) fn writing(output: &'static str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => ConsoleError::Closed { output },
            _ => ConsoleError::Write { output, error },
        }
    }
}
