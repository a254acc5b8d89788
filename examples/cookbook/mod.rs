//! Kamaelia's cookbook example: a program that publishes files and downloads torrents, driven by lines.
//!
//! The seeder is this graph with the standard streams. With other streams and a client that lives in an
//! imagined world, the same graph runs in a test, in virtual time.

mod bars;
mod board;
mod canvas;
mod conversions;
mod graph;
mod rows;
mod screen;
mod torrents;

pub use bars::Bars;
pub use graph::Cookbook;
pub use screen::{Beside, Screen};
pub use torrents::Torrents;
