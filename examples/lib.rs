//! What the programs share: the cookbook's graph, logging, signals, addresses, reading a `.torrent`,
//! how to end, and what to do when nobody reads.

mod colours;
pub mod cookbook;
mod descriptors;
mod exit_code;
mod file_size;
mod interrupted;
mod last_words;
mod logging;
mod reachable;
pub mod settings;
mod signals;
mod torrent_file;

pub use colours::colours_on_standard_error;
pub use descriptors::allow_descriptors;
pub use exit_code::{cause, exit_code, run_graph, run_to_end};
pub use file_size::outlive_file_size_limit;
pub use interrupted::{INTERRUPTED, interrupted_by_signal};
pub use last_words::{Unminded, complain};
pub use logging::{Logging, level, log_to_stderr};
pub use reachable::reachable;
pub use signals::end_on_signals;
pub use torrent_file::read_torrent;

/// The code in the documents compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
