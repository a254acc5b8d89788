//! Messages on their way: copied, changed, paired. Nothing in here touches the outside.

mod fanout;
mod pure_transformer;
mod two_source_listifier;

pub use fanout::Fanout;
pub use pure_transformer::PureTransformer;
pub use two_source_listifier::TwoSourceListifier;
