//! The hands of the house: disk and tracker threads.

pub mod announcer;
pub mod disk;
pub mod fetch;
