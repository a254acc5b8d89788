//! The terminal, or the program at the other end of our standard streams.
//!
//! In: lines a person or a program writes. Out: text for them. Both streams can keep their thread
//! waiting for ever, so neither is touched by a thread that a graph waits for.

#[cfg(unix)]
mod departure;
mod echoer;
mod error;
mod reader;
mod standard_input;

pub use echoer::ConsoleEchoer;
pub use error::ConsoleError;
pub use reader::{ConsoleReader, LINE_BYTES_MAX, TooLongLine};
