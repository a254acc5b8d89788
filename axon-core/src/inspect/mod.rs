//! Seeing a graph run.
//!
//! In comes plain data: a [`Snapshot`], which is everything a graph had to say of itself at one
//! moment. Out goes text: a table for a terminal, a drawing, the lines of the introspection
//! protocol, a recording of what passed a box. Nothing here runs, waits, looks at a clock or opens
//! a file; what is written goes into a `String` or into any [`Write`](std::io::Write).

mod draw;
#[cfg(test)]
mod example;
mod fill;
mod introspection;
mod outline;
mod queries;
mod rates;
mod recording;
mod snapshot;
mod stuck;
mod table;
mod text;

pub use introspection::Introspection;
pub use rates::{LinkRate, Rates};
pub use recording::{
    Fault, RECORD_BYTES_MAX, Record, RecordError, Recorder, Recording, RecordingError,
};
pub use snapshot::{
    BoxStatus, ComponentStatus, Direction, End, ExportedBox, Home, LinkStatus, Snapshot, State,
    Wait,
};
