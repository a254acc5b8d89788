//! Messages on their way: copied, changed, paired, summed up, held back. Nothing in here touches the outside.

mod chunks_to_lines;
mod fanout;
mod fold;
mod pure_transformer;
mod rate_limit;
mod two_source_listifier;

pub use chunks_to_lines::ChunksToLines;
pub use fanout::Fanout;
pub use fold::Fold;
pub use pure_transformer::PureTransformer;
pub use rate_limit::RateLimit;
pub use two_source_listifier::TwoSourceListifier;
