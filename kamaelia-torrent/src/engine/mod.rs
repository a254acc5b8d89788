//! engine

pub mod announcer;
pub mod disk;
pub mod fetch;
