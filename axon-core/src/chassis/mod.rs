//! Graphs: components, and the links between them.

mod assemble;
mod check;
mod graphline;
mod index;
mod pipeline;
mod plan;
mod via;

pub use check::{WiringError, WiringErrors};
pub use graphline::{Graph, Graphline};
pub use pipeline::Pipeline;
pub use plan::LinkTo;
