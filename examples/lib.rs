//! What the programs share: logging, signals, and a component that says one thing.

mod logging;
mod once;
mod signals;

pub use logging::log_to_stderr;
pub use once::Once;
pub use signals::end_on_signals;
