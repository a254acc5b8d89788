//! What the programs share: logging and signals.

mod logging;
mod signals;

pub use logging::{log_to, log_to_stderr};
pub use signals::end_on_signals;

/// The code in the documents compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
