//! Graphs: components, and the links between them.

mod assemble;
mod check;
mod export;
mod graph;
mod graphline;
mod index;
mod outside;
mod part;
mod pipeline;
mod plan;
mod seen;
mod via;
mod wiring_error;

pub use export::{Exportable, Exported};
pub use graph::Graph;
pub use graphline::Graphline;
pub use outside::Running;
pub(crate) use part::Restart;
pub use part::{Arrange, Part, Restarts};
pub use pipeline::Pipeline;
pub use plan::LinkTo;
pub use wiring_error::{WiringError, WiringErrors};
