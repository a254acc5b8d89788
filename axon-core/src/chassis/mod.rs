//! Graphs: components, and the links between them; and what gives them a shape.
//!
//! A [`Graphline`] has any shape. The other chassis each have one of their own: in a line, side by side,
//! one after another in time. What they have in common is the [`Section`], a part of a graph with one
//! inbox and one outbox.

mod assemble;
mod backplane;
mod carousel;
mod check;
mod chooser;
mod cycle;
mod export;
mod forward_chooser;
mod graph;
mod graphline;
mod index;
mod outside;
mod par;
mod part;
mod pipeline;
mod plan;
mod playlist;
mod pool;
mod seat;
mod section;
mod seen;
mod seq;
mod time_to_live;
mod tpipe;
mod via;
mod wiring_error;

pub use backplane::{Backplane, MemberOf, PublishTo, SubscribeTo};
pub use carousel::{Carousel, Next};
pub use chooser::{Chooser, Step};
pub use cycle::Cycle;
pub use export::{Exportable, Exported};
pub use forward_chooser::ForwardChooser;
pub use graph::Graph;
pub use graphline::Graphline;
pub use outside::Running;
pub use par::Par;
pub(crate) use part::Restart;
pub use part::{Arrange, IntoPart, Part, Restarts};
pub use pipeline::Pipeline;
pub use plan::LinkTo;
pub use playlist::playlist;
pub use pool::pool;
pub use section::{IntoSection, Section};
pub use seq::Seq;
pub use time_to_live::TimeToLive;
pub use tpipe::TPipe;
pub use wiring_error::{WiringError, WiringErrors};
