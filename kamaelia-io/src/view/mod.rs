//! A page that shows the running graph, served by the graph itself.
//!
//! One line adds it to any graph:
//!
//! ```no_run
//! # use axon_core::{Closed, Component, Graphline, Inbox, Outbox};
//! # #[derive(Component, Default)] struct Count { pub outbox: Outbox<u32> }
//! # impl Count { async fn main(mut self) { for i in 0..3 { let _ = self.outbox.send(i).await; } } }
//! # #[derive(Component, Default)] struct Print { pub inbox: Inbox<u32> }
//! # impl Print { async fn main(mut self) { while let Some(_i) = self.inbox.recv().await {} } }
//! use kamaelia_io::view::WithView;
//!
//! let (count, print) = (Count::default(), Print::default());
//! Graphline::new()
//!     .link(&count.outbox, &print.inbox)
//!     .add("count", count)
//!     .add("print", print)
//!     .with_view("127.0.0.1:8080")?
//!     .run()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A browser comes in and asks for the page, whose files are in `page/`; the page asks for events, and
//! is sent a snapshot of the graph twice a second while something moves. While nobody looks nobody
//! wakes up. A program that has more to show than its graph gives the component an [`Exhibit`].
//!
//! Who may ask for what is decided in one place, the guard: see [`LiveView`].

mod error;
mod events;
mod exhibit;
mod files;
mod guard;
mod live_view;
mod metrics;
mod site;
mod token;
mod with_view;

pub use error::ViewError;
pub use exhibit::{Exhibit, GraphAlone};
pub use live_view::LiveView;
pub use metrics::{Kind, Metrics};
pub use with_view::WithView;
