//! The live view: over plain HTTP as programs see it, and in a real browser as people do.

mod browser;
#[path = "../common/mod.rs"]
mod common;
mod graph;
mod in_a_browser;
mod over_http;
