//! Our own: the shapes as graphs of `axon-core`, once for each way to write a component.

mod adopted;
mod awaiting;
mod batches;
mod graphs;
mod idle;

pub(super) use adopted::Adopted;
pub(super) use awaiting::Awaiting;
pub(super) use batches::InBatches;
