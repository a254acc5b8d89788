//! Messages on their way: copied, changed, paired. Nothing in here touches the outside.

mod chunks_to_lines;
mod fanout;
mod pure_transformer;
mod two_source_listifier;

pub use chunks_to_lines::ChunksToLines;
pub use fanout::Fanout;
pub use pure_transformer::PureTransformer;
pub use two_source_listifier::TwoSourceListifier;
