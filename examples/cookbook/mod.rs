//! Kamaelia's cookbook example: a program that publishes files and downloads torrents, driven by lines.
//!
//! The seeder is this graph with the standard streams. With other streams and a client that lives in an
//! imagined world, the same graph runs in a test, in virtual time.

mod bars;
mod conversions;
mod graph;

pub use bars::{Bars, Beside, Screen};
pub use graph::Cookbook;
