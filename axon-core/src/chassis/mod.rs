//! Graphs: components, and the links between them.

mod assemble;
mod check;
mod graphline;
mod pipeline;
mod via;

pub use check::{WiringError, WiringErrors};
pub use graphline::{Graph, Graphline, LinkTo};
pub use pipeline::Pipeline;
